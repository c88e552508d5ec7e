/*
** model.c - see model.h
*/

#include "model.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(grown *g, const void *bytes, size_t count) {
  if (g->length + count + 1 > g->room) {
    g->room = (g->length + count + 1) * 2;
    g->at = realloc(g->at, g->room);
    if (g->at == NULL) abort();
  }
  if (count > 0) memcpy(g->at + g->length, bytes, count);
  g->length += count;
  g->at[g->length] = 0;
}

static void put_words(grown *g, const char *words) {
  put(g, words, strlen(words));
}

static void put_text(grown *g, text t) {
  put(g, t.at, t.length);
}

static void put_grown(grown *g, const grown *other) {
  put(g, other->at, other->length);
}

/* {======= validity ======= */

/* Whether a text is not empty and has only allowed bytes. */
static bool all_of(text t, const char *allowed) {
  bool may[256] = {false};
  for (const char *c = allowed; *c != 0; c++)
    may[(unsigned char)*c] = true;
  for (size_t i = 0; i < t.length; i++)
    if (!may[t.at[i]]) return false;
  return t.length > 0;
}

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SMALLS "abcdefghijklmnopqrstuvwxyz"
#define FIGURES "0123456789"

bool model_method_is_good(text method) {
  return all_of(method, CAPITALS);
}

bool model_name_is_good(text name) {
  return all_of(name, CAPITALS SMALLS FIGURES "!#$%&'*+-.^_`|~");
}

static bool has(text t, int byte) {
  return t.length > 0 && memchr(t.at, byte, t.length) != NULL;
}

bool model_value_is_good(text value) {
  return !has(value, 0) && !has(value, 10) && !has(value, 13);
}

bool model_date_is_good(text date) {
  if (date.length != 16 || date.at[8] != 'T' || date.at[15] != 'Z') return false;
  text day = {date.at, 8}, hour = {date.at + 9, 6};
  return all_of(day, FIGURES) && all_of(hour, FIGURES);
}

bool model_scope_is_good(text part) {
  return part.length > 0 && model_value_is_good(part) && !has(part, '/');
}

static unsigned char lowered(unsigned char c) {
  const char *capital = c != 0 ? strchr(CAPITALS, c) : NULL;
  return capital != NULL ? (unsigned char)SMALLS[capital - CAPITALS] : c;
}

bool model_names_are_same(text a, text b) {
  size_t i = 0;
  while (i < a.length && i < b.length && lowered(a.at[i]) == lowered(b.at[i]))
    i++;
  return i == a.length && i == b.length;
}

static text words(const char *w) {
  return (text){(const unsigned char *)w, strlen(w)};
}

bool model_name_is_signed(text name) {
  return model_names_are_same(name, words("host")) || model_names_are_same(name, words("content-type")) ||
         (name.length >= 3 && lowered(name.at[0]) == 'x' && name.at[1] == '-');
}

/* }====================================================== */

/* {======= encoding and order ======= */

static void put_encoded(grown *g, text t) {
  for (size_t i = 0; i < t.length; i++) {
    text one = {t.at + i, 1};
    if (all_of(one, CAPITALS SMALLS FIGURES "-_.~")) {
      put_text(g, one);
    } else {
      char coded[4];
      snprintf(coded, sizeof coded, "%%%02X", (unsigned)t.at[i]);
      put_words(g, coded);
    }
  }
}

/* Appends a path, segment by segment, with a '/' before each segment. */
static void put_path(grown *g, text path) {
  size_t from = path.length > 0 && path.at[0] == '/' ? 1 : 0;
  for (;;) {
    size_t to = from;
    while (to < path.length && path.at[to] != '/')
      to++;
    put_words(g, "/");
    put_encoded(g, (text){path.at + from, to - from});
    if (to >= path.length) return;
    from = to + 1;
  }
}

/* Compares bytewise. Returns -1 if 'a' comes before 'b', 1 if 'a' comes after 'b', 0 if both are equal. */
static int order(const unsigned char *a, size_t a_length, const unsigned char *b, size_t b_length) {
  for (size_t i = 0;; i++) {
    if (i == a_length || i == b_length) return i < a_length ? 1 : i < b_length ? -1 : 0;
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
}

static void put_query(grown *g, const field *query, size_t count) {
  /* writes the smallest remaining parameter until none is left */
  bool *written = calloc(count + 1, sizeof *written);
  if (written == NULL) abort();
  for (size_t round = 0; round < count; round++) {
    size_t least = count;
    for (size_t i = 0; i < count; i++) {
      if (written[i]) continue;
      int o = -1;
      if (least < count) {
        o = order(query[i].name.at, query[i].name.length, query[least].name.at, query[least].name.length);
        if (o == 0)
          o = order(query[i].value.at, query[i].value.length, query[least].value.at, query[least].value.length);
      }
      if (o < 0) least = i;
    }
    written[least] = true;
    if (round > 0) put_words(g, "&");
    put_encoded(g, query[least].name);
    put_words(g, "=");
    put_encoded(g, query[least].value);
  }
  free(written);
}

static text trimmed(text t) {
  while (t.length > 0 && (t.at[0] == ' ' || t.at[0] == '\t')) {
    t.at++;
    t.length--;
  }
  while (t.length > 0 && (t.at[t.length - 1] == ' ' || t.at[t.length - 1] == '\t'))
    t.length--;
  return t;
}

/* }====================================================== */

/* {======= hashes ======= */

static const EVP_MD *digest_of(model_hash hash) {
  return hash == MODEL_SM3 ? EVP_sm3() : EVP_sha256();
}

static void put_hex(grown *g, const unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char two[3];
    snprintf(two, sizeof two, "%02x", (unsigned)bytes[i]);
    put_words(g, two);
  }
}

