/*
** listener.c - see listener.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* accept4 memmem */
#endif

#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void listener_open(listener *l) {
  memset(l, 0, sizeof *l);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&address, size) != 0 || listen(l->fd, 64) != 0 ||
      getsockname(l->fd, (struct sockaddr *)&address, &size) != 0) {
    perror("listener");
    exit(2);
  }
  l->port = ntohs(address.sin_port);
}

static void take_peer(listener *l, int fd) {
  if (l->count == LISTENER_PEERS) {
    close(fd);
    return;
  }
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  listener_peer *peer = &l->peers[l->count++];
  peer->fd = fd;
  peer->size = peer->heads = peer->responded = 0;
}

static void read_peer(listener_peer *peer) {
  char bytes[4096];
  ssize_t got;
  while ((got = recv(peer->fd, bytes, sizeof bytes, 0)) > 0) {
    size_t from = peer->size < 3 ? 0 : peer->size - 3, fits = LISTENER_KEPT - peer->size;
    if ((size_t)got < fits) fits = (size_t)got;
    memcpy(peer->received + peer->size, bytes, fits);
    peer->size += fits;
    for (const char *at = peer->received + from;
         (at = memmem(at, (size_t)(peer->received + peer->size - at), "\r\n\r\n", 4)) != NULL; at += 4)
      peer->heads++;
  }
  if (got == 0) listener_drop(peer, false);
}

void listener_take(listener *l) {
  for (int fd; (fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
    take_peer(l, fd);
  for (size_t i = 0; i < l->count; i++)
    if (l->peers[i].fd >= 0) read_peer(&l->peers[i]);
}

listener_peer *listener_waiting(listener *l) {
  for (size_t i = 0; i < l->count; i++)
    if (l->peers[i].fd >= 0 && l->peers[i].heads > l->peers[i].responded) return &l->peers[i];
  return NULL;
}

void listener_send(listener_peer *peer, cbr_slice bytes) {
  if (peer->fd >= 0 && bytes.size > 0) (void)!send(peer->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
}

void listener_respond(listener *l, cbr_slice bytes) {
  for (listener_peer *peer; (peer = listener_waiting(l)) != NULL; peer->responded++)
    listener_send(peer, bytes);
}

void listener_drop(listener_peer *peer, bool hard) {
  if (peer->fd < 0) return;
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (hard) setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(peer->fd);
  peer->fd = -1;
}

size_t listener_count(const listener *l, const char *text) {
  size_t times = 0, length = strlen(text);
  for (size_t i = 0; i < l->count; i++) {
    const char *end = l->peers[i].received + l->peers[i].size;
    for (const char *at = l->peers[i].received; (at = memmem(at, (size_t)(end - at), text, length)) != NULL;
         at += length)
      times++;
  }
  return times;
}

void listener_reset(listener *l) {
  for (int fd; (fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
    close(fd);
  for (size_t i = 0; i < l->count; i++)
    listener_drop(&l->peers[i], true);
  l->count = 0;
}

int listener_probe(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  close(fd);
  return fd;
}
