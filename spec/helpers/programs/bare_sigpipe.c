/*
** bare_sigpipe.c - preloaded by spec/core/sigpipe_spec.lua: removes the flag by which
** newer versions of libcurl prevent SIGPIPE. Older versions of libcurl, and TLS
** libraries that write by themselves, never set this flag.
*/

#define _GNU_SOURCE /* sendto, syscall */

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t send(int fd, const void *data, size_t size, int flags) {
  return syscall(SYS_sendto, fd, data, size, flags & ~MSG_NOSIGNAL, NULL, 0);
}
