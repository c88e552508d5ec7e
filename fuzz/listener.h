/*
** listener.h - an HTTP server of the smallest kind on a loopback port, in the
** thread of its caller: it never waits, allocates nothing and answers only
** when it is told to, so that client and server take turns in one loop.
*/

#ifndef cbr_fuzz_listener_h
#define cbr_fuzz_listener_h

#include "buffer.h"

#define LISTENER_PEERS 16
#define LISTENER_KEPT 8192 /* bytes of what a peer said; the rest is read and dropped */

typedef struct listener_peer {
  int fd; /* -1: closed, and what it said is still there */
  char said[LISTENER_KEPT];
  size_t size;
  size_t heads;    /* ends of a request's head that came */
  size_t answered; /* how many of them were answered */
} listener_peer;

typedef struct listener {
  int fd;
  unsigned port;
  listener_peer peers[LISTENER_PEERS];
  size_t count;
} listener;

/* Ends the process where no port can be had. */
void listener_open(listener *l);

/* Accepts who waits, reads what came, closes whose other end is gone. */
void listener_take(listener *l);

/* Who asked something that is not answered; NULL: nobody. */
listener_peer *listener_asker(listener *l);

/* Writes at once, or drops what the socket does not take. */
void listener_say(listener_peer *peer, cbr_slice bytes);

/* Answers everybody who asked. */
void listener_answer(listener *l, cbr_slice bytes);

/* Hangs up; 'hard': by a reset. */
void listener_drop(listener_peer *peer, bool hard);

/* How often a text stands in what peers said since the last reset. */
size_t listener_heard(const listener *l, const char *text);

/* Bytes that came since the last reset. */
size_t listener_bytes(const listener *l);

/* Hangs up on everybody and forgets them; who waits is turned away. */
void listener_reset(listener *l);

/* The lowest number that no descriptor has: the same before and after what leaves none open. */
int listener_probe(void);

#endif
