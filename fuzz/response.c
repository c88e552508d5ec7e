/*
** response.c - fuzz target: a server that may send anything, with the real libcurl
** and a loopback connection.
**
** Promises: every transfer ends, with a result and a reach that agree with what
** the server received and sent; no response exceeds the limits of the pool; the
** value of a header contains no line break; a POST reaches the server at most
** once; a well-formed response arrives as it was sent; afterwards the same pool
** still gets a response, and in the end no descriptor is left open.
**
** An input is a few choices and then a script for the server: the bytes to send
** and, after a byte 255, what to do (see 'enum op').
*/

#include "clock.h"
#include "input.h"
#include "listener.h"
#include "transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REQUESTS 4
#define MAX_BYTES 60000     /* the server sends at most this much in response to one request */
#define ROUNDS_TO_CLOSE 4   /* rounds until the server closes, even if the client waits for more of a response */
#define LONG_TIMEOUT 30.0   /* seconds; no transfer takes this long */
#define SHORT_TIMEOUT 0.005 /* seconds; for a script that keeps the connection open until the timeout */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum op {
  OP_MARK = 255,   /* before one of the next operations; two marks send one byte 255 */
  OP_PIECE = 'p',  /* let the client read what was sent */
  OP_NEXT = 'n',   /* end the response: the rest of the script is for the next request */
  OP_CLOSE = 'c',  /* close the connection */
  OP_RESET = 'r',  /* close the connection by a reset */
  OP_HOLD = 'h',   /* send no more, and keep the connection open */
  OP_CANCEL = 'x', /* let the client cancel the transfer */
  OP_SHUT = 'k'    /* let the client close the pool */
};                 /* a digit n: send the byte before the mark again, 2 to the power of n times */

static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

/* The fields that a well-formed response must have when it arrives. */
typedef struct expectation {
  bool is_set;
  long status;
  cbr_slice request_id; /* data is NULL if the header is absent */
  cbr_slice body;
  bool is_too_large;
  bool leaves_open;
} expectation;

typedef struct stage {
  listener *listener;
  cbr_slice script;
  size_t at;
  listener_peer *peer; /* the peer whose request gets its response now */
  size_t sent;         /* how many bytes the server has sent in response to the present request */
  unsigned rounds;     /* rounds since the present response ended; 0: the response has not ended */
  bool holds, cancels, shuts, is_patient;
} stage;

/* {======= the server ======= */

static bool at_end_of_part(const stage *s) {
  return s->at >= s->script.size || (s->at + 1 < s->script.size && (unsigned char)s->script.data[s->at] == OP_MARK &&
                                     s->script.data[s->at + 1] == OP_NEXT);
}

static void skip_part(stage *s) {
  while (!at_end_of_part(s))
    s->at += (unsigned char)s->script.data[s->at] == OP_MARK ? 2 : 1;
}

static void flush(stage *s, cbr_buffer *out) {
  s->sent += out->size;
  listener_send(s->peer, cbr_buffer_slice(out));
  out->size = 0;
}

/* Executes the script until it is the client's turn. */
static void play(stage *s) {
  cbr_buffer out = {0};
  while (!at_end_of_part(s) && s->peer->fd >= 0) {
    unsigned char c = (unsigned char)s->script.data[s->at++];
    unsigned char op = c == OP_MARK && s->at < s->script.size ? (unsigned char)s->script.data[s->at++] : OP_MARK;
    if (c != OP_MARK) {
      cbr_buffer_add_char(&out, (char)c);
    } else if (op >= '0' && op <= '9') {
      for (unsigned times = 1u << (op - '0'); times > 0 && out.size > 0 && s->sent + out.size < MAX_BYTES; times--)
        cbr_buffer_add_char(&out, out.data[out.size - 1]);
    } else if (op == OP_PIECE) {
      break;
    } else if (op == OP_CLOSE || op == OP_RESET) {
      flush(s, &out);
      listener_drop(s->peer, op == OP_RESET);
    } else if (op == OP_HOLD) {
      s->holds = true;
      skip_part(s);
    } else if (op == OP_CANCEL || op == OP_SHUT) {
      *(op == OP_CANCEL ? &s->cancels : &s->shuts) = true;
      break;
    } else {
      cbr_buffer_add_char(&out, (char)OP_MARK);
    }
  }
  flush(s, &out);
  cbr_buffer_free(&out);
}

