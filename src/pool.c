/*
** pool.c - connections and what is in flight over them; see transport.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#endif

#include "transport_private.h"

#include "process.h"
#include "sigpipe.h"

#include <limits.h>     /* INT_MAX */
#include <poll.h>       /* poll */
#include <stdlib.h>     /* calloc free */
#include <string.h>     /* memcpy */
#include <sys/socket.h> /* socket */
#include <sys/stat.h>   /* fstat */
#include <unistd.h>     /* getpid close */

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or newer is needed: CURLOPT_PREREQFUNCTION keeps a request from being sent twice"
#endif

#define IDLE_SECONDS 55L     /* below the 60 s and more for which servers keep a connection */
#define FALLBACK_HEAD 262144 /* bytes of an answer's head where no limit is given */

const char *transport_version(void) {
  return curl_version_info(CURLVERSION_NOW)->version;
}

const char *transport_tls(void) {
  const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return tls != NULL ? tls : "without TLS";
}

long transport_milliseconds(double seconds) {
  double ms = seconds * 1000;
  if (!(ms >= 1)) return 1;
  if (ms >= (double)INT_MAX) return INT_MAX;
  long whole = (long)ms;
  return (double)whole < ms ? whole + 1 : whole;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
  transport_pool *pool = data;
  (void)purpose;
  if (pool->socket_count == pool->socket_room) {
    size_t room = pool->socket_room == 0 ? 16 : pool->socket_room * 2;
    pool_socket *sockets = calloc(room, sizeof *sockets);
    if (sockets == NULL) return CURL_SOCKET_BAD;
    if (pool->socket_count > 0) memcpy(sockets, pool->sockets, pool->socket_count * sizeof *sockets);
    free(pool->sockets);
    pool->sockets = sockets;
    pool->socket_room = room;
  }
#if defined(SOCK_CLOEXEC)
  int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  int fd = socket(address->family, address->socktype, address->protocol);
#endif
  struct stat status;
  if (fd >= 0 && fstat(fd, &status) == 0)
    pool->sockets[pool->socket_count++] = (pool_socket){fd, status.st_dev, status.st_ino, 0};
  return fd;
}

static int close_socket(void *data, curl_socket_t fd) {
  transport_pool *pool = data;
  for (size_t i = 0; i < pool->socket_count; i++)
    if (pool->sockets[i].fd == fd) {
      pool->sockets[i] = pool->sockets[--pool->socket_count];
      break;
    }
  return close(fd);
}

void pool_link(transport_pool *pool, transport_transfer *t) {
  t->pool = pool;
  t->next = pool->first;
  if (pool->first != NULL) pool->first->previous = t;
  pool->first = t;
  pool->in_flight++;
}

void pool_unlink(transport_transfer *t) {
  transport_pool *pool = t->pool;
  if (t->previous != NULL)
    t->previous->next = t->next;
  else
    pool->first = t->next;
  if (t->next != NULL) t->next->previous = t->previous;
  t->next = t->previous = NULL;
  t->pool = NULL;
  pool->in_flight--;
}

/*
** In a forked child: closes the child's copies of the descriptors (those that
** still are what they were: a daemon closes and reuses numbers) and lets go of
** libcurl's handles without freeing them, since that would say good-bye on
** TLS connections that the parent goes on using.
*/
void pool_own(transport_pool *pool) {
  if (pool->multi == NULL || pool->owner == getpid()) return;
  for (size_t i = 0; i < pool->socket_count; i++) {
    pool_socket kept = pool->sockets[i];
    struct stat status;
    if (fstat(kept.fd, &status) == 0 && status.st_dev == kept.device && status.st_ino == kept.inode) close(kept.fd);
  }
  pool->socket_count = 0;
  pool->spares = 0;
  pool->multi = NULL;
  while (pool->first != NULL) {
    transport_transfer *t = pool->first;
    t->answer.result = TRANSPORT_FORKED;
    t->answer.reason = "begun by the parent process before a fork";
    t->answer.reach = TRANSPORT_SENT; /* the parent may send it at any time */
    t->easy = NULL;
    pool_unlink(t);
  }
}

/* A private copy of 'text' in 'store'; NULL for NULL. False: no memory. */
static bool keep_text(const char **text, buffer *store) {
  if (*text == NULL) return true;
  buffer_add_text(store, *text);
  *text = buffer_text(store);
  return *text != NULL;
}

transport_pool *transport_open(const transport_options *options) {
  transport_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  transport_options *o = &pool->options;
  *o = *options;
  if (o->max_head == 0) o->max_head = FALLBACK_HEAD;
  const char **texts[] = {&o->ca_file, &o->ca_path, &o->proxy, &o->no_proxy, &o->user_agent};
  _Static_assert(sizeof texts / sizeof *texts == sizeof pool->texts / sizeof *pool->texts, "a store for each text");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!keep_text(texts[i], &pool->texts[i])) {
      transport_close(pool);
      return NULL;
    }
  return pool;
}

void transport_close(transport_pool *pool) {
  if (pool == NULL) return;
  pool_own(pool);
  pipe_guard guard = pipe_hold();
  while (pool->first != NULL)
    transport_cancel(pool->first);
  while (pool->spares > 0)
    curl_easy_cleanup(pool->spare[--pool->spares]);
  if (pool->multi != NULL) curl_multi_cleanup(pool->multi);
  pipe_release(&guard);
  free(pool->sockets);
  for (size_t i = 0; i < sizeof pool->texts / sizeof *pool->texts; i++)
    buffer_free(&pool->texts[i]);
  free(pool);
}

