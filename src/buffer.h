/*
** buffer.h - byte slices, and a growable byte buffer that leaves nothing
** behind in freed memory.
*/

#ifndef cbr_buffer_h
#define cbr_buffer_h

#include <stdbool.h>
#include <stddef.h> /* size_t */

#pragma GCC visibility push(hidden) /* only luaopen_* leaves the shared object */

/* Borrowed bytes: whoever fills a slice keeps them alive. Need not end in 0. */
typedef struct slice {
  const char *data;
  size_t size;
} slice;

/* The slice of a 0-terminated text. */
slice slice_of(const char *text);

/* Whether two slices hold the same bytes, ASCII letters compared without
** case (header names, RFC 9110 section 5.1). */
bool slice_same_name(slice a, slice b);

/* 's' without the spaces and tabs around it (field values, RFC 9110 5.5). */
slice slice_trim(slice s);

/*
** Owned bytes. All zero is a valid empty buffer, and so is a freed one.
** The first allocation that fails sets 'failed'; every later append is then
** a no-op, so that a writer checks once, at its end.
*/
typedef struct buffer {
  char *data;
  size_t size;
  size_t capacity;
  bool failed;
} buffer;

/* Appends; false when memory ran out, now or before. */
bool buffer_add(buffer *b, const void *data, size_t size);
bool buffer_add_slice(buffer *b, slice s);
bool buffer_add_text(buffer *b, const char *text);
bool buffer_add_char(buffer *b, char c);

/* What is in the buffer; valid until the next append. */
slice buffer_slice(const buffer *b);

/* The same as a 0-terminated text; NULL when memory ran out. */
const char *buffer_text(buffer *b);

/* Wipes and frees; the buffer is empty afterwards and can be used again. */
void buffer_free(buffer *b);

/* Overwrites memory in a way that the compiler may not leave out. */
void cbr_wipe(void *data, size_t size);

#pragma GCC visibility pop

#endif
