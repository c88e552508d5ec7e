/*
** signer.c - see signer.h
*/

#include "signer.h"

#include <nettle/hmac.h>    /* hmac_sha256_* hmac_sm3_* */
#include <nettle/sha2.h>    /* sha256_* */
#include <nettle/sm3.h>     /* sm3_* */
#include <nettle/version.h> /* NETTLE_VERSION_MAJOR */
#include <stdlib.h>         /* calloc free qsort */
#include <string.h>         /* memchr memcmp strchr */

#define DIGEST_SIZE 32

/* Calls a digest function of nettle. Before nettle 4.0, these functions also take the size of the digest. */
#if NETTLE_VERSION_MAJOR < 4
#define DIGEST(function, context, digest) function(context, DIGEST_SIZE, digest)
#else
#define DIGEST(function, context, digest) function(context, digest)
#endif

/* What differs between the algorithms. */
struct cbr_signer_algorithm {
  const char *name;             /* the name that the request states */
  const char *body_hash_header; /* a header whose value is signed in place of the body's hash */
  const char *empty_hash;       /* the hash of an empty body */
  bool is_sm3;                  /* the algorithm uses the hash function SM3 instead of SHA-256 */
  bool is_derived;              /* the signing key is derived from the secret key for a scope */
};

#define SHA256 "SDK-HMAC-SHA256"
#define SM3 "SDK-HMAC-SM3"
#define DERIVED "V11-HMAC-SHA256"
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define EMPTY_SM3 "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"

static const struct cbr_signer_algorithm algorithms[] = {
    {SHA256, "x-sdk-content-sha256", EMPTY_SHA256, false, false},
    {SM3, "x-sdk-content-sm3", EMPTY_SM3, true, false},
    {DERIVED, "x-sdk-content-sha256", EMPTY_SHA256, false, true},
};

#define ALGORITHMS (sizeof algorithms / sizeof *algorithms)

_Static_assert(SHA256_DIGEST_SIZE == DIGEST_SIZE && SM3_DIGEST_SIZE == DIGEST_SIZE, "both digests have one size");

/* HMAC (RFC 2104) with either hash function. */
typedef union hmac_context {
  struct hmac_sha256_ctx sha256;
  struct hmac_sm3_ctx sm3;
} hmac_context;

/* The state of HMAC after it has read the key. Whoever has this state can sign without the key. */
struct cbr_signer_cache {
  const struct cbr_signer_algorithm *algorithm; /* the algorithm of 'hmac'; NULL if 'hmac' has no key yet */
  cbr_buffer scope;                             /* the scope of a derived key */
  hmac_context hmac;
};

const char *cbr_signer_algorithm_name(size_t i) {
  return i < ALGORITHMS ? algorithms[i].name : NULL;
}

bool cbr_signer_algorithm_needs_scope(size_t i) {
  return i < ALGORITHMS && algorithms[i].is_derived;
}

const char *cbr_signer_reason(cbr_signer_status status) {
  switch (status) {
  case CBR_SIGNER_OK: return "signed";
  case CBR_SIGNER_NO_MEMORY: return "not enough memory";
  case CBR_SIGNER_BAD_ALGORITHM: return "algorithm is not " SHA256 ", " SM3 " or " DERIVED;
  case CBR_SIGNER_NO_SCOPE: return DERIVED " needs a region and a service";
  case CBR_SIGNER_BAD_DATE: return "date is not of the form YYYYMMDDThhmmssZ";
  case CBR_SIGNER_BAD_METHOD: return "the method has a character that is not an upper-case letter";
  case CBR_SIGNER_BAD_HEADER: return "a header has a name or a value that cannot be sent";
  case CBR_SIGNER_SAME_HEADER: return "a header is given twice";
  }
  return "unknown";
}

bool cbr_signer_date_is_valid(cbr_slice date) {
  static const char form[] = "00000000T000000Z";
  if (date.size != sizeof form - 1) return false;
  for (size_t i = 0; i < date.size; i++) {
    bool digit = date.data[i] >= '0' && date.data[i] <= '9';
    if (form[i] == '0' ? !digit : date.data[i] != form[i]) return false;
  }
  return true;
}

bool cbr_signer_name_is_valid(cbr_slice name) {
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!alphanumeric && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) return false;
  }
  return name.size > 0;
}

bool cbr_signer_value_is_valid(cbr_slice value) {
  for (size_t i = 0; i < value.size; i++)
    if (value.data[i] == '\r' || value.data[i] == '\n' || value.data[i] == '\0') return false;
  return true;
}

