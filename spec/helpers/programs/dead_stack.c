/*
** dead_stack.c - calls the functions of signer.c that handle secrets. Then it prints
** how often each secret is in the memory below the stack pointer, where functions
** leave what was in their variables: "<name> <count>".
*/

#include "signer.c" /* not signer.h, because static functions are called */

#include <stdio.h>

#define DEPTH 32768

static unsigned char copy[DEPTH];
static size_t at;

static __attribute__((noinline)) void clear_dead_stack(void) {
  unsigned char area[DEPTH];
  for (size_t i = 0; i < DEPTH; i++)
    ((volatile unsigned char *)area)[i] = 0;
}

/* This function has no variable on the stack, because a variable would overwrite what the program searches for. */
static __attribute__((noinline)) void copy_dead_stack(void) {
  for (at = 0; at < DEPTH; at++)
    copy[at] = ((volatile unsigned char *)__builtin_frame_address(0))[at - DEPTH];
}

static void count(const char *name, const void *secret, size_t size) {
  int times = 0;
  for (size_t i = 0; i + size <= DEPTH; i++)
    times += memcmp(copy + i, secret, size) == 0;
  printf("%s %d\n", name, times);
}

static const cbr_slice text = {"the-text-of-a-request", 21}, scope = {"20211207/r/cbr", 14};
static const cbr_signer_keys keys = {.access_key = {"access-key", 10}, .secret_key = {"secret-key-of-a-user", 20}};

/* Calls go through these pointers, so that the compiler does not inline the functions. */
static void (*volatile call_hash)(cbr_buffer *, bool, cbr_slice) = add_hash;
static cbr_signer_status (*volatile call_authorization)(cbr_signer *, const cbr_signer_keys *) = cbr_signer_authorization;
static void (*volatile call_set_key)(hmac_context *, bool, cbr_slice) = set_key;
static void (*volatile call_derive)(cbr_buffer *, const cbr_signer_keys *, cbr_slice) = add_derived_key;

static struct hmac_sha256_ctx expected;
static uint8_t digest[SHA256_DIGEST_SIZE];

static void after_hash(void) {
  cbr_buffer out = {0};
  clear_dead_stack();
  call_hash(&out, false, text);
  copy_dead_stack();
  count("text", text.data, text.size);
  cbr_buffer_free(&out);
}

/* hmac_sha256_set_key XORs the key with the bytes 0x36 and 0x5c (RFC 2104). */
static void count_padded(const char *name, cbr_slice key) {
  static uint8_t inner[64], outer[64];
  for (size_t i = 0; i < key.size; i++) {
    inner[i] = (uint8_t)key.data[i] ^ 0x36;
    outer[i] = (uint8_t)key.data[i] ^ 0x5c;
  }
  printf("%s", name);
  count("_inner", inner, key.size);
  printf("%s", name);
  count("_outer", outer, key.size);
}

static void after_key(void) {
  hmac_context context;
  clear_dead_stack();
  call_set_key(&context, false, keys.secret_key);
  copy_dead_stack();
  count_padded("key", keys.secret_key);
}

static void after_hmac(void) {
  cbr_signer signer = {.algorithm = &algorithms[0]};
  cbr_buffer_add_slice(&signer.string_to_sign, text);
  hmac_sha256_set_key(&expected, keys.secret_key.size, (const uint8_t *)keys.secret_key.data);
  hmac_sha256_update(&expected, text.size, (const uint8_t *)text.data);
  DIGEST(hmac_sha256_digest, &expected, digest);
  clear_dead_stack();
  call_authorization(&signer, &keys);
  copy_dead_stack();
  count("digest", digest, sizeof digest);
  count("hex", signer.signature.data, signer.signature.size);
  count("outer", expected.outer.state, sizeof expected.outer.state);
  count("inner", expected.inner.state, sizeof expected.inner.state);
  cbr_signer_free(&signer);
}

static void after_derive(void) {
  cbr_buffer out = {0};
  hmac_sha256_set_key(&expected, keys.access_key.size, (const uint8_t *)keys.access_key.data);
  hmac_sha256_update(&expected, keys.secret_key.size, (const uint8_t *)keys.secret_key.data);
  DIGEST(hmac_sha256_digest, &expected, digest);
  hmac_sha256_set_key(&expected, sizeof digest, digest);
  hmac_sha256_update(&expected, scope.size, (const uint8_t *)scope.data);
  hmac_sha256_update(&expected, 1, (const uint8_t[]){1});
  DIGEST(hmac_sha256_digest, &expected, digest);
  clear_dead_stack();
  call_derive(&out, &keys, scope);
  copy_dead_stack();
  count("derived_key", digest, sizeof digest);
  count("derived_hex", out.data, out.size);
  count("derived_outer", expected.outer.state, sizeof expected.outer.state);
  count("derived_inner", expected.inner.state, sizeof expected.inner.state);
  cbr_buffer_free(&out);
}

int main(void) {
  after_hash();
  after_key();
  after_hmac();
  after_derive();
  return 0;
}
