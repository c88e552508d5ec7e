/*
** pool.c - connections and what is in flight over them; see transport.h
*/

#include "linux.h"

#include "transport_private.h"

#include "clock.h"
#include "curl_setup.h"
#include "fork.h"
#include "sigpipe.h"

#include <errno.h>  /* errno */
#include <math.h>   /* INFINITY */
#include <poll.h>   /* poll */
#include <stdlib.h> /* calloc free */

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or newer is needed: CURLOPT_PREREQFUNCTION keeps a request from being sent twice"
#endif

#define IDLE_SECONDS 55L     /* below the 60 s and more for which servers keep a connection */
#define FALLBACK_HEAD 262144 /* bytes of an answer's head where no limit is given */
/* Transfers and events that one step deals with. At some 30 us each a step stays near a millisecond, which is what the
** other clients of an nginx worker wait for it. */
#define STEP_EVENTS 32

/* {======= what libcurl calls; their data is the pool ======= */

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
  cbr_pool *pool = data;
  (void)purpose;
  return cbr_descriptors_socket(&pool->descriptors, address->family, address->socktype, address->protocol);
}

static int close_socket(void *data, curl_socket_t fd) {
  cbr_pool *pool = data;
  return cbr_descriptors_close(&pool->descriptors, fd);
}

static int wait_for_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *own) {
  cbr_pool *pool = data;
  (void)easy;
  (void)own;
  unsigned wanted = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) wanted |= CBR_DESCRIPTOR_READ;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) wanted |= CBR_DESCRIPTOR_WRITE;
  return cbr_descriptors_set(&pool->descriptors, fd, wanted) ? 0 : -1;
}

static int set_timer(CURLM *multi, long milliseconds, void *data) {
  cbr_pool *pool = data;
  (void)multi;
  pool->timer = milliseconds < 0 ? -1 : cbr_clock_monotonic() + (double)milliseconds / 1000;
  return 0;
}

/* }====================================================== */

/* {======= lists ======= */

static void append(transfer_list *list, cbr_transfer *t) {
  t->previous = list->last;
  t->next = NULL;
  *(list->last != NULL ? &list->last->next : &list->first) = t;
  list->last = t;
}

static void take_out(transfer_list *list, cbr_transfer *t) {
  *(t->previous != NULL ? &t->previous->next : &list->first) = t->next;
  *(t->next != NULL ? &t->next->previous : &list->last) = t->previous;
  t->next = t->previous = NULL;
}

void pool_link(cbr_pool *pool, cbr_transfer *t) {
  append(&pool->started, t);
  t->pool = pool;
  t->place = TRANSFER_STARTED;
  t->serial = ++pool->serials;
  if (pool->fresh == NULL) pool->fresh = t;
  if (pool->in_flight++ == 0 || t->deadline < pool->overdue) pool->overdue = t->deadline;
}

void pool_unlink(cbr_transfer *t) {
  cbr_pool *pool = t->pool;
  if (t->place == TRANSFER_STARTED) {
    if (pool->fresh == t) pool->fresh = t->next;
    take_out(&pool->started, t);
    pool->in_flight--;
  } else if (t->place == TRANSFER_ENDED) {
    take_out(&pool->ended, t);
  }
  t->place = TRANSFER_LOOSE;
  t->pool = NULL;
}

void pool_unlink_ended(cbr_transfer *t) {
  cbr_pool *pool = t->pool;
  pool_unlink(t);
  append(&pool->ended, t);
  t->pool = pool;
  t->place = TRANSFER_ENDED;
}

unsigned long long cbr_pool_ended(cbr_pool *pool) {
  pool_own(pool); /* a fork has ended what the parent began */
  cbr_transfer *t = pool->ended.first;
  if (t == NULL) return 0;
  pool_unlink(t);
  return t->serial;
}

/* }====================================================== */

