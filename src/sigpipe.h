/*
** sigpipe.h - protects the process from SIGPIPE while libcurl writes to sockets.
*/

#ifndef cbr_sigpipe_h
#define cbr_sigpipe_h

#include <signal.h> /* sigset_t */
#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/*
** With CURLOPT_NOSIGNAL, libcurl leaves SIGPIPE to its caller. Between hold and
** release, the signal is blocked in this thread. If the signal was raised in that
** time, release discards it. Pairs of hold and release may nest. Afterwards,
** the thread's signal mask, and a SIGPIPE that was pending before, are as they
** were.
*/
typedef struct cbr_pipe_guard {
  sigset_t previous;
  bool was_pending;
} cbr_pipe_guard;

cbr_pipe_guard cbr_pipe_hold(void);
void cbr_pipe_release(const cbr_pipe_guard *guard);

#pragma GCC visibility pop

#endif
