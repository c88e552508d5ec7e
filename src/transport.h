/*
** transport.h - HTTP over libcurl: a pool of connections, and transfers over these
** connections. A transfer is started, advanced by steps of the pool, and read when
** the transfer has ended. Only cbr_pool_step can wait, if its caller allows this.
**
** Two threads must not use one pool, or transfers of one pool, at the same time;
** different pools are independent. Callers see no libcurl type and give no
** callbacks.
*/

#ifndef cbr_transport_h
#define cbr_transport_h

#include "buffer.h"
#include "uri.h"

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

typedef struct cbr_pool cbr_pool;
typedef struct cbr_transfer cbr_transfer;

/* The result of a transfer. */
typedef enum cbr_result {
  CBR_RESULT_OK,            /* a complete response arrived, with whatever status */
  CBR_RESULT_CONNECT,       /* no connection: the name was not found, or the host or a proxy was not reached */
  CBR_RESULT_PROXY,         /* a proxy requires credentials or rejected them, and forwarded nothing */
  CBR_RESULT_TLS,           /* the server is not trusted because of its certificate, host name or TLS version */
  CBR_RESULT_TIMEOUT,       /* the connect timeout or the deadline passed */
  CBR_RESULT_NETWORK,       /* the connection broke, or the response was cut short */
  CBR_RESULT_TOO_LARGE,     /* the response exceeds a limit of the pool */
  CBR_RESULT_PROTOCOL,      /* the response is not HTTP, or has a body that cannot be decoded */
  CBR_RESULT_CANCELLED,     /* the transfer was cancelled, or the pool was closed */
  CBR_RESULT_FORKED,        /* the parent process started the transfer, and only the parent may continue it */
  CBR_RESULT_BAD_URL,       /* libcurl cannot use the URL, or the proxy's URL */
  CBR_RESULT_NO_DESCRIPTOR, /* the process has no descriptor left, and the pool has no other connection */
  CBR_RESULT_NO_MEMORY
} cbr_result;

/* CBR_RESULT_NO_DESCRIPTOR in words. */
extern const char cbr_no_descriptor_left[];

/* How far a transfer got: whether the server can have acted on the request. */
typedef enum cbr_reach {
  CBR_REACH_NOT_SENT, /* no byte of the request was written */
  CBR_REACH_SENT,     /* some or all of the request was written */
  CBR_REACH_ANSWERED  /* the head of a response arrived */
} cbr_reach;

/* The response headers that are kept. Of a header that is repeated, the last value is kept. */
typedef enum cbr_header {
  CBR_HEADER_REQUEST_ID,
  CBR_HEADER_RETRY_AFTER,
  CBR_HEADER_DATE,
  CBR_HEADER_SUBJECT_TOKEN,
  CBR_HEADER_CONTENT_TYPE,
  CBR_HEADER_IAM_TRACE_ID,
  CBR_HEADER_LOCATION,
  CBR_HEADER_RATE_OF_API, /* this header and the next four state the gateway's rate limits */
  CBR_HEADER_RATE_OF_USER,
  CBR_HEADER_RATE_OF_APP,
  CBR_HEADER_RATE_OF_IP,
  CBR_HEADER_RATE_OF_ALL,
  CBR_HEADER_COUNT
} cbr_header;

/* The name of each cbr_header in lower case, with a final 0. */
extern const cbr_slice cbr_header_names[CBR_HEADER_COUNT];

/* Options of a pool. Texts are copied; NULL stands for libcurl's default. */
typedef struct cbr_pool_options {
  const char *ca_file;     /* file of PEM certificates to trust instead of the system's. Without ca_file and ca_path,
                              the file from cbr_curl_bundle is trusted, or else libcurl's defaults */
  const char *ca_path;     /* directory of PEM certificates with hashes as names (openssl rehash) */
  const char *proxy;       /* the proxy's URL; "": no proxy; NULL: the environment decides */
  const char *plain_proxy; /* the proxy's URL for http:// origins; NULL: the same as 'proxy' */
  const char *no_proxy;    /* hosts that are reached without the proxy, separated by commas */
  const char *user_agent;
  size_t max_body;      /* maximum bytes of a response body, after decoding */
  size_t max_head;      /* maximum bytes of a response's status line and headers; 0: only libcurl's limit */
  long max_connections; /* maximum number of connections at a time, over all hosts; 0: no limit */
  long idle_seconds;    /* connections that are idle for longer are closed when a transfer starts; 0: 55 s */
  bool accept_any_certificate;
} cbr_pool_options;