/*
** In a forked child: lets go of libcurl's handles without freeing them, since
** that would say good-bye on TLS connections that the parent goes on using.
*/
void pool_own(cbr_pool *pool) {
  if (!pool->descriptors.is_open || pool->owner == cbr_process_id()) return;
  cbr_descriptors_disown(&pool->descriptors);
  pool->spares = 0;
  pool->multi = NULL;
  pool->timer = -1;
  while (pool->started.first != NULL) {
    cbr_transfer *t = pool->started.first;
    t->answer.result = CBR_RESULT_FORKED;
    t->answer.reason = "begun by the parent process before a fork";
    t->answer.reach = CBR_REACH_SENT; /* the parent may send it at any time */
    t->easy = NULL;
    pool_unlink_ended(t);
  }
}

/* A private copy of 'text' in 'store'; NULL for NULL. False: no memory. */
static bool keep_text(const char **text, cbr_buffer *store) {
  if (*text == NULL) return true;
  cbr_buffer_add_text(store, *text);
  *text = cbr_buffer_text(store);
  return *text != NULL;
}

cbr_pool *cbr_pool_open(const cbr_pool_options *options) {
  cbr_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  cbr_pool_options *o = &pool->options;
  *o = *options;
  if (o->max_head == 0) o->max_head = FALLBACK_HEAD;
  pool->timer = -1;
  const char **texts[] = {&o->ca_file, &o->ca_path, &o->proxy, &o->no_proxy, &o->user_agent};
  _Static_assert(sizeof texts / sizeof *texts == sizeof pool->texts / sizeof *pool->texts, "a store for each text");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!keep_text(texts[i], &pool->texts[i])) {
      cbr_pool_close(pool);
      return NULL;
    }
  return pool;
}

void cbr_pool_close(cbr_pool *pool) {
  if (pool == NULL) return;
  pool_own(pool);
  cbr_pipe_guard guard = cbr_pipe_hold();
  while (pool->started.first != NULL)
    cbr_transfer_cancel(pool->started.first);
  while (pool->ended.first != NULL)
    pool_unlink(pool->ended.first);
  while (pool->spares > 0)
    curl_easy_cleanup(pool->spare[--pool->spares]);
  if (pool->multi != NULL) curl_multi_cleanup(pool->multi);
  cbr_pipe_release(&guard);
  cbr_descriptors_free(&pool->descriptors);
  for (size_t i = 0; i < sizeof pool->texts / sizeof *pool->texts; i++)
    cbr_buffer_free(&pool->texts[i]);
  free(pool);
}

bool pool_ready(cbr_pool *pool) {
  if (pool->multi != NULL) return true;
  errno = 0;
  if (!cbr_curl_setup()) return false;
  pool->owner = cbr_process_id();
  if (!cbr_descriptors_open(&pool->descriptors)) return false;
  pool->multi = curl_multi_init();
  if (pool->multi == NULL) return false;
  curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
  curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, pool->options.max_connections);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, wait_for_socket);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
  return true;
}

