/*
** taken_number.c - preloaded by spec/core/descriptors_spec.lua: when a socket that is
** still connecting is closed, another socket gets its number at once, as if another
** thread had opened it. At the end of the process, prints whether the bytes that
** wait in the other socket can still be read.
*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int taken = -1;

static int is_connecting(int fd) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  int listens = 0;
  socklen_t listens_size = sizeof listens;
  if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.ss_family != AF_INET) return 0;
  size = sizeof address;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) == 0 && !listens &&
         getpeername(fd, (struct sockaddr *)&address, &size) != 0;
}

int close(int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
  int pair[2];
  int takes = taken < 0 && is_connecting(fd);
  int status = next(fd);
  if (takes && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && write(pair[1], "hello", 5) == 5) {
    taken = dup2(pair[0], fd);
    if (pair[0] != fd) next(pair[0]);
  }
  return status;
}

__attribute__((destructor)) static void report(void) {
  char bytes[5];
  if (taken >= 0) puts(recv(taken, bytes, sizeof bytes, MSG_DONTWAIT) == 5 ? "intact" : "broken");
}
