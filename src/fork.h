/*
** fork.h - a way to notice that this process is a forked child.
*/

#ifndef cbr_fork_h
#define cbr_fork_h

#include <sys/types.h> /* pid_t */

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/*
** The id of this process, as getpid(2) gives it, usually without a system call.
** Each use of a pool compares this id with the id of the process that opened the
** pool. The ids differ in a forked child, whichever call made the child: fork(2),
** clone(2) or _Fork(3). Safe from any thread.
*/
pid_t cbr_process_id(void);

#pragma GCC visibility pop

#endif
