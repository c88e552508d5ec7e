/*
** bell.h - wakes an event loop when a descriptor is readable, or at a set time.
**
** A loop that can wait on any descriptor waits on the bell's own descriptor. A
** loop that can only read a stream, as nginx, connects to the bell's socket
** instead: a thread of the bell then sends a byte over this connection whenever
** the bell rings. There is no thread before cbr_bell_accept, and none in a forked
** child.
**
** The thread also sends a byte when it has sent none for a second, so that the
** loop can do its regular work without a timer of its own.
**
** Except for that thread, only one thread may use a bell at a time.
*/

#ifndef cbr_bell_h
#define cbr_bell_h

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h> /* pid_t */
#include <sys/un.h>    /* sockaddr_un */

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

#define CBR_BELL_TICK_MILLISECONDS 1000
#define CBR_BELL_TICK "." /* the byte that the thread sends after a second without any byte */
#define CBR_BELL_RING "!" /* the byte that the thread sends whenever the bell rings */

typedef struct cbr_bell {
  pid_t owner; /* the process that opened the bell; 0: the bell is closed */
  int fd;      /* this descriptor is readable while the bell rings */
  int timer;   /* the timerfd_create(2) descriptor; the same as 'fd' if no descriptor is watched */
  int watched; /* the watched descriptor, which the caller owns; -1: there is none */
  int socket;  /* the listening socket, later the accepted connection; -1: neither */
  double due;  /* the time when the timer expires, on the clock of cbr_clock_monotonic; infinite: never */
  struct sockaddr_un address; /* the address of the listening socket; after its removal, the path is empty */
  bool has_thread;
  pthread_t thread;
  atomic_bool has_fired; /* the thread has noticed that 'watched' is readable, and epoll has stopped watching */
  atomic_bool must_end;  /* tells the thread to end */
} cbr_bell;

/*
** Opens a bell that is not armed. 'watched' is a descriptor to watch, or -1. When
** this descriptor is closed, the bell no longer rings for it. False, with errno set, if
** no descriptor could be made. A bell whose bytes are all zero is closed.
*/
bool cbr_bell_open(cbr_bell *bell, int watched);

/*
** Makes the bell ring when the watched descriptor is readable, and 'seconds'
** from now (0: at once). If 'seconds' is negative, NaN, or at least 1e9, no
** time is set. A bell that watches a descriptor may also ring at an earlier
** time that was set before.
*/
void cbr_bell_arm(cbr_bell *bell, double seconds);

/* Rings the bell now. */
void cbr_bell_ring(cbr_bell *bell);

/*
** Listens on a unix socket in a new directory that only this user can enter.
** The directory is in $TMPDIR, or in another usual place for temporary files.
** The path is in 'bell->address'. Returns false, with errno set, if no place
** can be used.
*/
bool cbr_bell_listen(cbr_bell *bell);

/*
** Accepts the connection that this process has made to the path, and starts the
** thread. Returns false, with errno set, on failure: EPERM if another process
** has connected. The socket and its directory are removed also after a failure.
*/
bool cbr_bell_accept(cbr_bell *bell);

/* Ends the thread, within about a millisecond, and closes the bell, but not the watched descriptor. Harmless on a
** closed bell. In a forked child, the parent's thread and files stay as they are. */
void cbr_bell_close(cbr_bell *bell);

#pragma GCC visibility pop

#endif
