/*
** pending_sigpipe.c - preloaded by spec/core/sigpipe_spec.lua: the process starts with
** SIGPIPE blocked and pending, as in some host programs.
*/

#define _GNU_SOURCE /* pthread_sigmask */

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

__attribute__((constructor)) static void start(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  raise(SIGPIPE);
}
