/*
** transfer.c - one request and its answer; see transport.h
*/

#include "linux.h"

#include "transport_private.h"

#include "clock.h"
#include "sigpipe.h"

#include <errno.h>  /* EMFILE ENFILE errno */
#include <stdlib.h> /* calloc free */
#include <string.h> /* memchr memcmp memset strlen strstr */

#define NAME(text)                                                                                                     \
  { "" text, sizeof text - 1 }
const cbr_slice cbr_header_names[CBR_HEADER_COUNT] = {
    NAME("x-request-id"),    NAME("retry-after"),  NAME("date"),
    NAME("x-subject-token"), NAME("content-type"), NAME("x-iam-trace-id"),
};
#undef NAME

/* {======= what libcurl calls ======= */

/* Called each time that libcurl is about to write the request. */
int transfer_before_request(void *data, char *remote, char *local, int remote_port, int local_port) {
  cbr_transfer *t = data;
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  if (t->written && !t->repeatable) return CURL_PREREQFUNC_ABORT;
  if (t->written) t->has_worn = true;
  t->written = true;
  return CURL_PREREQFUNC_OK;
}

size_t transfer_receive_body(char *data, size_t one, size_t size, void *user) {
  cbr_transfer *t = user;
  (void)one;
  if (size > t->max_body - t->body.size) {
    t->over_limit = "the answer's body is larger than allowed";
    return 0;
  }
  if (!cbr_buffer_add(&t->body, data, size)) {
    t->no_memory = true;
    return 0;
  }
  return size;
}

/* Whether the head that just ended is that of the answer, and no interim one (1xx). */
static bool is_final(const cbr_transfer *t) {
  long status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200;
}

