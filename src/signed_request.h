/*
** signed_request.h - encodes, checks and signs a request, which can then be sent.
** Path and query are encoded once: the signature and the URL use the same bytes.
*/

#ifndef cbr_signed_request_h
#define cbr_signed_request_h

#include "signer.h"
#include "transport.h"

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

#define CBR_EXTRA_HEADERS 6 /* host, date, project, domain, token, authorization */

/* All fields are zero before a caller sets any. Slices and arrays are borrowed. */
typedef struct cbr_signed_request {
  cbr_slice method; /* in upper-case letters */
  cbr_slice host;   /* the value of the Host header: name or name:port */
  cbr_slice path;   /* the path before it is percent-encoded */
  cbr_slice body;   /* data is NULL if there is no body */
  cbr_pair *query;  /* the parameters before they are encoded; will be reordered */
  size_t query_count;
  cbr_pair *headers; /* has room for CBR_EXTRA_HEADERS more pairs; will be reordered */
  size_t header_count;
  bool is_signed; /* the next fields, up to security_token, are for signed requests only */
  cbr_signer_keys keys;
  cbr_slice date;       /* in the form YYYYMMDDThhmmssZ */
  cbr_slice project_id; /* this and the next two become headers; data NULL: no header */
  cbr_slice domain_id;
  cbr_slice security_token;

  cbr_buffer url_path; /* from here on: the results of cbr_signed_request_make */
  cbr_buffer query_string;
  cbr_signer signer;
} cbr_signed_request;

/* Which headers the signature covers. */
typedef enum cbr_coverage {
  CBR_SIGN_EVERY_HEADER,
  CBR_SIGN_COVERED_HEADERS /* the headers that cbr_signer_covers names */
} cbr_coverage;

/*
** Encodes path and query, adds Host to 'headers', and signs the request if
** 'is_signed'. A signed request also gets the headers X-Sdk-Date, X-Project-Id,
** X-Domain-Id, X-Security-Token and Authorization. Unsigned requests are checked
** as well: no header may contain a line break.
*/
cbr_signer_status cbr_signed_request_make(cbr_signed_request *r, cbr_coverage coverage);

/* The request as cbr_pool_start takes it, with timeouts of 0, which the caller
** has to set. 'origin' is scheme://host[:port]. The result borrows the bytes of
** 'r' and 'origin'. */
cbr_request cbr_signed_request_to_send(const cbr_signed_request *r, cbr_slice origin);

/* The host, with its port if there is one, of an origin scheme://host[:port].
** Data is NULL if the origin lacks a scheme or a host, or has more parts: libcurl
** would then send another host than the signed host. */
cbr_slice cbr_origin_host(cbr_slice origin);

/* Wipes and frees the results of cbr_signed_request_make, if there are any. */
void cbr_signed_request_free(cbr_signed_request *r);

#pragma GCC visibility pop

#endif
