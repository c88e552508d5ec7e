/*
** file.c - see file.h
*/

#include "linux.h"

#include "file.h"

#include <errno.h> /* errno */
#include <fcntl.h> /* open */
#include <stdbool.h>
#include <sys/stat.h> /* fstat, stat */
#include <unistd.h>   /* close, read */

int cbr_file_readable_by_others(const char *file) {
  struct stat status;
  if (stat(file, &status) != 0) return -1;
  return (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

cbr_file_result cbr_file_look(const char *file, size_t *size) {
  struct stat status;
  if (stat(file, &status) != 0) return CBR_FILE_MISSING;
  if (!S_ISREG(status.st_mode)) return CBR_FILE_NOT_REGULAR;
  *size = (size_t)status.st_size;
  return CBR_FILE_OK;
}

/* Reads until the end or until 'data' is full; -1 with errno set. */
static ssize_t read_all(int fd, char *data, size_t capacity) {
  size_t size = 0;
  while (size < capacity) {
    ssize_t count = read(fd, data + size, capacity - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    size += (size_t)count;
  }
  return (ssize_t)size;
}

cbr_file_result cbr_file_read(const char *file, char *data, size_t capacity, size_t *size) {
  int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? CBR_FILE_MISSING : CBR_FILE_UNREADABLE;
  struct stat status;
  bool is_regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  ssize_t count = is_regular ? read_all(fd, data, capacity) : 0;
  int reason = errno; /* close may change errno */
  (void)close(fd);
  errno = reason;
  if (!is_regular) return CBR_FILE_NOT_REGULAR;
  if (count < 0) return CBR_FILE_UNREADABLE;
  if ((size_t)count == capacity) return CBR_FILE_TOO_LARGE;
  *size = (size_t)count;
  return CBR_FILE_OK;
}
