/*
** transfer.h - the interface of transfer.c for pool.c: one request with its
** response. transfer.c fills the buffers that libcurl reads from and writes to,
** and reads libcurl's result. Only pool.c starts and ends transfers. transfer.c
** does not use the pool.
*/

#ifndef cbr_transfer_h
#define cbr_transfer_h

#include "transport.h"

#include <curl/curl.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* The lists of a pool; a transfer is in at most one of them. */
typedef enum cbr_list {
  CBR_LIST_NONE,    /* the transfer was never started, was cancelled, or was reported by cbr_pool_ended */
  CBR_LIST_STARTED, /* the transfer is in flight */
  CBR_LIST_ENDED    /* the transfer has ended, and cbr_pool_ended has not reported it yet */
} cbr_list;

/* Where in 'header_values' the value of a header is. */
typedef struct cbr_header_place {
  bool is_present;
  size_t from, size;
} cbr_header_place;

/* All zero before cbr_transfer_fill. */
struct cbr_transfer {
  /* the next fields are used by pool.c only */
  cbr_pool *pool; /* NULL if the transfer is in no list */
  cbr_list list;
  cbr_transfer *next, *previous;
  unsigned long long serial;
  double deadline; /* a time on the clock of cbr_clock_monotonic */

  CURL *easy; /* pool.c sets the handle; NULL after the transfer has ended */

  /* the request, in the form that libcurl reads */
  bool repeatable;
  cbr_buffer url;
  cbr_buffer method;
  cbr_buffer header_lines; /* each line ends with a 0; 'header_list' points into the buffer */
  struct curl_slist *header_list;
  cbr_buffer request_body;

  /* limits for libcurl's callbacks, and what the callbacks saw */
  size_t max_head;
  size_t max_body;
  bool written;          /* libcurl has begun to write the request, or was about to begin */
  bool connection_died;  /* a kept connection broke, and libcurl sent the request again */
  bool head_is_complete; /* the empty line after the head of the final response arrived */
  size_t head_size;
  bool has_status_line;   /* the status line has HTTP/1.0 or HTTP/1.1, the only versions that are supported */
  const char *over_limit; /* the limit that the response exceeds, in words; or NULL */
  bool no_memory;
  bool no_descriptor; /* pool.c sets this if the process has no descriptor left */
  cbr_buffer header_values;
  cbr_header_place headers[CBR_HEADER_COUNT];
  cbr_buffer body;
  char reason[CURL_ERROR_SIZE]; /* libcurl's error message */

  cbr_response response; /* valid once the transfer has ended */
};

/* Copies a request into a new transfer. False: no memory. */
bool cbr_transfer_fill(cbr_transfer *t, const cbr_request *request, const cbr_pool_options *options);

/* Sets the options of a handle that are the same for every transfer of a pool,
** except the options for sockets. */
CURLcode cbr_transfer_configure(CURL *easy, const cbr_pool_options *options);

/* Sets the options of 't->easy' that differ between transfers. */
CURLcode cbr_transfer_prepare(cbr_transfer *t, const cbr_request *request, const cbr_pool_options *options);

/* Who ended a transfer. */
typedef enum cbr_ending {
  CBR_ENDED_BY_LIBCURL, /* libcurl ended the transfer, or a call of libcurl failed; the CURLcode says why */
  CBR_ENDED_BY_CANCEL,  /* the caller cancelled the transfer */
  CBR_ENDED_BY_FORK     /* a fork made this process after the transfer was started */
} cbr_ending;

/* Fills in 't->response'. 'code' is libcurl's result. 'code' and 't->easy' are used only if libcurl ended the transfer.
** */
void cbr_transfer_read_response(cbr_transfer *t, cbr_ending ending, CURLcode code);

/* Wipes and frees the buffers. */
void cbr_transfer_wipe(cbr_transfer *t);

/* The next functions are callbacks of libcurl (CURLOPT_PREREQFUNCTION,
** CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION). Their 'data' or 'user' is the
** transfer. */
int cbr_transfer_before_request(void *data, char *remote, char *local, int remote_port, int local_port);
size_t cbr_transfer_receive_body(char *data, size_t one, size_t size, void *user);
size_t cbr_transfer_receive_header(char *data, size_t one, size_t size, void *user);

/* Calls curl_easy_setopt(3), unless 'code' is an error already. */
#define CBR_SET_OPTION(code, easy, option, value)                                                                      \
  ((code) == CURLE_OK ? (void)((code) = curl_easy_setopt((easy), (option), (value))) : (void)0)

#pragma GCC visibility pop

#endif
