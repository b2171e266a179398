/* change.h - the two ways in which something leaves the audit log: redaction and retention.
 *
 * A4  What is redacted leaves its commitment (wire/chain.h), what retention removes the last
 *     removed number and hash: what is left still proves itself. Both are records themselves.
 *
 * Each command looks at AUDIT_CHANGE_ROWS records; who asks goes on while there are more. */
#ifndef RINGI_DOMAIN_AUDIT_CHANGE_H
#define RINGI_DOMAIN_AUDIT_CHANGE_H

#include "domain/audit/audit.h"

/* Personal data of the records that fit is forgotten. */
struct audit_redact {
	struct str resource; /* absent: any */
	struct str person;   /* who did it, or for whom; absent: any */
	int64_t before_ms;   /* records older than that; INT64_MAX: all */
	int64_t after;       /* begins behind this seq */
	bool origin, words;  /* address and client; reason and personal data */
	struct str reason;   /* why, for the record */
	/* out */
	int64_t redacted, last; /* records; looked at up to here */
	bool more;
};
extern const struct op op_audit_redact;

/* Records older than that are removed, from the front up to the first that is not. The last
 * record of all always stays. */
struct audit_retain {
	int64_t before_ms;
	struct str reason;
	/* out */
	int64_t removed, last; /* how many; the last one that was removed, ever */
	bool more;
};
extern const struct op op_audit_retain;

#endif