/* What is the same for every transfer of a pool. */
static CURLcode configure(CURL *easy, cbr_pool *pool) {
  const cbr_pool_options *o = &pool->options;
  CURLcode code = CURLE_OK;
#if LIBCURL_VERSION_NUM >= 0x075500
  CBR_SET_OPTION(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  CBR_SET_OPTION(code, easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  CBR_SET_OPTION(code, easy, CURLOPT_NOSIGNAL, 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075700
  CBR_SET_OPTION(code, easy, CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is left behind, not waited for */
#endif
  CBR_SET_OPTION(code, easy, CURLOPT_PATH_AS_IS, 1L); /* '/a/../b' was signed as it stands */
  CBR_SET_OPTION(code, easy, CURLOPT_FOLLOWLOCATION, 0L);
  CBR_SET_OPTION(code, easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's head is not the answer's */
  CBR_SET_OPTION(code, easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  CBR_SET_OPTION(code, easy, CURLOPT_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (o->ca_file != NULL || o->ca_path != NULL) { /* the one given is trusted alone */
    CBR_SET_OPTION(code, easy, CURLOPT_CAINFO, o->ca_file);
    CBR_SET_OPTION(code, easy, CURLOPT_CAPATH, o->ca_path);
  }
  if (o->ca_file != NULL || o->ca_path != NULL) { /* and so for a proxy that is reached by TLS */
    CBR_SET_OPTION(code, easy, CURLOPT_PROXY_CAINFO, o->ca_file);
    CBR_SET_OPTION(code, easy, CURLOPT_PROXY_CAPATH, o->ca_path);
  }
  CBR_SET_OPTION(code, easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  CBR_SET_OPTION(code, easy, CURLOPT_PROXY_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_PROXY_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (o->proxy != NULL) CBR_SET_OPTION(code, easy, CURLOPT_PROXY, o->proxy);
  if (o->no_proxy != NULL) CBR_SET_OPTION(code, easy, CURLOPT_NOPROXY, o->no_proxy);
  if (o->user_agent != NULL) CBR_SET_OPTION(code, easy, CURLOPT_USERAGENT, o->user_agent);
  CBR_SET_OPTION(code, easy, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
  CBR_SET_OPTION(code, easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  CBR_SET_OPTION(code, easy, CURLOPT_OPENSOCKETDATA, pool);
  CBR_SET_OPTION(code, easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  CBR_SET_OPTION(code, easy, CURLOPT_CLOSESOCKETDATA, pool);
  CBR_SET_OPTION(code, easy, CURLOPT_PREREQFUNCTION, transfer_before_request);
  CBR_SET_OPTION(code, easy, CURLOPT_WRITEFUNCTION, transfer_receive_body);
  CBR_SET_OPTION(code, easy, CURLOPT_HEADERFUNCTION, transfer_receive_header);
  return code;
} /* configure() */

CURL *pool_take_handle(cbr_pool *pool) {
  if (pool->spares > 0) return pool->spare[--pool->spares];
  CURL *easy = curl_easy_init();
  if (easy != NULL && configure(easy, pool) != CURLE_OK) {
    curl_easy_cleanup(easy);
    return NULL;
  }
  return easy;
}

/* Strips a handle of everything that belonged to its transfer. */
void pool_return_handle(cbr_pool *pool, CURL *easy) {
  if (pool->spares == SPARE_HANDLES) {
    curl_easy_cleanup(easy);
    return;
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (char *)NULL);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, (char *)NULL);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)NULL);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, (char *)NULL);
  curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  pool->spare[pool->spares++] = easy;
}

size_t cbr_pool_in_flight(const cbr_pool *pool) {
  return pool->multi != NULL && pool->owner == cbr_process_id() ? pool->in_flight : 0;
}

/* -> how many transfers ended */
static size_t reap(cbr_pool *pool) {
  size_t ended = 0;
  int left;
  if (pool->multi == NULL) return 0;
  for (CURLMsg *message; (message = curl_multi_info_read(pool->multi, &left)) != NULL;) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result; /* the message is gone once its handle is removed */
    char *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer_end((cbr_transfer *)(void *)transfer, code);
    ended++;
  }
  return ended;
}

/*
** Memory ran out inside of libcurl: nothing can go on. Its records may be half
** made (libcurl 7.88 then divides by a count of 0 the next time that the same
** descriptor comes up), so that this handle is not used again.
*/
static void fail_all(cbr_pool *pool) {
  while (pool->started.first != NULL) {
    pool->started.first->no_memory = true;
    transfer_end(pool->started.first, CURLE_OUT_OF_MEMORY);
  }
  curl_multi_cleanup(pool->multi);
  pool->multi = NULL;
  pool->timer = -1;
}

static void act(cbr_pool *pool, curl_socket_t fd, int what) {
  int running;
  if (pool->multi == NULL) return; /* given up in this step */
  if (curl_multi_socket_action(pool->multi, fd, what, &running) != CURLM_OK) fail_all(pool);
}

/* Hands the next fresh transfers to libcurl; -> how many. */
static size_t begin_fresh(cbr_pool *pool) {
  size_t begun = 0;
  if (pool->fresh != NULL) cbr_descriptors_check_idle(&pool->descriptors);
  for (; pool->fresh != NULL && begun < STEP_EVENTS; begun++) {
    cbr_transfer *t = pool->fresh;
    pool->fresh = t->next;
    if (transfer_begin(t) != CURLM_OK) transfer_end(t, CURLE_OUT_OF_MEMORY);
  }
  return begun;
}

static void run_timer(cbr_pool *pool) {
  if (pool->timer < 0 || pool->timer > cbr_clock_monotonic()) return;
  pool->timer = -1; /* libcurl sets the next one within the call */
  act(pool, CURL_SOCKET_TIMEOUT, 0);
}

/*
** libcurl has no clock for a transfer that waits for a connection to become
** free: such a one is ended here; -> how many.
*/
static size_t end_overdue(cbr_pool *pool) {
  if (pool->options.max_connections == 0) return 0; /* nothing ever waits */
  size_t ended = 0;
  double now = cbr_clock_monotonic();
  if (now < pool->overdue) return 0;
  pool->overdue = INFINITY;
  for (cbr_transfer *t = pool->started.first, *next; t != NULL; t = next) {
    next = t->next;
    if (t->deadline <= now) {
      transfer_end(t, CURLE_OPERATION_TIMEDOUT);
      ended++;
    } else if (t->deadline < pool->overdue) {
      pool->overdue = t->deadline;
    }
  }
  return ended;
}

/* See transport_timeout. */
static double due(const cbr_pool *pool) {
  if (pool->in_flight == 0) return -1;
  if (pool->fresh != NULL || pool->ended.first != NULL) return 0;
  double at = pool->timer < 0 ? INFINITY : pool->timer;
  if (pool->options.max_connections != 0 && pool->overdue < at) at = pool->overdue;
  if (at == INFINITY) return -1;
  double left = at - cbr_clock_monotonic();
  return left > 0 ? left : 0;
}

double cbr_pool_timeout(cbr_pool *pool) {
  pool_own(pool);
  return due(pool);
}

int cbr_pool_fd(cbr_pool *pool) {
  pool_own(pool);
  return cbr_descriptors_fd(&pool->descriptors);
}

/* epoll's milliseconds: not rounded down, which would spin through the last one. */
static int wait_milliseconds(const cbr_pool *pool, double seconds) {
  double left = due(pool);
  if (left >= 0 && left < seconds) seconds = left;
  return seconds > 0 ? cbr_clock_milliseconds(seconds) : 0;
}

static size_t move(cbr_pool *pool, double seconds) {
  size_t moved = begin_fresh(pool);
  run_timer(pool);
  size_t ended = reap(pool);
  ended += end_overdue(pool);
  cbr_descriptor_event events[STEP_EVENTS];
  size_t count =
      cbr_descriptors_wait(&pool->descriptors, events, STEP_EVENTS, ended > 0 ? 0 : wait_milliseconds(pool, seconds));
  for (size_t i = 0; i < count; i++) {
    int what = 0;
    if ((events[i].what & CBR_DESCRIPTOR_READ) != 0) what |= CURL_CSELECT_IN;
    if ((events[i].what & CBR_DESCRIPTOR_WRITE) != 0) what |= CURL_CSELECT_OUT;
    if ((events[i].what & CBR_DESCRIPTOR_ERROR) != 0) what |= CURL_CSELECT_ERR;
    act(pool, events[i].fd, what);
  }
  run_timer(pool);
  ended += reap(pool);
  ended += end_overdue(pool);
  return moved + count + ended;
}

cbr_pool_state cbr_pool_step(cbr_pool *pool, double seconds) {
  cbr_pool_state state = {0};
  pool_own(pool);
  if (pool->in_flight == 0) {
    if (seconds > 0) poll(NULL, 0, cbr_clock_milliseconds(seconds));
    return state;
  }
  cbr_pipe_guard guard = cbr_pipe_hold();
  state.moved = move(pool, seconds);
  state.in_flight = pool->in_flight;
  cbr_pipe_release(&guard);
  return state;
}
