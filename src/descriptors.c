/*
** descriptors.c - see descriptors.h
*/

#include "linux.h"

#include "descriptors.h"

#include <errno.h>  /* EMFILE ENFILE ENOENT ENOMEM errno */
#include <poll.h>   /* poll */
#include <stdlib.h> /* calloc free */
#include <string.h> /* memcpy */
#include <sys/epoll.h>
#include <sys/eventfd.h> /* eventfd */
#include <sys/socket.h>  /* recv shutdown socket */
#include <sys/stat.h>    /* fstat */
#include <unistd.h>      /* close */

#define FIRST_ROOM 64 /* the first size of the table, in entries; doubled as needed */
#define EVENTS_PER_WAIT 64
/* How many descriptors libcurl has open at the same time while it connects: first two for its resolver's thread and one
** for a file that the resolver reads; then one socket for IPv6, one for IPv4, and the file of trusted certificates. */
#define PER_CONNECTION 3

static cbr_descriptor *entry_of(cbr_descriptors *d, int fd) {
  size_t room = d->room > 0 ? d->room : FIRST_ROOM;
  while ((size_t)fd >= room)
    room *= 2;
  if (room != d->room) {
    cbr_descriptor *entries = calloc(room, sizeof *entries);
    if (entries == NULL) return NULL;
    if (d->room > 0) memcpy(entries, d->entries, d->room * sizeof *entries);
    free(d->entries);
    d->entries = entries;
    d->room = room;
  }
  return &d->entries[fd];
}

bool cbr_descriptors_open(cbr_descriptors *d) {
  if (d->is_open) return true;
  d->epoll = epoll_create1(EPOLL_CLOEXEC);
  d->is_open = d->epoll >= 0;
  return d->is_open;
}

int cbr_descriptors_fd(const cbr_descriptors *d) {
  return d->is_open ? d->epoll : -1;
}

/* The idle connections form a list. The entry of each idle connection holds the descriptors of its two neighbours. */
static void set_idle(cbr_descriptors *d, int fd, bool is_idle) {
  cbr_descriptor *entry = &d->entries[fd];
  if (entry->is_idle == is_idle) return;
  entry->is_idle = is_idle;
  if (is_idle) {
    entry->idle_before = -1;
    entry->idle_after = d->idle > 0 ? d->first_idle : -1;
    if (entry->idle_after >= 0) d->entries[entry->idle_after].idle_before = fd;
    d->first_idle = fd;
    d->idle++;
    return;
  }
  if (entry->idle_after >= 0) d->entries[entry->idle_after].idle_before = entry->idle_before;
  *(entry->idle_before >= 0 ? &d->entries[entry->idle_before].idle_after : &d->first_idle) = entry->idle_after;
  d->idle--;
}

int cbr_descriptors_socket(cbr_descriptors *d, int family, int type, int protocol) {
  int fd = socket(family, type | SOCK_CLOEXEC, protocol);
  struct stat status;
  if (fd < 0) {
    d->ran_out = errno == EMFILE || errno == ENFILE;
    return fd;
  }
  cbr_descriptor *entry = entry_of(d, fd);
  if (entry == NULL || fstat(fd, &status) != 0) {
    close(fd);
    errno = ENOMEM;
    return -1;
  }
  set_idle(d, fd, false); /* other code, or libcurl itself, may have closed the earlier socket with this number */
  if (entry->is_own) d->sockets--;
  *entry = (cbr_descriptor){.device = status.st_dev, .inode = status.st_ino, .is_own = true};
  d->sockets++;
  d->opened++;
  return fd;
}

