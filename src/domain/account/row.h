/* row.h - an account as its row has it, for the files of this folder. */
#ifndef RINGI_DOMAIN_ACCOUNT_ROW_H
#define RINGI_DOMAIN_ACCOUNT_ROW_H

#include "domain/account/session.h"

struct account_row {
	struct str person, password, totp_sealed, totp_recovery; /* person absent: there is none */
	int64_t disabled_at, totp_at, totp_step;
};

enum err account_read(struct store *, struct arena *, struct str person, struct account_row *)
	MUST_USE;
enum err account_read_oidc(struct store *, struct arena *, struct str issuer, struct str subject,
                           struct account_row *) MUST_USE;
/* Refuses when there is none. */
enum err account_needed(struct batch *, struct cmd *, struct str person, struct account_row *)
	MUST_USE;
/* All sessions of a person but one (absent: all), and their links. */
enum err account_log_out(struct batch *, struct str person, struct str but, int64_t *ended)
	MUST_USE;
enum err session_drop(struct batch *, struct str id) MUST_USE;
/* The directory knows them, and they have left. */
enum err account_has_left(struct store *, struct str person, int64_t at, bool *) MUST_USE;

#endif
