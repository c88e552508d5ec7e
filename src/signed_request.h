/*
** signed_request.h - a request on its way out: what the caller gave, made into what
** is signed and sent. Path and query are encoded once, and the signature and
** the URL use the same bytes.
*/

#ifndef cbr_outgoing_h
#define cbr_outgoing_h

#include "signer.h"
#include "transport.h"

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

#define OUTGOING_EXTRA_HEADERS 6 /* host, date, project, domain, token, authorization */

/* All zero before it is filled. Slices and arrays are borrowed. */
typedef struct outgoing {
  slice method; /* upper-case letters */
  slice host;   /* as in the Host header: name, or name:port */
  slice path;   /* raw, not percent-encoded */
  slice body;   /* data NULL: none */
  pair *query;  /* raw; gets sorted */
  size_t query_count;
  pair *headers; /* with room for OUTGOING_EXTRA_HEADERS more; gets reordered */
  size_t header_count;
  bool is_signed; /* the rest is for signed ones */
  signer_keys keys;
  slice date;       /* YYYYMMDDThhmmssZ */
  slice project_id; /* these three become headers; data NULL: left out */
  slice domain_id;
  slice security_token;

  buffer url_path; /* what outgoing_make makes */
  buffer query_string;
  signer signer;
} outgoing;

typedef enum outgoing_cover {
  OUTGOING_SIGN_ALL, /* every header */
  OUTGOING_SIGN_FIRM /* what no proxy rewrites: host, content-type, every x-* */
} outgoing_cover;

/*
** Encodes path and query and, of a signed one, signs; 'headers' is complete
** afterwards, Host and Authorization included. Unsigned ones are checked too:
** no header can break out of its line.
*/
signer_status outgoing_make(outgoing *o, outgoing_cover cover);

/* The same as a request of the transport's, without its times. 'origin' is
** scheme://host[:port]. Valid as long as 'o' is. */
transport_request outgoing_request(const outgoing *o, slice origin);

/* The host of an origin; data NULL when it has no scheme, no host, or more than a host and a port: of that libcurl
** would make another host than the one that is signed. */
slice outgoing_host(slice origin);

/* Wipes and frees what outgoing_make made. */
void outgoing_free(outgoing *o);

#pragma GCC visibility pop

#endif
