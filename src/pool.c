/*
** pool.c - connections, and the beginning and end of the transfers over them;
** see transport.h
*/

#include "linux.h"

#include "transport.h"

#include "c_locale.h"
#include "clock.h"
#include "curl_setup.h"
#include "descriptors.h"
#include "fork.h"
#include "handles.h"
#include "sigpipe.h"
#include "transfer.h"
#include "transfer_list.h"

#include <curl/curl.h>
#include <errno.h>     /* EMFILE ENFILE errno */
#include <math.h>      /* INFINITY */
#include <poll.h>      /* poll */
#include <stdint.h>    /* SIZE_MAX */
#include <stdlib.h>    /* calloc free */
#include <sys/types.h> /* pid_t */

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or newer is needed: CURLOPT_PREREQFUNCTION keeps a request from being sent twice"
#endif

#define LIMIT_SECONDS 10.0 /* how long a lack of descriptors limits the connections of a pool */
/* libcurl may keep all idle connections: by default it keeps four for each transfer in flight, so that at the end of a
** burst it closes connections that the next burst needs. handles.c closes idle connections by their age. */
#define KEPT_CONNECTIONS 1000000L
#define FRESH_SECONDS 300.0 /* after a reused connection broke, requests use new connections for this long */
/* Limits of one step, because the other clients of an nginx worker wait until the step ends. A transfer or an event
** takes about 30 us over an open connection, and more than a millisecond while a TLS connection is made. */
#define EVENTS_PER_STEP 32
#define NEW_CONNECTIONS_PER_STEP 4
#define STEP_SECONDS 0.002 /* after this, a step handles no further event */

struct cbr_pool {
  cbr_pool_options options; /* the texts in 'options' point into 'texts' */
  cbr_buffer texts[6];
  CURLM *multi;              /* NULL before the first start */
  CURLSH *sessions;          /* the TLS sessions that all handles can resume; NULL before the first start */
  bool has_bad_proxy;        /* true if libcurl cannot use the URL of a proxy */
  pid_t owner;               /* the process that opened 'descriptors' */
  cbr_transfer_list started; /* the transfers in flight */
  cbr_transfer *unstarted;   /* the first transfer in 'started' that libcurl does not know yet; or NULL */
  size_t in_flight;
  cbr_transfer_list ended;
  unsigned long long serials;
  double timer; /* the time when libcurl wants to be called, on the clock of cbr_clock_monotonic; negative: never */
  double first_deadline; /* the deadline of every transfer in flight is at this time or later */
  cbr_handles handles;
  cbr_descriptors descriptors;
  long limit;         /* maximum number of connections at a time; 0: no limit */
  double limit_ends;  /* the time when 'limit' returns to the options' limit, on the clock of cbr_clock_monotonic */
  double fresh_until; /* until this time, requests that are not repeatable use new connections */
};

/* {======= callbacks of libcurl; their data is the pool ======= */

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

/* {======= multi handle ======= */

/* Limits the connections that are open at a time; 0: no limit. */
static void set_limit(cbr_pool *pool, long connections) {
  pool->limit = connections;
  curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
}

/* Creates the multi handle, if there is none yet. False: no memory; or no descriptor, with errno set. */
static bool make_multi(cbr_pool *pool) {
  if (pool->multi != NULL) return true;
  errno = 0;
  if (!cbr_curl_setup()) return false;
  pool->has_bad_proxy =
      !cbr_curl_proxy_is_usable(pool->options.proxy) || !cbr_curl_proxy_is_usable(pool->options.plain_proxy);
  pool->owner = cbr_process_id();
  if (!cbr_descriptors_open(&pool->descriptors)) return false;
  if (pool->options.ca_file == NULL && pool->options.ca_path == NULL) pool->options.ca_file = cbr_curl_bundle();
  if (pool->sessions == NULL) pool->sessions = cbr_curl_sessions();
  if (pool->sessions == NULL) return false;
  pool->multi = cbr_curl_multi();
  if (pool->multi == NULL) return false;
  curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
  curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, wait_for_socket);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
  set_limit(pool, pool->options.max_connections);
  return true;
}

/* }====================================================== */

/* {======= start and end of a transfer ======= */

