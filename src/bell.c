/*
** bell.c - see bell.h
*/

#include "linux.h"

#include "bell.h"

#include "clock.h"
#include "fork.h"

#include <errno.h>  /* errno */
#include <limits.h> /* PTHREAD_STACK_MIN */
#include <math.h>   /* INFINITY */
#include <signal.h> /* sigfillset */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* getenv mkdtemp */
#include <string.h> /* strrchr */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>   /* nanosleep */
#include <unistd.h> /* close rmdir unlink */

#define STACK_SIZE (256L * 1024)
#define MAX_SECONDS 1e9 /* for this many seconds or more, no timer is set */
#define TOLERANCE_SECONDS 0.001
/* The thread waits at least this long between two rings. Under load, one ring then stands for several events, so that
** each event costs less. */
#define MIN_PAUSE_SECONDS 0.0005

/* {======= the descriptor ======= */

static void set_timer(cbr_bell *bell, double seconds) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if (seconds >= 0 && seconds < MAX_SECONDS) {
    when.it_value.tv_sec = (time_t)seconds;
    when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
    if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
      when.it_value.tv_nsec = 1; /* 0 would disarm the timer */
    bell->due = cbr_clock_monotonic() + seconds;
  } else {
    bell->due = INFINITY;
  }
  (void)timerfd_settime(bell->timer, 0, &when, NULL);
}

static bool watch(const cbr_bell *bell, int operation, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(bell->fd, operation, fd, &event) == 0;
}

bool cbr_bell_open(cbr_bell *bell, int watched) {
  *bell = (cbr_bell){.watched = watched, .socket = -1, .due = INFINITY};
  bell->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  bell->fd = bell->timer;
  if (bell->timer < 0) return false;
  bell->owner = cbr_process_id();
  if (watched < 0) return true;
  bell->fd = epoll_create1(EPOLL_CLOEXEC);
  /* The thread reads no timer and steps no pool, so epoll must report each event only once. */
  if (bell->fd >= 0 && watch(bell, EPOLL_CTL_ADD, bell->timer, EPOLLIN | EPOLLET) &&
      watch(bell, EPOLL_CTL_ADD, watched, EPOLLIN | EPOLLONESHOT))
    return true;
  int reason = errno;
  cbr_bell_close(bell);
  errno = reason;
  return false;
}

/* Whether the bell is open, and was opened by this process. */
static bool is_own(const cbr_bell *bell) {
  return bell->owner != 0 && bell->owner == cbr_process_id();
}

void cbr_bell_arm(cbr_bell *bell, double seconds) {
  if (!is_own(bell)) return;
  double now = cbr_clock_monotonic();
  /* A timer that expires earlier, or a millisecond later, is good enough: libcurl rounds its times, too. */
  bool is_set = bell->watched >= 0 && bell->due > now && !(bell->due > now + seconds + TOLERANCE_SECONDS);
  bool is_unset = bell->due == INFINITY && !(seconds >= 0 && seconds < MAX_SECONDS);
  if (!is_set && !is_unset) set_timer(bell, seconds);
  if (atomic_exchange(&bell->has_fired, false)) (void)watch(bell, EPOLL_CTL_MOD, bell->watched, EPOLLIN | EPOLLONESHOT);
}

