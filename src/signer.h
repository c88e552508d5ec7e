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

typedef enum cbr_signer_status {
  CBR_SIGNER_OK,
  CBR_SIGNER_NO_MEMORY,
  CBR_SIGNER_BAD_ALGORITHM, /* not one of those below */
  CBR_SIGNER_NO_SCOPE,      /* V11 without a region or a service */
  CBR_SIGNER_BAD_DATE,      /* not of the form YYYYMMDDThhmmssZ */
  CBR_SIGNER_BAD_METHOD,    /* not of upper-case letters */
  CBR_SIGNER_BAD_HEADER,    /* a name that is no token, or a value with CR, LF or NUL */
  CBR_SIGNER_SAME_HEADER    /* a header twice, which the canonical request has no form for */
} cbr_signer_status;

/* What the status means, in words for a message. */
const char *cbr_signer_reason(cbr_signer_status status);

/* What is signed. All of it must be sent unchanged. */
typedef struct cbr_signer_request {
  cbr_slice method;       /* upper case */
  cbr_slice url_path;     /* as uri_add_path made it */
  cbr_slice query_string; /* as uri_add_query made it */
  cbr_pair *headers;      /* every header to sign, host and the date among them, all valid (see below); reordered */
  size_t header_count;
  cbr_slice body; /* the exact bytes sent */
} cbr_signer_request;

/* With what it is signed. */
typedef struct cbr_signer_keys {
  cbr_slice algorithm; /* "SDK-HMAC-SHA256", "SDK-HMAC-SM3" or "V11-HMAC-SHA256" */
  cbr_slice access_key;
  cbr_slice secret_key;
  cbr_slice region; /* these two for V11, whose key is derived for one day, region and service */
  cbr_slice service;
} cbr_signer_keys;

/* Everything the stages make. All zero before the first; end it with signer_free. */
typedef struct cbr_signer {
  const struct cbr_signer_algorithm *algorithm;
  cbr_buffer canonical_request;
  cbr_buffer signed_headers;
  cbr_buffer scope; /* of a derived key: YYYYMMDD/region/service */
  cbr_buffer string_to_sign;
  cbr_buffer signature;
  cbr_buffer authorization; /* the value of the Authorization header */
} cbr_signer;

/* True for a time of the form YYYYMMDDThhmmssZ (header X-Sdk-Date). */
bool cbr_signer_date_is_valid(cbr_slice date);

/* True for a header name (token, RFC 9110 section 5.6.2), and for a value that
** can stand on a header line: no CR, LF or NUL (RFC 9110 section 5.5). */
bool cbr_signer_name_is_valid(cbr_slice name);
bool cbr_signer_value_is_valid(cbr_slice value);

/* Which headers of a request are worth signing: host, content-type and every
** x-*; what proxies rewrite or libcurl adds (User-Agent, Accept) is not. */
bool cbr_signer_covers(cbr_slice name);

/*
** Stage 1: -> canonical_request, signed_headers. The hash in its last line is
** that of the body, or the value of the header X-Sdk-Content-Sha256 (for SM3:
** X-Sdk-Content-Sm3) when that is among the headers.
*/
cbr_signer_status cbr_signer_canonical_request(cbr_signer *s, cbr_signer_request *request, cbr_slice algorithm);

/* Stage 2, after 1: -> string_to_sign. 'date' is the value of X-Sdk-Date. */
cbr_signer_status cbr_signer_string_to_sign(cbr_signer *s, const cbr_signer_keys *keys, cbr_slice date);

/* Stage 3, after 2: -> signature, authorization. */
cbr_signer_status cbr_signer_authorization(cbr_signer *s, const cbr_signer_keys *keys);

/* The three stages in a row. */
cbr_signer_status cbr_signer_sign(cbr_signer *s, cbr_signer_request *request, const cbr_signer_keys *keys,
                                  cbr_slice date);

/* Wipes and frees what the stages made. Harmless on a fresh or freed one. */
void cbr_signer_free(cbr_signer *s);

#pragma GCC visibility pop

#endif