/* A request, ready to send. Everything is copied before cbr_pool_start returns. */
typedef struct cbr_request {
  cbr_slice method;       /* in upper-case letters */
  cbr_slice origin;       /* in the form scheme://host[:port], without a path */
  cbr_slice url_path;     /* percent-encoded; begins with '/' */
  cbr_slice query_string; /* percent-encoded; without '?' */
  cbr_pair *headers;      /* all headers to send, Host and Authorization included */
  size_t header_count;
  cbr_slice body;
  bool has_body;          /* false: no body, which differs from an empty body */
  bool repeatable;        /* the request may be sent twice without harm (GET); see cbr_pool_start */
  double timeout;         /* seconds for the whole transfer */
  double connect_timeout; /* seconds until there is a connection, TLS included */
} cbr_request;

/* The outcome of a transfer. The slices are valid as long as the transfer. */
typedef struct cbr_response {
  cbr_result result;
  cbr_reach reach;
  const char *reason;                  /* why the result is not CBR_RESULT_OK; contains no secret */
  long status;                         /* 200 to 999; 0: no final status arrived */
  cbr_slice headers[CBR_HEADER_COUNT]; /* data is NULL if the header is absent */
  cbr_slice body;
  double seconds; /* seconds from the start of the transfer to its end */
  size_t sent;    /* bytes of the request that were written, head and body */
  bool reused;    /* the request was sent over a connection that was already open */
} cbr_response;

/* A new pool; NULL: no memory. A pool opens no descriptor, resolves no name and
** reads no file before the first start, so a pool may be made before a fork. */
cbr_pool *cbr_pool_open(const cbr_pool_options *options);

/* Cancels the transfers in flight, closes all connections and frees the pool.
** The transfers stay valid and must still be freed. NULL is allowed. */
void cbr_pool_close(cbr_pool *pool);

/* Closes all connections and descriptors, unless a transfer is in flight. The
** next start opens new ones. False: a transfer is in flight. */
bool cbr_pool_release(cbr_pool *pool);

/*
** Starts a transfer and stores it in 'transfer'; nothing is written before the
** next step. If the result is not CBR_RESULT_OK, no transfer was started, and
** NULL is stored. The result is then CBR_RESULT_BAD_URL, CBR_RESULT_NO_MEMORY,
** or, if this process has no descriptor left for the pool itself,
** CBR_RESULT_NO_DESCRIPTOR. If the process has no descriptor left for another
** connection, the transfer waits for a connection of the pool.
**
** A request that is not repeatable is written at most once. When an idle
** connection breaks, libcurl would send the request again over a new
** connection. The pool prevents this, and reports CBR_RESULT_NETWORK with
** CBR_REACH_SENT. For some minutes after such a failure, requests that are not
** repeatable use new connections.
**
** After a fork, the child's first start opens connections of its own, and
** leaves the parent's connections untouched.
*/
cbr_result cbr_pool_start(cbr_pool *pool, const cbr_request *request, cbr_transfer **transfer);

/*
** Advances the transfers that are ready. If no transfer is ready, waits for up
** to 'seconds' (0: does not wait), and returns as soon as something happens. If
** nothing is in flight, this function only waits. A step handles a limited number of
** events, so that a step is short however many transfers are in flight: more may
** be ready after it. Returns how many transfers are in flight.
*/
size_t cbr_pool_step(cbr_pool *pool, double seconds);

/* The descriptor that is readable when a step has something to do; -1 before the
** first start. */
int cbr_pool_fd(cbr_pool *pool);

/* Seconds until a step is due even if the descriptor is not readable. 0: now, or
** cbr_pool_ended has a transfer to report; negative: no step is due. */
double cbr_pool_timeout(cbr_pool *pool);

/* The serial number of a transfer that has ended; 0: no more. Each transfer is
** reported once, in the order in which the transfers ended. Transfers that were
** cancelled or freed are not reported. */
unsigned long long cbr_pool_ended(cbr_pool *pool);

/* How many transfers are in flight in this process. A forked child does not
** count the transfers of its parent. */
size_t cbr_pool_in_flight(const cbr_pool *pool);

/* A number, 1 or more, that no other transfer of the pool has. */
unsigned long long cbr_transfer_serial(const cbr_transfer *transfer);

bool cbr_transfer_is_done(const cbr_transfer *transfer);

/* The response of a transfer that is done. */
cbr_response cbr_transfer_response(const cbr_transfer *transfer);

/* Ends a transfer early, with CBR_RESULT_CANCELLED, and closes the connection.
** Does nothing if the transfer is done. */
void cbr_transfer_cancel(cbr_transfer *transfer);

/* Cancels the transfer if it is in progress, and wipes and frees it. NULL is allowed. */
void cbr_transfer_free(cbr_transfer *transfer);

#pragma GCC visibility pop

#endif