bool cbr_signer_covers(cbr_slice name) {
  return (name.size > 2 && cbr_slice_same_name((cbr_slice){name.data, 2}, cbr_slice_of("x-"))) ||
         cbr_slice_same_name(name, cbr_slice_of("host")) || cbr_slice_same_name(name, cbr_slice_of("content-type"));
}

static void add_lower(cbr_buffer *out, cbr_slice text) {
  size_t from = out->size;
  if (!cbr_buffer_add_slice(out, text)) return;
  for (char *c = out->data + from; c < out->data + out->size; c++)
    *c = (char)cbr_ascii_lower(*c);
}

static void add_hex(cbr_buffer *out, const uint8_t *digest) {
  static const char digits[] = "0123456789abcdef";
  char text[2 * DIGEST_SIZE];
  for (size_t i = 0; i < DIGEST_SIZE; i++) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 15];
  }
  cbr_buffer_add(out, text, sizeof text);
  cbr_wipe(text, sizeof text); /* the text may be a derived key */
}

/* More bytes of stack than nettle's functions use. */
#define NETTLE_STACK 1024

/* Overwrites what nettle's functions have left on the stack below the caller: hmac_*_set_key leaves the key, XORed with
** a constant, and hash functions that are not in assembler leave the last block of the text. */
static __attribute__((noinline)) void wipe_nettle_stack(void) {
  unsigned char area[NETTLE_STACK];
  cbr_wipe(area, sizeof area);
}

static void add_hash(cbr_buffer *out, bool is_sm3, cbr_slice text) {
  union {
    struct sha256_ctx sha256;
    struct sm3_ctx sm3;
  } context;
  uint8_t digest[DIGEST_SIZE];
  if (is_sm3) {
    sm3_init(&context.sm3);
    sm3_update(&context.sm3, text.size, (const uint8_t *)text.data);
    DIGEST(sm3_digest, &context.sm3, digest);
  } else {
    sha256_init(&context.sha256);
    sha256_update(&context.sha256, text.size, (const uint8_t *)text.data);
    DIGEST(sha256_digest, &context.sha256, digest);
  }
  add_hex(out, digest);
  cbr_wipe(&context, sizeof context); /* the text may contain a security token */
  wipe_nettle_stack();
}

static int compare_headers(const void *left, const void *right) {
  cbr_slice a = ((const cbr_pair *)left)->name, b = ((const cbr_pair *)right)->name;
  for (size_t i = 0; i < a.size && i < b.size; i++) {
    int x = cbr_ascii_lower(a.data[i]), y = cbr_ascii_lower(b.data[i]);
    if (x != y) return x - y;
  }
  return (a.size > b.size) - (a.size < b.size);
}

/* Sorts the headers by their names in lower case. */
static cbr_signer_status arrange_headers(cbr_pair *headers, size_t count) {
  if (count > 1) qsort(headers, count, sizeof *headers, compare_headers);
  for (size_t i = 1; i < count; i++)
    if (cbr_slice_same_name(headers[i - 1].name, headers[i].name)) return CBR_SIGNER_SAME_HEADER;
  return CBR_SIGNER_OK;
}

cbr_signer_status cbr_signer_canonical_request(cbr_signer *s, cbr_signer_request *request, cbr_slice algorithm) {
  for (size_t i = 0; i < ALGORITHMS; i++)
    if (cbr_slice_same_name(algorithm, cbr_slice_of(algorithms[i].name))) s->algorithm = &algorithms[i];
  if (s->algorithm == NULL) return CBR_SIGNER_BAD_ALGORITHM;

  cbr_signer_status status = arrange_headers(request->headers, request->header_count);
  if (status != CBR_SIGNER_OK) return status;

  cbr_buffer *out = &s->canonical_request;
  cbr_buffer_add_slice(out, request->method);
  cbr_buffer_add_char(out, '\n');

  cbr_buffer_add_slice(out, request->url_path);
  cbr_slice path = request->url_path; /* the canonical URI always ends with '/', unlike the URL */
  if (path.size == 0 || path.data[path.size - 1] != '/') cbr_buffer_add_char(out, '/');
  cbr_buffer_add_char(out, '\n');

  cbr_buffer_add_slice(out, request->query_string);
  cbr_buffer_add_char(out, '\n');

  cbr_slice given_hash = {NULL, 0};
  for (size_t i = 0; i < request->header_count; i++) {
    cbr_pair header = request->headers[i];
    cbr_slice value = cbr_slice_trim(header.value);
    add_lower(out, header.name);
    cbr_buffer_add_char(out, ':');
    cbr_buffer_add_slice(out, value);
    cbr_buffer_add_char(out, '\n');
    if (i > 0) cbr_buffer_add_char(&s->signed_headers, ';');
    add_lower(&s->signed_headers, header.name);
    if (cbr_slice_same_name(header.name, cbr_slice_of(s->algorithm->body_hash_header))) given_hash = value;
  }
  cbr_buffer_add_char(out, '\n');

  cbr_buffer_add_slice(out, cbr_buffer_slice(&s->signed_headers));
  cbr_buffer_add_char(out, '\n');

  if (given_hash.size > 0)
    cbr_buffer_add_slice(out, given_hash);
  else if (request->body.size == 0)
    cbr_buffer_add_text(out, s->algorithm->empty_hash);
  else
    add_hash(out, s->algorithm->is_sm3, request->body);
  return out->failed || s->signed_headers.failed ? CBR_SIGNER_NO_MEMORY : CBR_SIGNER_OK;
} /* signer_canonical_request() */

