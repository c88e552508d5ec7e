/*
** uri.c - see uri.h
*/

#include "uri.h"

#include <stdlib.h> /* qsort */
#include <string.h> /* memcmp */

static bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/* Appends the text, percent-encoded. 'kept' is a reserved byte that is not encoded, or 0. */
static bool add_encoded(cbr_buffer *out, cbr_slice text, char kept) {
  static const char digits[] = "0123456789ABCDEF";
  size_t plain = 0; /* where the present run of bytes that need no encoding began */
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (is_unreserved(c) || (kept != '\0' && text.data[i] == kept)) continue;
    char code[3] = {'%', digits[c >> 4], digits[c & 15]};
    cbr_buffer_add(out, text.data + plain, i - plain);
    cbr_buffer_add(out, code, sizeof code);
    plain = i + 1;
  }
  return cbr_buffer_add(out, text.data + plain, text.size - plain);
}

bool cbr_uri_add_path(cbr_buffer *out, cbr_slice path) {
  if (path.size == 0 || path.data[0] != '/') cbr_buffer_add_char(out, '/');
  return add_encoded(out, path, '/');
}

static int compare_bytes(cbr_slice a, cbr_slice b) {
  size_t shorter = a.size < b.size ? a.size : b.size;
  int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
  if (order != 0) return order;
  return (a.size > b.size) - (a.size < b.size);
}

static int compare_pairs(const void *left, const void *right) {
  const cbr_pair *a = left, *b = right;
  int order = compare_bytes(a->name, b->name);
  return order != 0 ? order : compare_bytes(a->value, b->value);
}

bool cbr_uri_add_query(cbr_buffer *out, cbr_pair *pairs, size_t count) {
  if (count > 1) qsort(pairs, count, sizeof *pairs, compare_pairs);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) cbr_buffer_add_char(out, '&');
    add_encoded(out, pairs[i].name, '\0');
    cbr_buffer_add_char(out, '=');
    add_encoded(out, pairs[i].value, '\0');
  }
  return !out->failed;
}
