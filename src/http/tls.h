/* tls.h - TLS between a socket's bytes and ours, over OpenSSL with memory on both
 * sides: it never sees the socket. TLS 1.2 and 1.3, no renegotiation. */
#ifndef RINGI_HTTP_TLS_H
#define RINGI_HTTP_TLS_H

#include "base/str.h"

struct tls_context;
struct tls;

/* NULL and a sentence in `why` when certificate and key are not usable. For all loops. */
struct tls_context *tls_context_open(const char *cert_file, const char *key_file, char why[256]);
struct tls_context *tls_context_close(struct tls_context *); /* accepts NULL, returns NULL */

struct tls *tls_open(struct tls_context *); /* NULL when memory is out */
struct tls *tls_close(struct tls *);        /* accepts NULL, returns NULL */

enum { TLS_LATER = 0, TLS_ENDED = -1, TLS_BROKEN = -2 };

bool tls_put(struct tls *, struct str raw);    /* from the socket; false: memory is out */
int tls_get(struct tls *, char *to, int size); /* plain bytes, or TLS_... */
bool tls_write(struct tls *, struct str plain);
struct str tls_pending(const struct tls *); /* lends what the socket should get */
void tls_pending_done(struct tls *);
bool tls_ready(const struct tls *); /* the handshake is over */
void tls_goodbye(struct tls *);

#endif
