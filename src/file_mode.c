/*
** file_mode.c - see file_mode.h
*/

#include "linux.h"

#include "file_mode.h"

#include <sys/stat.h> /* stat */

int cbr_file_readable_by_others(const char *file) {
  struct stat status;
  if (stat(file, &status) != 0) return -1;
  return (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}
