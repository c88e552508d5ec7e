/*
** transfer.c - see transfer.h and transport.h
*/

#include "linux.h"

#include "transfer.h"

#include "clock.h"
#include "curl_setup.h"

#include <stdlib.h> /* calloc free */
#include <string.h> /* memchr memcmp memset strlen strncmp strstr */

#define NAME(text)                                                                                                     \
  { "" text, sizeof text - 1 }
const cbr_slice cbr_header_names[CBR_HEADER_COUNT] = {
    NAME("x-request-id"),
    NAME("retry-after"),
    NAME("date"),
    NAME("x-subject-token"),
    NAME("content-type"),
    NAME("x-iam-trace-id"),
    NAME("location"),
    NAME("x-apig-ratelimit-api"),
    NAME("x-apig-ratelimit-user"),
    NAME("x-apig-ratelimit-app"),
    NAME("x-apig-ratelimit-ip"),
    NAME("x-apig-ratelimit-api-allenv"),
};
#undef NAME

/* CURLOPT_QUICK_EXIT, which the headers know from 7.87 on; see also cbr_curl_multi. */
#define QUICK_EXIT ((CURLoption)(CURLOPTTYPE_LONG + 322))

#define TOO_LARGE 100 /* CURLE_TOO_LARGE, which the headers define from 8.6 on */

#define ENCODING "identity" /* asks for a response that is not compressed */

const char cbr_no_descriptor_left[] = "this process has no descriptor left";

/* {======= callbacks ======= */

/* libcurl calls this function each time before libcurl writes the request. */
int cbr_transfer_before_request(void *data, char *remote, char *local, int remote_port, int local_port) {
  cbr_transfer *t = data;
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  if (t->written && !t->repeatable) return CURL_PREREQFUNC_ABORT;
  if (t->written) t->connection_died = true;
  t->written = true;
  return CURL_PREREQFUNC_OK;
}

size_t cbr_transfer_receive_body(char *data, size_t one, size_t size, void *user) {
  cbr_transfer *t = user;
  (void)one;
  if (size > t->max_body - t->body.size) {
    t->over_limit = "the response body is larger than max_response allows";
    return 0;
  }
  if (!cbr_buffer_add(&t->body, data, size)) {
    t->no_memory = true;
    cbr_buffer_free(&t->body); /* the report of the failure needs this memory */
    return 0;
  }
  return size;
}

/* Whether a line is "HTTP/1.0 " or "HTTP/1.1 ", followed by a status of three digits (RFC 9112 section 4). libcurl 8
** also accepts other versions that begin with "HTTP/", and reads each status after such a version as 200. */
static bool is_status_line(const char *line, size_t size) {
  static const char form[] = "HTTP/1.v 000";
  if (size < sizeof form) return false;
  for (size_t i = 0; i < sizeof form - 1; i++) {
    bool matches = form[i] == '0'   ? line[i] >= '0' && line[i] <= '9'
                   : form[i] == 'v' ? line[i] == '0' || line[i] == '1'
                                    : line[i] == form[i];
    if (!matches) return false;
  }
  char next = line[sizeof form - 1];
  return next == ' ' || next == '\r' || next == '\n';
}

/* Whether the head that just ended belongs to the final response, not to an interim response (1xx). */
static bool is_final(const cbr_transfer *t) {
  long status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200;
}

/* Keeps a field value. A CR, LF or NUL in the value becomes a space (RFC 9110
** section 5.5). */
static bool keep_value(cbr_transfer *t, size_t header, cbr_slice value) {
  size_t from = t->header_values.size;
  if (!cbr_buffer_add_slice(&t->header_values, value)) return false;
  for (char *c = t->header_values.data + from; c < t->header_values.data + t->header_values.size; c++)
    if (*c == '\r' || *c == '\n' || *c == '\0') *c = ' ';
  t->headers[header] = (cbr_header_place){.is_present = true, .from = from, .size = value.size};
  return true;
}

