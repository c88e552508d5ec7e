/*
** process.c - see process.h
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dladdr, RTLD_NODELETE */
#endif

#include "process.h"

#include "buffer.h" /* wipe */

#include <curl/curl.h> /* curl_global_init_mem */
#include <dlfcn.h>     /* dladdr dlopen */
#include <pthread.h>   /* pthread_once */
#include <stdlib.h>    /* malloc free */
#include <string.h>    /* memcpy strdup */
#if defined(__linux__)
#include <malloc.h> /* malloc_usable_size */
#endif
#include <sys/stat.h> /* stat */
#include <time.h>     /* clock_gettime */

static CURLcode global_result = CURLE_FAILED_INIT;

void process_pin(void) {
  Dl_info self;
  /* The same name again only raises a count; the flag is what stays. */
  if (dladdr((const void *)&global_result, &self) != 0 && self.dli_fname != NULL)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

#if defined(__linux__)
/*
** libcurl copies tokens into buffers of its own (headers above all) and frees
** them as they are. So it gets a free that wipes; where another user of libcurl
** in the process was there first, libcurl keeps what that one gave it.
*/
static void wiping_free(void *block) {
  if (block == NULL) return;
  wipe(block, malloc_usable_size(block));
  free(block);
}

/* By hand: realloc would free the old bytes unwiped. */
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
#else
static void global_init(void) {
  global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}
#endif

/* No clean-up ever matches this: another user of libcurl in the process may
** still need what it set up (curl_global_cleanup(3)). */
bool process_ready(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, global_init) == 0 && global_result == CURLE_OK;
}

double process_monotonic(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int process_readable_by_others(const char *file) {
  struct stat status;
  if (stat(file, &status) != 0) return -1;
  return (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}
