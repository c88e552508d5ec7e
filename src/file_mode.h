/*
** file_mode.h - who may read a file.
*/

#ifndef cbr_file_mode_h
#define cbr_file_mode_h

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* 1 when the group or others have the permission to read the file, 0 when they
** do not, -1 when stat(2) fails. */
int cbr_file_readable_by_others(const char *file);

#pragma GCC visibility pop

#endif