/* Moves a transfer to the end of 'list'. Before that, takes the transfer out of the list that contains it, if any. */
static void move_to(cbr_list list, cbr_pool *pool, cbr_transfer *t) {
  if (t->list == CBR_LIST_STARTED) {
    if (pool->unstarted == t) pool->unstarted = t->next;
    cbr_transfer_list_remove(&pool->started, t);
    pool->in_flight--;
  } else if (t->list == CBR_LIST_ENDED) {
    cbr_transfer_list_remove(&pool->ended, t);
  }
  if (list == CBR_LIST_STARTED) {
    cbr_transfer_list_append(&pool->started, t);
    if (pool->unstarted == NULL) pool->unstarted = t;
    if (pool->in_flight++ == 0 || t->deadline < pool->first_deadline) pool->first_deadline = t->deadline;
  } else if (list == CBR_LIST_ENDED) {
    cbr_transfer_list_append(&pool->ended, t);
  }
  t->list = list;
  t->pool = list != CBR_LIST_NONE ? pool : NULL;
}

/*
** Ends a transfer in flight. Only this function ends a transfer. 'code' is libcurl's result, if libcurl ended 't'.
**
** After a fork, libcurl's handle is abandoned without freeing: freeing would send close_notify on a connection that the
** parent still uses.
*/
static void end(cbr_transfer *t, cbr_ending ending, CURLcode code) {
  cbr_pool *pool = t->pool;
  cbr_transfer_read_response(t, ending, code);
  if (ending != CBR_ENDED_BY_FORK) {
    curl_multi_remove_handle(pool->multi, t->easy);
    /* An easy handle counts the dead connections of all its transfers; at the fifth, libcurl gives up. */
    if (ending == CBR_ENDED_BY_LIBCURL && code == CURLE_OK && !t->connection_died)
      cbr_handles_return(&pool->handles, t->easy);
    else
      curl_easy_cleanup(t->easy);
  }
  t->easy = NULL;
  /* Some gateways may reset every second request of a connection: no order would arrive over a reused connection. */
  if (!t->repeatable && t->response.result == CBR_RESULT_NETWORK && t->response.reach == CBR_REACH_SENT)
    pool->fresh_until = cbr_clock_monotonic() + FRESH_SECONDS;
  move_to(ending == CBR_ENDED_BY_CANCEL ? CBR_LIST_NONE : CBR_LIST_ENDED, pool, t);
}

/*
** Each public function that touches libcurl or a descriptor calls this function first. In a forked child of the process
** that opened the pool, this function ends the parent's transfers, closes the copies of the sockets and abandons
** libcurl's handles. The pool is then like a new pool.
*/
static void own(cbr_pool *pool) {
  if (!pool->descriptors.is_open || pool->owner == cbr_process_id()) return;
  cbr_descriptors_disown(&pool->descriptors);
  pool->handles.count = 0;
  pool->sessions = NULL;
  pool->multi = NULL;
  pool->timer = -1;
  while (pool->started.first != NULL)
    end(pool->started.first, CBR_ENDED_BY_FORK, CURLE_OK);
}

static cbr_result start(cbr_pool *pool, const cbr_request *request, cbr_transfer *t) {
  t->deadline = cbr_clock_monotonic() + request->timeout;
  t->max_head = pool->options.max_head;
  t->max_body = pool->options.max_body;
  if (!cbr_transfer_fill(t, request, &pool->options)) return CBR_RESULT_NO_MEMORY;
  t->easy = cbr_handles_take(&pool->handles, &pool->options, &pool->descriptors, pool->sessions);
  if (t->easy == NULL) return CBR_RESULT_NO_MEMORY;
  CURLcode code = cbr_transfer_prepare(t, request, &pool->options);
  bool is_doubtful = !cbr_curl_notices_closed(request->origin) || cbr_clock_monotonic() < pool->fresh_until;
  CBR_SET_OPTION(code, t->easy, CURLOPT_FRESH_CONNECT, is_doubtful && !t->repeatable ? 1L : 0L);
  if (code != CURLE_OK) return code == CURLE_OUT_OF_MEMORY ? CBR_RESULT_NO_MEMORY : CBR_RESULT_BAD_URL;
  t->serial = ++pool->serials;
  move_to(CBR_LIST_STARTED, pool, t);
  return CBR_RESULT_OK;
}

