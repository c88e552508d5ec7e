/*
** signed_request.c - see signed_request.h
*/

#include "signed_request.h"

#include <string.h> /* memcmp strchr */

static void add_header(cbr_signed_request *o, const char *name, cbr_slice value) {
  if (value.data != NULL) o->headers[o->header_count++] = (cbr_pair){cbr_slice_of(name), value};
}

static bool method_is_valid(cbr_slice method) {
  for (size_t i = 0; i < method.size; i++)
    if (method.data[i] < 'A' || method.data[i] > 'Z') return false;
  return method.size > 0;
}

static bool headers_are_valid(const cbr_signed_request *o) {
  for (size_t i = 0; i < o->header_count; i++)
    if (!cbr_signer_name_is_valid(o->headers[i].name) || !cbr_signer_value_is_valid(o->headers[i].value)) return false;
  return true;
}

/* Moves the headers that no proxy rewrites to the front; -> how many. */
static size_t firm_first(cbr_signed_request *o) {
  size_t front = 0;
  for (size_t i = 0; i < o->header_count; i++)
    if (cbr_signer_covers(o->headers[i].name)) {
      cbr_pair swap = o->headers[front];
      o->headers[front++] = o->headers[i];
      o->headers[i] = swap;
    }
  return front;
}

static cbr_signer_status sign(cbr_signed_request *o, cbr_coverage cover) {
  cbr_signer_request request = {
      .method = o->method,
      .url_path = cbr_buffer_slice(&o->url_path),
      .query_string = cbr_buffer_slice(&o->query_string),
      .headers = o->headers,
      .header_count = cover == CBR_SIGN_EVERY_HEADER ? o->header_count : firm_first(o),
      .body = o->body,
  };
  cbr_signer_status status = cbr_signer_sign(&o->signer, &request, &o->keys, o->date);
  if (status == CBR_SIGNER_OK) add_header(o, "Authorization", cbr_buffer_slice(&o->signer.authorization));
  return status;
}

cbr_signer_status cbr_signed_request_make(cbr_signed_request *o, cbr_coverage cover) {
  if (!method_is_valid(o->method)) return CBR_SIGNER_BAD_METHOD;
  if (!cbr_uri_add_path(&o->url_path, o->path) || !cbr_uri_add_query(&o->query_string, o->query, o->query_count))
    return CBR_SIGNER_NO_MEMORY;
  add_header(o, "Host", o->host);
  if (o->is_signed) {
    add_header(o, "X-Sdk-Date", o->date);
    add_header(o, "X-Project-Id", o->project_id);
    add_header(o, "X-Domain-Id", o->domain_id);
    add_header(o, "X-Security-Token", o->security_token);
  }
  if (!headers_are_valid(o)) return CBR_SIGNER_BAD_HEADER;
  return o->is_signed ? sign(o, cover) : CBR_SIGNER_OK;
}

static bool is_method(cbr_slice method, const char *name) {
  cbr_slice other = cbr_slice_of(name);
  return method.size == other.size && memcmp(method.data, other.data, other.size) == 0;
}

cbr_request cbr_signed_request_to_send(const cbr_signed_request *o, cbr_slice origin) {
  cbr_slice m = o->method;
  return (cbr_request){
      .method = m,
      .origin = origin,
      .url_path = cbr_buffer_slice(&o->url_path),
      .query_string = cbr_buffer_slice(&o->query_string),
      .headers = o->headers,
      .header_count = o->header_count,
      .body = o->body,
      .has_body = o->body.data != NULL || is_method(m, "POST") || is_method(m, "PUT") || is_method(m, "PATCH"),
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

void cbr_signed_request_free(cbr_signed_request *o) {
  cbr_buffer_free(&o->url_path);
  cbr_buffer_free(&o->query_string);
  cbr_signer_free(&o->signer);
}
