/*
** signed_request.c - see signed_request.h
*/

#include "signed_request.h"

#include <string.h> /* memcmp strchr */

static void add_header(cbr_signed_request *r, const char *name, cbr_slice value) {
  if (value.data != NULL) r->headers[r->header_count++] = (cbr_pair){cbr_slice_of(name), value};
}

static bool method_is_valid(cbr_slice method) {
  for (size_t i = 0; i < method.size; i++)
    if (method.data[i] < 'A' || method.data[i] > 'Z') return false;
  return method.size > 0;
}

static bool headers_are_valid(const cbr_signed_request *r) {
  for (size_t i = 0; i < r->header_count; i++)
    if (!cbr_signer_name_is_valid(r->headers[i].name) || !cbr_signer_value_is_valid(r->headers[i].value)) return false;
  return true;
}

/* Moves the headers that the signature covers to the front. Returns the number of these headers. */
static size_t move_signed_headers_first(cbr_signed_request *r) {
  size_t front = 0;
  for (size_t i = 0; i < r->header_count; i++)
    if (cbr_signer_covers(r->headers[i].name)) {
      cbr_pair swap = r->headers[front];
      r->headers[front++] = r->headers[i];
      r->headers[i] = swap;
    }
  return front;
}

static cbr_signer_status sign(cbr_signed_request *r, cbr_coverage coverage) {
  cbr_signer_request request = {
      .method = r->method,
      .url_path = cbr_buffer_slice(&r->url_path),
      .query_string = cbr_buffer_slice(&r->query_string),
      .headers = r->headers,
      .header_count = coverage == CBR_SIGN_EVERY_HEADER ? r->header_count : move_signed_headers_first(r),
      .body = r->body,
  };
  cbr_signer_status status = cbr_signer_sign(&r->signer, &request, &r->keys, r->date);
  if (status == CBR_SIGNER_OK) add_header(r, "Authorization", cbr_buffer_slice(&r->signer.authorization));
  return status;
}

cbr_signer_status cbr_signed_request_make(cbr_signed_request *r, cbr_coverage coverage) {
  if (!method_is_valid(r->method)) return CBR_SIGNER_BAD_METHOD;
  if (!cbr_uri_add_path(&r->url_path, r->path) || !cbr_uri_add_query(&r->query_string, r->query, r->query_count))
    return CBR_SIGNER_NO_MEMORY;
  add_header(r, "Host", r->host);
  if (r->is_signed) {
    add_header(r, "X-Sdk-Date", r->date);
    add_header(r, "X-Project-Id", r->project_id);
    add_header(r, "X-Domain-Id", r->domain_id);
    add_header(r, "X-Security-Token", r->security_token);
  }
  if (!headers_are_valid(r)) return CBR_SIGNER_BAD_HEADER;
  return r->is_signed ? sign(r, coverage) : CBR_SIGNER_OK;
}

static bool is_method(cbr_slice method, const char *name) {
  cbr_slice other = cbr_slice_of(name);
  return method.size == other.size && memcmp(method.data, other.data, other.size) == 0;
}

cbr_request cbr_signed_request_to_send(const cbr_signed_request *r, cbr_slice origin) {
  cbr_slice m = r->method;
  return (cbr_request){
      .method = m,
      .origin = origin,
      .url_path = cbr_buffer_slice(&r->url_path),
      .query_string = cbr_buffer_slice(&r->query_string),
      .headers = r->headers,
      .header_count = r->header_count,
      .body = r->body,
      .has_body = r->body.data != NULL || is_method(m, "POST") || is_method(m, "PUT") || is_method(m, "PATCH"),
      .repeatable = is_method(m, "GET") || is_method(m, "HEAD"),
  };
}

static bool host_is_valid(cbr_slice host) {
  for (size_t i = 0; i < host.size; i++)
    if (strchr("/?#@\\", host.data[i]) != NULL) return false;
  return host.size > 0 && host.data[0] != ':';
}

cbr_slice cbr_origin_host(cbr_slice origin) {
  for (size_t i = 0; i + 3 <= origin.size; i++)
    if (memcmp(origin.data + i, "://", 3) == 0) {
      cbr_slice host = {origin.data + i + 3, origin.size - i - 3};
      return host_is_valid(host) ? host : (cbr_slice){NULL, 0};
    }
  return (cbr_slice){NULL, 0};
}

void cbr_signed_request_free(cbr_signed_request *r) {
  cbr_buffer_free(&r->url_path);
  cbr_buffer_free(&r->query_string);
  cbr_signer_free(&r->signer);
}
