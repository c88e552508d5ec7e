/*
** sigpipe.c - see sigpipe.h
*/

#include "linux.h"

#include "sigpipe.h"

#include <stddef.h> /* NULL */

static bool pipe_is_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

cbr_pipe_guard cbr_pipe_hold(void) {
  cbr_pipe_guard guard;
  sigset_t block;
  sigemptyset(&block);
  sigaddset(&block, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &block, &guard.previous);
  /* A signal that was not blocked cannot have been pending. */
  guard.was_pending = sigismember(&guard.previous, SIGPIPE) == 1 && pipe_is_pending();
  return guard;
}

void cbr_pipe_release(const cbr_pipe_guard *guard) {
  if (!guard->was_pending && pipe_is_pending()) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    (void)sigwait(&set, &number);
  }
  pthread_sigmask(SIG_SETMASK, &guard->previous, NULL);
}
