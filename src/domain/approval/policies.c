/* policies.c - the policies of approvals: chosen at the opening, and kept as they were then. */
#include "domain/approval/inside.h"

#include "domain/policy/versions.h"

/* ---- chosen */

enum err policy_choose(struct batch *b, struct cmd *c, struct str name, int64_t version,
                       const struct json *given, struct approval *a, const struct policy **policy)
{
	struct refused why = { .why = REFUSED_NONE };
	struct policy_version v;

	*policy = NULL;
	a->policy = name;
	if (given != NULL)
		*policy = policy_read(c->arena, given, &why);
	else {
		TRY(policy_for_opening(b->store, c->arena, name, version, policy, &v, &why));
		a->policy_version = v.version;
	}
	if (*policy == NULL)
		return refuse_as(c, why);
	a->judge_version = (*policy)->judge_version;
	memcpy(a->policy_sha256, (*policy)->sha256, sizeof a->policy_sha256);
	return OK;
}

/* ---- kept */

enum err policy_keep(struct batch *b, const struct approval *a, const struct policy *policy)
{
	must(memcmp(a->policy_sha256, policy->sha256, sizeof a->policy_sha256) == 0); /* A4 */
	return store_run(b->store, STMT_APPROVAL_POLICY_PUT,
	                 VALUES(value_blob((struct str){ (const char *)policy->sha256,
	                                                 sizeof policy->sha256 }),
	                        value_text(policy->canonical)),
	                 NULL, NULL);
}

struct text_reading {
	struct arena *arena;
	struct str text;
};

static enum err take_text(void *context, const struct value *c, int count)
{
	struct text_reading *r = context;

	must(count == 1);
	r->text = arena_str(r->arena, c[0].bytes);
	return OK;
}

enum err approval_policy(struct store *s, struct arena *arena, const struct approval *a,
                         const struct policy **policy)
{
	struct text_reading r = { arena, S_NONE };
	struct value sha = value_blob(
		(struct str){ (const char *)a->policy_sha256, sizeof a->policy_sha256 });

	*policy = NULL;
	TRY(store_run(s, STMT_APPROVAL_POLICY_READ, VALUES(sha), take_text, &r));
	if (!str_given(r.text))
		return ERR_CORRUPT;
	*policy = policy_read_stored(arena, r.text);
	if (*policy == NULL || memcmp((*policy)->sha256, a->policy_sha256, SHA256_SIZE) != 0)
		return ERR_CORRUPT;
	return OK;
}
