/* totp.c - one-time codes of an account: enrolled, confirmed, removed; and who vouches for it
 * elsewhere. Codes are computed at the front door, which has the key of the secrets. */
#include "domain/account/account.h"

#include "domain/account/row.h"
#include "domain/audit/audit.h"

static enum err record(struct batch *b, struct cmd *c, const char *action, struct str person)
{
	return audit_put(b, c,
	                 &(struct audit_record){ .action = action,
	                                         .resource = audit_name(b, "account", person) });
}

/* ---- enrol */

static enum err enrol_check(struct batch *b, struct cmd *c)
{
	struct account_totp_enrol *p = c->in;
	struct account_row row;

	must(p->sealed.len > 0);
	TRY(account_needed(b, c, p->person, &row));
	if (!cmd_refused(c) && row.totp_at != 0)
		return refuse(c, REFUSED_CONFLICT,
		              "One-time codes are asked for already. Remove them first.");
	return OK;
}

static enum err enrol_write(struct batch *b, struct cmd *c)
{
	struct account_totp_enrol *p = c->in;

	TRY(store_run(b->store, STMT_ACCOUNT_TOTP, VALUES(value_text(p->person), value_blob(p->sealed)),
	              NULL, NULL));
	return record(b, c, "account.totp-enrol", p->person);
}

const struct op op_account_totp_enrol = {
	.name = "account_totp_enrol",
	.lane = LANE_WRITE,
	.check = enrol_check,
	.write = enrol_write,
};

/* ---- confirm */

static enum err confirm_check(struct batch *b, struct cmd *c)
{
	struct account_totp_confirm *p = c->in;
	struct account_row row;

	TRY(account_needed(b, c, p->person, &row));
	if (!cmd_refused(c) && (row.totp_at != 0 || !str_eq(row.totp_sealed, p->sealed)))
		return refuse(c, REFUSED_CONFLICT, "The secret was changed or confirmed meanwhile.");
	return OK;
}

static enum err confirm_write(struct batch *b, struct cmd *c)
{
	struct account_totp_confirm *p = c->in;

	must(p->step > 0 && str_given(p->recovery));
	TRY(store_run(b->store, STMT_ACCOUNT_TOTP_CONFIRM,
	              VALUES(value_text(p->person), value_int(b->now.wall_ms), value_int(p->step),
	                     value_text(p->recovery)),
	              NULL, NULL));
	return record(b, c, "account.totp-confirm", p->person);
}

const struct op op_account_totp_confirm = {
	.name = "account_totp_confirm",
	.lane = LANE_WRITE,
	.check = confirm_check,
	.write = confirm_write,
};

/* ---- remove */

static enum err remove_check(struct batch *b, struct cmd *c)
{
	struct account_totp_remove *p = c->in;
	struct account_row row;

	return account_needed(b, c, p->person, &row);
}

static enum err remove_write(struct batch *b, struct cmd *c)
{
	struct account_totp_remove *p = c->in;

	TRY(store_run(b->store, STMT_ACCOUNT_TOTP, VALUES(value_text(p->person), value_null()), NULL,
	              NULL));
	return record(b, c, "account.totp-remove", p->person);
}

const struct op op_account_totp_remove = {
	.name = "account_totp_remove",
	.lane = LANE_WRITE,
	.check = remove_check,
	.write = remove_write,
};

/* ---- who vouches */

static enum err oidc_check(struct batch *b, struct cmd *c)
{
	struct account_oidc *p = c->in;
	struct account_row row;

	must(str_given(p->issuer) == str_given(p->subject));
	TRY(account_needed(b, c, p->person, &row));
	if (cmd_refused(c) || !str_given(p->issuer))
		return OK;
	TRY(account_read_oidc(b->store, b->arena, p->issuer, p->subject, &row));
	if (str_given(row.person) && !str_eq(row.person, p->person))
		return refuse(c, REFUSED_CONFLICT, "That identity is linked to the account of %.*s.",
		              S_ARG(row.person));
	return OK;
}

static enum err oidc_write(struct batch *b, struct cmd *c)
{
	struct account_oidc *p = c->in;
	int64_t ended = 0;

	TRY(store_run(b->store, STMT_ACCOUNT_OIDC,
	              VALUES(value_text(p->person), value_text(p->issuer), value_text(p->subject)),
	              NULL, NULL));
	TRY(account_log_out(b, p->person, S_NONE, &ended));
	return audit_put(b, c,
	                 &(struct audit_record){ .action = "account.oidc",
	                                         .resource = audit_name(b, "account", p->person),
	                                         .to = p->issuer });
}

const struct op op_account_oidc = {
	.name = "account_oidc",
	.lane = LANE_WRITE,
	.check = oidc_check,
	.write = oidc_write,
};
