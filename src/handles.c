/*
** handles.c - see handles.h
*/

#include "linux.h"

#include "handles.h"

#include "transfer.h"

#define IDLE_SECONDS 55L /* servers keep idle connections for 60 s or longer */

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  return cbr_descriptors_socket(data, address->family, address->socktype, address->protocol);
}

static int close_socket(void *data, curl_socket_t fd) {
  return cbr_descriptors_close(data, fd);
}

/* Sets the options that are the same for every transfer of a pool. */
static CURLcode configure(CURL *easy, const cbr_pool_options *o, cbr_descriptors *descriptors) {
  CURLcode code = CURLE_OK;
#if LIBCURL_VERSION_NUM >= 0x075500
  CBR_SET_OPTION(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  CBR_SET_OPTION(code, easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  CBR_SET_OPTION(code, easy, CURLOPT_NOSIGNAL, 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075700
  CBR_SET_OPTION(code, easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that hangs */
#endif
  CBR_SET_OPTION(code, easy, CURLOPT_PATH_AS_IS, 1L); /* '/a/../b' is sent as it was signed */
  CBR_SET_OPTION(code, easy, CURLOPT_FOLLOWLOCATION, 0L);
  CBR_SET_OPTION(code, easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's headers are not the response's */
  CBR_SET_OPTION(code, easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  CBR_SET_OPTION(code, easy, CURLOPT_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (o->ca_file != NULL || o->ca_path != NULL) { /* set both: libcurl's default for the other must not be trusted */
    CBR_SET_OPTION(code, easy, CURLOPT_CAINFO, o->ca_file);
    CBR_SET_OPTION(code, easy, CURLOPT_CAPATH, o->ca_path);
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
  CBR_SET_OPTION(code, easy, CURLOPT_OPENSOCKETDATA, descriptors);
  CBR_SET_OPTION(code, easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  CBR_SET_OPTION(code, easy, CURLOPT_CLOSESOCKETDATA, descriptors);
  CBR_SET_OPTION(code, easy, CURLOPT_PREREQFUNCTION, cbr_transfer_before_request);
  CBR_SET_OPTION(code, easy, CURLOPT_WRITEFUNCTION, cbr_transfer_receive_body);
  CBR_SET_OPTION(code, easy, CURLOPT_HEADERFUNCTION, cbr_transfer_receive_header);
  return code;
} /* configure() */

CURL *cbr_handles_take(cbr_handles *h, const cbr_pool_options *options, cbr_descriptors *descriptors) {
  if (h->count > 0) return h->spare[--h->count];
  CURL *easy = curl_easy_init();
  if (easy != NULL && configure(easy, options, descriptors) != CURLE_OK) {
    curl_easy_cleanup(easy);
    return NULL;
  }
  return easy;
}

void cbr_handles_return(cbr_handles *h, CURL *easy) {
  if (h->count == CBR_SPARE_HANDLES) {
    curl_easy_cleanup(easy);
    return;
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (char *)NULL);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, (char *)NULL);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)NULL);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, (char *)NULL);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 0L);
  curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  h->spare[h->count++] = easy;
}

void cbr_handles_free(cbr_handles *h) {
  while (h->count > 0)
    curl_easy_cleanup(h->spare[--h->count]);
}
