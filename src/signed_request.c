/*
** signed_request.c - see signed_request.h
*/

#include "signed_request.h"

#include <string.h> /* memcmp strchr */

static void add_header(outgoing *o, const char *name, slice value) {
  if (value.data != NULL) o->headers[o->header_count++] = (pair){slice_of(name), value};
}

static bool method_is_valid(slice method) {
  for (size_t i = 0; i < method.size; i++)
    if (method.data[i] < 'A' || method.data[i] > 'Z') return false;
  return method.size > 0;
}

static bool headers_are_valid(const outgoing *o) {
  for (size_t i = 0; i < o->header_count; i++)
    if (!signer_name_is_valid(o->headers[i].name) || !signer_value_is_valid(o->headers[i].value)) return false;
  return true;
}

/* Moves the headers that no proxy rewrites to the front; -> how many. */
static size_t firm_first(outgoing *o) {
  size_t front = 0;
  for (size_t i = 0; i < o->header_count; i++)
    if (signer_covers(o->headers[i].name)) {
      pair swap = o->headers[front];
      o->headers[front++] = o->headers[i];
      o->headers[i] = swap;
    }
  return front;
}

static signer_status sign(outgoing *o, outgoing_cover cover) {
  signer_request request = {
      .method = o->method,
      .url_path = buffer_slice(&o->url_path),
      .query_string = buffer_slice(&o->query_string),
      .headers = o->headers,
      .header_count = cover == OUTGOING_SIGN_ALL ? o->header_count : firm_first(o),
      .body = o->body,
  };
  signer_status status = signer_sign(&o->signer, &request, &o->keys, o->date);
  if (status == SIGNER_OK) add_header(o, "Authorization", buffer_slice(&o->signer.authorization));
  return status;
}

signer_status outgoing_make(outgoing *o, outgoing_cover cover) {
  if (!method_is_valid(o->method)) return SIGNER_BAD_METHOD;
  if (!uri_add_path(&o->url_path, o->path) || !uri_add_query(&o->query_string, o->query, o->query_count))
    return SIGNER_NO_MEMORY;
  add_header(o, "Host", o->host);
  if (o->is_signed) {
    add_header(o, "X-Sdk-Date", o->date);
    add_header(o, "X-Project-Id", o->project_id);
    add_header(o, "X-Domain-Id", o->domain_id);
    add_header(o, "X-Security-Token", o->security_token);
  }
  if (!headers_are_valid(o)) return SIGNER_BAD_HEADER;
  return o->is_signed ? sign(o, cover) : SIGNER_OK;
}

static bool is_method(slice method, const char *name) {
  slice other = slice_of(name);
  return method.size == other.size && memcmp(method.data, other.data, other.size) == 0;
}

transport_request outgoing_request(const outgoing *o, slice origin) {
  slice m = o->method;
  return (transport_request){
      .method = m,
      .origin = origin,
      .url_path = buffer_slice(&o->url_path),
      .query_string = buffer_slice(&o->query_string),
      .headers = o->headers,
      .header_count = o->header_count,
      .body = o->body,
      .has_body = o->body.data != NULL || is_method(m, "POST") || is_method(m, "PUT") || is_method(m, "PATCH"),
      .repeatable = is_method(m, "GET") || is_method(m, "HEAD"),
  };
}

static bool host_is_valid(slice host) {
  for (size_t i = 0; i < host.size; i++)
    if (strchr("/?#@\\", host.data[i]) != NULL) return false;
  return host.size > 0 && host.data[0] != ':';
}

slice outgoing_host(slice origin) {
  for (size_t i = 0; i + 3 <= origin.size; i++)
    if (memcmp(origin.data + i, "://", 3) == 0) {
      slice host = {origin.data + i + 3, origin.size - i - 3};
      return host_is_valid(host) ? host : (slice){NULL, 0};
    }
  return (slice){NULL, 0};
}

void outgoing_free(outgoing *o) {
  buffer_free(&o->url_path);
  buffer_free(&o->query_string);
  signer_free(&o->signer);
}