/* Keeps a field value. What cannot stand on a line (a bare CR, NUL) counts as a
** space (RFC 9110 section 5.5). */
static bool keep_value(cbr_buffer *b, cbr_slice value) {
  b->size = 0;
  for (size_t i = 0; i < value.size; i++) {
    char c = value.data[i];
    cbr_buffer_add_char(b, c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  }
  return !b->failed;
}

/* Called with one line of the head, or of the trailer behind a chunked body. */
size_t transfer_receive_header(char *data, size_t one, size_t size, void *user) {
  cbr_transfer *t = user;
  (void)one;
  if (size > t->max_head - t->head_size) {
    t->over_limit = "the answer's headers are larger than allowed";
    return 0;
  }
  t->head_size += size;
  if (t->head_over) return size;                    /* a trailer is no header */
  if (size >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* behind an interim head comes another */
    memset(t->has_header, 0, sizeof t->has_header);
    return size;
  }
  if (size > 0 && (data[0] == '\r' || data[0] == '\n')) t->head_over = is_final(t);
  const char *colon = memchr(data, ':', size);
  if (colon == NULL) return size;
  cbr_slice name = {data, (size_t)(colon - data)};
  cbr_slice value = {colon + 1, size - name.size - 1};
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    if (cbr_slice_same_name(name, cbr_header_names[i])) {
      t->has_header[i] = keep_value(&t->headers[i], value);
      if (!t->has_header[i]) {
        t->no_memory = true;
        return 0;
      }
    }
  return size;
}

/* }====================================================== */

/* {======= start ======= */

/* The header list as libcurl takes it, in one block of bytes that can be wiped. */
static bool write_header_lines(cbr_transfer *t, const cbr_request *request) {
  bool has_type = false;
  for (size_t i = 0; i < request->header_count; i++) {
    cbr_slice name = request->headers[i].name, value = cbr_slice_trim(request->headers[i].value);
    if (cbr_slice_same_name(name, cbr_slice_of("content-type"))) has_type = true;
    cbr_buffer_add_slice(&t->lines, name);
    if (value.size == 0) {
      cbr_buffer_add_char(&t->lines, ';'); /* libcurl's form for a header with an empty value */
    } else {
      cbr_buffer_add_text(&t->lines, ": ");
      cbr_buffer_add_slice(&t->lines, value);
    }
    cbr_buffer_add_char(&t->lines, '\0');
  }
  size_t count = request->header_count + 1;
  cbr_buffer_add(&t->lines, "Expect:", sizeof "Expect:"); /* no waiting for 100 Continue */
  if (!has_type) {
    cbr_buffer_add(&t->lines, "Content-Type:", sizeof "Content-Type:"); /* none of libcurl's own */
    count++;
  }
  t->list = calloc(count, sizeof *t->list);
  if (t->lines.failed || t->list == NULL) return false;
  char *line = t->lines.data;
  for (size_t i = 0; i < count; i++) {
    t->list[i].data = line;
    t->list[i].next = i + 1 < count ? &t->list[i + 1] : NULL;
    line += strlen(line) + 1;
  }
  return true;
}

static bool write_url(cbr_transfer *t, const cbr_request *request) {
  cbr_buffer_add_slice(&t->url, request->origin);
  cbr_buffer_add_slice(&t->url, request->url_path);
  if (request->query_string.size > 0) {
    cbr_buffer_add_char(&t->url, '?');
    cbr_buffer_add_slice(&t->url, request->query_string);
  }
  return cbr_buffer_text(&t->url) != NULL;
}

static CURLcode prepare(cbr_transfer *t, const cbr_request *request) {
  CURL *easy = t->easy;
  CURLcode code = CURLE_OK;
  const char *method = cbr_buffer_text(&t->method);
  CBR_SET_OPTION(code, easy, CURLOPT_URL, t->url.data);
  CBR_SET_OPTION(code, easy, CURLOPT_HTTPHEADER, t->list);
  if (request->has_body) {
    CBR_SET_OPTION(code, easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request_body.size);
    CBR_SET_OPTION(code, easy, CURLOPT_POSTFIELDS, cbr_buffer_slice(&t->request_body).data);
  }
  if (cbr_slice_same_name(request->method, cbr_slice_of("HEAD")))
    CBR_SET_OPTION(code, easy, CURLOPT_NOBODY, 1L);
  else
    CBR_SET_OPTION(code, easy, CURLOPT_CUSTOMREQUEST, method);
  CBR_SET_OPTION(code, easy, CURLOPT_CONNECTTIMEOUT_MS, (long)cbr_clock_milliseconds(request->connect_timeout));
  CBR_SET_OPTION(code, easy, CURLOPT_PREREQDATA, t);
  CBR_SET_OPTION(code, easy, CURLOPT_WRITEDATA, t);
  CBR_SET_OPTION(code, easy, CURLOPT_HEADERDATA, t);
  CBR_SET_OPTION(code, easy, CURLOPT_ERRORBUFFER, t->reason);
  CBR_SET_OPTION(code, easy, CURLOPT_PRIVATE, t);
  return code;
}

/* errno tells of the pool's own descriptor, where that is what lacks. */
static cbr_result start(cbr_pool *pool, const cbr_request *request, cbr_transfer *t) {
  if (!pool_ready(pool)) return errno == EMFILE || errno == ENFILE ? CBR_RESULT_CONNECT : CBR_RESULT_NO_MEMORY;
  t->repeatable = request->repeatable;
  t->deadline = cbr_clock_monotonic() + request->timeout;
  t->max_head = pool->options.max_head;
  t->max_body = pool->options.max_body;
  cbr_buffer_add_slice(&t->method, request->method);
  if (!cbr_buffer_add_slice(&t->request_body, request->body) || !write_url(t, request) ||
      !write_header_lines(t, request))
    return CBR_RESULT_NO_MEMORY;
  t->easy = pool_take_handle(pool);
  if (t->easy == NULL) return CBR_RESULT_NO_MEMORY;
  CURLcode code = prepare(t, request);
  if (code != CURLE_OK) return code == CURLE_OUT_OF_MEMORY ? CBR_RESULT_NO_MEMORY : CBR_RESULT_BAD_URL;
  pool_link(pool, t);
  return CBR_RESULT_OK;
}

CURLMcode transfer_begin(cbr_transfer *t) {
  curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)cbr_clock_milliseconds(t->deadline - cbr_clock_monotonic()));
  return curl_multi_add_handle(t->pool->multi, t->easy);
}

