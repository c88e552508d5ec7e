/*
** no_bell.c - preloaded into nginx: the function that NO_BELL names ("mkdtemp" or "connect") fails, so that a worker
** gets no bell, as in a container without a writable directory or under a security policy.
*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int fails(const char *step) {
  const char *wanted = getenv("NO_BELL");
  return wanted != NULL && strcmp(wanted, step) == 0;
}

char *mkdtemp(char *template) {
  char *(*next)(char *) = (char *(*)(char *))dlsym(RTLD_NEXT, "mkdtemp");
  if (!fails("mkdtemp")) return next(template);
  errno = EROFS;
  return NULL;
}

int connect(int fd, const struct sockaddr *address, socklen_t size) {
  int (*next)(int, const struct sockaddr *, socklen_t) =
      (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
  if (!fails("connect") || address->sa_family != AF_UNIX) return next(fd, address, size);
  errno = EACCES;
  return -1;
}
