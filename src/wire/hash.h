/* hash.h - digests and their text, by OpenSSL. Pure. */
#ifndef RINGI_WIRE_HASH_H
#define RINGI_WIRE_HASH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum { MD5_SIZE = 16, SHA1_SIZE = 20, SHA256_SIZE = 32 };

void md5(struct str, uint8_t digest[MD5_SIZE]);
void sha1(struct str, uint8_t digest[SHA1_SIZE]);
void sha256(struct str, uint8_t digest[SHA256_SIZE]);
/* Of the parts one behind the other. */
void sha256_parts(const struct str *parts, int count, uint8_t digest[SHA256_SIZE]);
void hmac_sha256(struct str key, struct str text, uint8_t digest[SHA256_SIZE]);

void hex_write(struct buf *, const uint8_t *bytes, size_t size); /* lower case */
void hex_text(const uint8_t *bytes, size_t size, char *text);    /* 2*size characters and NUL */
bool hex_read(struct str, uint8_t *bytes, size_t size);          /* exactly `size`, any case */

void base64_write(struct buf *, struct str bytes);
/* Standard alphabet with padding, strict; absent when it is not base64. */
struct str base64_read(struct arena *, struct str text);
/* The alphabet for URLs, without padding (RFC 4648, section 5); as strict. */
void base64url_write(struct buf *, struct str bytes);
struct str base64url_text(struct arena *, struct str bytes);
struct str base64url_read(struct arena *, struct str text);

#endif