/* Does what the server does in one round. */
static void serve(stage *s) {
  listener_take(s->listener);
  listener_peer *waiting = listener_waiting(s->listener);
  if (s->rounds > 0) { /* the present response has ended */
    s->rounds++;
    if (waiting != NULL) listener_drop(waiting, false); /* a repeated GET, for which there is no script */
    if (s->rounds > ROUNDS_TO_CLOSE && !s->holds && !s->is_patient) listener_drop(s->peer, false);
    return;
  }
  if (s->peer == NULL) {
    s->peer = waiting;
    if (s->peer == NULL) return;
    s->peer->responded++;
  }
  play(s);
  if (s->peer->fd < 0) skip_part(s);
  if (!at_end_of_part(s)) return;
  s->rounds = 1;
  if (s->at >= s->script.size && !s->holds && !s->is_patient) listener_drop(s->peer, false);
}

static void next_part(stage *s) {
  skip_part(s);
  if (s->at < s->script.size) s->at += 2; /* skip the mark and OP_NEXT */
  s->peer = NULL;
  s->sent = 0;
  s->rounds = 0;
  s->holds = s->cancels = s->shuts = false;
}

static bool holds_somewhere(cbr_slice script) {
  for (size_t i = 0; i + 1 < script.size; i++)
    if ((unsigned char)script.data[i] == OP_MARK && script.data[i + 1] == OP_HOLD) return true;
  return false;
}

/* }====================================================== */

/* {======= well-formed responses ======= */

static void add_literal(cbr_buffer *script, cbr_slice bytes, size_t piece) {
  if (piece > 0 && piece < bytes.size / 64) piece = bytes.size / 64;
  for (size_t i = 0; i < bytes.size; i++) {
    if (piece > 0 && i % piece == piece - 1) {
      cbr_buffer_add_char(script, (char)OP_MARK);
      cbr_buffer_add_char(script, OP_PIECE);
    }
    if ((unsigned char)bytes.data[i] == OP_MARK) cbr_buffer_add_char(script, (char)OP_MARK);
    cbr_buffer_add_char(script, bytes.data[i]);
  }
}

/* A field value of visible characters and spaces (RFC 9110 section 5.5). */
static void add_value(cbr_buffer *out, input *in) {
  cbr_slice from = input_bytes(in, input_choice(in, 40));
  for (size_t i = 0; i < from.size; i++)
    cbr_buffer_add_char(out, (char)(' ' + (unsigned char)from.data[i] % 95));
}

static void add_framed_body(cbr_buffer *out, cbr_slice body, unsigned framing, size_t chunk, bool has_trailer,
                            size_t *head) {
  char line[64];
  if (framing != 1) {
    cbr_buffer_add_slice(out, body);
    return;
  }
  for (size_t at = 0; at < body.size; at += chunk) {
    size_t size = body.size - at < chunk ? body.size - at : chunk;
    snprintf(line, sizeof line, chunk % 2 == 0 ? "%zx\r\n" : "%zX;note=\"1\"\r\n", size);
    cbr_buffer_add_text(out, line);
    cbr_buffer_add_slice(out, (cbr_slice){body.data + at, size});
    cbr_buffer_add_text(out, "\r\n");
  }
  cbr_buffer_add_text(out, "0\r\n");
  static const char trailer[] = "X-Request-Id: of the trailer\r\n";
  if (has_trailer && body.size > 0) {
    cbr_buffer_add_text(out, trailer);
    *head += sizeof trailer - 1;
  }
  cbr_buffer_add_text(out, "\r\n");
}

