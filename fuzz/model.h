/*
** model.h - the signing rules a second time, for the fuzzer to hold the
** project's signer against. Shares no code with it: own encoder, own order,
** OpenSSL's hashes.
**
** Written from the API gateway's signing guide, by the text of its rules:
** path and query encoded, headers sorted, trimmed and lowered, the hash of the
** body, three lines to sign (four with a scope), one header.
*/

#ifndef cbr_fuzz_model_h
#define cbr_fuzz_model_h

#include <stdbool.h>
#include <stddef.h>

/* Bytes, any of them; NULL with 0 for "not given". */
typedef struct text {
  const unsigned char *at;
  size_t length;
} text;

typedef struct field {
  text name, value;
} field;

typedef enum model_hash { MODEL_SHA256, MODEL_SM3 } model_hash;

typedef struct model_request {
  text method, path, body;
  const field *query;
  size_t query_count;
  const field *headers; /* the signed ones, host and date among them, in any order */
  size_t header_count;
  const char *algorithm; /* as it is written in the answer */
  model_hash hash;
  bool has_scope;
  text access_key, secret_key, region, service, date;
} model_request;

/* Texts that grow; 0-terminated for messages only. */
typedef struct grown {
  unsigned char *at;
  size_t length, room;
} grown;

typedef struct model_signature {
  grown url_path, query_string, canonical, signed_headers, to_sign, signature, authorization;
} model_signature;

/* Assumes that nothing in the request is to be refused. */
void model_sign(const model_request *request, model_signature *made);
void model_free(model_signature *made);

/* What is to be refused. */
bool model_method_is_good(text method);
bool model_name_is_good(text name);
bool model_value_is_good(text value);
bool model_date_is_good(text date);
bool model_scope_is_good(text part);
bool model_names_are_same(text a, text b);
/* Whether a header is firm: no proxy rewrites it. */
bool model_name_is_firm(text name);

#endif