cbr_result cbr_pool_start(cbr_pool *pool, const cbr_request *request, cbr_transfer **transfer) {
  own(pool);
  *transfer = NULL;
  if (!make_multi(pool)) return errno == EMFILE || errno == ENFILE ? CBR_RESULT_NO_DESCRIPTOR : CBR_RESULT_NO_MEMORY;
  if (pool->has_bad_proxy) return CBR_RESULT_BAD_URL;
  cbr_transfer *t = calloc(1, sizeof *t);
  if (t == NULL) return CBR_RESULT_NO_MEMORY;
  cbr_result result = start(pool, request, t);
  if (result == CBR_RESULT_OK)
    *transfer = t;
  else
    cbr_transfer_free(t);
  return result;
}

void cbr_transfer_cancel(cbr_transfer *t) {
  if (t->list == CBR_LIST_STARTED) own(t->pool);
  if (t->list == CBR_LIST_ENDED) move_to(CBR_LIST_NONE, t->pool, t); /* cbr_pool_ended must not report this transfer */
  if (t->list != CBR_LIST_STARTED) return;
  cbr_pipe_guard guard = cbr_pipe_hold();
  end(t, CBR_ENDED_BY_CANCEL, CURLE_OK);
  cbr_pipe_release(&guard);
}

void cbr_transfer_free(cbr_transfer *t) {
  if (t == NULL) return;
  cbr_transfer_cancel(t);
  if (t->easy != NULL) curl_easy_cleanup(t->easy); /* cbr_pool_start failed */
  cbr_transfer_wipe(t);
  free(t);
}

unsigned long long cbr_pool_ended(cbr_pool *pool) {
  own(pool);
  cbr_transfer *t = pool->ended.first;
  if (t == NULL) return 0;
  move_to(CBR_LIST_NONE, pool, t);
  return t->serial;
}

size_t cbr_pool_in_flight(const cbr_pool *pool) {
  return pool->multi != NULL && pool->owner == cbr_process_id() ? pool->in_flight : 0;
}

/* }====================================================== */

/* {======= open and close ======= */

/* Replaces a string by a copy of it in 'store'; NULL stays NULL. False: no memory. */
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
  if (o->max_head == 0) o->max_head = SIZE_MAX;
  pool->timer = -1;
  const char **texts[] = {&o->ca_file, &o->ca_path, &o->proxy, &o->plain_proxy, &o->no_proxy, &o->user_agent};
  _Static_assert(sizeof texts / sizeof *texts == sizeof pool->texts / sizeof *pool->texts, "one store for each text");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!keep_text(texts[i], &pool->texts[i])) {
      cbr_pool_close(pool);
      return NULL;
    }
  return pool;
}

/* Closes all connections and descriptors of a pool without transfers in flight. */
static void close_connections(cbr_pool *pool) {
  cbr_handles_free(&pool->handles);
  if (pool->multi != NULL) curl_multi_cleanup(pool->multi);
  if (pool->sessions != NULL) curl_share_cleanup(pool->sessions); /* no handle uses the sessions any more */
  pool->sessions = NULL;
  pool->multi = NULL;
  pool->timer = -1;
  cbr_descriptors_free(&pool->descriptors);
}

bool cbr_pool_release(cbr_pool *pool) {
  own(pool);
  if (pool->in_flight > 0) return false;
  cbr_pipe_guard guard = cbr_pipe_hold();
  close_connections(pool);
  cbr_pipe_release(&guard);
  return true;
}

void cbr_pool_close(cbr_pool *pool) {
  if (pool == NULL) return;
  own(pool);
  cbr_pipe_guard guard = cbr_pipe_hold();
  while (pool->started.first != NULL)
    end(pool->started.first, CBR_ENDED_BY_CANCEL, CURLE_OK);
  while (pool->ended.first != NULL)
    move_to(CBR_LIST_NONE, pool, pool->ended.first);
  close_connections(pool);
  cbr_pipe_release(&guard);
  for (size_t i = 0; i < sizeof pool->texts / sizeof *pool->texts; i++)
    cbr_buffer_free(&pool->texts[i]);
  free(pool);
}

/* }====================================================== */

/* {======= step ======= */

