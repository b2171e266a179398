/* seal.h - secrets at rest: XChaCha20-Poly1305 by libsodium.
 *
 *     version (1 byte) | nonce (24) | ciphertext and tag (text + 16)
 *
 * A sealed secret is bound to a name (the id of its key): moved to another row it does
 * not open. Pure: the nonce is chance, and so an argument. */
#ifndef RINGI_WIRE_SEAL_H
#define RINGI_WIRE_SEAL_H

#include "base/arena.h"
#include "base/str.h"

enum { SEAL_KEY_SIZE = 32, SEAL_NONCE_SIZE = 24, SEAL_OVERHEAD = 1 + 24 + 16, SEAL_TEXT_MAX = 256 };

struct str seal(struct arena *, const uint8_t key[SEAL_KEY_SIZE],
                const uint8_t nonce[SEAL_NONCE_SIZE], struct str bound_to, struct str secret);

/* The secret into `to` (SEAL_TEXT_MAX bytes); its length, or -1: another key, another name,
 * changed bytes, or an unknown version. The caller wipes it with seal_wipe. */
int seal_open(const uint8_t key[SEAL_KEY_SIZE], struct str bound_to, struct str sealed,
              char to[SEAL_TEXT_MAX]);

/* The same for texts of any length. Absent: as -1 above. The caller wipes it. */
struct str seal_text(struct arena *, const uint8_t key[SEAL_KEY_SIZE],
                     const uint8_t nonce[SEAL_NONCE_SIZE], struct str bound_to, struct str text);
struct str seal_text_open(struct arena *, const uint8_t key[SEAL_KEY_SIZE], struct str bound_to,
                          struct str sealed);

void seal_wipe(void *, size_t size); /* is not optimised away */

#endif
