/*
** process.h - what libcurl asks of the process around it: one set-up for all
** threads, code that stays mapped, and SIGPIPE kept away.
*/

#ifndef cbr_process_h
#define cbr_process_h

#include <signal.h> /* sigset_t */
#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* Keeps this shared object, and libcurl with it, mapped until the process
** ends: a host that unloads modules (an nginx reload) would otherwise leave
** libcurl's threads without code. Repeats are harmless. */
void process_pin(void);

/* Sets libcurl up, once per process and from any thread; false when it cannot
** be. Nothing ever undoes it: another user of libcurl in the process may still
** need what it set up (curl_global_cleanup(3)). */
bool process_ready(void);

/* libcurl under CURLOPT_NOSIGNAL leaves SIGPIPE to its caller. Between hold and
** release the signal is held back from this thread, and swallowed if a call in
** between raised it. Pairs may nest. */
typedef struct pipe_guard {
  sigset_t previous;
  bool was_pending;
} pipe_guard;

pipe_guard pipe_hold(void);
void pipe_release(const pipe_guard *guard);

#pragma GCC visibility pop

#endif
