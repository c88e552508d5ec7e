/*
** model.h - a second implementation of the signing rules, which is compared with
** the project's signer. It shares no code with src/: it has its own encoder and
** sorting, and uses OpenSSL's hashes.
**
** Written from the rules in Huawei Cloud's "API Request Signing Guide".
*/

#ifndef cbr_fuzz_model_h
#define cbr_fuzz_model_h

#include <stdbool.h>
#include <stddef.h>

/* A text of any bytes. NULL with length 0 means that the text is absent. */
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
  const field *headers; /* the headers to sign, with host and date, in any order */
  size_t header_count;
  const char *algorithm; /* the name that the results contain */
  model_hash hash;
  bool has_scope;
  text access_key, secret_key, region, service, date;
} model_request;

/* A text that can grow. Its final 0 is needed only for messages. */
typedef struct grown {
  unsigned char *at;
  size_t length, room;
} grown;

typedef struct model_signature {
  grown url_path, query_string, canonical, signed_headers, to_sign, signature, authorization;
} model_signature;

/* Signs a valid request. */
void model_sign(const model_request *request, model_signature *made);
void model_free(model_signature *made);

/* True for a valid part of a request. */
bool model_method_is_good(text method);
bool model_name_is_good(text name);
bool model_value_is_good(text value);
bool model_date_is_good(text date);
bool model_scope_is_good(text part);
bool model_names_are_same(text a, text b);
/* Whether the signature of a sent request covers a header. */
bool model_name_is_signed(text name);

#endif
