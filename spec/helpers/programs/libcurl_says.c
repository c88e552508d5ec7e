/*
** libcurl_says.c - preloaded by spec/core/curl_setup_spec.lua: libcurl reports
** another version (LIBCURL_NUMBER, in hex) or another TLS library (LIBCURL_TLS).
*/

#define _GNU_SOURCE

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef curl_version_info_data *version_info(CURLversion);

curl_version_info_data *curl_version_info(CURLversion age) {
  static curl_version_info_data said;
  version_info *original;
  void *symbol = dlsym(RTLD_NEXT, "curl_version_info");
  memcpy(&original, &symbol, sizeof original);
  said = *original(age);
  if (getenv("LIBCURL_NUMBER") != NULL) said.version_num = (unsigned)strtoul(getenv("LIBCURL_NUMBER"), NULL, 16);
  if (getenv("LIBCURL_TLS") != NULL) said.ssl_version = getenv("LIBCURL_TLS");
  return &said;
}
