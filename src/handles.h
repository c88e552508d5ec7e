/*
** handles.h - libcurl's easy handles for the transfers of a pool: configured
** once, and kept for the next transfers if libcurl allows it.
*/

#ifndef cbr_handles_h
#define cbr_handles_h

#include "descriptors.h"
#include "transport.h"

#include <curl/curl.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

#define CBR_SPARE_HANDLES 64

/* All zero before the first use. To abandon the handles in a forked child, set
** 'count' to 0. */
typedef struct cbr_handles {
  CURL *spare[CBR_SPARE_HANDLES];
  size_t count;
} cbr_handles;

/* A handle for one transfer, with the options that are the same for every
** transfer of a pool. The handle's sockets are opened and closed through
** 'descriptors'. The handle resumes the TLS sessions in 'sessions' (from
** cbr_curl_sessions), and adds its new sessions there. NULL: no memory. */
CURL *cbr_handles_take(cbr_handles *h, const cbr_pool_options *options, cbr_descriptors *descriptors, CURLSH *sessions);

/* Removes everything that belongs to the ended transfer from 'easy', and keeps the
** handle for a later transfer; or frees the handle, if a later transfer must not
** use it (cbr_curl_reuses_handles). */
void cbr_handles_return(cbr_handles *h, CURL *easy);

/* Frees the handles that are kept. */
void cbr_handles_free(cbr_handles *h);

#pragma GCC visibility pop

#endif