cbr_result cbr_pool_start(cbr_pool *pool, const cbr_request *request, cbr_transfer **transfer) {
  pool_own(pool);
  *transfer = NULL;
  cbr_transfer *t = calloc(1, sizeof *t);
  if (t == NULL) return CBR_RESULT_NO_MEMORY;
  cbr_result result = start(pool, request, t);
  if (result == CBR_RESULT_OK)
    *transfer = t;
  else
    cbr_transfer_free(t);
  return result;
}

/* }====================================================== */

/* {======= end ======= */

/* A peer that hung up in the handshake is no question of trust. */
static bool handshake_was_cut(const cbr_transfer *t) {
  long number = 0;
  curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
  return number != 0 || strstr(t->reason, "SYSCALL") != NULL;
}

/* libcurl has no code for it, and its words are the whole URL, with user and password. */
static bool is_bad_proxy(const cbr_transfer *t) {
  return strstr(t->reason, "nsupported proxy") != NULL;
}

/* What libcurl's verdict means, to one who does not yet know what was written before. */
static cbr_result verdict(const cbr_transfer *t, CURLcode code, long status) {
  if (t->over_limit != NULL) return CBR_RESULT_TOO_LARGE;
  if (t->no_memory) return CBR_RESULT_NO_MEMORY;
  if (is_bad_proxy(t)) return CBR_RESULT_BAD_URL;
  if (strstr(t->reason, "chunked-encoding") != NULL) return CBR_RESULT_PROTOCOL; /* no code either */
  switch (code) {
  case CURLE_OK:
    if (t->head_over) return CBR_RESULT_OK;
    return status >= 100 && status < 200 ? CBR_RESULT_PROTOCOL : CBR_RESULT_NETWORK;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_PROXY:
  case CURLE_INTERFACE_FAILED: return CBR_RESULT_CONNECT;
  case CURLE_SSL_CONNECT_ERROR: return handshake_was_cut(t) ? CBR_RESULT_CONNECT : CBR_RESULT_TLS;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_USE_SSL_FAILED: return CBR_RESULT_TLS;
  case CURLE_OPERATION_TIMEDOUT: return CBR_RESULT_TIMEOUT;
#if LIBCURL_VERSION_NUM >= 0x080600
  case CURLE_TOO_LARGE:
#endif
  case CURLE_OUT_OF_MEMORY: /* also what libcurl says of a header line over its own limit */
    return t->written ? CBR_RESULT_TOO_LARGE : CBR_RESULT_NO_MEMORY;
  case CURLE_URL_MALFORMAT: return CBR_RESULT_BAD_URL;
  case CURLE_UNSUPPORTED_PROTOCOL: return t->written ? CBR_RESULT_PROTOCOL : CBR_RESULT_BAD_URL; /* HTTP/0.9 */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_HTTP2:
  case CURLE_BAD_CONTENT_ENCODING: return CBR_RESULT_PROTOCOL;
  default: return CBR_RESULT_CONNECT; /* a proxy may break off before anything is written */
  }
}

/* A connection that was written to has broken, whether or not libcurl then found another one. */
static cbr_result result_of(const cbr_transfer *t, CURLcode code, long status) {
  cbr_result result = verdict(t, code, status);
  return result == CBR_RESULT_CONNECT && t->written ? CBR_RESULT_NETWORK : result;
}

/* Whether a proxy did not let the client in; libcurl has other words for it with each kind of proxy. */
static bool is_proxy_refusal(const cbr_transfer *t, CURLcode code) {
  long reason = CURLPX_OK, status = 0;
  if (t->written || code == CURLE_OK) return false;
  curl_easy_getinfo(t->easy, CURLINFO_PROXY_ERROR, &reason);
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  return status == 401 || status == 407 ||
         (code == CURLE_PROXY && (reason == CURLPX_NO_AUTH || reason == CURLPX_USER_REJECTED));
}