/* Sends the loop a byte. Nothing is lost if the stream is full, because the loop then has bytes to read. */
static void send_byte(const cbr_bell *bell, const char *byte) {
  (void)send(bell->socket, byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void cbr_bell_ring(cbr_bell *bell) {
  if (!is_own(bell)) return;
  if (bell->has_thread)
    send_byte(bell, CBR_BELL_RING);
  else
    set_timer(bell, 0);
}

/* }====================================================== */

/* {======= the stream ======= */

/* Removes the listening socket and its directory. */
static void remove_path(cbr_bell *bell) {
  char *path = bell->address.sun_path;
  char *end = strrchr(path, '/');
  if (end == NULL) return;
  (void)unlink(path);
  *end = '\0';
  (void)rmdir(path);
  path[0] = '\0';
}

/* Listens in a new directory below 'parent'. */
static bool listen_below(cbr_bell *bell, const char *parent) {
  struct sockaddr_un *address = &bell->address;
  char *path = address->sun_path;
  const size_t room = sizeof address->sun_path;
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  int size = snprintf(path, room, "%s/cbr-XXXXXX", parent);
  if (size < 0 || (size_t)size + sizeof "/bell" > room || mkdtemp(path) == NULL) {
    path[0] = '\0';
    return false;
  }
  memcpy(path + size, "/bell", sizeof "/bell");
  bell->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bell->socket >= 0 && bind(bell->socket, (const struct sockaddr *)address, sizeof *address) == 0 &&
      listen(bell->socket, 1) == 0)
    return true;
  int reason = errno;
  remove_path(bell);
  if (bell->socket >= 0) close(bell->socket);
  bell->socket = -1;
  errno = reason;
  return false;
}

bool cbr_bell_listen(cbr_bell *bell) {
  const char *const parents[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm"};
  errno = EBADF;
  if (!is_own(bell) || bell->watched < 0 || bell->socket >= 0) return false;
  for (size_t i = 0; i < sizeof parents / sizeof *parents; i++)
    if (parents[i] != NULL && parents[i][0] == '/' && listen_below(bell, parents[i])) return true;
  return false;
}

/* Sleeps until at least MIN_PAUSE_SECONDS have passed since 'last'. */
static void pause_since(double last) {
  double left = last + MIN_PAUSE_SECONDS - cbr_clock_monotonic();
  if (!(left > 0)) return;
  struct timespec pause = {0, (long)(left * 1e9)};
  (void)nanosleep(&pause, NULL);
}

static void *ring_the_loop(void *data) {
  cbr_bell *bell = data;
  struct epoll_event events[2];
  double last = -INFINITY;
  for (;;) {
    int found = epoll_wait(bell->fd, events, 2, CBR_BELL_TICK_MILLISECONDS);
    if (atomic_load(&bell->must_end)) return NULL;
    for (int i = 0; i < found; i++)
      if (events[i].data.fd == bell->watched) atomic_store(&bell->has_fired, true);
    pause_since(last);
    send_byte(bell, found > 0 ? CBR_BELL_RING : CBR_BELL_TICK);
    last = cbr_clock_monotonic();
  }
}

/* Starts the thread, which handles no signal. Returns 0 or an error number. */
static int start_thread(cbr_bell *bell) {
  pthread_attr_t attributes;
  sigset_t all, before;
  int reason = pthread_attr_init(&attributes);
  if (reason != 0) return reason;
  (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  reason = pthread_create(&bell->thread, &attributes, ring_the_loop, bell);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  (void)pthread_attr_destroy(&attributes);
  bell->has_thread = reason == 0;
  return reason;
}

bool cbr_bell_accept(cbr_bell *bell) {
  errno = EBADF;
  if (!is_own(bell) || bell->address.sun_path[0] == '\0') return false;
  int stream = accept4(bell->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  int reason = errno;
  remove_path(bell);
  close(bell->socket);
  bell->socket = stream;
  errno = reason;
  if (stream < 0) return false;
  struct ucred peer = {0};
  socklen_t size = sizeof peer;
  if (getsockopt(stream, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != getpid())
    reason = EPERM;
  else
    reason = start_thread(bell);
  errno = reason;
  return reason == 0;
}

/* }====================================================== */

void cbr_bell_close(cbr_bell *bell) {
  if (bell->owner == 0) return;
  bool is_child = !is_own(bell);
  bell->owner = 0;
  if (is_child) return; /* the descriptors stay open: a daemon may have reused their numbers */
  if (bell->has_thread) {
    atomic_store(&bell->must_end, true);
    set_timer(bell, 0); /* this wakes the thread */
    (void)pthread_join(bell->thread, NULL);
    bell->has_thread = false;
  }
  if (bell->address.sun_path[0] != '\0') remove_path(bell);
  if (bell->socket >= 0) close(bell->socket);
  if (bell->fd >= 0 && bell->fd != bell->timer) close(bell->fd);
  close(bell->timer);
}
