/*
** floor.c - a contestant in C that uses libcurl alone, to show the lowest possible cost of a call. It sends the same
** bytes as cbr, signed beforehand, and does not decode the responses.
**
**   floor sequence FILE CALLS          one after another, over a kept connection
**   floor flight FILE CALLS AT_A_TIME  many at a time, by libcurl's multi handle on epoll
**   floor warm FILE CALLS AT_A_TIME LATE    like flight, but calls of LATE open the connections first
**   floor first FILE                   one call, then exit
**
** signed.lua writes FILE and LATE: the URL, then a header in each line. The output is a line as figures.lua prints it.
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum { WARM_UP = 200, LATE_WARM_UP = 3, EVENTS = 512 };

typedef struct call {
  CURL *easy;
  char *body; /* the complete body in one piece, because a client needs it in this form */
  size_t size;
} call;

static char url[1024];
static struct curl_slist *headers;

static void fail(const char *what) {
  fprintf(stderr, "floor: %s\n", what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Reads a size from /proc/self/status. Returns bytes. */
static double memory(const char *field) {
  char line[256];
  double kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, field, strlen(field)) == 0) kilobytes = strtod(line + strlen(field) + 1, NULL);
  fclose(file);
  return kilobytes * 1024;
}

/* Resets the peak of the resident memory (VmHWM, see clear_refs in proc(5)). */
static void reset_peak_memory(void) {
  FILE *file = fopen("/proc/self/clear_refs", "w");
  if (file == NULL) return;
  fputs("5", file);
  fclose(file);
}

static void read_request(const char *name) {
  char line[4096];
  FILE *file = fopen(name, "r");
  if (file == NULL || fgets(url, sizeof url, file) == NULL) fail("the file has no signed request");
  url[strcspn(url, "\n")] = '\0';
  curl_slist_free_all(headers);
  headers = NULL;
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    headers = curl_slist_append(headers, line);
  }
  headers = curl_slist_append(headers, "Accept-Encoding: identity"); /* cbr sends this header too */
  fclose(file);
}

static size_t receive(char *data, size_t one, size_t size, void *user) {
  call *c = user;
  (void)one;
  char *body = realloc(c->body, c->size + size);
  if (body == NULL) return 0;
  memcpy(body + c->size, data, size);
  c->body = body;
  c->size += size;
  return size;
}

static void prepare(call *c) {
  if (c->easy == NULL) c->easy = curl_easy_init();
  if (c->easy == NULL) fail("no memory");
  curl_easy_setopt(c->easy, CURLOPT_URL, url);
  curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
  curl_easy_setopt(c->easy, CURLOPT_CAINFO,
                   getenv("SSL_CERT_FILE")); /* set as cbr sets it: libcurl keeps only certificates from a file */
  curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
  curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c->easy, CURLOPT_TIMEOUT, 120L);
  curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
  curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
}

static void take_response(call *c, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) fail(curl_easy_strerror(code));
  if (status != 200) fail("the status is not 200");
  free(c->body);
  c->body = NULL;
  c->size = 0;
}

static void in_sequence(call *c, long calls) {
  for (long i = 0; i < calls; i++)
    take_response(c, curl_easy_perform(c->easy));
}

/* {======= many at a time ======= */

static int poller;
static double wake; /* the time when libcurl wants to be called; 0: never */

static int watch(CURL *easy, curl_socket_t fd, int what, void *user, void *known) {
  CURLM *handle = user;
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
    return 0;
  }
  struct epoll_event event = {0};
  event.data.fd = fd;
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (epoll_ctl(poller, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0) return -1;
  curl_multi_assign(handle, fd, &poller);
  return 0;
}

static int set_timer(CURLM *handle, long milliseconds, void *user) {
  (void)handle;
  (void)user;
  wake = milliseconds < 0 ? 0 : now() + (double)milliseconds / 1000;
  return 0;
}

static void wait_for_events(CURLM *handle) {
  struct epoll_event events[EVENTS];
  int running;
  double left = wake > 0 ? wake - now() : 1;
  int count = epoll_wait(poller, events, EVENTS, left <= 0 ? 0 : (int)(left * 1000) + 1);
  for (int i = 0; i < count; i++) {
    int what = ((events[i].events & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
               ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
               ((events[i].events & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(handle, events[i].data.fd, what, &running);
  }
  if (wake > 0 && now() >= wake) {
    wake = 0;
    curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

static CURLM *multi;
static call *all;

static void open_multi(long at_a_time) {
  multi = curl_multi_init();
  all = calloc((size_t)at_a_time, sizeof *all);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (multi == NULL || all == NULL || poller < 0) fail("no memory");
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, multi);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, at_a_time);
}

static void in_flight(long calls, long at_a_time) {
  long started = 0, ended = 0;
  for (; started < at_a_time && started < calls; started++) {
    prepare(&all[started]);
    curl_multi_add_handle(multi, all[started].easy);
  }
  while (ended < calls) {
    wait_for_events(multi);
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL; ended++) {
      CURL *easy = message->easy_handle;
      CURLcode code = message->data.result;
      char *of = NULL;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &of);
      take_response((call *)(void *)of, code);
      curl_multi_remove_handle(multi, easy);
      if (started < calls) {
        curl_multi_add_handle(multi, easy);
        started++;
      }
    }
  }
}

/* }====================================================== */

int main(int count, char **arguments) {
  if (count < 3) fail("usage: floor sequence|flight|warm|first FILE [CALLS [AT_A_TIME]]");
  const char *mode = arguments[1];
  long calls = count > 3 ? atol(arguments[3]) : 1, at_a_time = count > 4 ? atol(arguments[4]) : 1;
  call one = {0};
  curl_global_init(CURL_GLOBAL_DEFAULT);
  read_request(arguments[2]);
  prepare(&one);
  if (strcmp(mode, "first") == 0) {
    in_sequence(&one, 1);
    return 0;
  }
  bool sequence = strcmp(mode, "sequence") == 0;
  in_sequence(&one, sequence ? WARM_UP : LATE_WARM_UP);
  if (!sequence) open_multi(at_a_time);
  if (strcmp(mode, "warm") == 0) {
    if (count < 6) fail("usage: floor warm FILE CALLS AT_A_TIME LATE");
    read_request(arguments[5]);
    in_flight(at_a_time, at_a_time);
    read_request(arguments[2]);
  }
  reset_peak_memory();
  double before = memory("VmRSS"), from = now(), spent = processor_seconds();
  if (sequence)
    in_sequence(&one, calls);
  else
    in_flight(calls, at_a_time);
  spent = processor_seconds() - spent;
  double wall = now() - from;
  printf("calls=%ld cpu=%.6f wall=%.6f memory=%.0f\n", calls, spent, wall, memory("VmHWM") - before);
  return 0;
}
