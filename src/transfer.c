/*
** transfer.c - one request and its answer; see transport.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sigset_t under -std=c11 */
#endif

#include "transport_private.h"

#include "process.h"
#include "sigpipe.h"

#include <stdlib.h> /* calloc free */
#include <string.h> /* memchr memcmp memset strlen strstr */

const char *const transport_header_names[TRANSPORT_HEADERS] = {
    "x-request-id", "retry-after", "date", "x-subject-token", "content-type", "x-iam-trace-id",
};

/* {======= what libcurl calls ======= */

/* Called each time that libcurl is about to write the request. */
int transfer_before_request(void *data, char *remote, char *local, int remote_port, int local_port) {
  transport_transfer *t = data;
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  if (t->written && !t->repeatable) return CURL_PREREQFUNC_ABORT;
  t->written = true;
  return CURL_PREREQFUNC_OK;
}

size_t transfer_receive_body(char *data, size_t one, size_t size, void *user) {
  transport_transfer *t = user;
  (void)one;
  if (size > t->max_body - t->body.size) {
    t->over_limit = "the answer's body is larger than allowed";
    return 0;
  }
  if (!buffer_add(&t->body, data, size)) {
    t->no_memory = true;
    return 0;
  }
  return size;
}

/* Called with one line of the head, or of the trailer behind a chunked body. */
size_t transfer_receive_header(char *data, size_t one, size_t size, void *user) {
  transport_transfer *t = user;
  (void)one;
  if (size > t->max_head - t->head_size) {
    t->over_limit = "the answer's headers are larger than allowed";
    return 0;
  }
  t->head_size += size;
  if (size >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* behind an interim head (1xx) comes another */
    for (size_t i = 0; i < TRANSPORT_HEADERS; i++)
      t->has_header[i] = false;
    return size;
  }
  const char *colon = memchr(data, ':', size);
  if (colon == NULL || t->body.size > 0) return size;
  slice name = {data, (size_t)(colon - data)};
  slice value = {colon + 1, size - name.size - 1};
  while (value.size > 0 && (value.data[value.size - 1] == '\n' || value.data[value.size - 1] == '\r'))
    value.size--;
  for (size_t i = 0; i < TRANSPORT_HEADERS; i++)
    if (slice_same_name(name, slice_of(transport_header_names[i]))) {
      t->headers[i].size = 0;
      t->has_header[i] = buffer_add_slice(&t->headers[i], slice_trim(value));
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
static bool write_header_lines(transport_transfer *t, const transport_request *request) {
  bool has_type = false;
  for (size_t i = 0; i < request->header_count; i++) {
    slice name = request->headers[i].name, value = slice_trim(request->headers[i].value);
    if (slice_same_name(name, slice_of("content-type"))) has_type = true;
    buffer_add_slice(&t->lines, name);
    if (value.size == 0) {
      buffer_add_char(&t->lines, ';'); /* libcurl's form for a header with an empty value */
    } else {
      buffer_add_text(&t->lines, ": ");
      buffer_add_slice(&t->lines, value);
    }
    buffer_add_char(&t->lines, '\0');
  }
  size_t count = request->header_count + 1;
  buffer_add(&t->lines, "Expect:", sizeof "Expect:"); /* no waiting for 100 Continue */
  if (!has_type) {
    buffer_add(&t->lines, "Content-Type:", sizeof "Content-Type:"); /* none of libcurl's own */
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

static bool write_url(transport_transfer *t, const transport_request *request) {
  buffer_add_slice(&t->url, request->origin);
  buffer_add_slice(&t->url, request->url_path);
  if (request->query_string.size > 0) {
    buffer_add_char(&t->url, '?');
    buffer_add_slice(&t->url, request->query_string);
  }
  return buffer_text(&t->url) != NULL;
}

static CURLcode prepare(transport_transfer *t, const transport_request *request) {
  CURL *easy = t->easy;
  CURLcode code = CURLE_OK;
  const char *method = buffer_text(&t->method);
  SET_OPTION(code, easy, CURLOPT_URL, t->url.data);
  SET_OPTION(code, easy, CURLOPT_HTTPHEADER, t->list);
  if (request->has_body) {
    SET_OPTION(code, easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request_body.size);
    SET_OPTION(code, easy, CURLOPT_POSTFIELDS, buffer_slice(&t->request_body).data);
  }
  if (slice_same_name(request->method, slice_of("HEAD")))
    SET_OPTION(code, easy, CURLOPT_NOBODY, 1L);
  else
    SET_OPTION(code, easy, CURLOPT_CUSTOMREQUEST, method);
  SET_OPTION(code, easy, CURLOPT_CONNECTTIMEOUT_MS, (long)process_milliseconds(request->connect_timeout));
  SET_OPTION(code, easy, CURLOPT_PREREQDATA, t);
  SET_OPTION(code, easy, CURLOPT_WRITEDATA, t);
  SET_OPTION(code, easy, CURLOPT_HEADERDATA, t);
  SET_OPTION(code, easy, CURLOPT_ERRORBUFFER, t->reason);
  SET_OPTION(code, easy, CURLOPT_PRIVATE, t);
  return code;
}

static transport_result start(transport_pool *pool, const transport_request *request, transport_transfer *t) {
  if (!pool_ready(pool)) return TRANSPORT_NO_MEMORY;
  t->repeatable = request->repeatable;
  t->deadline = process_monotonic() + request->timeout;
  t->max_head = pool->options.max_head;
  t->max_body = pool->options.max_body;
  buffer_add_slice(&t->method, request->method);
  if (!buffer_add_slice(&t->request_body, request->body) || !write_url(t, request) || !write_header_lines(t, request))
    return TRANSPORT_NO_MEMORY;
  t->easy = pool_take_handle(pool);
  if (t->easy == NULL) return TRANSPORT_NO_MEMORY;
  CURLcode code = prepare(t, request);
  if (code != CURLE_OK) return code == CURLE_OUT_OF_MEMORY ? TRANSPORT_NO_MEMORY : TRANSPORT_BAD_URL;
  pool_link(pool, t);
  return TRANSPORT_OK;
}

CURLMcode transfer_begin(transport_transfer *t) {
  curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)process_milliseconds(t->deadline - process_monotonic()));
  return curl_multi_add_handle(t->pool->multi, t->easy);
}

transport_result transport_start(transport_pool *pool, const transport_request *request,
                                 transport_transfer **transfer) {
  pool_own(pool);
  *transfer = NULL;
  transport_transfer *t = calloc(1, sizeof *t);
  if (t == NULL) return TRANSPORT_NO_MEMORY;
  pipe_guard guard = pipe_hold();
  transport_result result = start(pool, request, t);
  pipe_release(&guard);
  if (result == TRANSPORT_OK)
    *transfer = t;
  else
    transport_free(t);
  return result;
}

/* }====================================================== */

/* {======= end ======= */

/* A peer that hung up in the handshake is no question of trust. */
static bool handshake_was_cut(const transport_transfer *t) {
  long number = 0;
  curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
  return number != 0 || strstr(t->reason, "SYSCALL") != NULL;
}

static transport_result result_of(const transport_transfer *t, CURLcode code) {
  if (t->over_limit != NULL) return TRANSPORT_TOO_LARGE;
  if (t->no_memory) return TRANSPORT_NO_MEMORY;
  if (strstr(t->reason, "nsupported proxy") != NULL) return TRANSPORT_BAD_URL; /* libcurl has no code for it */
  switch (code) {
  case CURLE_OK: return TRANSPORT_OK;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_PROXY:
  case CURLE_INTERFACE_FAILED: return TRANSPORT_CONNECT;
  case CURLE_SSL_CONNECT_ERROR: return handshake_was_cut(t) ? TRANSPORT_CONNECT : TRANSPORT_TLS;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_USE_SSL_FAILED: return TRANSPORT_TLS;
  case CURLE_OPERATION_TIMEDOUT: return TRANSPORT_TIMEOUT;
  case CURLE_OUT_OF_MEMORY: /* also what libcurl says of a header line over its own limit */
    return t->head_size > 0 ? TRANSPORT_TOO_LARGE : TRANSPORT_NO_MEMORY;
  case CURLE_URL_MALFORMAT: return TRANSPORT_BAD_URL;
  case CURLE_UNSUPPORTED_PROTOCOL: return t->written ? TRANSPORT_PROTOCOL : TRANSPORT_BAD_URL; /* HTTP/0.9 */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_HTTP2:
  case CURLE_BAD_CONTENT_ENCODING: return TRANSPORT_PROTOCOL;
  default: return t->written ? TRANSPORT_NETWORK : TRANSPORT_CONNECT; /* a proxy may break off before */
  }
}

/* Takes the transfer out of the pool, with what it brought. */
void transfer_end(transport_transfer *t, CURLcode code) {
  transport_pool *pool = t->pool;
  transport_answer *answer = &t->answer;
  curl_off_t microseconds = 0;
  long request_size = 0, connects = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answer->status);
  curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &request_size);
  curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
  answer->seconds = (double)microseconds / 1e6;
  answer->sent = (size_t)request_size;
  answer->reused = t->written && connects == 0;
  answer->result = result_of(t, code);
  if (t->written) answer->reach = t->head_size > 0 ? TRANSPORT_ANSWERED : TRANSPORT_SENT;
  if (answer->status < 200) { /* of an interim answer (1xx) nothing is told */
    answer->status = 0;
    memset(t->has_header, 0, sizeof t->has_header);
  }
  if (t->over_limit != NULL)
    answer->reason = t->over_limit;
  else if (answer->result == TRANSPORT_TOO_LARGE)
    answer->reason = "a header line of the answer is larger than allowed";
  else if (code == CURLE_ABORTED_BY_CALLBACK)
    answer->reason = "the connection was closed before an answer came, and the request is not sent a second time";
  else
    answer->reason = t->reason[0] != '\0' ? t->reason : curl_easy_strerror(code);
  for (size_t i = 0; i < TRANSPORT_HEADERS; i++)
    answer->headers[i] = t->has_header[i] ? buffer_slice(&t->headers[i]) : (slice){NULL, 0};
  answer->body = buffer_slice(&t->body);

  curl_multi_remove_handle(pool->multi, t->easy);
  pool_return_handle(pool, t->easy);
  t->easy = NULL;
  pool_unlink_ended(t);
} /* transfer_end() */

