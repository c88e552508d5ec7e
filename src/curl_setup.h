/*
** curl_setup.h - sets up libcurl once per process, keeps libcurl in memory, and
** tells the version of libcurl.
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
** libcurl copies tokens and signatures into its own memory, so libcurl gets a
** free() that wipes the memory. If another user of libcurl in the process called
** curl_global_init(3) first, libcurl keeps that user's memory functions.
*/
bool cbr_curl_setup(void);

/*
** As curl_multi_init(3), but the descriptors by which libcurl wakes the handle
** have close-on-exec: programs that the process starts do not inherit them. With
** libcurl before 8.8, a descriptor may lack close-on-exec if another thread opens
** descriptors at the same time. The cleanup of the handle does not wait for a
** resolver that hangs.
*/
CURLM *cbr_curl_multi(void);

/*
** The next functions ask the libcurl that runs, because its version may be newer
** or older than the version with which this core was compiled.
*/

/* Why this libcurl cannot be used safely, as a static text; NULL: libcurl is safe. */
const char *cbr_curl_problem(void);

/*
** Makes a handle trust only the certificates in a file, and in a directory or a
** list of directories. Either may be NULL. If both are NULL, the handle trusts
** libcurl's defaults. If only one is NULL, libcurl 8.21 and later would add the
** default file or the default directories: this function then names a place
** without certificates.
*/
CURLcode cbr_curl_trust(CURL *easy, const char *file, const char *path);

/* Whether libcurl notices that the peer has closed an idle connection to an
** origin, before libcurl sends a request over this connection. With GnuTLS, only
** libcurl 8.0 and later notice this. */
bool cbr_curl_notices_closed(cbr_slice origin);

/*
** Whether a handle may be used for more than one transfer. In libcurl 7.84 to 8.0,
** a reused handle still points to the last header of its last response, whose
** memory is free. If the first header line of the next response begins with a
** space, libcurl writes to this memory (curl's issue 11101).
*/
bool cbr_curl_reuses_handles(void);

/*
** A place for TLS sessions that all handles of a pool share (CURLOPT_SHARE), so
** that a new connection resumes the session of an earlier connection. Otherwise,
** each handle would know only the sessions of its own connections. Of many
** connections that are made at once, some resume no session: OpenSSL uses a TLS
** 1.3 session only once, and libcurl before 8.12 keeps only the latest session of
** each server. Only one thread at a time may use the handles. NULL: no memory.
*/
CURLSH *cbr_curl_sessions(void);

/*
** The file with the system's certificates, as a static text, if naming this file
** (CURLOPT_CAINFO, with CURLOPT_CAPATH NULL) is better than libcurl's defaults:
** libcurl keeps the parsed certificates of a multi handle for a day, but only if
** all certificates come from a file. With a default directory, as in Debian's
** build, libcurl parses the file again for each connection. NULL: libcurl is too
** old (before 7.87) to keep certificates, its TLS library cannot keep them,
** libcurl was built without such a file, or the file cannot be read.
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