/* Gives a transfer to libcurl, with the time that is left until the transfer's deadline. */
static CURLMcode begin(cbr_transfer *t) {
  curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)cbr_clock_milliseconds(t->deadline - cbr_clock_monotonic()));
  return curl_multi_add_handle(t->pool->multi, t->easy);
}

/*
** Whether a transfer got no connection because the process has too few descriptors left. libcurl has no code for this:
** if the descriptor was needed for the file of trusted certificates, for example, libcurl's code says that the file
** cannot be used. By then libcurl has closed the transfer's other descriptors, so some may be free again.
*/
static bool lacks_descriptor(const cbr_transfer *t, CURLcode code) {
  return code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT && !t->written &&
         (t->pool->descriptors.ran_out || !cbr_descriptors_are_left());
}

/*
** Handles a transfer that lacks a descriptor: the transfer begins again, and waits until another transfer of the pool
** gives its connection back. The pool gives up an eighth of its connections, because other parts of the process need
** descriptors, too. Returns false if the pool has no connection.
*/
static bool begin_later(cbr_transfer *t) {
  cbr_pool *pool = t->pool;
  size_t open = pool->descriptors.sockets;
  if (open == 0) return false;
  long limit = (long)(open - open / 8);
  if (pool->limit == 0 || limit < pool->limit) set_limit(pool, limit);
  pool->limit_ends = cbr_clock_monotonic() + LIMIT_SECONDS;
  t->reason[0] = '\0';
  curl_multi_remove_handle(pool->multi, t->easy);
  return begin(t) == CURLM_OK;
}

/* Lifts the limit that a lack of descriptors has set, because there may be more descriptors again. */
static void lift_limit(cbr_pool *pool) {
  if (pool->limit != pool->options.max_connections && cbr_clock_monotonic() > pool->limit_ends)
    set_limit(pool, pool->options.max_connections);
}

/* Ends the transfers that libcurl has finished; returns how many. */
static size_t end_finished(cbr_pool *pool) {
  size_t ended = 0;
  int left;
  if (pool->multi == NULL) return 0;
  for (CURLMsg *message; (message = curl_multi_info_read(pool->multi, &left)) != NULL;) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result; /* read first, because removing the handle frees the message */
    char *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    cbr_transfer *t = (cbr_transfer *)(void *)transfer;
    bool lacks = lacks_descriptor(t, code);
    if (lacks && begin_later(t)) continue;
    t->no_descriptor = lacks;
    end(t, CBR_ENDED_BY_LIBCURL, code);
    ended++;
  }
  pool->descriptors.ran_out = false;
  return ended;
}

/*
** Called when memory ran out inside libcurl: no transfer can continue. libcurl's records may be inconsistent (7.88 then
** divides by a count of 0 the next time that the same descriptor is used), so the multi handle is not used again.
*/
static void end_all(cbr_pool *pool) {
  while (pool->started.first != NULL) {
    pool->started.first->no_memory = true;
    end(pool->started.first, CBR_ENDED_BY_LIBCURL, CURLE_OUT_OF_MEMORY);
  }
  curl_multi_cleanup(pool->multi);
  pool->multi = NULL;
  pool->timer = -1;
}

static void act(cbr_pool *pool, curl_socket_t fd, int what) {
  int running;
  if (pool->multi == NULL) return; /* memory ran out earlier in this step */
  /* libcurl's messages contain error texts of the system, which would be in the language of the locale */
  locale_t before = cbr_c_locale_enter();
  CURLMcode code = curl_multi_socket_action(pool->multi, fd, what, &running);
  cbr_c_locale_leave(before);
  if (code != CURLM_OK) end_all(pool);
}

static void run_timer(cbr_pool *pool) {
  if (pool->timer < 0 || pool->timer > cbr_clock_monotonic()) return;
  pool->timer = -1; /* during the call, libcurl sets the next time */
  act(pool, CURL_SOCKET_TIMEOUT, 0);
}

