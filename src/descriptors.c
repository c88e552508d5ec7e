/*
** descriptors.c - see descriptors.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#endif

#include "descriptors.h"

#include <errno.h>      /* ENOENT ENOMEM errno */
#include <poll.h>       /* poll */
#include <stdlib.h>     /* calloc free */
#include <string.h>     /* memcpy */
#include <sys/socket.h> /* recv shutdown socket */
#include <sys/stat.h>   /* fstat */
#include <unistd.h>     /* close */

#if defined(__linux__) && !defined(CBR_WITHOUT_EPOLL)
#include <sys/epoll.h>
#define HAS_EPOLL 1
#else
#define HAS_EPOLL 0
#endif

#define FIRST_ROOM 64 /* entries; doubled as needed */
#define READY 64      /* events that are taken from epoll at a time */

static watch_entry *entry_of(watch *w, int fd) {
  size_t room = w->room > 0 ? w->room : FIRST_ROOM;
  while ((size_t)fd >= room)
    room *= 2;
  if (room != w->room) {
    watch_entry *entries = calloc(room, sizeof *entries);
    if (entries == NULL) return NULL;
    if (w->room > 0) memcpy(entries, w->entries, w->room * sizeof *entries);
    free(w->entries);
    w->entries = entries;
    w->room = room;
  }
  return &w->entries[fd];
}

int watch_socket(watch *w, int family, int type, int protocol) {
#if defined(SOCK_CLOEXEC)
  int fd = socket(family, type | SOCK_CLOEXEC, protocol);
#else
  int fd = socket(family, type, protocol);
#endif
  struct stat status;
  if (fd < 0) return fd;
  watch_entry *entry = entry_of(w, fd);
  if (entry == NULL || fstat(fd, &status) != 0) {
    close(fd);
    errno = ENOMEM;
    return -1;
  }
  *entry = (watch_entry){.device = status.st_dev, .inode = status.st_ino, .is_own = true};
  return fd;
}

/*
** A kept connection on which something happens though nothing was asked: the
** other side has closed it, or has sent bytes (a gateway says 408 so, to one
** that was silent for long). Whose answer these are nobody knows, least of all
** that of the next request. libcurl looks for that itself only since 8.0; so
** the connection is broken here, and libcurl finds it dead and takes another.
** What TLS sends by itself looks the same from outside: a server whose tickets
** come after its answer, and not with the handshake, is connected to each time.
*/
static void break_connection(int fd) {
  char bytes[1024];
  shutdown(fd, SHUT_RDWR);
  while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
}

#if HAS_EPOLL

