/*
** signer.c - fuzz target: signatures, compared with a second implementation.
**
** Promise: for any request and keys, cbr_signed_request_make makes the same bytes
** as the model at each stage, and rejects what the model rejects, for a reason
** that the model finds as well. The request to send is complete.
*/

#include "input.h"
#include "model.h"
#include "signed_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PAIRS 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static text text_of(cbr_slice s) {
  return (text){(const unsigned char *)s.data, s.size};
}

static bool same(cbr_slice ours, const grown *theirs) {
  return ours.size == theirs->length && (ours.size == 0 || memcmp(ours.data, theirs->at, ours.size) == 0);
}

static cbr_slice one_of(input *in, const char *const *list, unsigned count) {
  unsigned choice = input_choice(in, count + 1);
  return choice < count ? cbr_slice_of(list[choice]) : input_text(in);
}

#define ONE_OF(in, ...)                                                                                                \
  one_of((in), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Reads everything except the headers that cbr_signed_request_make adds. */
static void read_request(input *in, cbr_signed_request *o) {
  o->method = ONE_OF(in, "GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "get", "");
  o->host = ONE_OF(in, "cbr.eu-de.otc.t-systems.com", "127.0.0.1:8080", "");
  o->path = input_text(in);
  o->query_count = input_choice(in, MAX_PAIRS);
  for (size_t i = 0; i < o->query_count; i++)
    o->query[i] = (cbr_pair){input_text(in), input_text(in)};
  o->header_count = input_choice(in, MAX_PAIRS);
  for (size_t i = 0; i < o->header_count; i++)
    o->headers[i] = (cbr_pair){ONE_OF(in, "Content-Type", "x-sdk-content-sha256", "X-Sdk-Content-Sm3", "Accept", "X-A",
                                      "x-a", "x_a", "X-", "host", "X-SDK-DATE"),
                               ONE_OF(in, "UNSIGNED-PAYLOAD", "application/json", " \t a  b \t", "")};
  if (input_choice(in, 4) != 0) o->body = input_text(in);
}

static void read_keys(input *in, cbr_signed_request *o) {
  o->is_signed = input_choice(in, 16) != 0;
  o->keys.algorithm = ONE_OF(in, "SDK-HMAC-SHA256", "SDK-HMAC-SM3", "V11-HMAC-SHA256", "sdk-hmac-sha256", "");
  o->keys.access_key = input_text(in);
  o->keys.secret_key = input_text(in);
  o->keys.region = ONE_OF(in, "eu-de", "globe", "", "a/b");
  o->keys.service = ONE_OF(in, "cbr", "", "a\nb");
  o->date = ONE_OF(in, "20240102T030405Z", "20240102T030405", "2024-1-2T030405Z");
  unsigned extra = input_byte(in);
  if (extra & 1) o->project_id = input_text(in);
  if (extra & 2) o->domain_id = input_text(in);
  if (extra & 4) o->security_token = input_text(in);
}

/* Lists every header of the request to send, except Authorization. */
static size_t list_headers(const cbr_signed_request *o, field *all) {
  size_t count = 0;
  for (size_t i = 0; i < o->header_count; i++)
    all[count++] = (field){text_of(o->headers[i].name), text_of(o->headers[i].value)};
  all[count++] = (field){text_of(cbr_slice_of("Host")), text_of(o->host)};
  if (!o->is_signed) return count;
  all[count++] = (field){text_of(cbr_slice_of("X-Sdk-Date")), text_of(o->date)};
  if (o->project_id.data != NULL) all[count++] = (field){text_of(cbr_slice_of("X-Project-Id")), text_of(o->project_id)};
  if (o->domain_id.data != NULL) all[count++] = (field){text_of(cbr_slice_of("X-Domain-Id")), text_of(o->domain_id)};
  if (o->security_token.data != NULL)
    all[count++] = (field){text_of(cbr_slice_of("X-Security-Token")), text_of(o->security_token)};
  return count;
}

/* For each status for which the model finds a reason, one bit. */
static unsigned faults_of(const cbr_signed_request *o, const model_request *m, const field *all, size_t count) {
  unsigned faults = 0;
  if (!model_method_is_good(m->method)) faults |= 1u << CBR_SIGNER_BAD_METHOD;
  for (size_t i = 0; i < count; i++)
    if (!model_name_is_good(all[i].name) || !model_value_is_good(all[i].value)) faults |= 1u << CBR_SIGNER_BAD_HEADER;
  if (!o->is_signed) return faults;
  if (m->algorithm == NULL) faults |= 1u << CBR_SIGNER_BAD_ALGORITHM;
  if (!model_date_is_good(m->date)) faults |= 1u << CBR_SIGNER_BAD_DATE;
  if (!model_value_is_good(m->access_key)) faults |= 1u << CBR_SIGNER_BAD_HEADER;
  if (m->has_scope && (!model_scope_is_good(m->region) || !model_scope_is_good(m->service)))
    faults |= 1u << CBR_SIGNER_NO_SCOPE;
  for (size_t i = 0; i < m->header_count; i++)
    for (size_t k = 0; k < i; k++)
      if (model_names_are_same(m->headers[i].name, m->headers[k].name)) faults |= 1u << CBR_SIGNER_SAME_HEADER;
  return faults;
}

static void choose_algorithm(model_request *m, cbr_slice name) {
  static const struct {
    const char *name;
    model_hash hash;
    bool has_scope;
  } known[] = {{"SDK-HMAC-SHA256", MODEL_SHA256, false},
               {"SDK-HMAC-SM3", MODEL_SM3, false},
               {"V11-HMAC-SHA256", MODEL_SHA256, true}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (model_names_are_same(text_of(name), text_of(cbr_slice_of(known[i].name)))) {
      m->algorithm = known[i].name;
      m->hash = known[i].hash;
      m->has_scope = known[i].has_scope;
    }
}

/* Checks that the request to send is complete and has the bytes that were signed. */
static void check_request(const cbr_signed_request *o, const field *all, size_t count) {
  cbr_request request = cbr_signed_request_to_send(o, cbr_slice_of("http://origin"));
  PROMISE(request.header_count == count + (o->is_signed ? 1 : 0));
  for (size_t i = 0; i < count; i++) {
    bool found = false;
    for (size_t k = 0; k < request.header_count && !found; k++) {
      text name = text_of(request.headers[k].name), value = text_of(request.headers[k].value);
      found = name.length == all[i].name.length && value.at == all[i].value.at && value.length == all[i].value.length &&
              memcmp(name.at, all[i].name.at, name.length) == 0;
    }
    PROMISE(found);
  }
  PROMISE(request.url_path.data == o->url_path.data && request.url_path.size == o->url_path.size);
  PROMISE(request.body.data == o->body.data && request.body.size == o->body.size);
  PROMISE(!request.repeatable || request.method.data[0] == 'G' || request.method.data[0] == 'H');
}

static void compare(const cbr_signed_request *o, const model_request *m) {
  model_signature made;
  model_sign(m, &made);
  PROMISE(same(cbr_buffer_slice(&o->url_path), &made.url_path));
  PROMISE(same(cbr_buffer_slice(&o->query_string), &made.query_string));
  PROMISE(same(cbr_buffer_slice(&o->signer.canonical_request), &made.canonical));
  PROMISE(same(cbr_buffer_slice(&o->signer.signed_headers), &made.signed_headers));
  PROMISE(same(cbr_buffer_slice(&o->signer.string_to_sign), &made.to_sign));
  PROMISE(same(cbr_buffer_slice(&o->signer.signature), &made.signature));
  PROMISE(same(cbr_buffer_slice(&o->signer.authorization), &made.authorization));
  cbr_pair last = o->headers[o->header_count - 1];
  PROMISE(cbr_slice_same_name(last.name, cbr_slice_of("authorization")) && same(last.value, &made.authorization));
  model_free(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  cbr_pair query[MAX_PAIRS], headers[MAX_PAIRS + CBR_EXTRA_HEADERS];
  field model_query[MAX_PAIRS], all[MAX_PAIRS + CBR_EXTRA_HEADERS], covered[MAX_PAIRS + CBR_EXTRA_HEADERS];
  cbr_signed_request o = {.query = query, .headers = headers};
  cbr_coverage cover = input_choice(&in, 2) == 0 ? CBR_SIGN_EVERY_HEADER : CBR_SIGN_COVERED_HEADERS;
  read_keys(&in, &o);
  read_request(&in, &o);

  model_request m = {
      .method = text_of(o.method), .path = text_of(o.path), .body = text_of(o.body), .date = text_of(o.date)};
  choose_algorithm(&m, o.keys.algorithm);
  m.access_key = text_of(o.keys.access_key);
  m.secret_key = text_of(o.keys.secret_key);
  m.region = text_of(o.keys.region);
  m.service = text_of(o.keys.service);
  for (; m.query_count < o.query_count; m.query_count++)
    model_query[m.query_count] = (field){text_of(query[m.query_count].name), text_of(query[m.query_count].value)};
  m.query = model_query;
  size_t count = list_headers(&o, all);
  for (size_t i = 0; i < count; i++)
    if (cover == CBR_SIGN_EVERY_HEADER || model_name_is_signed(all[i].name)) covered[m.header_count++] = all[i];
  m.headers = covered;

  unsigned faults = faults_of(&o, &m, all, count);
  cbr_signer_status status = cbr_signed_request_make(&o, cover);
  PROMISE(status == CBR_SIGNER_OK ? faults == 0 : (faults >> status & 1) != 0);
  PROMISE(cbr_signer_reason(status)[0] != '\0');
  if (status == CBR_SIGNER_OK) {
    check_request(&o, all, count);
    if (o.is_signed) compare(&o, &m);
  }
  cbr_signed_request_free(&o);
  cbr_signed_request_free(&o); /* a second call must be harmless */
  return 0;
} /* LLVMFuzzerTestOneInput() */
