/*
** transport_private.h - what pool.c and transfer.c share; see transport.h
*/

#ifndef cbr_transport_private_h
#define cbr_transport_private_h

#include "descriptors.h"
#include "transport.h"

#include <curl/curl.h>
#include <sys/types.h> /* pid_t */

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

#define SPARE_HANDLES 64 /* ended handles kept to begin the next transfers with */

/* Transfers in the order in which they came. */
typedef struct transfer_list {
  cbr_transfer *first, *last;
} transfer_list;

struct cbr_pool {
  cbr_pool_options options; /* its texts point into 'texts' */
  cbr_buffer texts[5];
  CURLM *multi;          /* NULL before the first request */
  pid_t owner;           /* the process that made 'multi' */
  transfer_list started; /* in flight */
  cbr_transfer *fresh;   /* the first of them that libcurl does not know yet; nor does it those behind it */
  size_t in_flight;
  transfer_list ended; /* not yet asked for by transport_ended */
  unsigned long long serials;
  double timer;   /* on process_monotonic's clock, when libcurl wants to be called; negative: not at all */
  double overdue; /* no deadline of one in flight is earlier than this */
  CURL *spare[SPARE_HANDLES];
  size_t spares;
  cbr_descriptors descriptors;
};

typedef enum transfer_place { TRANSFER_LOOSE, TRANSFER_STARTED, TRANSFER_ENDED } transfer_place;

struct cbr_transfer {
  cbr_pool *pool; /* while it is in one of the pool's lists */
  transfer_place place;
  cbr_transfer *next, *previous;
  unsigned long long serial;
  CURL *easy; /* NULL once ended */
  bool repeatable;
  double deadline;        /* on process_monotonic's clock */
  const char *over_limit; /* which limit the answer went over, in words; else NULL */
  bool no_memory;
  bool written;   /* the request was handed to the connection */
  bool has_worn;  /* a kept connection died under 'easy' */
  bool head_over; /* the empty line behind a head came, and no other head since */
  size_t head_size;
  size_t max_head;
  size_t max_body;
  cbr_buffer url;
  cbr_buffer method;
  cbr_buffer lines; /* header lines, each ended by 0; 'list' points into it */
  struct curl_slist *list;
  cbr_buffer request_body;
  cbr_buffer body;
  cbr_buffer headers[CBR_HEADER_COUNT];
  bool has_header[CBR_HEADER_COUNT];
  cbr_response answer;
  char reason[CURL_ERROR_SIZE];
};

/* Every public function that touches libcurl or a descriptor calls this first: notices that the process is a forked
** child of the one that opened the pool, and lets go of what is the parent's. */
void pool_own(cbr_pool *pool);

/* The multi handle, made at its first use. False: no memory, or with errno set no descriptor. */
bool pool_ready(cbr_pool *pool);

/* An easy handle with all that is the same for every transfer; NULL: no memory. */
CURL *pool_take_handle(cbr_pool *pool);

/* Takes one back, stripped of all that belonged to its transfer. */
void pool_return_handle(cbr_pool *pool, CURL *easy);

/* Puts a transfer among those in flight. */
void pool_link(cbr_pool *pool, cbr_transfer *t);

/* Takes a transfer out of whichever list it is in. */
void pool_unlink(cbr_transfer *t);

/* From those in flight to those that ended. */
void pool_unlink_ended(cbr_transfer *t);

/* Hands a fresh transfer to libcurl, with what is left of its time. */
CURLMcode transfer_begin(cbr_transfer *t);

/* Ends a transfer with libcurl's verdict and takes it out of its pool. */
void transfer_end(cbr_transfer *t, CURLcode code);

/* What libcurl calls; their data is the transfer. */
int transfer_before_request(void *data, char *remote, char *local, int remote_port, int local_port);
size_t transfer_receive_body(char *data, size_t one, size_t size, void *user);
size_t transfer_receive_header(char *data, size_t one, size_t size, void *user);

/* curl_easy_setopt that does nothing once 'code' is an error. */
#define CBR_SET_OPTION(code, easy, option, value)                                                                      \
  ((code) == CURLE_OK ? (void)((code) = curl_easy_setopt((easy), (option), (value))) : (void)0)

#pragma GCC visibility pop

#endif