static bool tell_epoll(watch *w, watch_entry *entry, int fd, unsigned what) {
  struct epoll_event event = {0};
  if ((what & WATCH_READ) != 0) event.events |= EPOLLIN;
  if ((what & WATCH_WRITE) != 0) event.events |= EPOLLOUT;
  event.data.fd = fd;
  int operation = what == 0 ? EPOLL_CTL_DEL : entry->registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (entry->registered != 0) w->registered--;
  if (what != 0) w->registered++;
  entry->registered = what;
  if (epoll_ctl(w->epoll, operation, fd, &event) == 0 || operation == EPOLL_CTL_DEL) return true;
  /* The number is another file's than the one that was registered. */
  return errno == ENOENT && epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool watch_open(watch *w) {
  if (w->is_open) return true;
  w->epoll = epoll_create1(EPOLL_CLOEXEC);
  w->is_open = w->epoll >= 0;
  return w->is_open;
}

int watch_fd(const watch *w) {
  return w->is_open ? w->epoll : -1;
}

/*
** A connection that is kept for the next request stays registered: that request
** waits for the same thing again, which saves two system calls for each. Not so
** for what libcurl opens and closes by itself, whose number may be another
** file's without a word.
*/
bool watch_set(watch *w, int fd, unsigned what) {
  watch_entry *entry = entry_of(w, fd);
  if (entry == NULL) return false;
  entry->wanted = what;
  if (entry->registered == what || (what == 0 && entry->is_own)) return true;
  return tell_epoll(w, entry, fd, what);
}

/* Whether nobody waits for what happened on a descriptor that epoll told of; it is told no more then. */
static bool let_go(watch *w, int fd) {
  watch_entry *entry = &w->entries[fd];
  if (entry->wanted != 0) return false;
  tell_epoll(w, entry, fd, 0);
  if (entry->is_own) break_connection(fd);
  return true;
}

size_t watch_wait(watch *w, watch_event *events, size_t room, int milliseconds) {
  struct epoll_event ready[READY];
  size_t count = 0;
  int found = epoll_wait(w->epoll, ready, (int)(room < READY ? room : READY), milliseconds);
  for (int i = 0; i < found; i++) {
    int fd = ready[i].data.fd;
    if (let_go(w, fd)) continue;
    unsigned what = 0;
    if ((ready[i].events & EPOLLIN) != 0) what |= WATCH_READ;
    if ((ready[i].events & EPOLLOUT) != 0) what |= WATCH_WRITE;
    if ((ready[i].events & (EPOLLERR | EPOLLHUP)) != 0) what |= WATCH_ERROR;
    events[count++] = (watch_event){fd, what};
  }
  return count;
}

/* epoll goes on telling of what is in use, behind what it has not told of yet. */
void watch_check_kept(watch *w) {
  struct epoll_event ready[READY];
  const size_t all = w->registered;
  int found = READY;
  for (size_t told = 0; found == READY && told < all; told += READY) {
    found = epoll_wait(w->epoll, ready, READY, 0);
    for (int i = 0; i < found; i++)
      (void)let_go(w, ready[i].data.fd);
  }
}

#else

void watch_check_kept(watch *w) {
  for (size_t i = 0; i < w->room; i++) {
    struct pollfd kept = {.fd = (int)i, .events = POLLIN};
    if (w->entries[i].is_own && w->entries[i].was_wanted && w->entries[i].wanted == 0 && poll(&kept, 1, 0) == 1) {
      w->entries[i].was_wanted = false;
      break_connection((int)i);
    }
  }
}

bool watch_open(watch *w) {
  w->epoll = -1;
  w->is_open = true;
  return true;
}

int watch_fd(const watch *w) {
  (void)w;
  return -1;
}

bool watch_set(watch *w, int fd, unsigned what) {
  watch_entry *entry = entry_of(w, fd);
  if (entry == NULL) return false;
  entry->wanted = what;
  entry->was_wanted = true;
  return true;
}

size_t watch_wait(watch *w, watch_event *events, size_t room, int milliseconds) {
  size_t waited = 0, count = 0;
  if (w->poll_room < w->room) {
    free(w->polls);
    w->polls = calloc(w->room, sizeof *w->polls);
    w->poll_room = w->polls != NULL ? w->room : 0;
  }
  for (size_t i = 0; i < w->poll_room; i++) {
    unsigned wanted = w->entries[i].wanted;
    if (wanted == 0) continue;
    short what = (short)(((wanted & WATCH_READ) != 0 ? POLLIN : 0) | ((wanted & WATCH_WRITE) != 0 ? POLLOUT : 0));
    w->polls[waited++] = (struct pollfd){.fd = (int)i, .events = what};
  }
  if (poll(w->polls, (nfds_t)waited, milliseconds) <= 0) return 0;
  for (size_t i = 0; i < waited && count < room; i++) {
    short got = w->polls[i].revents;
    unsigned what = 0;
    if ((got & POLLIN) != 0) what |= WATCH_READ;
    if ((got & POLLOUT) != 0) what |= WATCH_WRITE;
    if ((got & (POLLERR | POLLHUP | POLLNVAL)) != 0) what |= WATCH_ERROR;
    if (what != 0) events[count++] = (watch_event){w->polls[i].fd, what};
  }
  return count;
}

#endif

int watch_close(watch *w, int fd) {
  if ((size_t)fd < w->room) {
#if HAS_EPOLL
    /* A forked child may hold a copy, and epoll would go on telling about it. */
    if (w->entries[fd].registered != 0) tell_epoll(w, &w->entries[fd], fd, 0);
#endif
    w->entries[fd] = (watch_entry){0};
  }
  return close(fd);
}

void watch_disown(watch *w) {
  for (size_t i = 0; i < w->room; i++) {
    const watch_entry *entry = &w->entries[i];
    struct stat status;
    if (entry->is_own && fstat((int)i, &status) == 0 && status.st_dev == entry->device && status.st_ino == entry->inode)
      close((int)i);
  }
  free(w->entries);
  free(w->polls);
  *w = (watch){0};
}

void watch_free(watch *w) {
  if (w->is_open && w->epoll >= 0) close(w->epoll);
  free(w->entries);
  free(w->polls);
  *w = (watch){0};
}
