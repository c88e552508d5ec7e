/*
** curl_setup.h - sets up libcurl once per process, keeps it in memory, and
** names its version.
*/

#ifndef cbr_curl_setup_h
#define cbr_curl_setup_h

#include <curl/curl.h>
#include <stdbool.h>

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Keeps this shared object, and libcurl with it, mapped until the process ends.
** A host that unloads modules (an nginx reload) would otherwise unmap the code
** that libcurl's resolver threads still run. Further calls are harmless. */
void cbr_curl_pin(void);

/*
** Calls curl_global_init_mem(3), once per process and from any thread; false
** when libcurl cannot be set up. It is never undone: another user of libcurl in
** the process may still need it (curl_global_cleanup(3)).
**
** libcurl copies tokens and signatures into its own memory, so it gets a free()
** that wipes. If another user of libcurl in the process called
** curl_global_init(3) first, libcurl keeps that user's memory functions.
*/
bool cbr_curl_setup(void);

/*
** As curl_multi_init(3), with close-on-exec on the two sockets by which libcurl
** wakes the handle: libcurl opens them without it, and the programs that the
** process starts would inherit them.
*/
CURLM *cbr_curl_multi(void);

/*
** The next functions ask the libcurl at run time. A core is used with newer and
** older libraries than those that it was compiled with.
*/

/* Why this libcurl cannot be used safely, as a static text; NULL: it can. */
const char *cbr_curl_problem(void);

/* Whether libcurl notices, before it sends a request over an idle TLS connection,
** that the peer has closed it. With GnuTLS it does from 8.0 on. */
bool cbr_curl_notices_closed(void);

/* Lets the end of a multi handle, or of a transfer, leave a resolver thread
** alone that hangs, instead of waiting for it. */
void cbr_curl_leave_resolver(CURLM *multi);

/* libcurl's version, and the name and version of its TLS library, as static
** texts. Not from curl_version(3): that also asks the LDAP library, which then
** resolves this machine's name. */
const char *cbr_curl_version(void);
const char *cbr_curl_tls_version(void);

#pragma GCC visibility pop

#endif