/* Whether a text can be a part of the scope, whose parts are separated by slashes. */
static bool scope_is_valid(cbr_slice part) {
  return part.size > 0 && cbr_signer_value_is_valid(part) && memchr(part.data, '/', part.size) == NULL;
}

cbr_signer_status cbr_signer_string_to_sign(cbr_signer *s, const cbr_signer_keys *keys, cbr_slice date) {
  if (!cbr_signer_date_is_valid(date)) return CBR_SIGNER_BAD_DATE;
  cbr_buffer *out = &s->string_to_sign;
  cbr_buffer_add_text(out, s->algorithm->name);
  cbr_buffer_add_char(out, '\n');
  cbr_buffer_add_slice(out, date);
  cbr_buffer_add_char(out, '\n');
  if (s->algorithm->is_derived) {
    if (!scope_is_valid(keys->region) || !scope_is_valid(keys->service)) return CBR_SIGNER_NO_SCOPE;
    cbr_buffer_add(&s->scope, date.data, sizeof "YYYYMMDD" - 1);
    cbr_buffer_add_char(&s->scope, '/');
    cbr_buffer_add_slice(&s->scope, keys->region);
    cbr_buffer_add_char(&s->scope, '/');
    cbr_buffer_add_slice(&s->scope, keys->service);
    cbr_buffer_add_slice(out, cbr_buffer_slice(&s->scope));
    cbr_buffer_add_char(out, '\n');
  }
  add_hash(out, s->algorithm->is_sm3, cbr_buffer_slice(&s->canonical_request));
  return out->failed || s->scope.failed ? CBR_SIGNER_NO_MEMORY : CBR_SIGNER_OK;
}

static void cache_wipe(cbr_signer_cache *cache) {
  cbr_buffer_free(&cache->scope);
  cbr_wipe(cache, sizeof *cache);
}

cbr_signer_cache *cbr_signer_cache_new(void) {
  return calloc(1, sizeof(cbr_signer_cache));
}

void cbr_signer_cache_free(cbr_signer_cache *cache) {
  if (cache != NULL) cache_wipe(cache);
  free(cache);
}

static void set_key(hmac_context *hmac, bool is_sm3, cbr_slice key) {
  if (is_sm3)
    hmac_sm3_set_key(&hmac->sm3, key.size, (const uint8_t *)key.data);
  else
    hmac_sha256_set_key(&hmac->sha256, key.size, (const uint8_t *)key.data);
  wipe_nettle_stack();
}

/* Appends the HMAC of a text as lower-case hex. Afterwards, the context has the state after the key again. */
static void add_hmac(cbr_buffer *out, cbr_signer_cache *cache, cbr_slice text) {
  uint8_t digest[DIGEST_SIZE];
  if (cache->algorithm->is_sm3) {
    hmac_sm3_update(&cache->hmac.sm3, text.size, (const uint8_t *)text.data);
    DIGEST(hmac_sm3_digest, &cache->hmac.sm3, digest);
  } else {
    hmac_sha256_update(&cache->hmac.sha256, text.size, (const uint8_t *)text.data);
    DIGEST(hmac_sha256_digest, &cache->hmac.sha256, digest);
  }
  add_hex(out, digest);
  cbr_wipe(digest, sizeof digest);
  wipe_nettle_stack();
}

