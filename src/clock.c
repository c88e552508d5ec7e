/*
** clock.c - see clock.h
*/

#include "linux.h"

#include "clock.h"

#include <limits.h> /* INT_MAX */
#include <math.h>   /* floor */
#include <stdint.h> /* INT32_MAX */
#include <time.h>   /* clock_gettime gmtime_r time */

#define LARGEST_OFFSET 1e12 /* seconds; this offset leads beyond the year 9999, but does not overflow time_t */

double cbr_clock_monotonic(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int cbr_clock_milliseconds(double seconds) {
  double ms = seconds * 1000;
  if (!(ms >= 1)) return 1;
  if (ms >= (double)INT_MAX) return INT_MAX;
  int whole = (int)ms;
  return (double)whole < ms ? whole + 1 : whole;
}

/* Writes a number, which must not be negative, with this many digits. Returns the end of what was written. */
static char *add_digits(char *out, int number, size_t digits) {
  for (size_t i = digits; i > 0; i--, number /= 10)
    out[i - 1] = (char)('0' + number % 10);
  return out + digits;
}

bool cbr_clock_date(double offset, char date[CBR_DATE_SIZE]) {
  struct tm utc;
  if (!(offset > -LARGEST_OFFSET && offset < LARGEST_OFFSET)) return false;
  double then = (double)time(NULL) + floor(offset + 0.5);
  if (sizeof(time_t) == 4 && (then < INT32_MIN || then > INT32_MAX)) return false; /* a 32-bit time_t ends in 2038 */
  time_t now = (time_t)then;
  if (gmtime_r(&now, &utc) == NULL || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) return false;
  date = add_digits(date, utc.tm_year + 1900, 4);
  date = add_digits(date, utc.tm_mon + 1, 2);
  date = add_digits(date, utc.tm_mday, 2);
  *date++ = 'T';
  date = add_digits(date, utc.tm_hour, 2);
  date = add_digits(date, utc.tm_min, 2);
  date = add_digits(date, utc.tm_sec, 2);
  *date++ = 'Z';
  *date = '\0';
  return true;
}