/* Writes a script for one well-formed response, and what must arrive into 'e'. 'store' holds the texts of 'e'. */
static void make_response(input *in, bool is_head, const cbr_pool_options *limits, cbr_buffer *script,
                          cbr_buffer store[2], expectation *e) {
  static const long codes[] = {200, 202, 204, 304, 400, 401, 404, 409, 429, 500, 503, 599};
  char line[64];
  cbr_buffer response = {0};
  *e = (expectation){.is_set = true, .status = codes[input_choice(in, sizeof codes / sizeof *codes)]};
  unsigned framing = input_choice(in, 3), about = input_byte(in);
  size_t piece = input_byte(in), chunk = 1u + input_byte(in);
  if ((about & 1) != 0) cbr_buffer_add_text(&response, "HTTP/1.1 100 Continue\r\nX-Request-Id: of the interim\r\n\r\n");
  bool is_old = (about & 2) != 0 && framing == 2;
  snprintf(line, sizeof line, "HTTP/1.%c %ld %s\r\n", is_old ? '0' : '1', e->status,
           (about & 4) != 0 ? "" : "Some words");
  cbr_buffer_add_text(&response, line);
  if ((about & 8) != 0) {
    add_value(&store[0], in);
    cbr_buffer_add_text(&response, (about & 16) != 0 ? "x-request-ID: \t" : "X-Request-Id:");
    cbr_buffer_add_slice(&response, cbr_buffer_slice(&store[0]));
    cbr_buffer_add_text(&response, (about & 32) != 0 ? " \t\r\n" : "\r\n");
    e->request_id = cbr_slice_trim(cbr_buffer_slice(&store[0]));
  }
  cbr_buffer_add_slice(&store[1], input_text(in));
  for (unsigned doublings = input_choice(in, 8); doublings > 0 && store[1].size > 0; doublings--) {
    cbr_buffer half = {0};
    cbr_buffer_add_slice(&half, cbr_buffer_slice(&store[1]));
    cbr_buffer_add_slice(&store[1], cbr_buffer_slice(&half));
    cbr_buffer_free(&half);
  }
  if (framing == 0) {
    snprintf(line, sizeof line, "Content-Length: %zu\r\n", store[1].size);
    cbr_buffer_add_text(&response, line);
  } else if (framing == 1) {
    cbr_buffer_add_text(&response, "Transfer-Encoding: chunked\r\n");
  }
  cbr_buffer_add_text(&response, "\r\n");
  size_t head = response.size;
  bool has_body = !is_head && e->status != 204 && e->status != 304;
  if (has_body) {
    e->body = cbr_buffer_slice(&store[1]);
    add_framed_body(&response, e->body, framing, chunk, (about & 64) != 0, &head);
  }
  e->is_too_large = e->body.size > limits->max_body || (limits->max_head > 0 && head > limits->max_head);
  e->leaves_open = framing != 2 || !(has_body || is_old);
  add_literal(script, cbr_buffer_slice(&response), piece);
  if (!e->leaves_open) {
    cbr_buffer_add_char(script, (char)OP_MARK);
    cbr_buffer_add_char(script, OP_CLOSE);
  }
  cbr_buffer_free(&response);
} /* make_response() */

