/* key.h - the RSA key that signs what is published, and its certificate.
 *
 * Both lie in one file of the data folder, sns.pem, mode 0600. The first start makes
 * them in a thread of their own, because that takes longer than all the rest of a start;
 * whoever needs them earlier waits. */
#ifndef RINGI_EGRESS_KEY_H
#define RINGI_EGRESS_KEY_H

#include "base/time.h"
#include "domain/outbox/outbox.h"

struct egress_key;

/* NULL and a sentence when the file is there but cannot be used. */
struct egress_key *egress_key_open(const char *folder, struct now, char why[256]);
struct egress_key *egress_key_close(struct egress_key *); /* accepts NULL, returns NULL */

/* Lives as long as the key. Any thread. */
const struct signer *egress_key_signer(struct egress_key *);
struct str egress_key_certificate(struct egress_key *); /* PEM */

#endif
