/*
** curl_setup.h - sets up libcurl once per process, keeps it in memory, and
** names its version.
*/

#ifndef cbr_curl_setup_h
#define cbr_curl_setup_h

#include "buffer.h"

#include <curl/curl.h>
#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Keeps this shared object, and libcurl with it, mapped until the process ends.
** A host that unloads modules (an nginx reload) would otherwise unmap the code
** that libcurl's resolver threads still run. Further calls are harmless. */
void cbr_curl_pin(void);

/*
** Calls curl_global_init_mem(3), once per process and from any thread; false
** when libcurl cannot be set up. There is no function that undoes the setup,
** because another user of libcurl in the process may still need it.
**
** libcurl copies tokens and signatures into its own memory, so it gets a free()
** that wipes. If another user of libcurl in the process called
** curl_global_init(3) first, libcurl keeps that user's memory functions.
*/
bool cbr_curl_setup(void);

/*
** As curl_multi_init(3), but sets close-on-exec on the two sockets by which
** libcurl wakes the handle. Without close-on-exec, programs that the process
** starts would inherit the sockets. The cleanup of the handle does not wait for
** a resolver that hangs.
*/
CURLM *cbr_curl_multi(void);

/*
** The next functions ask the libcurl at run time, because a core is used with
** newer and older versions of libcurl than the one that it was compiled with.
*/

/* Why this libcurl cannot be used safely, as a static text; NULL: it can. */
const char *cbr_curl_problem(void);

/*
** Makes a handle trust only the certificates in a file, and in a directory or a
** list of directories. NULL: none. If both are NULL, the handle trusts
** libcurl's defaults. If only one of them is NULL, libcurl 8.21 and later would
** use its default for that one: this function then names a place without
** certificates.
*/
CURLcode cbr_curl_trust(CURL *easy, const char *file, const char *path);

/* Whether libcurl notices, before it sends a request over an idle connection
** to an origin, that the peer has closed the connection. With GnuTLS, only
** libcurl 8.0 and later notice this. */
bool cbr_curl_notices_closed(cbr_slice origin);

/*
** A place for TLS sessions that all handles of a pool share (CURLOPT_SHARE), so
** that a new connection resumes the session of an earlier one. Without it, each
** handle knows only the sessions of its own connections. Of many connections that
** are made at once, some resume no session: OpenSSL uses a TLS 1.3 session only
** once, and libcurl before 8.12 keeps only the latest session of each server. Only
** one thread at a time may use the handles. NULL: no memory.
*/
CURLSH *cbr_curl_sessions(void);

/*
** The file with the system's certificates, if it is better to name it
** (CURLOPT_CAINFO, with CURLOPT_CAPATH NULL) than to leave libcurl its defaults.
** libcurl keeps the parsed certificates of a multi handle for a day, but only if
** they come from a file alone; a default path, as in Debian's build, makes it
** parse the file again for each connection. A static text. NULL: libcurl is too
** old (before 7.87) to keep them, its TLS library keeps none, it was built
** without such a file, or the file cannot be read.
*/
const char *cbr_curl_bundle(void);

/* Whether libcurl can use the URL of a proxy. With an unusable URL, libcurl may
** connect without a proxy, and its error message contains the whole URL with the
** password. NULL and "" are usable. */
bool cbr_curl_proxy_is_usable(const char *proxy);

/* libcurl's version, and the name and version of its TLS library, as static
** texts. They do not come from curl_version(3), because curl_version also asks
** the LDAP library, which then resolves this machine's name. */
const char *cbr_curl_version(void);
const char *cbr_curl_tls_version(void);

#pragma GCC visibility pop

#endif
