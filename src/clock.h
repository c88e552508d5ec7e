/*
** clock.h - the monotonic clock, the date, and seconds as the milliseconds of
** system calls.
*/

#ifndef cbr_clock_h
#define cbr_clock_h

#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Seconds since an unspecified moment, on a clock that is never set and never
** goes backwards: CLOCK_MONOTONIC of clock_gettime(2). */
double cbr_clock_monotonic(void);

/*
** 'seconds' in milliseconds, as poll(2), epoll_wait(2) and libcurl take a time.
** Rounded up, so that a wait does not spin through its last millisecond. The
** result is between 1 and INT_MAX. It is never 0, because poll takes 0 as "do not
** wait" and libcurl takes 0 as "no limit". For NaN the result is 1.
*/
int cbr_clock_milliseconds(double seconds);

#define CBR_DATE_SIZE sizeof "YYYYMMDDThhmmssZ"

/*
** Writes the present UTC time plus 'offset' seconds to 'date', as
** YYYYMMDDThhmmssZ with a final 0: the form of the header X-Sdk-Date (Huawei
** Cloud "API Request Signing Guide"). The offset is rounded to the nearest
** second. False, with nothing written, when the offset is not a number, or the
** date is not in the years 0 to 9999.
*/
bool cbr_clock_date(double offset, char date[CBR_DATE_SIZE]);

#pragma GCC visibility pop

#endif
