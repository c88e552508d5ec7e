/*
** bare.c - preloaded by spec/core/fork_spec.lua: makes a child of which no handler
** of pthread_atfork(3) hears, as clone(2) does.
*/

#define _GNU_SOURCE /* _Fork */

#include <unistd.h>

pid_t fork(void) {
  return _Fork();
}
