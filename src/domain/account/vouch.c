/* vouch.c - whose account is it that somebody else vouches for? V1 to V4: vouch.h. */
#include "domain/account/vouch.h"

#include "base/limits.h"
#include "domain/account/role.h"
#include "domain/account/row.h"
#include "domain/directory/directory.h"

static const struct {
	const char *why;
	const char *sentence;
} ends[] = {
	[VOUCH_GOOD] = { NULL, "" },
	[VOUCH_UNKNOWN] = { "unknown",
	                    "Who that is elsewhere is known, but no account here is linked to it. An "
	                    "administrator can link yours (PUT /v1/accounts/{id}/oidc)." },
	[VOUCH_MANY] = { "ambiguous",
	                 "Several people of the directory have this mail address, so that it does not "
	                 "say who you are. An administrator can link your account." },
	[VOUCH_NONE] = { "no-account",
	                 "You are known here, but have no account yet. An administrator can make one "
	                 "(ringi user add)." },
	[VOUCH_ELSEWHERE] = { "linked-elsewhere",
	                      "Your account is linked to another identity. An administrator can take "
	                      "that link away (DELETE /v1/accounts/{id}/oidc)." },
	[VOUCH_OUT] = { "disabled", "Your account is disabled." },
};
_Static_assert(sizeof ends / sizeof ends[0] == VOUCH_ENDS, "each has its words");

const char *vouch_why(enum vouch_end end)
{
	must(end < VOUCH_ENDS);
	return ends[end].why;
}

struct str vouch_sentence(enum vouch_end end)
{
	must(end < VOUCH_ENDS);
	return str_of(ends[end].sentence);
}

struct found {
	struct arena *arena;
	struct str person;
	int count;
};

static enum err got_person(void *context, const struct value *v, int count)
{
	struct found *f = context;

	must(count == 1);
	f->count++;
	f->person = arena_str(f->arena, v[0].bytes);
	return OK;
}

/* Whom the rule names; absent, with the end set, when it names nobody. */
static enum err by_rule(struct store *s, struct arena *a, int64_t now_ms, struct vouch *v,
                        struct str *person)
{
	struct found f = { .arena = a };

	*person = v->id;
	if (!str_given(v->email))
		return OK;
	must(!str_given(v->id));
	TRY(store_run(s, STMT_PERSON_BY_EMAIL, VALUES(value_text(v->email), value_int(now_ms)),
	              got_person, &f));
	*person = f.count == 1 ? f.person : S_NONE;
	if (f.count > 1)
		v->end = VOUCH_MANY;
	return OK;
}

/* Nobody is linked: does a rule say who it is? */
static enum err first_time(struct store *s, struct arena *a, int64_t now_ms, struct vouch *v,
                           struct account_row *row)
{
	struct found linked = { .arena = a };
	struct str person;

	v->end = VOUCH_UNKNOWN;
	TRY(by_rule(s, a, now_ms, v, &person));
	if (!str_given(person) || !account_id_valid(person))
		return OK;
	TRY(account_read(s, a, person, row));
	if (!str_given(row->person)) {
		v->end = VOUCH_NONE;
		return OK;
	}
	TRY(store_run(s, STMT_ACCOUNT_OIDC_LINKED, VALUES(value_text(person)), got_person, &linked));
	v->end = linked.count > 0 ? VOUCH_ELSEWHERE : VOUCH_GOOD;
	v->link = linked.count == 0;
	return OK;
}

enum err account_vouch(struct store *s, struct arena *a, int64_t now_ms, struct vouch *v)
{
	struct account_row row;
	bool left = false;

	must(v->issuer.len > 0 && v->subject.len > 0);
	v->end = VOUCH_GOOD;
	v->link = false;
	v->person = S_NONE;
	TRY(account_read_oidc(s, a, v->issuer, v->subject, &row));
	if (!str_given(row.person))
		TRY(first_time(s, a, now_ms, v, &row));
	if (v->end != VOUCH_GOOD)
		return OK;
	TRY(account_has_left(s, row.person, now_ms, &left));
	if (row.disabled_at != 0 || left) {
		v->end = VOUCH_OUT;
		v->link = false;
		return OK;
	}
	v->person = row.person;
	return OK;
}

static enum err vouch_read(struct store *s, struct cmd *c, struct now now)
{
	return account_vouch(s, c->arena, now.wall_ms, c->in);
}

const struct op op_account_vouch = { .name = "account_vouch",
	                                 .lane = LANE_READ,
	                                 .read = vouch_read };
