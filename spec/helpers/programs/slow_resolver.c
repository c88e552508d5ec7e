/*
** slow_resolver.c - preloaded by spec/core/deadlines_spec.lua: a resolver that takes
** a minute and then fails.
*/

#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  (void)node;
  (void)service;
  (void)hints;
  (void)result;
  sleep(60);
  return EAI_AGAIN;
}