unsigned long long transport_serial(const transport_transfer *transfer) {
  return transfer->serial;
}

bool transport_is_done(const transport_transfer *transfer) {
  return transfer->place != TRANSFER_STARTED;
}

transport_answer transport_finish(const transport_transfer *transfer) {
  return transfer->answer;
}

void transport_cancel(transport_transfer *t) {
  if (t->place == TRANSFER_STARTED) pool_own(t->pool);
  if (t->place == TRANSFER_ENDED) pool_unlink(t); /* nobody asks for it any more */
  if (t->place != TRANSFER_STARTED) return;
  pipe_guard guard = pipe_hold();
  t->answer.result = TRANSPORT_CANCELLED;
  t->answer.reason = "cancelled";
  if (t->written) t->answer.reach = t->head_size > 0 ? TRANSPORT_ANSWERED : TRANSPORT_SENT;
  curl_multi_remove_handle(t->pool->multi, t->easy);
  curl_easy_cleanup(t->easy);
  t->easy = NULL;
  pool_unlink(t);
  pipe_release(&guard);
}

void transport_free(transport_transfer *t) {
  if (t == NULL) return;
  transport_cancel(t);
  if (t->easy != NULL) curl_easy_cleanup(t->easy); /* one whose start failed */
  buffer_free(&t->url);
  buffer_free(&t->method);
  buffer_free(&t->lines);
  buffer_free(&t->request_body);
  buffer_free(&t->body);
  for (size_t i = 0; i < TRANSPORT_HEADERS; i++)
    buffer_free(&t->headers[i]);
  free(t->list);
  wipe(t->reason, sizeof t->reason);
  free(t);
}

/* }====================================================== */
