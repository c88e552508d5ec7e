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
typedef struct cbr_slice {
  const char *data;
  size_t size;
} cbr_slice;

/* The slice of a 0-terminated text. */
cbr_slice cbr_slice_of(const char *text);

/* Whether two slices hold the same bytes, ASCII letters compared without
** case (header names, RFC 9110 section 5.1). */
bool cbr_slice_same_name(cbr_slice a, cbr_slice b);

/* 's' without the spaces and tabs around it (field values, RFC 9110 5.5). */
cbr_slice cbr_slice_trim(cbr_slice s);

/*
** Owned bytes. All zero is a valid empty buffer, and so is a freed one.
** The first allocation that fails sets 'failed'; every later append is then
** a no-op, so that a writer checks once, at its end.
*/
typedef struct cbr_buffer {
  char *data;
  size_t size;
  size_t capacity;
  bool failed;
} cbr_buffer;

/* Appends; false when memory ran out, now or before. */
bool cbr_buffer_add(cbr_buffer *b, const void *data, size_t size);
bool cbr_buffer_add_slice(cbr_buffer *b, cbr_slice s);
bool cbr_buffer_add_text(cbr_buffer *b, const char *text);
bool cbr_buffer_add_char(cbr_buffer *b, char c);

/* What is in the buffer; valid until the next append. */
cbr_slice cbr_buffer_slice(const cbr_buffer *b);

/* The same as a 0-terminated text; NULL when memory ran out. */
const char *cbr_buffer_text(cbr_buffer *b);

/* Wipes and frees; the buffer is empty afterwards and can be used again. */
void cbr_buffer_free(cbr_buffer *b);

/* Overwrites memory in a way that the compiler may not leave out. */
void cbr_wipe(void *data, size_t size);

#pragma GCC visibility pop

#endif
