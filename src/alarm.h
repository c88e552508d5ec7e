/*
** alarm.h - a time to wake up at, as a descriptor: for event loops that can
** wait only on descriptors.
*/

#ifndef cbr_alarm_h
#define cbr_alarm_h

#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

typedef struct cbr_alarm {
  int fd;    /* readable once the time has come, or while the other descriptor is readable; -1: closed */
  int timer; /* the timerfd_create(2) descriptor; the same as 'fd' if there is no other descriptor */
} cbr_alarm;

/* Opens an alarm that is not set. 'other' is a descriptor to wait on as well,
** or -1. False, with errno set, when no descriptor could be made. */
bool cbr_alarm_open(cbr_alarm *alarm, int other);

/* Sets the alarm to 'seconds' from now (0: at once) in place of any earlier
** time. Negative, NaN, or 1e9 and more: no time. */
void cbr_alarm_set(const cbr_alarm *alarm, double seconds);

/* Closes the alarm, but not the other descriptor. Harmless on a closed one. */
void cbr_alarm_close(cbr_alarm *alarm);

#pragma GCC visibility pop

#endif