static void put_hash(grown *g, model_hash hash, const void *bytes, size_t count) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(count > 0 ? bytes : "", count, digest, &size, digest_of(hash), NULL) != 1) abort();
  put_hex(g, digest, size);
}

static unsigned hmac(model_hash hash, const void *key, size_t key_length, const void *bytes, size_t count,
                     unsigned char *mac) {
  unsigned size = 0;
  if (HMAC(digest_of(hash), key_length > 0 ? key : "", (int)key_length, bytes, count, mac, &size) == NULL) abort();
  return size;
}

/* Appends one block of HKDF-SHA256 (RFC 5869), as lower-case hex. */
static void put_scope_key(grown *g, const model_request *r, const grown *scope) {
  unsigned char secret[EVP_MAX_MD_SIZE], key[EVP_MAX_MD_SIZE];
  unsigned size =
      hmac(MODEL_SHA256, r->access_key.at, r->access_key.length, r->secret_key.at, r->secret_key.length, secret);
  grown info = {0};
  put_grown(&info, scope);
  put(&info, "\1", 1);
  size = hmac(MODEL_SHA256, secret, size, info.at, info.length, key);
  put_hex(g, key, size);
  free(info.at);
}

/* }====================================================== */

static void put_headers(const model_request *r, grown *lines, grown *names) {
  bool *written = calloc(r->header_count + 1, sizeof *written);
  if (written == NULL) abort();
  for (size_t round = 0; round < r->header_count; round++) {
    grown least = {0};
    size_t found = r->header_count;
    for (size_t i = 0; i < r->header_count; i++) {
      if (written[i]) continue;
      grown name = {0};
      put_words(&name, "");
      for (size_t k = 0; k < r->headers[i].name.length; k++) {
        unsigned char c = lowered(r->headers[i].name.at[k]);
        put(&name, &c, 1);
      }
      if (found == r->header_count || order(name.at, name.length, least.at, least.length) < 0) {
        grown other = least;
        least = name;
        name = other;
        found = i;
      }
      free(name.at);
    }
    written[found] = true;
    put_grown(lines, &least);
    put_words(lines, ":");
    put_text(lines, trimmed(r->headers[found].value));
    put_words(lines, "\n");
    if (round > 0) put_words(names, ";");
    put_grown(names, &least);
    free(least.at);
  }
  free(written);
}

/* The header value that replaces the hash of the body; empty if there is no such header. */
static text given_hash(const model_request *r) {
  text name = words(r->hash == MODEL_SM3 ? "x-sdk-content-sm3" : "x-sdk-content-sha256");
  for (size_t i = 0; i < r->header_count; i++)
    if (model_names_are_same(r->headers[i].name, name)) return trimmed(r->headers[i].value);
  return (text){NULL, 0};
}

static void put_canonical(const model_request *r, model_signature *made) {
  grown *g = &made->canonical;
  grown lines = {0};
  put_headers(r, &lines, &made->signed_headers);
  put_text(g, r->method);
  put_words(g, "\n");
  put_grown(g, &made->url_path);
  if (made->url_path.at[made->url_path.length - 1] != '/') put_words(g, "/");
  put_words(g, "\n");
  put_grown(g, &made->query_string);
  put_words(g, "\n");
  put_grown(g, &lines);
  put_words(g, "\n");
  put_grown(g, &made->signed_headers);
  put_words(g, "\n");
  text hash = given_hash(r);
  if (hash.length > 0)
    put_text(g, hash);
  else
    put_hash(g, r->hash, r->body.at, r->body.length);
  free(lines.at);
}

void model_sign(const model_request *r, model_signature *made) {
  *made = (model_signature){0};
  put_path(&made->url_path, r->path);
  put_words(&made->query_string, "");
  put_query(&made->query_string, r->query, r->query_count);
  put_canonical(r, made);

  grown scope = {0}, key = {0};
  if (r->has_scope) {
    put(&scope, r->date.at, 8);
    put_words(&scope, "/");
    put_text(&scope, r->region);
    put_words(&scope, "/");
    put_text(&scope, r->service);
    put_scope_key(&key, r, &scope);
  } else {
    put_text(&key, r->secret_key);
  }

  grown *g = &made->to_sign;
  put_words(g, r->algorithm);
  put_words(g, "\n");
  put_text(g, r->date);
  put_words(g, "\n");
  if (r->has_scope) {
    put_grown(g, &scope);
    put_words(g, "\n");
  }
  put_hash(g, r->hash, made->canonical.at, made->canonical.length);

  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = hmac(r->hash, key.at, key.length, g->at, g->length, mac);
  put_hex(&made->signature, mac, size);

  g = &made->authorization;
  put_words(g, r->algorithm);
  put_words(g, r->has_scope ? " Credential=" : " Access=");
  put_text(g, r->access_key);
  if (r->has_scope) {
    put_words(g, "/");
    put_grown(g, &scope);
  }
  put_words(g, ", SignedHeaders=");
  put_grown(g, &made->signed_headers);
  put_words(g, ", Signature=");
  put_grown(g, &made->signature);
  free(scope.at);
  free(key.at);
} /* model_sign() */

void model_free(model_signature *made) {
  free(made->url_path.at);
  free(made->query_string.at);
  free(made->canonical.at);
  free(made->signed_headers.at);
  free(made->to_sign.at);
  free(made->signature.at);
  free(made->authorization.at);
  *made = (model_signature){0};
}