/* Takes the transfer out of the pool, with what it brought. */
void transfer_end(cbr_transfer *t, CURLcode code) {
  cbr_pool *pool = t->pool;
  cbr_response *answer = &t->answer;
  curl_off_t microseconds = 0;
  long request_size = 0, connects = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answer->status);
  curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &request_size);
  curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
  answer->seconds = (double)microseconds / 1e6;
  answer->sent = (size_t)request_size;
  answer->reused = t->written && connects == 0;
  answer->result = result_of(t, code, answer->status);
  if (t->written) answer->reach = t->head_size > 0 ? CBR_REACH_ANSWERED : CBR_REACH_SENT;
  bool has_status = answer->status >= 200 && answer->status <= 999; /* libcurl reads any number behind "HTTP/2" */
  if (!has_status) {                                                /* of an interim answer (1xx) nothing is told */
    answer->status = 0;
    memset(t->has_header, 0, sizeof t->has_header);
    if (answer->result == CBR_RESULT_OK) answer->result = CBR_RESULT_PROTOCOL; /* 101 to one who asked for no other */
  }
  if (t->over_limit != NULL)
    answer->reason = t->over_limit;
  else if (!has_status && code == CURLE_OK)
    answer->reason = "the answer has no final status";
  else if (answer->result == CBR_RESULT_TOO_LARGE)
    answer->reason = "a header line of the answer is larger than allowed, or memory ran out";
  else if (code == CURLE_OK && answer->result != CBR_RESULT_OK)
    answer->reason = "the connection ended within the answer's head";
  else if (is_bad_proxy(t))
    answer->reason = "the proxy's URL cannot be read, or names a kind of proxy that libcurl does not have";
  else if (is_proxy_refusal(t, code))
    answer->reason = "the proxy wants credentials, or other ones";
  else if (code == CURLE_ABORTED_BY_CALLBACK)
    answer->reason = "the connection was closed before an answer came, and the request is not sent a second time";
  else
    answer->reason = t->reason[0] != '\0' ? t->reason : curl_easy_strerror(code);
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    answer->headers[i] = t->has_header[i] ? cbr_slice_trim(cbr_buffer_slice(&t->headers[i])) : (cbr_slice){NULL, 0};
  answer->body = cbr_buffer_slice(&t->body);

  curl_multi_remove_handle(pool->multi, t->easy);
  /* libcurl counts the connections that die under a handle over all of its transfers, and gives up at the fifth */
  if (code != CURLE_OK || t->has_worn)
    curl_easy_cleanup(t->easy);
  else
    pool_return_handle(pool, t->easy);
  t->easy = NULL;
  pool_unlink_ended(t);
} /* transfer_end() */

unsigned long long cbr_transfer_serial(const cbr_transfer *transfer) {
  return transfer->serial;
}

bool cbr_transfer_is_done(const cbr_transfer *transfer) {
  return transfer->place != TRANSFER_STARTED;
}

cbr_response cbr_transfer_response(const cbr_transfer *transfer) {
  return transfer->answer;
}

void cbr_transfer_cancel(cbr_transfer *t) {
  if (t->place == TRANSFER_STARTED) pool_own(t->pool);
  if (t->place == TRANSFER_ENDED) pool_unlink(t); /* nobody asks for it any more */
  if (t->place != TRANSFER_STARTED) return;
  cbr_pipe_guard guard = cbr_pipe_hold();
  t->answer.result = CBR_RESULT_CANCELLED;
  t->answer.reason = "cancelled";
  if (t->written) t->answer.reach = t->head_size > 0 ? CBR_REACH_ANSWERED : CBR_REACH_SENT;
  curl_multi_remove_handle(t->pool->multi, t->easy);
  curl_easy_cleanup(t->easy);
  t->easy = NULL;
  pool_unlink(t);
  cbr_pipe_release(&guard);
}

void cbr_transfer_free(cbr_transfer *t) {
  if (t == NULL) return;
  cbr_transfer_cancel(t);
  if (t->easy != NULL) curl_easy_cleanup(t->easy); /* one whose start failed */
  cbr_buffer_free(&t->url);
  cbr_buffer_free(&t->method);
  cbr_buffer_free(&t->lines);
  cbr_buffer_free(&t->request_body);
  cbr_buffer_free(&t->body);
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    cbr_buffer_free(&t->headers[i]);
  free(t->list);
  cbr_wipe(t->reason, sizeof t->reason);
  free(t);
}

/* }====================================================== */
