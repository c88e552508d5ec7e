/*
** curl_setup.c - see curl_setup.h
*/

#include "linux.h"

#include "curl_setup.h"

#include <dirent.h>      /* opendir readdir */
#include <dlfcn.h>       /* dladdr dlopen */
#include <fcntl.h>       /* fcntl */
#include <limits.h>      /* PATH_MAX */
#include <malloc.h>      /* malloc_usable_size */
#include <pthread.h>     /* pthread_once */
#include <stdio.h>       /* snprintf */
#include <stdlib.h>      /* calloc free malloc */
#include <string.h>      /* memcpy strcmp strcspn strdup strlen strncmp strspn */
#include <sys/eventfd.h> /* eventfd */
#include <sys/socket.h>  /* getsockname */
#include <sys/stat.h>    /* stat */
#include <sys/un.h>      /* sockaddr_un */
#include <unistd.h>      /* close euidaccess */

static CURLcode global_result = CURLE_FAILED_INIT;
static unsigned library_version; /* for each call: curl_version_info formats the names of all libraries */

void cbr_curl_pin(void) {
  Dl_info self;
  /* A second dlopen of the same object only raises a reference count, and RTLD_NODELETE stays in effect. */
  if (dladdr((const void *)&global_result, &self) != 0 && self.dli_fname != NULL)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

static void wiping_free(void *block) {
  if (block == NULL) return;
  cbr_wipe(block, malloc_usable_size(block));
  free(block);
}

/* Replaces realloc(3), which would free the old bytes without wiping them. */
static void *wiping_realloc(void *block, size_t size) {
  if (block == NULL) return malloc(size);
  size_t old = malloc_usable_size(block);
  if (size <= old && size >= old / 2) return block;
  void *moved = malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, block, size < old ? size : old);
  wiping_free(block);
  return moved;
}

static void global_init(void) {
  library_version = curl_version_info(CURLVERSION_NOW)->version_num;
  global_result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup, calloc);
}

bool cbr_curl_setup(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  return pthread_once(&once, global_init) == 0 && global_result == CURLE_OK;
}

/*
** Whether a descriptor looks like a descriptor by which libcurl wakes a handle: a
** non-blocking unnamed Unix socket, or from 8.5 on, a non-blocking end of a pipe.
** Another thread may have opened another file under this number. fstat(2) must
** not be used: ThreadSanitizer would report a race with that thread.
*/
static bool is_wake_descriptor(int fd) {
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) == 0) return false;
  if (fcntl(fd, F_GETPIPE_SZ) > 0) return true;
  return getsockname(fd, (struct sockaddr *)&name, &size) == 0 && name.sun_family == AF_UNIX &&
         size == sizeof name.sun_family;
}

/* CURLMOPT_QUICK_EXIT of libcurl 8.20, which older headers do not know. Older libraries ignore an unknown option. */
#define QUICK_EXIT ((CURLMoption)(CURLOPTTYPE_LONG + 21))

/* For libcurl before 8.8, which opens the two descriptors without close-on-exec. libcurl does not tell their numbers,
** but the kernel gives new descriptors the lowest free numbers. */
static CURLM *multi_before_8_8(void) {
  int free_numbers[] = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
  for (size_t i = 0; i < 2; i++)
    if (free_numbers[i] >= 0) close(free_numbers[i]);
  CURLM *multi = curl_multi_init();
  for (size_t i = 0; i < 2 && multi != NULL; i++) {
    int fd = free_numbers[i];
    if (fd >= 0 && is_wake_descriptor(fd)) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return multi;
}

CURLM *cbr_curl_multi(void) {
  bool sets_close_on_exec = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080800;
  CURLM *multi = sets_close_on_exec ? curl_multi_init() : multi_before_8_8();
  if (multi != NULL) (void)curl_multi_setopt(multi, QUICK_EXIT, 1L);
  return multi;
}

/* Whether libcurl uses this TLS library. In a list of several libraries, libcurl puts unused ones in parentheses. */
static bool uses_tls_library(const char *name) {
  return strncmp(cbr_curl_tls_version(), name, strlen(name)) == 0;
}

const char *cbr_curl_problem(void) {
  if (uses_tls_library("NSS/"))
    return "libcurl uses the TLS library NSS, which trusts the certificates of one client in all others: install a "
           "libcurl with OpenSSL or GnuTLS";
  return NULL;
}

#define NO_CERTIFICATES "/dev/null" /* a place that stands for a directory, and cannot contain certificates */

/* Writes the name of a certificate in one of the directories, which are separated by colons; NO_CERTIFICATES if
** there is none. OpenSSL reads only files whose names are eight hex digits, a dot and a number. */
static void find_certificate(const char *directories, char *found, size_t room) {
  (void)snprintf(found, room, NO_CERTIFICATES);
  for (const char *at = directories; *at != '\0'; at += strcspn(at, ":"), at += *at == ':') {
    char directory[PATH_MAX];
    (void)snprintf(directory, sizeof directory, "%.*s", (int)strcspn(at, ":"), at);
    DIR *list = opendir(directory);
    if (list == NULL) continue;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
      if (strspn(entry->d_name, "0123456789abcdef") == 8 && strcmp(entry->d_name + 8, ".0") == 0 &&
          (size_t)snprintf(found, room, "%s/%s", directory, entry->d_name) < room) {
        closedir(list);
        return;
      }
    closedir(list);
  }
}

CURLcode cbr_curl_trust(CURL *easy, const char *file, const char *path) {
  char certificate[PATH_MAX + 16];
  if (file == NULL && path == NULL) return CURLE_OK;
  if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x081500) {
    if (file == NULL) {
      find_certificate(path, certificate, sizeof certificate);
      file = certificate;
    }
    if (path == NULL) path = NO_CERTIFICATES;
  }
  CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO, file);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_CAPATH, path);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, file);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, path);
  return code;
}

