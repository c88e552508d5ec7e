/*
** c_locale.h - the locale "C" for the calling thread, whatever locale the host
** program has set: error texts of the system are in English and in ASCII, and
** numbers have a decimal point.
*/

#ifndef cbr_c_locale_h
#define cbr_c_locale_h

#include <locale.h> /* newlocale uselocale */

/* Returns the thread's locale from before, for cbr_c_locale_leave. Other threads keep their locales. */
static inline locale_t cbr_c_locale_enter(void) {
  return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0)); /* newlocale allocates nothing for "C" */
}

static inline void cbr_c_locale_leave(locale_t before) {
  uselocale(before);
}

#endif
