/*
** alarm.c - see alarm.h
*/

#include "linux.h"

#include "alarm.h"

#include <errno.h> /* errno */
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h> /* close */

bool cbr_alarm_open(cbr_alarm *alarm, int other) {
  alarm->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  alarm->fd = alarm->timer;
  if (alarm->timer < 0 || other < 0) return alarm->timer >= 0;
  struct epoll_event event = {.events = EPOLLIN};
  alarm->fd = epoll_create1(EPOLL_CLOEXEC);
  if (alarm->fd >= 0 && epoll_ctl(alarm->fd, EPOLL_CTL_ADD, alarm->timer, &event) == 0 &&
      epoll_ctl(alarm->fd, EPOLL_CTL_ADD, other, &event) == 0)
    return true;
  int reason = errno;
  cbr_alarm_close(alarm);
  errno = reason;
  return false;
}

void cbr_alarm_set(const cbr_alarm *alarm, double seconds) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if (seconds >= 0 && seconds < 1e9) {
    when.it_value.tv_sec = (time_t)seconds;
    when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
    if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0) when.it_value.tv_nsec = 1; /* 0 would disarm it */
  }
  (void)timerfd_settime(alarm->timer, 0, &when, NULL);
}

void cbr_alarm_close(cbr_alarm *alarm) {
  if (alarm->fd >= 0 && alarm->fd != alarm->timer) close(alarm->fd);
  if (alarm->timer >= 0) close(alarm->timer);
  alarm->fd = alarm->timer = -1;
}
