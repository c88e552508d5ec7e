/*
** sigpipe.h - SIGPIPE kept away while libcurl writes to sockets.
*/

#ifndef cbr_sigpipe_h
#define cbr_sigpipe_h

#include <signal.h> /* sigset_t */
#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* libcurl under CURLOPT_NOSIGNAL leaves SIGPIPE to its caller. Between hold and
** release the signal is held back from this thread, and swallowed if a call in
** between raised it. Pairs may nest. */
typedef struct cbr_pipe_guard {
  sigset_t previous;
  bool was_pending;
} cbr_pipe_guard;

cbr_pipe_guard cbr_pipe_hold(void);
void cbr_pipe_release(const cbr_pipe_guard *guard);

#pragma GCC visibility pop

#endif