/* Opens new files, because a copy by dup(2) does not count towards the limit of the system (ENFILE). */
bool cbr_descriptors_are_left(void) {
  int fds[PER_CONNECTION];
  size_t count = 0;
  while (count < PER_CONNECTION && (fds[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
    count++;
  bool are_left = count == PER_CONNECTION || (errno != EMFILE && errno != ENFILE);
  for (size_t i = 0; i < count; i++)
    close(fds[i]);
  return are_left;
}

static bool tell_epoll(cbr_descriptors *d, cbr_descriptor *entry, int fd, unsigned what) {
  struct epoll_event event = {0};
  if ((what & CBR_DESCRIPTOR_READ) != 0) event.events |= EPOLLIN;
  if ((what & CBR_DESCRIPTOR_WRITE) != 0) event.events |= EPOLLOUT;
  event.data.fd = fd;
  int operation = what == 0 ? EPOLL_CTL_DEL : entry->registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (entry->registered != 0) d->registered--;
  if (what != 0) d->registered++;
  entry->registered = what;
  if (epoll_ctl(d->epoll, operation, fd, &event) == 0 || operation == EPOLL_CTL_DEL) return true;
  /* The registered file was closed, and another file now has its number. If libcurl waits for events, this is a file of
  ** libcurl. Otherwise, it may be a file of another thread. */
  return errno == ENOENT && entry->wanted != 0 && epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/*
** An idle connection stays registered for reading, because the next request
** will wait for the same events. This saves two system calls per request.
** libcurl 8.0 and later read a response that has already arrived without
** waiting for it. The connection of such a response is still registered for
** writing, and does not stay registered: epoll would always report it, and
** break_connection would break it.
** Descriptors that libcurl opens and closes by itself do not stay registered
** either, because another file may get the same number without notice.
*/
bool cbr_descriptors_set(cbr_descriptors *d, int fd, unsigned what) {
  cbr_descriptor *entry = entry_of(d, fd);
  if (entry == NULL) return false;
  entry->wanted = what;
  unsigned kept = what == 0 && entry->is_own && entry->registered != 0 ? CBR_DESCRIPTOR_READ : what;
  set_idle(d, fd, kept != what);
  if (entry->registered == kept || tell_epoll(d, entry, fd, kept)) return true;
  if (what != 0) return false;
  /* libcurl has already closed the socket itself: versions 7.88 to 8.1 do so if a transfer times out while it
  ** connects */
  set_idle(d, fd, false);
  d->registered--;
  if (entry->is_own) d->sockets--;
  *entry = (cbr_descriptor){0};
  return true;
}

/*
** Breaks an idle connection on which something happened without a request: the
** peer closed the connection, or sent bytes. For example, a gateway sends status 408 to a
** client that was silent for long. We must not take those bytes for the next
** request's response, and libcurl before 8.0 does not check for such bytes. After
** this function, libcurl notices that the connection is dead, and opens a new one.
**
** Messages of the TLS protocol cannot be told from such bytes. If a server sends
** its session tickets after a response instead of with the handshake, every
** request opens a new connection.
*/
static void break_connection(int fd) {
  char bytes[1024];
  shutdown(fd, SHUT_RDWR);
  while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
}

/* If libcurl does not wait on a descriptor, stops epoll from reporting the descriptor, and returns true. */
static bool drop_unwanted(cbr_descriptors *d, int fd) {
  cbr_descriptor *entry = &d->entries[fd];
  if (entry->wanted != 0) return false;
  set_idle(d, fd, false);
  tell_epoll(d, entry, fd, 0);
  if (entry->is_own) break_connection(fd);
  return true;
}

size_t cbr_descriptors_wait(cbr_descriptors *d, cbr_descriptor_event *events, size_t room, int milliseconds) {
  struct epoll_event ready[EVENTS_PER_WAIT];
  size_t count = 0;
  int found = epoll_wait(d->epoll, ready, (int)(room < EVENTS_PER_WAIT ? room : EVENTS_PER_WAIT), milliseconds);
  for (int i = 0; i < found; i++) {
    int fd = ready[i].data.fd;
    if (drop_unwanted(d, fd)) continue;
    unsigned what = 0;
    if ((ready[i].events & EPOLLIN) != 0) what |= CBR_DESCRIPTOR_READ;
    if ((ready[i].events & EPOLLOUT) != 0) what |= CBR_DESCRIPTOR_WRITE;
    if ((ready[i].events & (EPOLLERR | EPOLLHUP)) != 0) what |= CBR_DESCRIPTOR_ERROR;
    events[count++] = (cbr_descriptor_event){fd, what};
  }
  return count;
}

/* Polls only the idle connections, so that busy connections cost nothing. */
static void check_few_idle(cbr_descriptors *d) {
  struct pollfd idle[EVENTS_PER_WAIT];
  nfds_t count = 0;
  for (int fd = d->idle > 0 ? d->first_idle : -1; fd >= 0; fd = d->entries[fd].idle_after)
    idle[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
  if (count == 0 || poll(idle, count, 0) <= 0) return;
  for (nfds_t i = 0; i < count; i++)
    if (idle[i].revents != 0) (void)drop_unwanted(d, idle[i].fd);
}

/* Checks every ready descriptor once. No ready descriptor is missed, because epoll reports first the descriptors that
** it has not reported yet. */
static void check_many_idle(cbr_descriptors *d) {
  struct epoll_event ready[EVENTS_PER_WAIT];
  const size_t all = d->registered;
  int found = EVENTS_PER_WAIT;
  for (size_t seen = 0; found == EVENTS_PER_WAIT && seen < all; seen += EVENTS_PER_WAIT) {
    found = epoll_wait(d->epoll, ready, EVENTS_PER_WAIT, 0);
    for (int i = 0; i < found; i++)
      (void)drop_unwanted(d, ready[i].data.fd);
  }
}

/* Up to EVENTS_PER_WAIT idle connections are polled directly. Otherwise epoll would also report, at the start of each
** request, every transfer whose response has arrived. */
void cbr_descriptors_check_idle(cbr_descriptors *d) {
  if (d->idle <= EVENTS_PER_WAIT)
    check_few_idle(d);
  else
    check_many_idle(d);
}

int cbr_descriptors_close(cbr_descriptors *d, int fd) {
  if ((size_t)fd < d->room) {
    /* A forked child may hold a copy of the socket: epoll would then continue to report the descriptor after
    ** close(2). */
    if (d->entries[fd].registered != 0) tell_epoll(d, &d->entries[fd], fd, 0);
    if (d->entries[fd].is_own) d->sockets--;
    set_idle(d, fd, false);
    d->entries[fd] = (cbr_descriptor){0};
  }
  return close(fd);
}

void cbr_descriptors_disown(cbr_descriptors *d) {
  for (size_t i = 0; i < d->room; i++) {
    const cbr_descriptor *entry = &d->entries[i];
    struct stat status;
    if (entry->is_own && fstat((int)i, &status) == 0 && status.st_dev == entry->device && status.st_ino == entry->inode)
      close((int)i);
  }
  free(d->entries);
  *d = (cbr_descriptors){0};
}

void cbr_descriptors_free(cbr_descriptors *d) {
  if (d->is_open) close(d->epoll);
  free(d->entries);
  *d = (cbr_descriptors){0};
}
