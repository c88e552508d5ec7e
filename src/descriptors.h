/*
** descriptors.h - the descriptors of a pool: which are open, and which of them are
** waited on. On Linux all of it is one descriptor (epoll), so that a wait costs
** what is ready, and any event loop can wait on that one number. Elsewhere, or
** with CBR_WITHOUT_EPOLL, poll(2) stands in, and there is no such number.
*/

#ifndef cbr_watch_h
#define cbr_watch_h

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h> /* dev_t ino_t */

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* What a descriptor is waited on for; may be combined. */
#define WATCH_READ 1U
#define WATCH_WRITE 2U
#define WATCH_ERROR 4U /* told, never asked for */

typedef struct watch_entry {
  dev_t device; /* what it was when it was opened, for a forked child to recognise it by */
  ino_t inode;
  bool is_own;         /* opened by watch_open */
  unsigned wanted;     /* what libcurl waits for */
  unsigned registered; /* what epoll was told */
  bool was_wanted;     /* the stand-in's: connected, and not found broken */
} watch_entry;

typedef struct watch {
  int epoll; /* -1: none */
  bool is_open;
  watch_entry *entries; /* by descriptor */
  size_t room;
  size_t registered;    /* how many epoll knows */
  struct pollfd *polls; /* the stand-in's */
  size_t poll_room;
} watch;

typedef struct watch_event {
  int fd;
  unsigned what;
} watch_event;

/* Makes one of a zeroed struct; false: no descriptor or no memory. Repeats are harmless. */
bool watch_open(watch *w);

/* The descriptor that is readable when watch_wait would return something; -1: there is none. */
int watch_fd(const watch *w);

/* socket(2), closed on exec and remembered; -1 with errno. */
int watch_socket(watch *w, int family, int type, int protocol);

/* close(2) of one of those. */
int watch_close(watch *w, int fd);

/* Waits for 'what' on a descriptor from now on; 0: for nothing. False: no memory. */
bool watch_set(watch *w, int fd, unsigned what);

/* Waits up to 'milliseconds' (0: not at all); -> how many events it wrote, 'room' at most. */
size_t watch_wait(watch *w, watch_event *events, size_t room, int milliseconds);

/* Breaks those connections that libcurl keeps for later and on which something
** happened: before one of them is used again. */
void watch_check_kept(watch *w);

/* In a forked child: closes the child's copies of the sockets, those that still
** are what they were (a daemon closes and reuses numbers), and forgets the rest.
** epoll's own descriptor stays open, since nothing tells it from another one. */
void watch_disown(watch *w);

void watch_free(watch *w);

#pragma GCC visibility pop

#endif
