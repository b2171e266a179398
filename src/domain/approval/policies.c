/* policies.c - the policies of approvals: chosen at the opening, and kept as they were then.
 *
 * Those that were asked for lately are remembered as they were read. A policy is found by the
 * SHA-256 of its text and never changes, so no rollback can make what is remembered untrue. What
 * was handed out is good until the end of the batch: only between batches is one forgotten. */
#include "domain/approval/inside.h"

#include "domain/domain.h"
#include "domain/policy/template.h"

/* ---- chosen */

enum err policy_choose(struct batch *b, struct cmd *c, struct str name, int64_t version,
                       const struct json *given, struct approval *a, const struct policy **policy,
                       struct str *template)
{
	struct refused why = { .why = REFUSED_NONE };
	struct policy_version v;

	*policy = NULL;
	*template = S_NONE;
	a->policy = name;
	if (given != NULL)
		*policy = policy_read(c->arena, given, &why);
	else {
		TRY(policy_for_opening(b->store, c->arena, name, version, policy, &v, &why));
		a->policy_version = v.version;
		*template = v.template;
	}
	if (*policy == NULL)
		return refuse_as(c, why);
	a->judge_version = (*policy)->judge_version;
	memcpy(a->policy_sha256, (*policy)->sha256, sizeof a->policy_sha256);
	return OK;
}

enum err policy_choose_template(struct batch *b, struct cmd *c, const struct approval_open *p,
                                struct approval *a, const struct policy **policy)
{
	struct refused why = { .why = REFUSED_NONE };

	a->policy = S_NONE;
	TRY(policy_of_template(b->store, c->arena, p->template, p->parameters, policy, &why));
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

/* The text, in the arena; it must be there. */
static enum err read_text(struct store *s, struct arena *arena, const struct approval *a,
                          struct str *text)
{
	struct text_reading r = { arena, S_NONE };
	struct value sha = value_blob(
		(struct str){ (const char *)a->policy_sha256, sizeof a->policy_sha256 });

	TRY(store_run(s, STMT_APPROVAL_POLICY_READ, VALUES(sha), take_text, &r));
	*text = r.text;
	return str_given(r.text) ? OK : ERR_CORRUPT;
}

static bool is_of(const struct policy *policy, const struct approval *a)
{
	return policy != NULL && memcmp(policy->sha256, a->policy_sha256, SHA256_SIZE) == 0;
}

enum err approval_policy(struct store *s, struct arena *arena, const struct approval *a,
                         const struct policy **policy)
{
	struct str text;

	*policy = NULL;
	TRY(read_text(s, arena, a, &text));
	*policy = policy_read_stored(arena, text);
	return is_of(*policy, a) ? OK : ERR_CORRUPT;
}

/* ---- remembered */

static const struct policy *find(const struct policies *p, const struct approval *a)
{
	must(p->count >= 0 && p->count <= APPROVAL_POLICIES_MAX);
	for (int i = 0; i < p->count; i++)
		if (is_of(p->read[i].policy, a))
			return p->read[i].policy;
	return NULL;
}

/* One that is long, or one too many, is read for this batch alone. When there is no room, all are
 * forgotten once the batch is over: those in use come back. */
enum err approval_policy_known(struct batch *b, const struct approval *a,
                               const struct policy **policy)
{
	struct policies *p = &b->domain->approvals->policies;
	struct str text;

	*policy = find(p, a);
	if (*policy != NULL)
		return OK;
	TRY(read_text(b->store, b->arena, a, &text));
	p->full = p->full || p->count == APPROVAL_POLICIES_MAX;
	bool once = p->full || text.len > APPROVAL_POLICY_BYTES;
	struct arena *arena = once ? b->arena : arena_open();
	*policy = policy_read_stored(arena, text);
	if (is_of(*policy, a)) {
		if (!once)
			p->read[p->count++] = (struct policy_read){ arena, *policy };
		return OK;
	}
	if (!once)
		arena_close(arena);
	*policy = NULL;
	return ERR_CORRUPT;
}

static void forget(struct policies *p)
{
	for (int i = 0; i < p->count; i++)
		arena_close(p->read[i].arena);
	p->count = 0;
	p->full = false;
}

void approval_policies_free(struct approvals *all)
{
	forget(&all->policies);
}

void approvals_batch_over(struct domain *d)
{
	if (d->approvals->policies.full)
		forget(&d->approvals->policies);
}
