/*
** listener.h - a minimal HTTP server on a loopback port, in its caller's thread.
** The server never waits, allocates no memory, and responds only when its caller
** says so. So one loop can let client and server take turns.
*/

#ifndef cbr_fuzz_listener_h
#define cbr_fuzz_listener_h

#include "buffer.h"

#define LISTENER_PEERS 16
#define LISTENER_KEPT 8192 /* of what a peer sent, this many bytes are kept; further bytes are dropped */

typedef struct listener_peer {
  int fd; /* -1: closed, but 'received' keeps what the peer sent */
  char received[LISTENER_KEPT];
  size_t size;
  size_t heads;     /* complete request heads that arrived */
  size_t responded; /* how many of these requests got a response */
} listener_peer;

typedef struct listener {
  int fd;
  unsigned port;
  listener_peer peers[LISTENER_PEERS];
  size_t count;
} listener;

/* Listens on a free port; ends the process if there is none. */
void listener_open(listener *l);

/* Accepts new peers, reads what peers sent, and closes the connections that peers have closed. */
void listener_take(listener *l);

/* A peer whose request has no response yet; NULL: there is no such peer. */
listener_peer *listener_waiting(listener *l);

/* Writes bytes to a peer. Bytes that the socket does not accept at once are dropped. */
void listener_send(listener_peer *peer, cbr_slice bytes);

/* Sends the same response to every waiting peer. */
void listener_respond(listener *l, cbr_slice bytes);

/* Closes the connection to a peer, with a TCP reset if 'hard' is true. */
void listener_drop(listener_peer *peer, bool hard);

/* How often a text occurs in what peers sent since the last reset. */
size_t listener_count(const listener *l, const char *text);

/* Closes all connections, also connections that are not yet accepted, and forgets the peers. */
void listener_reset(listener *l);

/* The lowest free descriptor number. Code that leaves no descriptor open does not change it. */
int listener_probe(void);

#endif
