/*
** transport.h - HTTP over libcurl: a pool of connections, and transfers that
** are started, stepped and finished without ever waiting inside a call, but
** for the one that is asked to wait.
**
** No call here is safe on one pool from two threads at a time; different pools
** are independent. Callers see no libcurl type, and no callback leaves here.
*/

#ifndef cbr_transport_h
#define cbr_transport_h

#include "buffer.h"
#include "uri.h"

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

typedef struct transport_pool transport_pool;
typedef struct transport_transfer transport_transfer;

/* What became of a transfer. */
typedef enum transport_result {
  TRANSPORT_OK,        /* an answer arrived whole, whatever its status */
  TRANSPORT_CONNECT,   /* no connection: name, route, refusal, proxy */
  TRANSPORT_TLS,       /* no trust: certificate, host name, protocol version */
  TRANSPORT_TIMEOUT,   /* the connect timeout or the deadline passed */
  TRANSPORT_NETWORK,   /* the connection broke, or the answer was cut short */
  TRANSPORT_TOO_LARGE, /* the answer went over a limit of the pool */
  TRANSPORT_PROTOCOL,  /* what came back is not HTTP */
  TRANSPORT_CANCELLED, /* cancelled, or its pool was closed */
  TRANSPORT_FORKED,    /* begun by the parent of this process, not ours to go on with */
  TRANSPORT_BAD_URL,   /* libcurl cannot read the URL */
  TRANSPORT_NO_MEMORY
} transport_result;

/* How far a transfer came: whether the request can have been acted on. */
typedef enum transport_reach {
  TRANSPORT_NOT_SENT, /* not one byte of the request was written */
  TRANSPORT_SENT,     /* some or all of it was */
  TRANSPORT_ANSWERED  /* the head of an answer came back */
} transport_reach;

/* Of the answer's headers these are kept; the last of a name wins. */
typedef enum transport_header {
  TRANSPORT_REQUEST_ID,
  TRANSPORT_RETRY_AFTER,
  TRANSPORT_DATE,
  TRANSPORT_SUBJECT_TOKEN,
  TRANSPORT_CONTENT_TYPE,
  TRANSPORT_IAM_TRACE_ID,
  TRANSPORT_HEADERS /* their count */
} transport_header;

/* Their names in lower case, in the order of the enumeration. */
extern const slice transport_header_names[TRANSPORT_HEADERS]; /* each ended by 0 */

/* Settings of a pool. Texts are copied; NULL stands for libcurl's default. */
typedef struct transport_options {
  const char *ca_file;  /* PEM certificates to trust instead of the system's */
  const char *ca_path;  /* directory of such, hashed by name */
  const char *proxy;    /* URL; NULL: the environment's, "": none */
  const char *no_proxy; /* hosts reached without the proxy */
  const char *user_agent;
  size_t max_body;      /* bytes of an answer's body */
  size_t max_head;      /* bytes of an answer's status line and headers */
  long max_connections; /* at a time, over all hosts; 0: no limit */
  bool accept_any_certificate;
} transport_options;

/* A request, ready to send. Everything is copied before start returns. */
typedef struct transport_request {
  slice method;       /* upper-case letters */
  slice origin;       /* scheme://host[:port], no path */
  slice url_path;     /* encoded, begins with '/' */
  slice query_string; /* encoded, without '?' */
  pair *headers;      /* complete, Host and Authorization among them */
  size_t header_count;
  slice body;
  bool has_body;          /* an empty body differs from none */
  bool repeatable;        /* sending it twice does no harm (GET): see transport_start */
  double timeout;         /* seconds for all of it */
  double connect_timeout; /* seconds until connected, TLS included */
} transport_request;

/* What came back. Slices live as long as the transfer. */
typedef struct transport_answer {
  transport_result result;
  transport_reach reach;
  const char *reason; /* libcurl's words when result is not TRANSPORT_OK; names no secret */
  long status;
  slice headers[TRANSPORT_HEADERS]; /* data NULL where absent */
  slice body;
  double seconds; /* from start to end */
  size_t sent;    /* bytes written: head and body of the request */
  bool reused;    /* over a connection that was there before */
} transport_answer;

/* NULL when memory ran out. Opens nothing, resolves nothing, reads no file:
** the first start does, so that a pool made before a fork is still unborn. */
transport_pool *transport_open(const transport_options *options);

/* Cancels what is in flight (those transfers stay valid, with
** TRANSPORT_CANCELLED), closes every connection, frees. NULL is fine. */
void transport_close(transport_pool *pool);

/*
** Begins a transfer; nothing is written before the first step. A request that
** is not repeatable is written at most once: libcurl's own resending over a
** fresh connection, when a kept one breaks, is stopped and reported as
** TRANSPORT_NETWORK with TRANSPORT_SENT. After a fork the child's first start
** opens connections of its own and leaves the parent's untouched.
*/
transport_result transport_start(transport_pool *pool, const transport_request *request, transport_transfer **transfer);

/* How a pool is after a step. */
typedef struct transport_state {
  size_t in_flight;
  size_t moved; /* transfers begun, events of sockets and ends that the step dealt with; 0: nothing happened */
} transport_state;

/*
** Moves what is ready, waits at most 'seconds' (0: not at all) for that, and
** returns as soon as something happened; with nothing in flight it only waits.
** One step deals with a bounded number of transfers, so that it is short
** however many are in flight: after one that moved something there may be more.
*/
transport_state transport_step(transport_pool *pool, double seconds);

/* The descriptor that is readable when a step has something to do; -1 before
** the first start, and where the system has none (see descriptors.h). */
int transport_fd(transport_pool *pool);

/* Seconds after which a step is due though nothing is readable; 0: at once;
** negative: no such time. */
double transport_timeout(transport_pool *pool);

/* The serial number of a transfer that ended since this was last asked, each
** told once, in the order of their ends; 0: there is none. One that was
** cancelled or freed is not told. */
unsigned long long transport_ended(transport_pool *pool);

/* How many are in flight; after a fork, in this process: none. */
size_t transport_in_flight(const transport_pool *pool);

/* Its number, which no other transfer of its pool has; from 1. */
unsigned long long transport_serial(const transport_transfer *transfer);

/* Whether a transfer has ended. */
bool transport_is_done(const transport_transfer *transfer);

/* The answer of one that has ended. */
transport_answer transport_finish(const transport_transfer *transfer);

/* Ends one early, with TRANSPORT_CANCELLED; its connection is not used again.
** Nothing happens to one that has ended. */
void transport_cancel(transport_transfer *transfer);

/* Cancels if need be, wipes and frees. NULL is fine. */
void transport_free(transport_transfer *transfer);

#pragma GCC visibility pop

#endif
