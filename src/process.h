/*
** process.h - what is asked of the process around: one set-up of libcurl for
** all threads, code that stays mapped, a clock, a look at a file.
*/

#ifndef cbr_process_h
#define cbr_process_h

#include <stdbool.h>
#include <sys/types.h> /* pid_t */

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* Keeps this shared object, and libcurl with it, mapped until the process
** ends: a host that unloads modules (an nginx reload) would otherwise leave
** libcurl's threads without code. Repeats are harmless. */
void process_pin(void);

/* Sets libcurl up, once per process and from any thread; false when it cannot
** be. Nothing ever undoes it: another user of libcurl in the process may still
** need what it set up (curl_global_cleanup(3)). */
bool process_ready(void);

/* getpid(2), as a rule without the system call: every use of a pool asks. */
pid_t process_id(void);

/* Seconds on a clock that only goes forward and that no one sets. */
double process_monotonic(void);

/* A clock that can be waited on: 'fd' is readable when its time has come, and
** when 'other' is readable, where that was given. */
typedef struct process_alarm {
  int fd;    /* -1: closed */
  int timer; /* the same as 'fd' without another */
} process_alarm;

/* Makes one; 'other': a descriptor, or -1. False with errno: none to be had. */
bool process_open_alarm(process_alarm *alarm, int other);

/* Its time, in seconds from now (0: at once); negative: never. */
void process_set_alarm(const process_alarm *alarm, double seconds);

void process_close_alarm(process_alarm *alarm);

/* Seconds as the milliseconds of poll(2) and libcurl: rounded up, and at least 1,
** since 0 means "not at all" there, or "no limit". */
int process_milliseconds(double seconds);

/* 1 when a group or anyone else may read the file, 0 when only its owner may,
** -1 when it cannot be looked at. */
int process_readable_by_others(const char *file);

#pragma GCC visibility pop

#endif
