/*
** bare_fork.c - preloaded by spec/core/fork_spec.lua: makes a child without calling
** the handlers of pthread_atfork(3), as clone(2) does.
*/

#define _GNU_SOURCE /* _Fork */

#include <unistd.h>

pid_t fork(void) {
  return _Fork();
}
