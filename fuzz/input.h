/*
** input.h - the fuzzer's bytes, read as choices and texts. Behind their end
** every choice is 0 and every text empty, so that a shorter input is a simpler
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

static inline unsigned input_byte(input *in) {
  if (in->size == 0) return 0;
  in->size--;
  return *in->data++;
}

/* A number from 0 to 'count' - 1. */
static inline unsigned input_choice(input *in, unsigned count) {
  return input_byte(in) % count;
}

static inline cbr_slice input_bytes(input *in, size_t size) {
  if (size > in->size) size = in->size;
  cbr_slice s = {size > 0 ? (const char *)in->data : "", size};
  if (size > 0) in->data += size;
  in->size -= size;
  return s;
}

/* A text of up to 255 bytes, any bytes: its length, then itself. */
static inline cbr_slice input_text(input *in) {
  return input_bytes(in, input_byte(in));
}

/* What a broken promise does: says which one, and stops for the fuzzer to keep the input. */
#define PROMISE(holds)                                                                                                 \
  do {                                                                                                                 \
    if (!(holds)) {                                                                                                    \
      fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #holds);                                              \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

#endif
