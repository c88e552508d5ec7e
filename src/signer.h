/*
** signer.h - the request signature of the API gateways of Huawei Cloud and Open
** Telekom Cloud. Its three stages make the canonical request, the string to sign,
** and the value of the Authorization header.
**
** Rules: Huawei Cloud "API Request Signing Guide", AK/SK signing algorithm.
** The signer reads no clock and keeps no state except in the caller's cache. The
** caller passes the time and the keys.
*/

#ifndef cbr_signer_h
#define cbr_signer_h

#include "buffer.h"
#include "uri.h"

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

typedef enum cbr_signer_status {
  CBR_SIGNER_OK,
  CBR_SIGNER_NO_MEMORY,
  CBR_SIGNER_BAD_ALGORITHM, /* the algorithm is not a name that cbr_signer_algorithm_name returns */
  CBR_SIGNER_NO_SCOPE,      /* the algorithm needs a region and a service, and one of them is missing */
  CBR_SIGNER_BAD_DATE,      /* the date is not of the form YYYYMMDDThhmmssZ */
  CBR_SIGNER_BAD_METHOD,    /* the method has a character that is not an upper-case letter */
  CBR_SIGNER_BAD_HEADER,    /* a header has a name that is not a token, or a value with CR, LF or NUL */
  CBR_SIGNER_SAME_HEADER    /* a header is given twice, for which the canonical request has no form */
} cbr_signer_status;

/* The status as a static text for an error message. */
const char *cbr_signer_reason(cbr_signer_status status);

/* The request to sign, which must be sent unchanged. */
typedef struct cbr_signer_request {
  cbr_slice method;       /* in upper-case letters */
  cbr_slice url_path;     /* the path as cbr_uri_add_path writes it */
  cbr_slice query_string; /* the query as cbr_uri_add_query writes it */
  cbr_pair *headers;      /* what to sign, host and X-Sdk-Date included; must be valid; will be reordered */
  size_t header_count;
  cbr_slice body; /* the bytes of the body to send */
} cbr_signer_request;

/* Values that depend only on the keys, kept from one signature to the next. */
typedef struct cbr_signer_cache cbr_signer_cache;

/* The keys that sign a request. */
typedef struct cbr_signer_keys {
  cbr_slice algorithm; /* a name from cbr_signer_algorithm_name, in capitals or small letters */
  cbr_slice access_key;
  cbr_slice secret_key;
  cbr_slice region; /* region and service are for an algorithm that needs a scope */
  cbr_slice service;
  cbr_signer_cache *cache; /* a cache that is used for these keys only; NULL: no cache */
} cbr_signer_keys;

/* An empty cache; NULL: no memory. */
cbr_signer_cache *cbr_signer_cache_new(void);

/* Wipes and frees a cache. NULL is harmless. */
void cbr_signer_cache_free(cbr_signer_cache *cache);

/* The results of the stages. All fields are zero before the first stage. cbr_signer_free frees the results. */
typedef struct cbr_signer {
  const struct cbr_signer_algorithm *algorithm;
  cbr_buffer canonical_request;
  cbr_buffer signed_headers;
  cbr_buffer scope; /* the scope of a derived key, YYYYMMDD/region/service; else empty */
  cbr_buffer string_to_sign;
  cbr_buffer signature;
  cbr_buffer authorization; /* the value of the Authorization header */
} cbr_signer;

/* The name of the i-th algorithm, counted from 0; NULL after the last algorithm.
** The first algorithm is the default of the service. */
const char *cbr_signer_algorithm_name(size_t i);

/* Whether the i-th algorithm derives its key for a day, a region and a service. */
bool cbr_signer_algorithm_needs_scope(size_t i);

/* True for a time of the form YYYYMMDDThhmmssZ (header X-Sdk-Date). */
bool cbr_signer_date_is_valid(cbr_slice date);

/* True for a valid header name, which is a token (RFC 9110 section 5.6.2), and for
** a valid header value, which has no CR, LF or NUL (RFC 9110 section 5.5). */
bool cbr_signer_name_is_valid(cbr_slice name);
bool cbr_signer_value_is_valid(cbr_slice value);

/* True for the headers that the signature of a sent request covers: host,
** content-type and every x-*, in capitals or small letters. Other headers are not
** signed, because proxies rewrite such headers, or libcurl adds them (User-Agent,
** Accept). */
bool cbr_signer_covers(cbr_slice name);

/*
** Stage 1: makes canonical_request and signed_headers. The last line of the
** canonical request is the hash of the body. If the headers include
** X-Sdk-Content-Sha256 (with SM3: X-Sdk-Content-Sm3), the last line is the
** value of that header instead.
*/
cbr_signer_status cbr_signer_canonical_request(cbr_signer *s, cbr_signer_request *request, cbr_slice algorithm);

/* Stage 2: makes string_to_sign. 'date' is the value of X-Sdk-Date. */
cbr_signer_status cbr_signer_string_to_sign(cbr_signer *s, const cbr_signer_keys *keys, cbr_slice date);

/* Stage 3: makes signature and authorization. */
cbr_signer_status cbr_signer_authorization(cbr_signer *s, const cbr_signer_keys *keys);

/* Runs the three stages, and stops at the first stage that fails. */
cbr_signer_status cbr_signer_sign(cbr_signer *s, cbr_signer_request *request, const cbr_signer_keys *keys,
                                  cbr_slice date);

/* Wipes and frees the results. Harmless on an unused or freed signer. */
void cbr_signer_free(cbr_signer *s);

#pragma GCC visibility pop

#endif
