/*
** taken_number.c - preloaded by spec/core/descriptors_spec.lua. When a connecting
** socket is closed, this opens another socket under its number at once, as another
** thread could. At the end, it prints whether the bytes in that socket are still
** unread.
*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int taken = -1;

static int is_connecting(int fd) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_SYN_SENT;
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
