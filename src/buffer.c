/*
** buffer.c - see buffer.h
*/

#include "buffer.h"

#include <stdint.h> /* SIZE_MAX */
#include <stdlib.h> /* malloc free */
#include <string.h> /* memcpy memset strlen */

#define WIPED_AT_ONCE 1024 /* bytes for one call of memset(3): glibc's memset starts more slowly on more bytes */
#define SMALLEST 256       /* the first size of a buffer in bytes; enough for most URLs and short bodies */

unsigned char cbr_ascii_lower(char c) {
  unsigned char u = (unsigned char)c;
  return (u >= 'A' && u <= 'Z') ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool cbr_slice_same_name(cbr_slice a, cbr_slice b) {
  if (a.size != b.size) return false;
  for (size_t i = 0; i < a.size; i++)
    if (cbr_ascii_lower(a.data[i]) != cbr_ascii_lower(b.data[i])) return false;
  return true;
}

cbr_slice cbr_slice_trim(cbr_slice s) {
  while (s.size > 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
    s.data++;
    s.size--;
  }
  while (s.size > 0 && (s.data[s.size - 1] == ' ' || s.data[s.size - 1] == '\t'))
    s.size--;
  return s;
}

/* Grows the buffer without realloc(3), which would free the old bytes without wiping them. */
static bool grow(cbr_buffer *b, size_t more) {
  size_t capacity = b->capacity < SMALLEST ? SMALLEST : b->capacity;
  while (capacity - b->size < more) {
    if (capacity > SIZE_MAX / 2) {
      b->failed = true;
      return false;
    }
    capacity *= 2;
  }
  char *data = malloc(capacity);
  if (data == NULL) {
    b->failed = true;
    return false;
  }
  if (b->size > 0) memcpy(data, b->data, b->size);
  if (b->data != NULL) cbr_wipe(b->data, b->capacity);
  free(b->data);
  b->data = data;
  b->capacity = capacity;
  return true;
}

/* Makes room for 'more' bytes. False: an allocation failed, now or in an earlier call. */
static inline bool reserve(cbr_buffer *b, size_t more) {
  return !b->failed && (more <= b->capacity - b->size || grow(b, more));
}

bool cbr_buffer_add(cbr_buffer *b, const void *data, size_t size) {
  if (!reserve(b, size)) return false;
  if (size > 0) memcpy(b->data + b->size, data, size);
  b->size += size;
  return true;
}

bool cbr_buffer_add_slice(cbr_buffer *b, cbr_slice s) {
  return cbr_buffer_add(b, s.data, s.size);
}

bool cbr_buffer_add_text(cbr_buffer *b, const char *text) {
  return cbr_buffer_add(b, text, strlen(text));
}

bool cbr_buffer_add_char(cbr_buffer *b, char c) {
  if (!reserve(b, 1)) return false;
  b->data[b->size++] = c;
  return true;
}

cbr_slice cbr_buffer_slice(const cbr_buffer *b) {
  return (cbr_slice){b->data != NULL ? b->data : "", b->size};
}

const char *cbr_buffer_text(cbr_buffer *b) {
  if (!reserve(b, 1)) return NULL;
  b->data[b->size] = '\0';
  return b->data;
}

void cbr_buffer_free(cbr_buffer *b) {
  if (b->data != NULL) cbr_wipe(b->data, b->capacity);
  free(b->data);
  *b = (cbr_buffer){0};
}

void cbr_wipe(void *data, size_t size) {
  /* The compiler cannot remove this call, because it cannot know which function a volatile pointer refers to. */
  static void *(*const volatile set)(void *, int, size_t) = memset;
  for (char *at = data, *end = at + size; at < end; at += WIPED_AT_ONCE)
    set(at, 0, end - at < WIPED_AT_ONCE ? (size_t)(end - at) : WIPED_AT_ONCE);
}