static bool equal(cbr_slice a, cbr_slice b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void check_expected(const expectation *e, const cbr_response *a) {
  if (e->is_too_large) {
    PROMISE(a->result == CBR_RESULT_TOO_LARGE);
    return;
  }
  PROMISE(a->result == CBR_RESULT_OK);
  PROMISE(a->status == e->status);
  PROMISE(equal(a->body, e->body));
  PROMISE((a->headers[CBR_HEADER_REQUEST_ID].data == NULL) == (e->request_id.data == NULL));
  if (e->request_id.data != NULL) PROMISE(equal(a->headers[CBR_HEADER_REQUEST_ID], e->request_id));
}

/* }====================================================== */

/* {======= the client ======= */

static cbr_transfer *start(cbr_pool *pool, const listener *l, const char *method, unsigned number, double timeout) {
  char origin[64], path[16];
  snprintf(origin, sizeof origin, "http://127.0.0.1:%u", l->port);
  snprintf(path, sizeof path, "/r%u", number);
  cbr_pair headers[] = {{cbr_slice_of("Host"), cbr_slice_of("127.0.0.1")},
                        {cbr_slice_of("Authorization"), cbr_slice_of("s3cret")},
                        {cbr_slice_of("Content-Type"), cbr_slice_of("application/json")}};
  bool is_post = strcmp(method, "POST") == 0;
  cbr_request request = {
      .method = cbr_slice_of(method),
      .origin = cbr_slice_of(origin),
      .url_path = cbr_slice_of(path),
      .query_string = cbr_slice_of(""),
      .headers = headers,
      .header_count = 3,
      .body = cbr_slice_of(is_post ? "{\"replicate\":1}" : ""),
      .has_body = is_post,
      .repeatable = !is_post,
      .timeout = timeout,
      .connect_timeout = timeout,
  };
  cbr_transfer *t;
  PROMISE(cbr_pool_start(pool, &request, &t) == CBR_RESULT_OK && t != NULL);
  PROMISE(!cbr_transfer_is_done(t) && cbr_pool_in_flight(pool) == 1);
  return t;
}

static void check_response(const stage *s, const cbr_pool_options *limits, const char *method, unsigned number,
                           const cbr_response *a, bool may_time_out) {
  char line[64];
  snprintf(line, sizeof line, "%s /r%u HTTP/1.1\r\n", method, number);
  size_t heard = listener_count(s->listener, line);
  bool is_post = strcmp(method, "POST") == 0;
  if (is_post) PROMISE(heard <= 1);
  PROMISE(a->result == CBR_RESULT_OK || a->result == CBR_RESULT_NETWORK || a->result == CBR_RESULT_TOO_LARGE ||
          a->result == CBR_RESULT_PROTOCOL || (a->result == CBR_RESULT_PROXY && a->status == 407) ||
          (a->result == CBR_RESULT_CANCELLED && (s->cancels || s->shuts)) ||
          (a->result == CBR_RESULT_TIMEOUT && may_time_out));
  if (heard > 0) PROMISE(a->reach != CBR_REACH_NOT_SENT);
  if (a->reach == CBR_REACH_NOT_SENT) PROMISE(heard == 0 && a->sent == 0);
  PROMISE(a->reach <= CBR_REACH_RESPONDED);
  if (a->result == CBR_RESULT_OK) {
    PROMISE(a->reach == CBR_REACH_RESPONDED);
    PROMISE(a->status >= 200 && a->status <= 999);
  } else {
    PROMISE(a->reason != NULL && a->reason[0] != '\0' && strlen(a->reason) < 300);
    PROMISE(strstr(a->reason, "s3cret") == NULL);
  }
  PROMISE(a->status == 0 || (a->status >= 200 && a->status <= 999));
  PROMISE(a->body.size <= limits->max_body);
  if (strcmp(method, "HEAD") == 0) PROMISE(a->body.size == 0);
  size_t kept = 0;
  for (size_t i = 0; i < CBR_HEADER_COUNT; i++) {
    cbr_slice value = a->headers[i];
    if (value.data == NULL) continue;
    kept += value.size;
    for (size_t k = 0; k < value.size; k++)
      PROMISE(value.data[k] != '\0' && value.data[k] != '\r' && value.data[k] != '\n');
    PROMISE(equal(value, cbr_slice_trim(value)));
  }
  if (limits->max_head > 0) PROMISE(kept <= limits->max_head);
  PROMISE(a->seconds >= 0);
}

/* Steps until the transfer is done. False: the pool was closed. */
static bool run(stage *s, cbr_pool *pool, cbr_transfer *t, double timeout) {
  double began = cbr_clock_monotonic();
  for (unsigned idle = 0; !cbr_transfer_is_done(t); idle++) {
    cbr_pool_step(pool, idle < 20 ? 0 : 0.001);
    size_t sent = s->sent;
    serve(s);
    if (s->sent > sent) idle = 0;
    if (s->cancels) cbr_transfer_cancel(t);
    if (s->shuts) {
      cbr_pool_close(pool);
      PROMISE(cbr_transfer_is_done(t));
      return false;
    }
    PROMISE(cbr_clock_monotonic() - began < timeout + LONG_TIMEOUT);
  }
  return true;
}

/* Checks that a new request ends, whatever happened before. The request must end with a response, unless the server has
** sent bytes without a request, which libcurl then reads as this response. */
static void check_pool(stage *s, cbr_pool *pool, const cbr_pool_options *limits, bool is_clean) {
  cbr_transfer *t = start(pool, s->listener, "GET", 9, is_clean ? LONG_TIMEOUT : SHORT_TIMEOUT);
  double began = cbr_clock_monotonic();
  for (unsigned round = 0; !cbr_transfer_is_done(t); round++) {
    cbr_pool_step(pool, round < 20 ? 0 : 0.001);
    listener_take(s->listener);
    listener_respond(s->listener, cbr_slice_of(good));
    PROMISE(cbr_clock_monotonic() - began < 2 * LONG_TIMEOUT);
  }
  cbr_response a = cbr_transfer_response(t);
  s->cancels = s->shuts = false;
  check_response(s, limits, "GET", 9, &a, !is_clean);
  bool is_small = limits->max_body < 4 || (limits->max_head > 0 && limits->max_head < sizeof good - 5);
  if (is_clean && is_small) PROMISE(a.result == CBR_RESULT_TOO_LARGE);
  if (is_clean && !is_small)
    PROMISE(a.result == CBR_RESULT_OK && a.status == 200 && equal(a.body, cbr_slice_of("good")));
  cbr_transfer_free(t);
}

/* }====================================================== */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static listener l;
  if (l.fd == 0) listener_open(&l);
  static const char *const methods[] = {"GET", "POST", "HEAD", "POST"};
  static const size_t bodies[] = {65536, 1000, 64, 1, 0}, heads[] = {0, 4096, 300, 64, 16};
  input in = {data, size};
  unsigned mode = input_byte(&in), method_bits = input_byte(&in);
  cbr_pool_options limits = {
      .proxy = "",
      .max_body = bodies[input_choice(&in, 5)],
      .max_head = heads[input_choice(&in, 5)],
      .max_connections = (mode & 2) != 0 ? 1 : 0,
  };
  bool is_good = (mode & 1) != 0;
  stage s = {.listener = &l, .is_patient = is_good};
  int descriptor = listener_probe();
  cbr_pool *pool = cbr_pool_open(&limits);
  PROMISE(pool != NULL);

  if (!is_good) s.script = (cbr_slice){(const char *)in.data, in.size};
  double timeout = !is_good && holds_somewhere(s.script) ? SHORT_TIMEOUT : LONG_TIMEOUT;
  bool was_left_open = false;
  for (unsigned number = 0; number < MAX_REQUESTS && pool != NULL; number++) {
    const char *method = methods[method_bits >> number * 2 & 3];
    expectation e = {0};
    cbr_buffer script = {0}, store[2] = {{0}};
    if (is_good) {
      make_response(&in, strcmp(method, "HEAD") == 0, &limits, &script, store, &e);
      s.script = cbr_buffer_slice(&script);
      s.at = 0;
    }
    cbr_transfer *t = start(pool, &l, method, number, timeout);
    if (!run(&s, pool, t, timeout)) pool = NULL;
    listener_take(&l);
    cbr_response a = cbr_transfer_response(t);
    check_response(&s, &limits, method, number, &a, timeout < LONG_TIMEOUT);
    if (s.sent == 0 && number == 0) PROMISE(a.reach != CBR_REACH_RESPONDED);
    if (is_good) {
      check_expected(&e, &a);
      PROMISE(a.reused == was_left_open);
      was_left_open = e.leaves_open && !e.is_too_large;
    }
    cbr_transfer_free(t);
    next_part(&s);
    cbr_buffer_free(&script);
    cbr_buffer_free(&store[0]);
    cbr_buffer_free(&store[1]);
    if (is_good ? in.size == 0 : s.at >= s.script.size) break;
  }
  if (pool != NULL) check_pool(&s, pool, &limits, is_good);
  cbr_pool_close(pool);
  listener_reset(&l);
  PROMISE(listener_probe() == descriptor);
  return 0;
} /* LLVMFuzzerTestOneInput() */
