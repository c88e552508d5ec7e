/*
** descriptors.h - the sockets of a pool: which of them are open, and which are
** waited on. One epoll(7) descriptor stands for all sockets. So any event loop
** can wait on this one descriptor, and the cost of a wait depends only on how
** many sockets are ready.
*/

#ifndef cbr_descriptors_h
#define cbr_descriptors_h

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h> /* dev_t ino_t */

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* The events that a descriptor is waited on for, or is ready for. They can be combined. */
#define CBR_DESCRIPTOR_READ 1U
#define CBR_DESCRIPTOR_WRITE 2U
#define CBR_DESCRIPTOR_ERROR 4U /* used only in events */

typedef struct cbr_descriptor {
  dev_t device; /* device and inode of the open file, by which a forked child recognises the file */
  ino_t inode;
  bool is_own;         /* the socket was opened by cbr_descriptors_socket */
  unsigned wanted;     /* the events that libcurl waits for */
  unsigned registered; /* the events that epoll was told to report */
  bool is_idle;        /* an idle connection: 'is_own', registered, and libcurl waits for no event */
  int idle_before;     /* this and the next: the neighbours in the list of idle connections; -1: no neighbour */
  int idle_after;
} cbr_descriptor;

/* All fields are zero before cbr_descriptors_open. */
typedef struct cbr_descriptors {
  int epoll;
  bool is_open;
  cbr_descriptor *entries; /* entries[fd] is the entry of the descriptor fd */
  size_t room;
  size_t registered; /* how many descriptors are registered with epoll */
  size_t idle;       /* how many of the registered descriptors are idle connections */
  int first_idle;    /* the first descriptor in the list of idle connections, if there are any */
  size_t sockets;    /* how many sockets from cbr_descriptors_socket are open */
  size_t opened;     /* how many sockets cbr_descriptors_socket has opened */
  bool ran_out;      /* set when a socket could not be opened because the process has no descriptor left */
} cbr_descriptors;

typedef struct cbr_descriptor_event {
  int fd;
  unsigned what;
} cbr_descriptor_event;

/* Opens the epoll descriptor, unless it is open already. False, with errno set, on
** failure. */
bool cbr_descriptors_open(cbr_descriptors *d);

/* The epoll descriptor: readable when cbr_descriptors_wait would report an
** event. -1: not open. */
int cbr_descriptors_fd(const cbr_descriptors *d);

/* As socket(2), with close-on-exec; the socket is remembered. -1, with errno set,
** on failure. */
int cbr_descriptors_socket(cbr_descriptors *d, int family, int type, int protocol);

/* Whether this process can open as many descriptors as libcurl needs for a new connection. */
bool cbr_descriptors_are_left(void);

/* As close(2), for a socket from cbr_descriptors_socket. */
int cbr_descriptors_close(cbr_descriptors *d, int fd);

/* Sets the events to wait for on a descriptor; 0: none. False: no memory, or
** epoll rejects the descriptor. */
bool cbr_descriptors_set(cbr_descriptors *d, int fd, unsigned what);

/* Waits for an event for up to 'milliseconds' (0: not at all). Writes up to
** 'room' events and returns how many. */
size_t cbr_descriptors_wait(cbr_descriptors *d, cbr_descriptor_event *events, size_t room, int milliseconds);

/* Breaks the idle connections on which something happened, so that no later
** request uses such a connection; see descriptors.c. */
void cbr_descriptors_check_idle(cbr_descriptors *d);

/*
** In a forked child: closes the child's copies of the sockets, and forgets all
** other descriptors. A number that now belongs to another file is not closed,
** because daemons close and reuse numbers. The epoll descriptor stays open,
** because it cannot be told from another epoll descriptor.
*/
void cbr_descriptors_disown(cbr_descriptors *d);

/* Closes the epoll descriptor and frees the memory. The sockets are not closed: libcurl does this. */
void cbr_descriptors_free(cbr_descriptors *d);

#pragma GCC visibility pop

#endif