bool pool_ready(transport_pool *pool) {
  if (pool->multi != NULL) return true;
  if (!process_ready()) return false;
  pool->multi = curl_multi_init();
  if (pool->multi == NULL) return false;
  pool->owner = getpid();
  curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
  curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, pool->options.max_connections);
  return true;
}

/* What is the same for every transfer of a pool. */
static CURLcode configure(CURL *easy, transport_pool *pool) {
  const transport_options *o = &pool->options;
  CURLcode code = CURLE_OK;
#if LIBCURL_VERSION_NUM >= 0x075500
  SET_OPTION(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  SET_OPTION(code, easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  SET_OPTION(code, easy, CURLOPT_NOSIGNAL, 1L);
  SET_OPTION(code, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075700
  SET_OPTION(code, easy, CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is left behind, not waited for */
#endif
  SET_OPTION(code, easy, CURLOPT_PATH_AS_IS, 1L); /* '/a/../b' was signed as it stands */
  SET_OPTION(code, easy, CURLOPT_FOLLOWLOCATION, 0L);
  SET_OPTION(code, easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's head is not the answer's */
  SET_OPTION(code, easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET_OPTION(code, easy, CURLOPT_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  SET_OPTION(code, easy, CURLOPT_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (o->ca_file != NULL || o->ca_path != NULL) { /* the one given is trusted alone */
    SET_OPTION(code, easy, CURLOPT_CAINFO, o->ca_file);
    SET_OPTION(code, easy, CURLOPT_CAPATH, o->ca_path);
  }
  if (o->ca_file != NULL || o->ca_path != NULL) { /* and so for a proxy that is reached by TLS */
    SET_OPTION(code, easy, CURLOPT_PROXY_CAINFO, o->ca_file);
    SET_OPTION(code, easy, CURLOPT_PROXY_CAPATH, o->ca_path);
  }
  SET_OPTION(code, easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET_OPTION(code, easy, CURLOPT_PROXY_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  SET_OPTION(code, easy, CURLOPT_PROXY_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (o->proxy != NULL) SET_OPTION(code, easy, CURLOPT_PROXY, o->proxy);
  if (o->no_proxy != NULL) SET_OPTION(code, easy, CURLOPT_NOPROXY, o->no_proxy);
  if (o->user_agent != NULL) SET_OPTION(code, easy, CURLOPT_USERAGENT, o->user_agent);
  SET_OPTION(code, easy, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
  SET_OPTION(code, easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  SET_OPTION(code, easy, CURLOPT_OPENSOCKETDATA, pool);
  SET_OPTION(code, easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  SET_OPTION(code, easy, CURLOPT_CLOSESOCKETDATA, pool);
  SET_OPTION(code, easy, CURLOPT_PREREQFUNCTION, transfer_before_request);
  SET_OPTION(code, easy, CURLOPT_WRITEFUNCTION, transfer_receive_body);
  SET_OPTION(code, easy, CURLOPT_HEADERFUNCTION, transfer_receive_header);
  return code;
} /* configure() */

CURL *pool_take_handle(transport_pool *pool) {
  if (pool->spares > 0) return pool->spare[--pool->spares];
  CURL *easy = curl_easy_init();
  if (easy != NULL && configure(easy, pool) != CURLE_OK) {
    curl_easy_cleanup(easy);
    return NULL;
  }
  return easy;
}

/* Strips a handle of everything that belonged to its transfer. */
void pool_return_handle(transport_pool *pool, CURL *easy) {
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

size_t transport_in_flight(const transport_pool *pool) {
  return pool->multi != NULL && pool->owner == getpid() ? pool->in_flight : 0;
}

/* -> how many transfers ended */
static size_t reap(transport_pool *pool) {
  size_t ended = 0;
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(pool->multi, &left)) != NULL;) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result; /* the message is gone once its handle is removed */
    char *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer_end((transport_transfer *)(void *)transfer, code);
    ended++;
  }
  return ended;
}

static size_t perform(transport_pool *pool) {
  int running;
  if (curl_multi_perform(pool->multi, &running) == CURLM_OK) return reap(pool);
  size_t failed = 0; /* only memory or a broken handle get here: nothing can go on */
  for (; pool->first != NULL; failed++)
    transfer_end(pool->first, CURLE_OUT_OF_MEMORY);
  return failed;
}

/*
** libcurl has no clock for a transfer that waits for a connection to become
** free: such a one is ended here. Lowers 'seconds' to the next deadline.
** -> how many were ended
*/
static size_t end_overdue(transport_pool *pool, double *seconds) {
  size_t ended = 0;
  if (pool->options.max_connections == 0) return 0; /* nothing ever waits */
  double now = process_monotonic();
  for (transport_transfer *t = pool->first, *next; t != NULL; t = next) {
    next = t->next;
    double left = t->deadline - now;
    if (left <= 0) {
      transfer_end(t, CURLE_OPERATION_TIMEDOUT);
      ended++;
    } else if (left < *seconds) {
      *seconds = left;
    }
  }
  return ended;
}

size_t transport_step(transport_pool *pool, double seconds) {
  pool_own(pool);
  if (pool->in_flight == 0) {
    if (seconds > 0) poll(NULL, 0, (int)transport_milliseconds(seconds));
    return 0;
  }
  pipe_guard guard = pipe_hold();
  if (perform(pool) + end_overdue(pool, &seconds) == 0 && seconds > 0) {
    curl_multi_poll(pool->multi, NULL, 0, (int)transport_milliseconds(seconds), NULL);
    perform(pool);
    end_overdue(pool, &seconds);
  }
  pipe_release(&guard);
  return pool->in_flight;
}
