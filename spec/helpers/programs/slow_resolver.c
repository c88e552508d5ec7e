/*
** slow.c - preloaded by spec/core/resolver_spec.lua: a resolver that does not answer
** for four seconds, and then has nothing to say.
*/

#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  (void)node;
  (void)service;
  (void)hints;
  (void)result;
  sleep(4);
  return EAI_AGAIN;
}
