/*
** uri.h - percent-encoding of a path and of a query, done once: the same
** bytes go into the URL and into the canonical request.
*/

#ifndef cbr_uri_h
#define cbr_uri_h

#include "buffer.h"

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* A name with its value: of a query, or of a header. */
typedef struct cbr_pair {
  cbr_slice name;
  cbr_slice value;
} cbr_pair;

/*
** Appends 'path' with each segment encoded: every byte but A-Z a-z 0-9 - . _ ~
** (RFC 3986 section 2.3, unreserved) becomes %XX in upper case; '/' stays, and
** so do empty and dot segments. A path that does not begin with '/' gets one.
** 'path' is raw: a '%' in it is a percent sign.
*/
bool cbr_uri_add_path(cbr_buffer *out, cbr_slice path);

/*
** Appends the query without its '?': pairs sorted by raw name, then by raw
** value, bytewise; name=value, both encoded as above ('/' too), joined by '&'.
** Reorders 'pairs' in place.
*/
bool cbr_uri_add_query(cbr_buffer *out, cbr_pair *pairs, size_t count);

#pragma GCC visibility pop

#endif
