/*
** input.h - reads the fuzzer's bytes as choices and texts. After the last byte,
** every choice is 0 and every text is empty, so that a shorter input is a simpler
** case.
*/

#ifndef cbr_fuzz_input_h
#define cbr_fuzz_input_h

#include "buffer.h"

#include <stdint.h>

typedef struct input {
  const uint8_t *data;
  size_t size;
} input;

/* Returns the next byte, or 0 after the last byte. */
static inline unsigned input_byte(input *in) {
  if (in->size == 0) return 0;
  in->size--;
  return *in->data++;
}

/* A number from 0 to 'count' - 1. */
static inline unsigned input_choice(input *in, unsigned count) {
  return input_byte(in) % count;
}

/* The next 'size' bytes, or as many as are left. */
static inline cbr_slice input_bytes(input *in, size_t size) {
  if (size > in->size) size = in->size;
  cbr_slice s = {size > 0 ? (const char *)in->data : "", size};
  if (size > 0) in->data += size;
  in->size -= size;
  return s;
}

/* Reads a text: one byte has the length, and the next bytes, of any value, are the text. */
static inline cbr_slice input_text(input *in) {
  return input_bytes(in, input_byte(in));
}

/* Checks a promise. If the promise does not hold, prints the promise and aborts, so that the fuzzer keeps the input. */
#define PROMISE(holds)                                                                                                 \
  do {                                                                                                                 \
    if (!(holds)) {                                                                                                    \
      fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #holds);                                              \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

#endif
