/*
** signed_request.h - a request on its way out: what the caller gave, made into what
** is signed and sent. Path and query are encoded once, and the signature and
** the URL use the same bytes.
*/

#ifndef cbr_signed_request_h
#define cbr_signed_request_h

#include "signer.h"
#include "transport.h"

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

#define CBR_EXTRA_HEADERS 6 /* host, date, project, domain, token, authorization */

/* All zero before it is filled. Slices and arrays are borrowed. */
typedef struct cbr_signed_request {
  cbr_slice method; /* upper-case letters */
  cbr_slice host;   /* as in the Host header: name, or name:port */
  cbr_slice path;   /* raw, not percent-encoded */
  cbr_slice body;   /* data NULL: none */
  cbr_pair *query;  /* raw; gets sorted */
  size_t query_count;
  cbr_pair *headers; /* with room for CBR_EXTRA_HEADERS more; gets reordered */
  size_t header_count;
  bool is_signed; /* the rest is for signed ones */
  cbr_signer_keys keys;
  cbr_slice date;       /* YYYYMMDDThhmmssZ */
  cbr_slice project_id; /* these three become headers; data NULL: left out */
  cbr_slice domain_id;
  cbr_slice security_token;

  cbr_buffer url_path; /* what cbr_signed_request_make makes */
  cbr_buffer query_string;
  cbr_signer signer;
} cbr_signed_request;

typedef enum cbr_coverage {
  CBR_SIGN_EVERY_HEADER,  /* every header */
  CBR_SIGN_STABLE_HEADERS /* what no proxy rewrites: host, content-type, every x-* */
} cbr_coverage;

/*
** Encodes path and query and, of a signed one, signs; 'headers' is complete
** afterwards, Host and Authorization included. Unsigned ones are checked too:
** no header can break out of its line.
*/
cbr_signer_status cbr_signed_request_make(cbr_signed_request *o, cbr_coverage cover);

/* The same as a request of the transport's, without its times. 'origin' is
** scheme://host[:port]. Valid as long as 'o' is. */
cbr_request cbr_signed_request_to_send(const cbr_signed_request *o, cbr_slice origin);

/* The host of an origin; data NULL when it has no scheme, no host, or more than a host and a port: of that libcurl
** would make another host than the one that is signed. */
cbr_slice cbr_origin_host(cbr_slice origin);

/* Wipes and frees what cbr_signed_request_make made. */
void cbr_signed_request_free(cbr_signed_request *o);

#pragma GCC visibility pop

#endif
