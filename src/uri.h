/*
** uri.h - percent-encodes a path and a query, once for each request, so that the
** URL and the canonical request contain the same bytes.
*/

#ifndef cbr_uri_h
#define cbr_uri_h

#include "buffer.h"

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* The name and the value of a query parameter or of a header. */
typedef struct cbr_pair {
  cbr_slice name;
  cbr_slice value;
} cbr_pair;

/*
** Appends 'path', encoded: every byte except '/' and A-Z a-z 0-9 - . _ ~ (RFC
** 3986 section 2.3, unreserved) becomes %XX with capital letters. Empty and dot
** segments stay. A '/' is put before a path that does not begin with one.
** 'path' is not encoded yet: a '%' becomes %25. False: no memory.
*/
bool cbr_uri_add_path(cbr_buffer *out, cbr_slice path);

/*
** Appends the query without '?': name=value joined by '&'. Names and values are
** encoded like a path, except that '/' becomes %2F as well. The pairs are sorted
** bytewise by the name, then by the value, before they are encoded
** (Huawei Cloud "API Request Signing Guide", canonical query string). Reorders
** 'pairs'. False: no memory.
*/
bool cbr_uri_add_query(cbr_buffer *out, cbr_pair *pairs, size_t count);

#pragma GCC visibility pop

#endif
