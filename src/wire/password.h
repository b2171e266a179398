/* password.h - hashes of passwords: Argon2id by libsodium. Pure: the salt is chance, and so an
 * argument. Takes tens of milliseconds and PASSWORD_MEMORY bytes on purpose: never on a loop's
 * or the engine's thread. */
#ifndef RINGI_WIRE_PASSWORD_H
#define RINGI_WIRE_PASSWORD_H

#include "base/str.h"

enum { PASSWORD_SALT_SIZE = 16, PASSWORD_HASH_SIZE = 32, PASSWORD_TEXT_MAX = 160 };
#define PASSWORD_PASSES 2
#define PASSWORD_MEMORY (64 * 1024 * 1024)

/* "argon2id$passes$KiB$salt$hash", hexadecimal; false when there is no memory for it. */
bool password_hash(struct str password, const uint8_t salt[PASSWORD_SALT_SIZE],
                   char text[PASSWORD_TEXT_MAX]);
/* With the costs that stand in the text (bounded). False also for a text that is none. */
bool password_fits(struct str password, struct str text);
/* One that nothing fits, to make an unknown account cost the same. */
struct str password_nobody(void);

#endif