/* Gives the next transfers to libcurl, which reuses an idle connection at once, or opens a new one. */
static void begin_unstarted(cbr_pool *pool) {
  size_t begun = 0, opened_before = pool->descriptors.opened;
  if (pool->unstarted != NULL) cbr_descriptors_check_idle(&pool->descriptors);
  while (pool->unstarted != NULL && begun < EVENTS_PER_STEP &&
         pool->descriptors.opened - opened_before < NEW_CONNECTIONS_PER_STEP) {
    cbr_transfer *t = pool->unstarted;
    pool->unstarted = t->next;
    begun++;
    if (begin(t) != CURLM_OK) end(t, CBR_ENDED_BY_LIBCURL, CURLE_OUT_OF_MEMORY);
    run_timer(pool);
  }
}

/* end_overdue ends a transfer this long after its deadline. libcurl itself ends a transfer at its deadline, unless the
** transfer waits for a connection, or libcurl has lost a short timer and notices the deadline only after 200 ms. */
#define grace(pool) ((pool)->limit == 0 ? 0.01 : 0)

/* Ends the transfers that are overdue; returns how many. */
static size_t end_overdue(cbr_pool *pool) {
  size_t ended = 0;
  double now = cbr_clock_monotonic() - grace(pool);
  if (now < pool->first_deadline) return 0;
  pool->first_deadline = INFINITY;
  for (cbr_transfer *t = pool->started.first, *next; t != NULL; t = next) {
    next = t->next;
    if (t->deadline <= now) {
      end(t, CBR_ENDED_BY_LIBCURL, CURLE_OPERATION_TIMEDOUT);
      ended++;
    } else if (t->deadline < pool->first_deadline) {
      pool->first_deadline = t->deadline;
    }
  }
  return ended;
}

/* See cbr_pool_timeout. */
static double seconds_until_due(const cbr_pool *pool) {
  if (pool->unstarted != NULL || pool->ended.first != NULL) return 0;
  if (pool->in_flight == 0) return -1;
  double at = pool->timer < 0 ? INFINITY : pool->timer;
  if (pool->first_deadline + grace(pool) < at) at = pool->first_deadline + grace(pool);
  if (at == INFINITY) return -1;
  double left = at - cbr_clock_monotonic();
  return left > 0 ? left : 0;
}

double cbr_pool_timeout(cbr_pool *pool) {
  own(pool);
  return seconds_until_due(pool);
}

int cbr_pool_fd(cbr_pool *pool) {
  own(pool);
  return cbr_descriptors_fd(&pool->descriptors);
}

static int wait_milliseconds(const cbr_pool *pool, double seconds) {
  double left = seconds_until_due(pool);
  if (left >= 0 && left < seconds) seconds = left;
  return seconds > 0 ? cbr_clock_milliseconds(seconds) : 0;
}

static void move(cbr_pool *pool, double seconds) {
  lift_limit(pool);
  begin_unstarted(pool);
  run_timer(pool);
  size_t ended = end_finished(pool);
  ended += end_overdue(pool);
  cbr_descriptor_event events[EVENTS_PER_STEP];
  int milliseconds = ended > 0 ? 0 : wait_milliseconds(pool, seconds);
  size_t count = cbr_descriptors_wait(&pool->descriptors, events, EVENTS_PER_STEP, milliseconds);
  double until = count > 1 ? cbr_clock_monotonic() + STEP_SECONDS : 0;
  /* Events that this step does not handle are left for the next step, because epoll reports them again. */
  for (size_t i = 0; i < count && (i == 0 || cbr_clock_monotonic() < until); i++) {
    int what = 0;
    if ((events[i].what & CBR_DESCRIPTOR_READ) != 0) what |= CURL_CSELECT_IN;
    if ((events[i].what & CBR_DESCRIPTOR_WRITE) != 0) what |= CURL_CSELECT_OUT;
    if ((events[i].what & CBR_DESCRIPTOR_ERROR) != 0) what |= CURL_CSELECT_ERR;
    act(pool, events[i].fd, what);
  }
  run_timer(pool);
  (void)end_finished(pool);
  (void)end_overdue(pool);
}

size_t cbr_pool_step(cbr_pool *pool, double seconds) {
  own(pool);
  if (pool->in_flight == 0) {
    if (seconds > 0) poll(NULL, 0, cbr_clock_milliseconds(seconds));
    return 0;
  }
  cbr_pipe_guard guard = cbr_pipe_hold();
  move(pool, seconds);
  cbr_pipe_release(&guard);
  return pool->in_flight;
}

/* }====================================================== */
