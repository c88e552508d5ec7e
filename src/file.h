/*
** file.h - reads small files with settings and credentials, and tells who may
** read such a file.
*/

#ifndef cbr_file_h
#define cbr_file_h

#include <stddef.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Returns 1 when the group or others have the permission to read the file, 0 when
** neither has the permission, -1 when stat(2) fails. */
int cbr_file_readable_by_others(const char *file);

/* The result of cbr_file_look or cbr_file_read. */
typedef enum cbr_file_result {
  CBR_FILE_OK,
  CBR_FILE_MISSING,     /* the file does not exist, or its path cannot be followed; errno says why */
  CBR_FILE_UNREADABLE,  /* the file cannot be opened or read; errno says why */
  CBR_FILE_NOT_REGULAR, /* a FIFO, a device, a socket or a directory: a read could block, or never end */
  CBR_FILE_TOO_LARGE
} cbr_file_result;

/* Looks at a file without opening it, and writes the file's size in bytes to
** 'size'. A symbolic link is followed. */
cbr_file_result cbr_file_look(const char *file, size_t *size);

/* Reads a whole regular file, of less than 'capacity' bytes, into 'data'.
** Never blocks on a FIFO. The number of bytes read goes to 'size'. If 'capacity'
** is 0, the result for every readable file is CBR_FILE_TOO_LARGE. */
cbr_file_result cbr_file_read(const char *file, char *data, size_t capacity, size_t *size);

#pragma GCC visibility pop

#endif
