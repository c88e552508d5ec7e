/*
** handles.c - see handles.h
*/

#include "linux.h"

#include "handles.h"

#include "curl_setup.h"
#include "transfer.h"

#define IDLE_SECONDS 55L /* must be less than 60 s, since servers keep idle connections for 60 s or longer */

/* For each transfer in flight, libcurl allocates a receive buffer, by default of 16 KiB, and the free function in
** curl_setup.c wipes this buffer afterwards. Most responses of the service fit into 2 KiB. A small buffer hardly slows
** larger responses, because TLS delivers records of up to 16 KiB, whatever the size of the buffer is. */
#define RECEIVE_BUFFER 2048L

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  return cbr_descriptors_socket(data, address->family, address->socktype, address->protocol);
}

static int close_socket(void *data, curl_socket_t fd) {
  return cbr_descriptors_close(data, fd);
}

/* Sets the options that are the same for every transfer of a pool. */
static CURLcode configure(CURL *easy, const cbr_pool_options *options, cbr_descriptors *descriptors) {
  CURLcode code = cbr_transfer_configure(easy, options);
  /* Whenever a transfer starts, libcurl closes the connections that have been idle for longer than this. libcurl always
  ** uses the first idle connection, so connections that only a burst needed stay idle until this age. */
  CBR_SET_OPTION(code, easy, CURLOPT_MAXAGE_CONN, options->idle_seconds > 0 ? options->idle_seconds : IDLE_SECONDS);
  CBR_SET_OPTION(code, easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
  CBR_SET_OPTION(code, easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  CBR_SET_OPTION(code, easy, CURLOPT_OPENSOCKETDATA, descriptors);
  CBR_SET_OPTION(code, easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  CBR_SET_OPTION(code, easy, CURLOPT_CLOSESOCKETDATA, descriptors);
  return code;
}

CURL *cbr_handles_take(cbr_handles *h, const cbr_pool_options *options, cbr_descriptors *descriptors,
                       CURLSH *sessions) {
  if (h->count > 0) return h->spare[--h->count];
  CURL *easy = curl_easy_init();
  if (easy != NULL && (configure(easy, options, descriptors) != CURLE_OK ||
                       curl_easy_setopt(easy, CURLOPT_SHARE, sessions) != CURLE_OK)) {
    curl_easy_cleanup(easy);
    return NULL;
  }
  return easy;
}

void cbr_handles_return(cbr_handles *h, CURL *easy) {
  if (h->count == CBR_SPARE_HANDLES || !cbr_curl_reuses_handles()) {
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
  h->spare[h->count++] = easy;
}

void cbr_handles_free(cbr_handles *h) {
  while (h->count > 0)
    curl_easy_cleanup(h->spare[--h->count]);
}
