/*
** load.c - sends requests to a server on this machine, from one thread on epoll, and measures the response times.
**
**   load PORT PATH CONNECTIONS SECONDS INTERVAL EXPECTED
**
** Each connection is due to send a request every INTERVAL milliseconds. If the previous response has not arrived when a
** request is due, the request is sent later, but its time counts from when it was due. So a stall is visible in every
** request that the stall delays. With INTERVAL 0, each connection sends the next request after a response.
** EXPECTED milliseconds are subtracted from each printed time. A request that has no response at the end counts with
** the time that it has waited.
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RESPONSE = 4096, EVENTS = 256, SAMPLES = 1 << 20, GRACE = 500, STUCK = 10 };

typedef struct connection {
  int fd;
  bool busy;
  double due;  /* when the next request is due */
  double from; /* when the measured time of the present request begins */
  size_t size;
  char response[RESPONSE];
} connection;

static char request[1024];
static size_t request_size;
static double samples[SAMPLES];
static size_t sample_count, failed, unfinished, in_flight;
static bool is_over; /* the SECONDS are over, so no more requests are sent */

static double now(void) { /* Returns milliseconds. */
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void add_sample(double milliseconds) {
  if (sample_count < SAMPLES) samples[sample_count++] = milliseconds;
}

static void open_connection(connection *c, int port, int poller) {
  struct sockaddr_in address = {0};
  int on = 1;
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {0};
  event.events = EPOLLIN;
  event.data.ptr = c;
  if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) != 0) fail("epoll_ctl");
}

static void send_request(connection *c, double from) {
  c->busy = true;
  in_flight++;
  c->from = from;
  c->size = 0;
  if (send(c->fd, request, request_size, MSG_NOSIGNAL) != (ssize_t)request_size) fail("send");
}

/* Whether the response is complete. nginx gives each response a Content-Length. */
static bool is_complete(connection *c) {
  c->response[c->size] = '\0';
  char *end = strstr(c->response, "\r\n\r\n"), *length = strcasestr(c->response, "\r\nContent-Length:");
  if (end == NULL) return false;
  if (length == NULL || length > end) {
    errno = EPROTO;
    fail("a response without a Content-Length");
  }
  size_t body = strtoul(length + sizeof "\r\nContent-Length:" - 1, NULL, 10);
  return c->size >= (size_t)(end + 4 - c->response) + body;
}

static void receive(connection *c, double interval) {
  ssize_t got = recv(c->fd, c->response + c->size, RESPONSE - 1 - c->size, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) fail("the server closed the connection");
  c->size += (size_t)got;
  if (!c->busy || !is_complete(c)) return;
  double time = now();
  if (strncmp(c->response, "HTTP/1.1 200", 12) != 0) failed++;
  add_sample(time - c->from);
  c->busy = false;
  in_flight--;
  if (is_over) return;
  if (interval > 0) {
    c->due += interval;
    if (c->due <= time) send_request(c, c->due);
  } else {
    send_request(c, time);
  }
}

static int by_size(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static double quantile(double part) {
  return sample_count == 0 ? 0 : samples[(size_t)((double)(sample_count - 1) * part)];
}

int main(int count, char **arguments) {
  if (count != 7) return 2;
  int port = atoi(arguments[1]);
  size_t connections = strtoul(arguments[3], NULL, 10);
  double seconds = atof(arguments[4]), interval = atof(arguments[5]), expected = atof(arguments[6]);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  connection *all = calloc(connections + 1, sizeof *all);
  if (poller < 0 || all == NULL) fail("start");
  int written = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", arguments[2]);
  request_size = (size_t)written;
  alarm((unsigned)seconds + STUCK); /* this ends the program if the server accepts no connection */
  for (size_t i = 0; i < connections; i++)
    open_connection(&all[i], port, poller);

  double begin = now(), end = begin + seconds * 1e3, spread = interval > 0 ? interval : expected;
  for (size_t i = 0; i < connections; i++) /* the first requests are spread over the interval */
    all[i].due = begin + spread * (double)i / (double)connections;
  for (double time = begin; time < end || (in_flight > 0 && time < end + GRACE); time = now()) {
    double next = end;
    is_over = time >= end;
    for (size_t i = 0; i < connections && !is_over; i++) {
      connection *c = &all[i];
      if (c->busy) continue;
      if (c->due <= time)
        send_request(c, time); /* the connection was idle: the time begins now, even if this program is late */
      else if (c->due < next)
        next = c->due;
    }
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poller, events, EVENTS, is_over ? 1 : (int)(next - time) + 1);
    for (int i = 0; i < ready; i++)
      receive(events[i].data.ptr, interval);
  }
  size_t responses = sample_count;
  for (size_t i = 0; i < connections; i++) {
    if (!all[i].busy) continue;
    double waited = now() - all[i].from;
    unfinished++;
    for (; waited > expected; waited -= interval > 0 ? interval : waited)
      add_sample(waited);
  }
  qsort(samples, sample_count, sizeof *samples, by_size);
  printf("calls=%zu failed=%zu unfinished=%zu p50=%.3f p99=%.3f max=%.3f\n", responses, failed, unfinished,
         quantile(0.5) - expected, quantile(0.99) - expected, quantile(1) - expected);
  return failed > 0;
}
