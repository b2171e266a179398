/* account.h - accounts: how people get in.
 *
 * C1  One for a person, named by the person's id. There is none until somebody makes it.
 * C2  Hashes and seals are made at the front door; nothing here sees a secret.
 * C3  Who disables an account or sets its password ends its sessions and takes its links. */
#ifndef RINGI_DOMAIN_ACCOUNT_ACCOUNT_H
#define RINGI_DOMAIN_ACCOUNT_ACCOUNT_H

#include "domain/batch.h"
#include "domain/cmd.h"

enum { LINK_HASH_SIZE = 32 };

struct account_create {
	struct str person, password; /* password: its hash; absent: none yet */
	int64_t created_at;          /* out */
};
extern const struct op op_account_create;

/* Disabled, or let in again. */
struct account_disable {
	struct str person;
	bool disable;
};
extern const struct op op_account_disable;

struct account_password {
	struct str person, password; /* its hash */
	struct str before;      /* the hash that it replaces, when that was compared; absent: any */
	struct str but_session; /* the session that sets it goes on; absent: none does */
};
extern const struct op op_account_password;

/* A login link; those before are gone. */
struct account_link {
	struct str person, token_hash;
	int64_t life_ms;
	int64_t ends_at; /* out */
};
extern const struct op op_account_link;

/* What the front door needs to let somebody in. Not found is no refusal: whoever asks must
 * not learn it. Read lane. */
struct account_look {
	struct str person;
	bool found, disabled; /* out; disabled: also who has left (the directory says) */
	struct str password;  /* absent: none */
	struct str totp_sealed, totp_recovery;
	bool totp;         /* asked for at login */
	int64_t totp_step; /* the last that was taken */
};
extern const struct op op_account_look;

struct account_info {
	struct str person, oidc_issuer, oidc_subject;
	bool password, totp;
	int64_t created_at, disabled_at, last_login_at; /* 0: never */
};
/* Above `after`. Read lane. */
struct account_list {
	struct str after;
	int max;
	struct account_info *accounts; /* out */
	int count;
	bool more;
};
extern const struct op op_account_list;

/* ---- one-time codes (TOTP). */

/* A new secret, which is not asked for before it was confirmed with a code. */
struct account_totp_enrol {
	struct str person, sealed;
};
extern const struct op op_account_totp_enrol;
/* Confirmed with the code of this step; `recovery`: JSON of hashes. */
struct account_totp_confirm {
	struct str person, sealed; /* what was compared */
	struct str recovery;
	int64_t step;
};
extern const struct op op_account_totp_confirm;
struct account_totp_remove {
	struct str person;
};
extern const struct op op_account_totp_remove;

/* An account of somewhere else; absent texts: none any more. */
struct account_oidc {
	struct str person, issuer, subject;
};
extern const struct op op_account_oidc;

#endif