bool cbr_curl_notices_closed(cbr_slice origin) {
  bool is_tls = origin.size > 5 && cbr_slice_same_name((cbr_slice){origin.data, 6}, cbr_slice_of("https:"));
  return !is_tls || library_version >= 0x080000 || !uses_tls_library("GnuTLS/");
}

bool cbr_curl_reuses_handles(void) {
  return library_version < 0x075400 || library_version >= 0x080100;
}

CURLSH *cbr_curl_sessions(void) {
  CURLSH *share = curl_share_init();
  if (share != NULL && curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) {
    curl_share_cleanup(share);
    return NULL;
  }
  return share;
}

/* CURLOPT_CA_CACHE_TIMEOUT, which the headers define from 7.87 on. The library at run time may be newer than the
** headers. */
#define CA_CACHE_TIMEOUT ((CURLoption)(CURLOPTTYPE_LONG + 321))
#define DAY_SECONDS (24L * 60 * 60) /* how long libcurl keeps certificates by default */

/* Whether libcurl keeps parsed certificates. libcurl 8.9 and later report whether they do. Earlier versions keep
** certificates only with OpenSSL and the forks of OpenSSL. */
static bool keeps_certificates(const curl_version_info_data *info) {
  if (info->version_num < 0x075700) return false;
  if (info->version_num < 0x080900)
    return uses_tls_library("OpenSSL/") || uses_tls_library("quictls/") || uses_tls_library("BoringSSL") ||
           uses_tls_library("AWS-LC");
  CURL *easy = curl_easy_init();
  if (easy == NULL) return false;
  bool keeps = curl_easy_setopt(easy, CA_CACHE_TIMEOUT, DAY_SECONDS) == CURLE_OK;
  curl_easy_cleanup(easy);
  return keeps;
}

const char *cbr_curl_bundle(void) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  struct stat status;
  bool is_file = info->cainfo != NULL && stat(info->cainfo, &status) == 0 && S_ISREG(status.st_mode);
  return is_file && euidaccess(info->cainfo, R_OK) == 0 && keeps_certificates(info) ? info->cainfo : NULL;
}

/* Whether libcurl can read one part of a proxy's URL. libcurl reads these parts before it connects. 'absent' is
** libcurl's error for a part that the URL lacks. */
static bool part_is_valid(CURLU *url, CURLUPart part, CURLUcode absent) {
  char *text = NULL;
  CURLUcode code = curl_url_get(url, part, &text, CURLU_URLDECODE);
  curl_free(text);
  return code == CURLUE_OK || code == absent;
}

static bool scheme_is_known(CURLU *url) {
  static const char *const schemes[] = {"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"};
  char *scheme = NULL;
  bool is_known = false;
  if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) return false;
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (cbr_slice_same_name(cbr_slice_of(scheme), cbr_slice_of(schemes[i]))) is_known = true;
  curl_free(scheme);
  return is_known;
}

bool cbr_curl_proxy_is_usable(const char *proxy) {
  if (proxy == NULL || *proxy == '\0') return true;
  CURLU *url = curl_url();
  if (url == NULL) return true; /* no memory: the transfer will fail as well */
  bool is_usable =
      curl_url_set(url, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
      scheme_is_known(url) && part_is_valid(url, CURLUPART_USER, CURLUE_NO_USER) &&
      part_is_valid(url, CURLUPART_PASSWORD, CURLUE_NO_PASSWORD);
  curl_url_cleanup(url);
  return is_usable;
}

const char *cbr_curl_version(void) {
  return curl_version_info(CURLVERSION_NOW)->version;
}

const char *cbr_curl_tls_version(void) {
  const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return tls != NULL ? tls : "without TLS";
}
