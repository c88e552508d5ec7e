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

typedef struct cbr_pool cbr_pool;
typedef struct cbr_transfer cbr_transfer;

/* What became of a transfer. */
typedef enum cbr_result {
  CBR_RESULT_OK,        /* an answer arrived whole, whatever its status */
  CBR_RESULT_CONNECT,   /* no connection: name, route, refusal, proxy */
  CBR_RESULT_TLS,       /* no trust: certificate, host name, protocol version */
  CBR_RESULT_TIMEOUT,   /* the connect timeout or the deadline passed */
  CBR_RESULT_NETWORK,   /* the connection broke, or the answer was cut short */
  CBR_RESULT_TOO_LARGE, /* the answer went over a limit of the pool */
  CBR_RESULT_PROTOCOL,  /* what came back is not HTTP */
  CBR_RESULT_CANCELLED, /* cancelled, or its pool was closed */
  CBR_RESULT_FORKED,    /* begun by the parent of this process, not ours to go on with */
  CBR_RESULT_BAD_URL,   /* libcurl cannot read the URL */
  CBR_RESULT_NO_MEMORY
} cbr_result;

/* How far a transfer came: whether the request can have been acted on. */
typedef enum cbr_reach {
  CBR_REACH_NOT_SENT, /* not one byte of the request was written */
  CBR_REACH_SENT,     /* some or all of it was */
  CBR_REACH_ANSWERED  /* the head of an answer came back */
} cbr_reach;

/* Of the answer's headers these are kept; the last of a name wins. */
typedef enum cbr_header {
  CBR_HEADER_REQUEST_ID,
  CBR_HEADER_RETRY_AFTER,
  CBR_HEADER_DATE,
  CBR_HEADER_SUBJECT_TOKEN,
  CBR_HEADER_CONTENT_TYPE,
  CBR_HEADER_IAM_TRACE_ID,
  CBR_HEADER_COUNT /* their count */
} cbr_header;

/* Their names in lower case, in the order of the enumeration. */
extern const cbr_slice cbr_header_names[CBR_HEADER_COUNT]; /* each ended by 0 */

/* Settings of a pool. Texts are copied; NULL stands for libcurl's default. */
typedef struct cbr_pool_options {
  const char *ca_file;  /* PEM certificates to trust instead of the system's */
  const char *ca_path;  /* directory of such, hashed by name */
  const char *proxy;    /* URL; NULL: the environment's, "": none */
  const char *no_proxy; /* hosts reached without the proxy */
  const char *user_agent;
  size_t max_body;      /* bytes of an answer's body */
  size_t max_head;      /* bytes of an answer's status line and headers */
  long max_connections; /* at a time, over all hosts; 0: no limit */
  bool accept_any_certificate;
} cbr_pool_options;

/* A request, ready to send. Everything is copied before start returns. */
typedef struct cbr_request {
  cbr_slice method;       /* upper-case letters */
  cbr_slice origin;       /* scheme://host[:port], no path */
  cbr_slice url_path;     /* encoded, begins with '/' */
  cbr_slice query_string; /* encoded, without '?' */
  cbr_pair *headers;      /* complete, Host and Authorization among them */
  size_t header_count;
  cbr_slice body;
  bool has_body;          /* an empty body differs from none */
  bool repeatable;        /* sending it twice does no harm (GET): see transport_start */
  double timeout;         /* seconds for all of it */
  double connect_timeout; /* seconds until connected, TLS included */
} cbr_request;

/* What came back. Slices live as long as the transfer. */
typedef struct cbr_response {
  cbr_result result;
  cbr_reach reach;
  const char *reason; /* libcurl's words when result is not TRANSPORT_OK; names no secret */
  long status;
  cbr_slice headers[CBR_HEADER_COUNT]; /* data NULL where absent */
  cbr_slice body;
  double seconds; /* from start to end */
  size_t sent;    /* bytes written: head and body of the request */
  bool reused;    /* over a connection that was there before */
} cbr_response;

/* NULL when memory ran out. Opens nothing, resolves nothing, reads no file:
** the first start does, so that a pool made before a fork is still unborn. */
cbr_pool *cbr_pool_open(const cbr_pool_options *options);

/* Cancels what is in flight (those transfers stay valid, with
** TRANSPORT_CANCELLED), closes every connection, frees. NULL is fine. */
void cbr_pool_close(cbr_pool *pool);

/*
** Begins a transfer; nothing is written before the first step. A request that
** is not repeatable is written at most once: libcurl's own resending over a
** fresh connection, when a kept one breaks, is stopped and reported as
** TRANSPORT_NETWORK with TRANSPORT_SENT. After a fork the child's first start
** opens connections of its own and leaves the parent's untouched.
*/
cbr_result cbr_pool_start(cbr_pool *pool, const cbr_request *request, cbr_transfer **transfer);

/* How a pool is after a step. */
typedef struct cbr_pool_state {
  size_t in_flight;
  size_t moved; /* transfers begun, events of sockets and ends that the step dealt with; 0: nothing happened */
} cbr_pool_state;

/*
** Moves what is ready, waits at most 'seconds' (0: not at all) for that, and
** returns as soon as something happened; with nothing in flight it only waits.
** One step deals with a bounded number of transfers, so that it is short
** however many are in flight: after one that moved something there may be more.
*/
cbr_pool_state cbr_pool_step(cbr_pool *pool, double seconds);

/* The descriptor that is readable when a step has something to do; -1 before
** the first start, and where the system has none (see descriptors.h). */
int cbr_pool_fd(cbr_pool *pool);

/* Seconds after which a step is due though nothing is readable; 0: at once;
** negative: no such time. */
double cbr_pool_timeout(cbr_pool *pool);

/* The serial number of a transfer that ended since this was last asked, each
** told once, in the order of their ends; 0: there is none. One that was
** cancelled or freed is not told. */
unsigned long long cbr_pool_ended(cbr_pool *pool);

/* How many are in flight; after a fork, in this process: none. */
size_t cbr_pool_in_flight(const cbr_pool *pool);

/* Its number, which no other transfer of its pool has; from 1. */
unsigned long long cbr_transfer_serial(const cbr_transfer *transfer);

/* Whether a transfer has ended. */
bool cbr_transfer_is_done(const cbr_transfer *transfer);

/* The answer of one that has ended. */
cbr_response cbr_transfer_response(const cbr_transfer *transfer);

/* Ends one early, with TRANSPORT_CANCELLED; its connection is not used again.
** Nothing happens to one that has ended. */
void cbr_transfer_cancel(cbr_transfer *transfer);

/* Cancels if need be, wipes and frees. NULL is fine. */
void cbr_transfer_free(cbr_transfer *transfer);

#pragma GCC visibility pop

#endif
