/*
** signer.h - the request signature of Huawei Cloud's and Open Telekom Cloud's
** API gateways: canonical request -> string to sign -> Authorization.
**
** Rules: Huawei Cloud "API Request Signing Guide", AK/SK signing algorithm.
** The signer reads no clock and keeps nothing: time and keys are inputs.
*/

#ifndef cbr_signer_h
#define cbr_signer_h

#include "buffer.h"
#include "uri.h"

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

typedef enum signer_status {
  SIGNER_OK,
  SIGNER_NO_MEMORY,
  SIGNER_BAD_ALGORITHM, /* not one of those below */
  SIGNER_NO_SCOPE,      /* V11 without a region or a service */
  SIGNER_BAD_DATE,      /* not of the form YYYYMMDDThhmmssZ */
  SIGNER_BAD_METHOD,    /* not of upper-case letters */
  SIGNER_BAD_HEADER,    /* a name that is no token, or a value with CR, LF or NUL */
  SIGNER_SAME_HEADER    /* a header twice, which the canonical request has no form for */
} signer_status;

/* What the status means, in words for a message. */
const char *signer_reason(signer_status status);

/* What is signed. All of it must be sent unchanged. */
typedef struct signer_request {
  slice method;       /* upper case */
  slice url_path;     /* as uri_add_path made it */
  slice query_string; /* as uri_add_query made it */
  pair *headers;      /* every header to sign, host and the date among them, all valid (see below); reordered */
  size_t header_count;
  slice body; /* the exact bytes sent */
} signer_request;

/* With what it is signed. */
typedef struct signer_keys {
  slice algorithm; /* "SDK-HMAC-SHA256", "SDK-HMAC-SM3" or "V11-HMAC-SHA256" */
  slice access_key;
  slice secret_key;
  slice region; /* these two for V11, whose key is derived for one day, region and service */
  slice service;
} signer_keys;

/* Everything the stages make. All zero before the first; end it with signer_free. */
typedef struct signer {
  const struct signer_algorithm *algorithm;
  buffer canonical_request;
  buffer signed_headers;
  buffer scope; /* of a derived key: YYYYMMDD/region/service */
  buffer string_to_sign;
  buffer signature;
  buffer authorization; /* the value of the Authorization header */
} signer;

/* True for a time of the form YYYYMMDDThhmmssZ (header X-Sdk-Date). */
bool signer_date_is_valid(slice date);

/* True for a header name (token, RFC 9110 section 5.6.2), and for a value that
** can stand on a header line: no CR, LF or NUL (RFC 9110 section 5.5). */
bool signer_name_is_valid(slice name);
bool signer_value_is_valid(slice value);

/* Which headers of a request are worth signing: host, content-type and every
** x-*; what proxies rewrite or libcurl adds (User-Agent, Accept) is not. */
bool signer_covers(slice name);

/*
** Stage 1: -> canonical_request, signed_headers. The hash in its last line is
** that of the body, or the value of the header X-Sdk-Content-Sha256 (for SM3:
** X-Sdk-Content-Sm3) when that is among the headers.
*/
signer_status signer_canonical_request(signer *s, signer_request *request, slice algorithm);

/* Stage 2, after 1: -> string_to_sign. 'date' is the value of X-Sdk-Date. */
signer_status signer_string_to_sign(signer *s, const signer_keys *keys, slice date);

/* Stage 3, after 2: -> signature, authorization. */
signer_status signer_authorization(signer *s, const signer_keys *keys);

/* The three stages in a row. */
signer_status signer_sign(signer *s, signer_request *request, const signer_keys *keys, slice date);

/* Wipes and frees what the stages made. Harmless on a fresh or freed one. */
void signer_free(signer *s);

#pragma GCC visibility pop

#endif
