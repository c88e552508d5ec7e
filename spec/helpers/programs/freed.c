/*
** freed.c - preloaded by spec/core/secrets_in_freed_memory_spec.lua: searches every
** block of memory that cbr/core.so frees for the texts in the environment variable
** SEARCH_FOR (separated by newlines). At the end of the process it writes the
** counts to the file that REPORT names.
*/

#define _GNU_SOURCE /* dladdr, RTLD_NEXT, memmem */

#include <dlfcn.h>
#include <malloc.h> /* malloc_usable_size */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long freed, found;

static int is_core(void *address) {
  Dl_info info;
  if (dladdr(address, &info) == 0 || info.dli_fname == NULL) return 0;
  size_t size = strlen(info.dli_fname), end = strlen("cbr/core.so");
  return size >= end && strcmp(info.dli_fname + size - end, "cbr/core.so") == 0;
}

static void search(const void *block, size_t size) {
  const char *text = getenv("SEARCH_FOR");
  while (text != NULL && *text != '\0') {
    size_t length = strcspn(text, "\n");
    if (length > 0 && memmem(block, size, text, length) != NULL) found++;
    text += length + (text[length] == '\n');
  }
}

__attribute__((visibility("default"))) void free(void *block) {
  static void (*next)(void *);
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "free");
  if (block != NULL && is_core(__builtin_return_address(0))) {
    freed++;
    search(block, malloc_usable_size(block));
  }
  next(block);
}

__attribute__((destructor)) static void report(void) {
  const char *name = getenv("REPORT");
  FILE *file = name != NULL ? fopen(name, "w") : NULL;
  if (file == NULL) return;
  fprintf(file, "freed %lu found %lu\n", freed, found);
  fclose(file);
}
