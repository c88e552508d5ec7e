/*
** listener.h - a minimal HTTP server on a loopback port, in its caller's thread.
** It never waits, allocates no memory and responds only when told to, so that
** client and server take turns in one loop.
*/

#ifndef cbr_fuzz_listener_h
#define cbr_fuzz_listener_h

#include "buffer.h"

#define LISTENER_PEERS 16
#define LISTENER_KEPT 8192 /* bytes kept of what a peer sent; more are read and dropped */

typedef struct listener_peer {
  int fd; /* -1: closed; the bytes that the peer sent are kept */
  char received[LISTENER_KEPT];
  size_t size;
  size_t heads;    /* complete request heads that arrived */
  size_t answered; /* how many of these requests got a response */
} listener_peer;

typedef struct listener {
  int fd;
  unsigned port;
  listener_peer peers[LISTENER_PEERS];
  size_t count;
} listener;

/* Listens on a free port; ends the process if there is none. */
void listener_open(listener *l);

/* Accepts new peers, reads what they sent, and closes those whose other end is closed. */
void listener_take(listener *l);

/* A peer whose request has no response yet; NULL: there is none. */
listener_peer *listener_waiting(listener *l);

/* Writes bytes; drops those that the socket does not accept at once. */
void listener_send(listener_peer *peer, cbr_slice bytes);

/* Sends the same response to every waiting peer. */
void listener_respond(listener *l, cbr_slice bytes);

/* Closes the connection; with a reset if 'hard' is true. */
void listener_drop(listener_peer *peer, bool hard);

/* How often a text occurs in what peers sent since the last reset. */
size_t listener_count(const listener *l, const char *text);

/* Closes all connections, also those not yet accepted, and forgets the peers. */
void listener_reset(listener *l);

/* The lowest free descriptor number: the same before and after code that leaves no descriptor open. */
int listener_probe(void);

#endif
