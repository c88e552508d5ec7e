/*
** process.c - see process.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dladdr, RTLD_NODELETE */
#endif

#include "process.h"

#include "buffer.h" /* wipe */

#include <curl/curl.h> /* curl_global_init_mem */
#include <dlfcn.h>     /* dladdr dlopen */
#include <errno.h>     /* ENOSYS errno */
#include <limits.h>    /* INT_MAX */
#include <pthread.h>   /* pthread_once */
#include <stdatomic.h> /* atomic_load_explicit */
#include <stdlib.h>    /* malloc free */
#include <string.h>    /* memcpy strdup */
#include <sys/mman.h>  /* madvise mmap */
#include <sys/stat.h>  /* stat */
#include <time.h>      /* clock_gettime */
#include <unistd.h>    /* close getpid sysconf */

#if defined(__linux__)
#include <malloc.h> /* malloc_usable_size */
#include <sys/epoll.h>
#include <sys/timerfd.h>
#endif

static CURLcode global_result = CURLE_FAILED_INIT;

void process_pin(void) {
  Dl_info self;
  /* The same name again only raises a count; the flag is what stays. */
  if (dladdr((const void *)&global_result, &self) != 0 && self.dli_fname != NULL)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

#if defined(__linux__)
/*
** libcurl copies tokens into buffers of its own (headers above all) and frees
** them as they are. So it gets a free that wipes; where another user of libcurl
** in the process was there first, libcurl keeps what that one gave it.
*/
static void wiping_free(void *block) {
  if (block == NULL) return;
  wipe(block, malloc_usable_size(block));
  free(block);
}

/* By hand: realloc would free the old bytes unwiped. */
static void *wiping_realloc(void *block, size_t size) {
  if (block == NULL) return malloc(size);
  size_t old = malloc_usable_size(block);
  if (size <= old && size >= old / 2) return block;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, block, size < old ? size : old);
  wiping_free(block);
  return moved;
}

static void global_init(void) {
  global_result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup, calloc);
}
#else
static void global_init(void) {
  global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}
#endif

/*
** The process's own id, in a page that the kernel empties in a child, by
** whatever call that was made: a handler of pthread_atfork(3) would not hear of
** clone(2) or _Fork(3). NULL: there is no such page, and each use asks.
*/
static _Atomic(pid_t) *kept_id;

static void keep_id(void) {
#if defined(MADV_WIPEONFORK)
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  /* Old emulators (qemu's) agree to any advice and follow none: they agree to one that does not exist, too. */
  if (madvise(page, size, MADV_WIPEONFORK) == 0 && madvise(page, size, -1) != 0)
    kept_id = page;
  else
    munmap(page, size);
#endif
}

static void set_up(void) {
  global_init();
  keep_id();
}

pid_t process_id(void) {
  if (kept_id == NULL) return getpid();
  pid_t id = atomic_load_explicit(kept_id, memory_order_relaxed);
  if (id == 0) {
    id = getpid();
    atomic_store_explicit(kept_id, id, memory_order_relaxed); /* other threads store the same */
  }
  return id;
}

/* No clean-up ever matches this: another user of libcurl in the process may
** still need what it set up (curl_global_cleanup(3)). */
bool process_ready(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, set_up) == 0 && global_result == CURLE_OK;
}

double process_monotonic(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#if defined(__linux__)

bool process_open_alarm(process_alarm *alarm, int other) {
  alarm->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  alarm->fd = alarm->timer;
  if (alarm->timer < 0 || other < 0) return alarm->timer >= 0;
  struct epoll_event event = {.events = EPOLLIN};
  alarm->fd = epoll_create1(EPOLL_CLOEXEC);
  if (alarm->fd >= 0 && epoll_ctl(alarm->fd, EPOLL_CTL_ADD, alarm->timer, &event) == 0 &&
      epoll_ctl(alarm->fd, EPOLL_CTL_ADD, other, &event) == 0)
    return true;
  int reason = errno;
  process_close_alarm(alarm);
  errno = reason;
  return false;
}

void process_set_alarm(const process_alarm *alarm, double seconds) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if (seconds >= 0 && seconds < 1e9) {
    when.it_value.tv_sec = (time_t)seconds;
    when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
    if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0) when.it_value.tv_nsec = 1; /* 0 would disarm it */
  }
  (void)timerfd_settime(alarm->timer, 0, &when, NULL);
}

#else

bool process_open_alarm(process_alarm *alarm, int other) {
  (void)other;
  alarm->fd = alarm->timer = -1;
  errno = ENOSYS;
  return false;
}

void process_set_alarm(const process_alarm *alarm, double seconds) {
  (void)alarm;
  (void)seconds;
}

#endif

void process_close_alarm(process_alarm *alarm) {
  if (alarm->fd >= 0 && alarm->fd != alarm->timer) close(alarm->fd);
  if (alarm->timer >= 0) close(alarm->timer);
  alarm->fd = alarm->timer = -1;
}

int process_milliseconds(double seconds) {
  double ms = seconds * 1000;
  if (!(ms >= 1)) return 1;
  if (ms >= (double)INT_MAX) return INT_MAX;
  int whole = (int)ms;
  return (double)whole < ms ? whole + 1 : whole;
}

int process_readable_by_others(const char *file) {
  struct stat status;
  if (stat(file, &status) != 0) return -1;
  return (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}
