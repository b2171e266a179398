/* access.h - the secrets in a data folder: its master key, the token of its first key.
 *
 *     DATA/master.key    64 hexadecimal digits; seals the secrets of access keys. Made at the
 *                        first start, or named by --master-key-file. Not in backups.
 *     DATA/admin.token   a bearer token with all rights: made when authentication is on and
 *                        there is no access key yet
 *
 * Both have mode 0600; what others can read is refused. */
#ifndef RINGI_ACCESS_H
#define RINGI_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"

struct access;

struct access *access_open(void);
struct access *access_close(struct access *); /* accepts NULL, returns NULL */

/* `file` NULL: the one in the folder, which is made if it is missing and nothing has been
 * sealed (`keys`: there are access keys). False and a sentence otherwise. */
bool access_master_key(const char *data, const char *file, bool keys, uint8_t key[32],
                       char why[512]);

/* Makes the first key, writes its token, waits until it is committed. `loop`: whose answers
 * are given to access_answer. */
bool access_first_key(struct access *, struct api *, struct engine_thread *, int loop,
                      const char *data, char why[512]);
/* Opens the key that signs the audit log, or makes one, and waits until that is committed. */
bool access_audit_key(struct access *, struct engine_thread *, int loop, const uint8_t key[32],
                      char why[512]);
void access_answer(struct access *, struct list *commands); /* engine thread */

#endif
