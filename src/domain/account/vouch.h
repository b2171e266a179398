/* vouch.h - somebody else has proved who a person is (OpenID Connect): whose account is that?
 *
 * V1  The account is the one that is linked to (issuer, subject). A subject never changes and is
 *     given to nobody else, which no mail address and no name can promise.
 * V2  What is linked to nobody yet may be linked by a rule of the administrator: a claim is the
 *     mail address of exactly one active person of the directory, or a person's id. The front
 *     door gives an address here only if the issuer has verified it.
 * V3  An account that is linked already is never linked anew by a rule: an administrator takes
 *     the link away first.
 * V4  Nobody is made here: whoever has no account has none. */
#ifndef RINGI_DOMAIN_ACCOUNT_VOUCH_H
#define RINGI_DOMAIN_ACCOUNT_VOUCH_H

#include "domain/batch.h"
#include "domain/cmd.h"

enum vouch_end {
	VOUCH_GOOD,
	VOUCH_UNKNOWN,   /* nobody is linked, no rule says who it is */
	VOUCH_MANY,      /* the address is that of several people */
	VOUCH_NONE,      /* a person without an account */
	VOUCH_ELSEWHERE, /* the account is linked to somebody else (V3) */
	VOUCH_OUT,       /* disabled, or has left */
	VOUCH_ENDS
};

struct vouch {
	struct str issuer, subject;
	struct str email, id; /* by a rule: a verified address, a person's id; absent: no rule */
	/* out */
	enum vouch_end end;
	struct str person; /* of VOUCH_GOOD */
	bool link;         /* the account is to be linked */
};

const char *vouch_why(enum vouch_end);     /* "unknown", for the audit; NULL: it is good */
struct str vouch_sentence(enum vouch_end); /* for the person */

/* Looks, and changes nothing; texts in the arena. */
enum err account_vouch(struct store *, struct arena *, int64_t now_ms, struct vouch *) MUST_USE;
/* The same as a command; it is never refused: c->in->end says. Read lane. */
extern const struct op op_account_vouch;

#endif
