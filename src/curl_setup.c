/*
** curl_setup.c - see curl_setup.h
*/

#include "linux.h"

#include "curl_setup.h"

#include "buffer.h" /* cbr_wipe */

#include <curl/curl.h> /* curl_global_init_mem curl_version_info */
#include <dlfcn.h>     /* dladdr dlopen */
#include <malloc.h>    /* malloc_usable_size */
#include <pthread.h>   /* pthread_once */
#include <stdlib.h>    /* calloc free malloc */
#include <string.h>    /* memcpy strdup */

static CURLcode global_result = CURLE_FAILED_INIT;

void cbr_curl_pin(void) {
  Dl_info self;
  /* Opening the same object again only raises a reference count; RTLD_NODELETE stays. */
  if (dladdr((const void *)&global_result, &self) != 0 && self.dli_fname != NULL)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

static void wiping_free(void *block) {
  if (block == NULL) return;
  cbr_wipe(block, malloc_usable_size(block));
  free(block);
}

/* Replaces realloc(3), which would free the old bytes without wiping them. */
static void *wiping_realloc(void *block, size_t size) {
  if (block == NULL) return malloc(size);
  size_t old = malloc_usable_size(block);
  if (size <= old && size >= old / 2) return block;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, block, size < old ? size : old);
  wiping_free(block);
  return moved;
}

static void global_init(void) {
  global_result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup, calloc);
}

bool cbr_curl_setup(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, global_init) == 0 && global_result == CURLE_OK;
}

const char *cbr_curl_version(void) {
  return curl_version_info(CURLVERSION_NOW)->version;
}

const char *cbr_curl_tls_version(void) {
  const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return tls != NULL ? tls : "without TLS";
}
