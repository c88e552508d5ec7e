/*
** process.c - see process.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dladdr, RTLD_NODELETE */
#endif

#include "process.h"

#include <curl/curl.h> /* curl_global_init */
#include <dlfcn.h>     /* dladdr dlopen */
#include <pthread.h>   /* pthread_once pthread_sigmask */

static CURLcode global_result = CURLE_FAILED_INIT;

void process_pin(void) {
  Dl_info self;
  /* The same name again only raises a count; the flag is what stays. */
  if (dladdr((const void *)&global_result, &self) != 0 && self.dli_fname != NULL)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

static void global_init(void) {
  global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* No clean-up ever matches this: another user of libcurl in the process may
** still need what it set up (curl_global_cleanup(3)). */
bool process_ready(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, global_init) == 0 && global_result == CURLE_OK;
}

static bool pipe_is_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

pipe_guard pipe_hold(void) {
  pipe_guard guard;
  sigset_t block;
  guard.was_pending = pipe_is_pending();
  sigemptyset(&block);
  sigaddset(&block, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &block, &guard.previous);
  return guard;
}

void pipe_release(const pipe_guard *guard) {
  if (!guard->was_pending && pipe_is_pending()) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    (void)sigwait(&set, &number);
  }
  pthread_sigmask(SIG_SETMASK, &guard->previous, NULL);
}