/* Appends the key of a scope: the lower-case hex text of HKDF-SHA256 (RFC 5869)
** with the access key as salt, the secret key as input and the scope as info. */
static void add_derived_key(cbr_buffer *out, const cbr_signer_keys *keys, cbr_slice scope) {
  struct hmac_sha256_ctx context;
  uint8_t digest[DIGEST_SIZE];
  static const uint8_t first_block = 1; /* number of the block in HKDF-Expand; the key is one block long */
  hmac_sha256_set_key(&context, keys->access_key.size, (const uint8_t *)keys->access_key.data);
  hmac_sha256_update(&context, keys->secret_key.size, (const uint8_t *)keys->secret_key.data);
  DIGEST(hmac_sha256_digest, &context, digest);
  hmac_sha256_set_key(&context, sizeof digest, digest);
  hmac_sha256_update(&context, scope.size, (const uint8_t *)scope.data);
  hmac_sha256_update(&context, 1, &first_block);
  DIGEST(hmac_sha256_digest, &context, digest);
  add_hex(out, digest);
  cbr_wipe(&context, sizeof context);
  cbr_wipe(digest, sizeof digest);
  wipe_nettle_stack();
}

/* Fills the cache with the HMAC state for the keys and the scope of this signature, unless the cache has it already.
** False: no memory. */
static bool cache_fill(cbr_signer_cache *cache, const cbr_signer *s, const cbr_signer_keys *keys) {
  cbr_slice scope = cbr_buffer_slice(&s->scope), kept = cbr_buffer_slice(&cache->scope);
  if (cache->algorithm == s->algorithm && kept.size == scope.size && memcmp(kept.data, scope.data, scope.size) == 0)
    return true;
  cbr_buffer derived = {0};
  cbr_slice key = keys->secret_key;
  cache_wipe(cache);
  if (s->algorithm->is_derived) {
    cbr_buffer_add_slice(&cache->scope, scope);
    add_derived_key(&derived, keys, scope);
    key = cbr_buffer_slice(&derived);
  }
  bool is_filled = !derived.failed; /* without memory for the scope, the next signature has to make the state again */
  if (is_filled) {
    set_key(&cache->hmac, s->algorithm->is_sm3, key);
    cache->algorithm = s->algorithm;
  }
  cbr_buffer_free(&derived);
  return is_filled;
}

cbr_signer_status cbr_signer_authorization(cbr_signer *s, const cbr_signer_keys *keys) {
  cbr_signer_cache own = {0};
  cbr_signer_cache *cache = keys->cache != NULL ? keys->cache : &own;
  bool is_filled = cache_fill(cache, s, keys);
  if (is_filled) add_hmac(&s->signature, cache, cbr_buffer_slice(&s->string_to_sign));
  cache_wipe(&own);
  if (!is_filled) return CBR_SIGNER_NO_MEMORY;
  cbr_buffer *out = &s->authorization;
  cbr_buffer_add_text(out, s->algorithm->name);
  cbr_buffer_add_text(out, s->algorithm->is_derived ? " Credential=" : " Access=");
  cbr_buffer_add_slice(out, keys->access_key);
  if (s->algorithm->is_derived) {
    cbr_buffer_add_char(out, '/');
    cbr_buffer_add_slice(out, cbr_buffer_slice(&s->scope));
  }
  cbr_buffer_add_text(out, ", SignedHeaders=");
  cbr_buffer_add_slice(out, cbr_buffer_slice(&s->signed_headers));
  cbr_buffer_add_text(out, ", Signature=");
  cbr_buffer_add_slice(out, cbr_buffer_slice(&s->signature));
  if (!cbr_signer_value_is_valid(keys->access_key)) return CBR_SIGNER_BAD_HEADER;
  return out->failed || s->signature.failed ? CBR_SIGNER_NO_MEMORY : CBR_SIGNER_OK;
}

cbr_signer_status cbr_signer_sign(cbr_signer *s, cbr_signer_request *request, const cbr_signer_keys *keys,
                                  cbr_slice date) {
  cbr_signer_status status = cbr_signer_canonical_request(s, request, keys->algorithm);
  if (status == CBR_SIGNER_OK) status = cbr_signer_string_to_sign(s, keys, date);
  if (status == CBR_SIGNER_OK) status = cbr_signer_authorization(s, keys);
  return status;
}

void cbr_signer_free(cbr_signer *s) {
  cbr_buffer_free(&s->canonical_request);
  cbr_buffer_free(&s->signed_headers);
  cbr_buffer_free(&s->scope);
  cbr_buffer_free(&s->string_to_sign);
  cbr_buffer_free(&s->signature);
  cbr_buffer_free(&s->authorization);
  s->algorithm = NULL;
}