static void forget_headers(cbr_transfer *t) {
  memset(t->headers, 0, sizeof t->headers);
}

/* libcurl calls this with each line of a head, and of the trailer after a chunked body. */
size_t cbr_transfer_receive_header(char *data, size_t one, size_t size, void *user) {
  cbr_transfer *t = user;
  (void)one;
  if (size > t->max_head - t->head_size) {
    t->over_limit = "the response headers are larger than max_head allows";
    return 0;
  }
  t->head_size += size;
  if (t->head_is_complete) return size;             /* a field of the trailer is not a header */
  if (size >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* another head follows an interim head */
    t->has_status_line = is_status_line(data, size);
    forget_headers(t);
    return size;
  }
  if (size > 0 && (data[0] == '\r' || data[0] == '\n')) t->head_is_complete = is_final(t);
  const char *colon = memchr(data, ':', size);
  if (colon == NULL) return size;
  cbr_slice name = {data, (size_t)(colon - data)};
  cbr_slice value = {colon + 1, size - name.size - 1};
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++)
    if (cbr_slice_same_name(name, cbr_header_names[i]) && !keep_value(t, i, value)) {
      t->no_memory = true;
      return 0;
    }
  return size;
}

/* }====================================================== */

/* {======= request ======= */

static void add_line(cbr_buffer *lines, cbr_slice name, cbr_slice value) {
  cbr_buffer_add_slice(lines, name);
  if (value.size == 0) {
    cbr_buffer_add_char(lines, ';'); /* libcurl's form of a header with an empty value */
  } else {
    cbr_buffer_add_text(lines, ": ");
    cbr_buffer_add_slice(lines, value);
  }
  cbr_buffer_add_char(lines, '\0');
}

/* Adds the headers that libcurl would otherwise write by itself, and returns how many. libcurl formats each header of
** its own twice, which takes longer than a header from the list. With CURLOPT_USERAGENT, libcurl would also send the
** agent to a proxy. */
static size_t add_other_lines(cbr_transfer *t, const cbr_request *request, const cbr_pool_options *o) {
  cbr_buffer *lines = &t->header_lines;
  bool has_type = false, has_encoding = false, has_agent = o->user_agent == NULL;
  size_t count = 0;
  for (size_t i = 0; i < request->header_count; i++) {
    cbr_slice name = request->headers[i].name;
    has_type |= cbr_slice_same_name(name, cbr_slice_of("content-type"));
    has_encoding |= cbr_slice_same_name(name, cbr_slice_of("accept-encoding"));
    has_agent |= cbr_slice_same_name(name, cbr_slice_of("user-agent"));
  }
  if (!has_agent) {
    add_line(lines, cbr_slice_of("User-Agent"), cbr_slice_of(o->user_agent));
    count++;
  }
  if (!has_encoding) {
    add_line(lines, cbr_slice_of("Accept-Encoding"), cbr_slice_of(ENCODING));
    count++;
  }
  if (request->has_body) {
    cbr_buffer_add(lines, "Expect:", sizeof "Expect:"); /* libcurl must not wait for 100 Continue */
    count++;
  }
  if (request->has_body && !has_type) {
    cbr_buffer_add(lines, "Content-Type:", sizeof "Content-Type:"); /* removes the header that libcurl adds to a POST */
    count++;
  }
  return count;
}

