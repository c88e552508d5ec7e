/*
** process.c - see process.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dladdr, RTLD_NODELETE */
#endif

#include "process.h"

#include <curl/curl.h> /* curl_global_init */
#include <dlfcn.h>     /* dladdr dlopen */
#include <limits.h>    /* INT_MAX */
#include <pthread.h>   /* pthread_once */
#include <sys/stat.h>  /* stat */
#include <time.h>      /* clock_gettime */

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

double process_monotonic(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int process_milliseconds(double seconds) {
  double ms = seconds * 1000;
  if (!(ms >= 1)) return 1;
  if (ms >= (double)INT_MAX) return INT_MAX;
  int whole = (int)ms;
  return (double)whole < ms ? whole + 1 : whole;
}

int process_readable_by_others(const char *file) {
  struct stat status;
  if (stat(file, &status) != 0) return -1;
  return (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}
