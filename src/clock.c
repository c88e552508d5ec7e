/*
** clock.c - see clock.h
*/

#include "linux.h"

#include "clock.h"

#include <limits.h> /* INT_MAX */
#include <math.h>   /* floor */
#include <stdio.h>  /* snprintf */
#include <string.h> /* memcpy */
#include <time.h>   /* clock_gettime gmtime_r time */

#define LARGEST_OFFSET 1e12 /* seconds; beyond the year 9999, and far from overflowing time_t */

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

bool cbr_clock_date(double offset, char date[CBR_DATE_SIZE]) {
  struct tm utc;
  if (!(offset > -LARGEST_OFFSET && offset < LARGEST_OFFSET)) return false;
  time_t now = time(NULL) + (time_t)floor(offset + 0.5);
  if (gmtime_r(&now, &utc) == NULL || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) return false;
  char text[96]; /* with room for every int, so that no compiler warns */
  (void)snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                 utc.tm_hour, utc.tm_min, utc.tm_sec);
  memcpy(date, text, CBR_DATE_SIZE);
  return true;
}