/* Writes libcurl's list of headers. All lines are in one buffer, which can be wiped. */
static bool write_header_lines(cbr_transfer *t, const cbr_request *request, const cbr_pool_options *options) {
  cbr_buffer *lines = &t->header_lines;
  for (size_t i = 0; i < request->header_count; i++)
    add_line(lines, request->headers[i].name, cbr_slice_trim(request->headers[i].value));
  size_t count = request->header_count + add_other_lines(t, request, options);
  if (count == 0) return !lines->failed;
  t->header_list = calloc(count, sizeof *t->header_list);
  if (lines->failed || t->header_list == NULL) return false;
  char *line = lines->data;
  for (size_t i = 0; i < count; i++) {
    t->header_list[i].data = line;
    t->header_list[i].next = i + 1 < count ? &t->header_list[i + 1] : NULL;
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

bool cbr_transfer_fill(cbr_transfer *t, const cbr_request *request, const cbr_pool_options *options) {
  t->repeatable = request->repeatable;
  cbr_buffer_add_slice(&t->method, request->method);
  return cbr_buffer_text(&t->method) != NULL && cbr_buffer_add_slice(&t->request_body, request->body) &&
         write_url(t, request) && write_header_lines(t, request, options);
}

CURLcode cbr_transfer_configure(CURL *easy, const cbr_pool_options *o) {
  CURLcode code = CURLE_OK;
#if LIBCURL_VERSION_NUM >= 0x075500
  CBR_SET_OPTION(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  CBR_SET_OPTION(code, easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  CBR_SET_OPTION(code, easy, CURLOPT_NOSIGNAL, 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  (void)curl_easy_setopt(easy, QUICK_EXIT, 1L);       /* do not wait for a resolver that hangs */
  CBR_SET_OPTION(code, easy, CURLOPT_PATH_AS_IS, 1L); /* '/a/../b' must be sent as it was signed */
  CBR_SET_OPTION(code, easy, CURLOPT_FOLLOWLOCATION, 0L);
  /* Asks for a body that is not compressed, and lets libcurl decode a body that is compressed nevertheless. */
  CBR_SET_OPTION(code, easy, CURLOPT_ACCEPT_ENCODING, ENCODING);
  CBR_SET_OPTION(code, easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* leaves out the headers of a proxy */
  CBR_SET_OPTION(code, easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  CBR_SET_OPTION(code, easy, CURLOPT_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (code == CURLE_OK) code = cbr_curl_trust(easy, o->ca_file, o->ca_path);
  CBR_SET_OPTION(code, easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  CBR_SET_OPTION(code, easy, CURLOPT_PROXY_SSL_VERIFYPEER, o->accept_any_certificate ? 0L : 1L);
  CBR_SET_OPTION(code, easy, CURLOPT_PROXY_SSL_VERIFYHOST, o->accept_any_certificate ? 0L : 2L);
  if (o->proxy != NULL) CBR_SET_OPTION(code, easy, CURLOPT_PROXY, o->proxy);
  if (o->no_proxy != NULL) CBR_SET_OPTION(code, easy, CURLOPT_NOPROXY, o->no_proxy);
  CBR_SET_OPTION(code, easy, CURLOPT_PREREQFUNCTION, cbr_transfer_before_request);
  CBR_SET_OPTION(code, easy, CURLOPT_WRITEFUNCTION, cbr_transfer_receive_body);
  CBR_SET_OPTION(code, easy, CURLOPT_HEADERFUNCTION, cbr_transfer_receive_header);
  return code;
}

/* The proxy depends on the scheme. The handle may have used the proxy of the other scheme before. */
static CURLcode choose_proxy(CURL *easy, cbr_slice origin, const cbr_pool_options *o) {
  if (o->plain_proxy == NULL) return CURLE_OK;
  bool is_plain = origin.size > 4 && cbr_slice_same_name((cbr_slice){origin.data, 5}, cbr_slice_of("http:"));
  return curl_easy_setopt(easy, CURLOPT_PROXY, is_plain ? o->plain_proxy : o->proxy);
}

/*
** The size of the buffer through which libcurl sends over TLS. The buffer is allocated for each transfer in flight, and
** wiped afterwards (curl_setup.c). The smallest size is 16 KiB, libcurl's default is 64 KiB. libcurl 7.88 never
** finishes sending a head that takes more than two buffers, so only requests that fit into the small buffer get it.
*/
static long send_buffer(const cbr_transfer *t) {
  const long least = 16384, most = 65536;
  size_t about = t->url.size + t->header_lines.size + t->request_body.size;
  return about < (size_t)least ? least : most;
}

CURLcode cbr_transfer_prepare(cbr_transfer *t, const cbr_request *request, const cbr_pool_options *options) {
  CURL *easy = t->easy;
  CURLcode code = choose_proxy(easy, request->origin, options);
  CBR_SET_OPTION(code, easy, CURLOPT_URL, t->url.data);
  CBR_SET_OPTION(code, easy, CURLOPT_HTTPHEADER, t->header_list);
  CBR_SET_OPTION(code, easy, CURLOPT_UPLOAD_BUFFERSIZE, send_buffer(t));
  if (request->has_body) {
    CBR_SET_OPTION(code, easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request_body.size);
    CBR_SET_OPTION(code, easy, CURLOPT_POSTFIELDS, cbr_buffer_slice(&t->request_body).data);
  }
  if (cbr_slice_same_name(request->method, cbr_slice_of("HEAD")))
    CBR_SET_OPTION(code, easy, CURLOPT_NOBODY, 1L);
  else if (request->has_body ||
           !cbr_slice_same_name(request->method, cbr_slice_of("GET"))) /* GET is libcurl's default */
    CBR_SET_OPTION(code, easy, CURLOPT_CUSTOMREQUEST, t->method.data);
  CBR_SET_OPTION(code, easy, CURLOPT_CONNECTTIMEOUT_MS, (long)cbr_clock_milliseconds(request->connect_timeout));
  CBR_SET_OPTION(code, easy, CURLOPT_PREREQDATA, t);
  CBR_SET_OPTION(code, easy, CURLOPT_WRITEDATA, t);
  CBR_SET_OPTION(code, easy, CURLOPT_HEADERDATA, t);
  CBR_SET_OPTION(code, easy, CURLOPT_ERRORBUFFER, t->reason);
  CBR_SET_OPTION(code, easy, CURLOPT_PRIVATE, t);
  return code;
}

/* }====================================================== */

/* {======= response ======= */

/* libcurl has the same code for several failures, so the next functions read libcurl's message. They read only parts of
** messages that contain nothing from outside, such as a host name. */

/* Whether the peer closed the connection during the handshake, which says nothing about trust. CURLINFO_OS_ERRNO is
** not used, because it may be about an address that was tried before. */
static bool handshake_was_cut(const cbr_transfer *t) {
  static const char *const beginnings[] = {
      "Recv failure: ", /* an error of the system, with any TLS library */
      "Send failure: ",
      "OpenSSL SSL_connect: SSL_ERROR_SYSCALL",                         /* libcurl 7 */
      "TLS connect error: error:0A000126:",                             /* libcurl 8, OpenSSL 3 */
      "gnutls_handshake() failed: The TLS connection was non-properly", /* libcurl 7 */
      "GnuTLS, handshake failed: The TLS connection was non-properly",  /* libcurl 8 */
  };
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (strncmp(t->reason, beginnings[i], strlen(beginnings[i])) == 0) return true;
  return false;
}

/* The meaning of CURLE_SSL_CONNECT_ERROR. If the request was written, the handshake was that of a second connection,
** while libcurl's message is about the first connection, which broke. */
static bool is_failed_connection(const cbr_transfer *t) {
  return t->written || handshake_was_cut(t);
}

/* The meaning of CURLE_RECV_ERROR: the connection broke, unless libcurl's message is about the received data. */
static cbr_result receive_verdict(const cbr_transfer *t) {
  if (strncmp(t->reason, "Too large response headers", 26) == 0)
    return CBR_RESULT_TOO_LARGE; /* over 300 KiB, libcurl's limit */
  bool is_malformed = t->head_is_complete && strstr(t->reason, "chunk") != NULL;
  return is_malformed ? CBR_RESULT_PROTOCOL : CBR_RESULT_CONNECT;
}

/* The meaning of CURLE_OUT_OF_MEMORY: libcurl before 8.6 also has this code for too long a header line. */
static cbr_result memory_verdict(const cbr_transfer *t) {
  bool is_line = curl_version_info(CURLVERSION_NOW)->version_num < 0x080600 && t->written && !t->head_is_complete;
  return is_line ? CBR_RESULT_TOO_LARGE : CBR_RESULT_NO_MEMORY;
}

/* Whether a proxy rejected the credentials. libcurl reports this in a different way for each kind of proxy. For a plain
** http request, the response is the proxy's own. */
static bool is_proxy_rejection(const cbr_transfer *t, CURLcode code, long status) {
  if (status == 407 && t->head_is_complete && t->has_status_line) return true;
  if (t->written || code == CURLE_OK) return false;
  long reason = CURLPX_OK, connect_status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_PROXY_ERROR, &reason);
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  return connect_status == 401 || connect_status == 407 ||
         (code == CURLE_PROXY && (reason == CURLPX_NO_AUTH || reason == CURLPX_USER_REJECTED));
}

/* The meaning of libcurl's code. See result_of for a connection that broke. */
static cbr_result verdict(const cbr_transfer *t, CURLcode code, long status) {
  if (t->over_limit != NULL) return CBR_RESULT_TOO_LARGE;
  if (t->no_memory) return CBR_RESULT_NO_MEMORY;
  if (t->no_descriptor) return CBR_RESULT_NO_DESCRIPTOR;
  if (is_proxy_rejection(t, code, status)) return CBR_RESULT_PROXY;
  if ((int)code == TOO_LARGE) return CBR_RESULT_TOO_LARGE;
  switch (code) {
  case CURLE_OK:
    if (t->head_is_complete) return CBR_RESULT_OK;
    return status >= 100 && status < 200 ? CBR_RESULT_PROTOCOL : CBR_RESULT_NETWORK;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_PROXY:
  case CURLE_INTERFACE_FAILED: return CBR_RESULT_CONNECT;
  case CURLE_SSL_CONNECT_ERROR: return is_failed_connection(t) ? CBR_RESULT_CONNECT : CBR_RESULT_TLS;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_USE_SSL_FAILED: return CBR_RESULT_TLS;
  case CURLE_OPERATION_TIMEDOUT: return CBR_RESULT_TIMEOUT;
  case CURLE_RECV_ERROR: return receive_verdict(t);
  case CURLE_OUT_OF_MEMORY: return memory_verdict(t);
  case CURLE_URL_MALFORMAT: return CBR_RESULT_BAD_URL;
  case CURLE_UNSUPPORTED_PROTOCOL: /* if the request was written, the response was HTTP/0.9 */
    return t->written ? CBR_RESULT_PROTOCOL : CBR_RESULT_BAD_URL;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_FUNCTION_ARGUMENT: /* the first header line begins with a space */
  case CURLE_HTTP2: return CBR_RESULT_PROTOCOL;
  case CURLE_WRITE_ERROR: /* a decoder failed: the failures of cbr_transfer_receive_body are handled above */
  case CURLE_BAD_CONTENT_ENCODING:
    /* A response with an error status is useful even without its body. */
    return t->head_is_complete && status >= 300 ? CBR_RESULT_OK : CBR_RESULT_PROTOCOL;
  default: return CBR_RESULT_CONNECT; /* also if a proxy closes the connection before anything is written */
  }
}

/* The result of a transfer. libcurl may report that it could not connect although the request was written: then the
** connection broke, and libcurl failed to open a new one. This is not CBR_RESULT_CONNECT, because the request may have
** arrived. */
static cbr_result result_of(const cbr_transfer *t, CURLcode code, long status) {
  cbr_result result = verdict(t, code, status);
  return result == CBR_RESULT_CONNECT && t->written ? CBR_RESULT_NETWORK : result;
}

static cbr_reach reach_of(const cbr_transfer *t) {
  if (!t->written) return CBR_REACH_NOT_SENT;
  return t->head_size > 0 ? CBR_REACH_RESPONDED : CBR_REACH_SENT;
}

static const char *reason_of(const cbr_transfer *t, CURLcode code) {
  const cbr_response *response = &t->response;
  if (t->over_limit != NULL) return t->over_limit;
  if (response->result == CBR_RESULT_NO_DESCRIPTOR) return cbr_no_descriptor_left;
  if (response->result == CBR_RESULT_PROXY) return "the proxy requires credentials, or rejected those given";
  if (response->status == 0 && code == CURLE_OK)
    return t->has_status_line ? "the response has no final status" : "the response is not HTTP/1.0 or HTTP/1.1";
  if (response->result == CBR_RESULT_TOO_LARGE && code != CURLE_RECV_ERROR)
    return "a response header line is larger than libcurl allows, or memory ran out";
  if (response->result == CBR_RESULT_NO_MEMORY) return "not enough memory";
  if (code == CURLE_OK && response->result != CBR_RESULT_OK)
    return "the connection was closed before the response headers were complete";
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return "the connection was closed before a response arrived, and the request is not sent a second time";
  /* libcurl's message may be about an earlier connection, which broke. */
  if (response->result == CBR_RESULT_TLS && t->written) return curl_easy_strerror(code);
  return t->reason[0] != '\0' ? t->reason : curl_easy_strerror(code);
}

static void read_figures(cbr_transfer *t) {
  curl_off_t microseconds = 0;
  long request_size = 0, connects = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->response.status);
  curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &request_size);
  curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
  t->response.seconds = (double)microseconds / 1e6;
  t->response.sent = (size_t)request_size;
  t->response.reused = t->written && connects == 0;
}

void cbr_transfer_read_response(cbr_transfer *t, cbr_ending ending, CURLcode code) {
  cbr_response *response = &t->response;
  response->reach = reach_of(t);
  if (ending == CBR_ENDED_BY_CANCEL) {
    response->result = CBR_RESULT_CANCELLED;
    response->reason = "cancelled";
    return;
  }
  if (ending == CBR_ENDED_BY_FORK) {
    response->result = CBR_RESULT_FORKED;
    response->reason = "the parent process started this request before a fork";
    response->reach = CBR_REACH_SENT; /* the parent may send the request at any time */
    return;
  }
  read_figures(t);
  response->result = result_of(t, code, response->status);
  if (response->status < 200 || response->status > 999 || !t->has_status_line) {
    response->status = 0;
    forget_headers(t);
    if (response->result == CBR_RESULT_OK)
      response->result = CBR_RESULT_PROTOCOL; /* status 101, although the request had no Upgrade */
  }
  response->reason = reason_of(t, code);
  if (response->result == CBR_RESULT_OK && code != CURLE_OK) t->body.size = 0; /* the decoder failed */
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++) {
    cbr_header_place place = t->headers[i];
    if (place.is_present)
      response->headers[i] = cbr_slice_trim((cbr_slice){t->header_values.data + place.from, place.size});
  }
  response->body = cbr_buffer_slice(&t->body);
}

unsigned long long cbr_transfer_serial(const cbr_transfer *transfer) {
  return transfer->serial;
}

bool cbr_transfer_is_done(const cbr_transfer *transfer) {
  return transfer->list != CBR_LIST_STARTED;
}

cbr_response cbr_transfer_response(const cbr_transfer *transfer) {
  return transfer->response;
}

/* }====================================================== */

void cbr_transfer_wipe(cbr_transfer *t) {
  cbr_buffer_free(&t->url);
  cbr_buffer_free(&t->method);
  cbr_buffer_free(&t->header_lines);
  cbr_buffer_free(&t->request_body);
  cbr_buffer_free(&t->body);
  cbr_buffer_free(&t->header_values);
  free(t->header_list);
  t->header_list = NULL;
  cbr_wipe(t->reason, sizeof t->reason);
}
