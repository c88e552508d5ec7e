/*
** buffer.h - byte slices, and a growable byte buffer that leaves no secret in
** freed memory.
*/

#ifndef cbr_buffer_h
#define cbr_buffer_h

#include <stdbool.h>
#include <stddef.h> /* size_t */
#include <string.h> /* strlen */

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Borrowed bytes. The owner must keep the bytes alive. The last byte need not be 0. */
typedef struct cbr_slice {
  const char *data;
  size_t size;
} cbr_slice;

/* A 0-terminated text as a slice. Inline, so that the compiler counts the bytes of a literal. */
static inline cbr_slice cbr_slice_of(const char *text) {
  return (cbr_slice){text, strlen(text)};
}

/* Returns the small letter of an ASCII capital, and any other byte unchanged,
** whatever the locale is. */
unsigned char cbr_ascii_lower(char c);

/* True if two slices hold the same bytes, ignoring the case of ASCII letters
** (header names, RFC 9110 section 5.1). */
bool cbr_slice_same_name(cbr_slice a, cbr_slice b);

/* Returns 's' without leading and trailing spaces and tabs (field values, RFC 9110 section 5.5). */
cbr_slice cbr_slice_trim(cbr_slice s);

/*
** Owned bytes. A buffer whose fields are all zero is valid and empty, and so is a
** freed buffer. When an allocation fails, 'failed' is set and every later append
** does nothing. So a caller may check for failure once, after the last append.
*/
typedef struct cbr_buffer {
  char *data;
  size_t size;
  size_t capacity;
  bool failed;
} cbr_buffer;

/* Append bytes. False: an allocation failed, now or in an earlier call. */
bool cbr_buffer_add(cbr_buffer *b, const void *data, size_t size);
bool cbr_buffer_add_slice(cbr_buffer *b, cbr_slice s);
bool cbr_buffer_add_text(cbr_buffer *b, const char *text);
bool cbr_buffer_add_char(cbr_buffer *b, char c);

/* The contents; valid until the next append. */
cbr_slice cbr_buffer_slice(const cbr_buffer *b);

/* The contents as a 0-terminated text, valid until the next append; NULL: no memory. */
const char *cbr_buffer_text(cbr_buffer *b);

/* Wipes and frees the contents; the buffer can be used again. */
void cbr_buffer_free(cbr_buffer *b);

/* Overwrites memory with zeros; the compiler cannot remove the call. */
void cbr_wipe(void *data, size_t size);

#pragma GCC visibility pop

#endif
