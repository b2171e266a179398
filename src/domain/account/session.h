/* session.h - sessions: who is logged in.
 *
 * S1  Of the token only the SHA-256 is stored. A session gets its token when it begins and
 *     keeps it; logging in again begins another.
 * S2  It ends SESSION_IDLE_MS after its last use, SESSION_LIFE_MS after it began, when somebody
 *     ends it, when the account is disabled or gets another password, when the person leaves
 *     (batch.people_left).
 * S3  A login link opens one session, once; taking it and beginning the session are one
 *     transaction. So are a one-time code and the session that it opens: none is taken twice.
 * S4  The front door hears of each beginning and end behind the commit, in the order of
 *     commits (domain_config.session_news). */
#ifndef RINGI_DOMAIN_ACCOUNT_SESSION_H
#define RINGI_DOMAIN_ACCOUNT_SESSION_H

#include "base/list.h"
#include "domain/batch.h"
#include "domain/cmd.h"

enum { SESSION_ID_SIZE = 16, SESSION_HASH_SIZE = 32 };
enum session_how { SESSION_PASSWORD, SESSION_TOTP, SESSION_LINK, SESSION_OIDC, SESSION_HOWS };
const char *session_how_name(enum session_how); /* "password" */

struct domain;
struct vouch;

/* One beginning or end; lent. */
struct session_news {
	struct node node; /* in batch.session_news */
	bool ended;
	struct str id, token_hash, person; /* of an ended one only the id */
	int64_t created_at, used_at, ends_at;
	enum session_how how;
};

/* At start: tells of all that there are. */
enum err sessions_load(struct domain *, struct store *) MUST_USE;
void sessions_committed(struct batch *);
/* After the writes of a batch: people of batch.people_left are logged out; the list stays. */
enum err accounts_people_left(struct batch *) MUST_USE;

/* What a person has to show was checked at the front door, where the hashes are computed;
 * this begins the session, if the account is still what it was. */
struct session_begin {
	struct str id, token_hash;
	struct str person;    /* absent with a link: whose link it is */
	struct str link_hash; /* SHA-256 of a login link's token; absent: none */
	struct str password;  /* the hash that was compared with; absent: none was */
	bool with_code;       /* of TOTP, of this step; or by a recovery code: */
	int64_t totp_step;
	struct str recovery_hash; /* SHA-256 of it; absent: none */
	struct vouch *vouch;      /* who was vouched for elsewhere (vouch.h); NULL: nobody */
	struct str provider;      /* by whom: its name, for the audit */
	enum session_how how;
	int64_t created_at, ends_at; /* out */
};
extern const struct op op_session_begin;

/* A login that failed: a record. */
struct login_failed {
	struct str person;            /* as it was typed: cut, and maybe nobody */
	struct str why;               /* "password", "code", ...; static */
	struct str provider, subject; /* of who vouched, and for whom; absent: nobody did */
};
extern const struct op op_login_failed;

/* One by its id, or all of a person. The right is asked here (cmd_may_about). */
struct session_end {
	struct str id, person;
	struct str but; /* this one stays; absent: none does */
	int64_t ended;  /* out */
};
extern const struct op op_session_end;

struct session_used {
	struct str id;
};
extern const struct op op_session_used;

struct session_info {
	struct str id, person, address, client, how;
	int64_t created_at, used_at, ends_at;
};
/* Those of a person that have not ended, the newest first. Read lane. */
struct session_list {
	struct str person;
	struct session_info *sessions; /* out */
	int count;
};
extern const struct op op_session_list;

#endif
