/* versions.c - rows of policies, read; and what an approval opens by. */
#include "domain/policy/versions.h"

#include "base/limits.h"
#include "domain/policy/version_rows.h"

const char *policy_state_name(enum policy_state s)
{
	static const char *const names[] = { "PROPOSED", "IN_FORCE", "SUPERSEDED", "RETIRED" };

	must((unsigned)s < sizeof names / sizeof *names);
	return names[s];
}

bool policy_name_valid(struct str name)
{
	return name.len > 0 && name.len <= POLICY_NAME_MAX && str_alphanumeric(name, "-_.");
}

static enum policy_state state_of(const struct policy_version *v)
{
	if (v->retired_at != 0)
		return POLICY_RETIRED;
	if (v->version == v->current)
		return POLICY_IN_FORCE;
	return v->accepted_at == 0 && v->version > v->current ? POLICY_PROPOSED : POLICY_SUPERSEDED;
}

void policy_version_take(struct arena *a, const struct value *v, struct policy_version *to)
{
	*to = (struct policy_version){
		.name = arena_str(a, v[0].bytes),
		.version = v[1].number,
		.sha256 = arena_str(a, v[2].bytes),
		.canonical = arena_str(a, v[3].bytes),
		.four_eyes = v[4].number != 0,
		.note = arena_str(a, v[5].bytes),
		.template = arena_str(a, v[6].bytes),
		.parameters = arena_str(a, v[7].bytes),
		.proposed_by = arena_str(a, v[8].bytes),
		.proposed_at = v[9].number,
		.accepted_by = arena_str(a, v[10].bytes),
		.accepted_at = v[11].number,
		.current = v[12].number,
		.newest = v[13].number,
		.retired_at = v[14].number,
	};
	must(to->version > 0 && to->version <= to->newest && to->sha256.len == SHA256_SIZE);
	to->state = state_of(to);
}

struct one_version {
	struct arena *arena;
	struct policy_version *to;
};

static enum err got_version(void *context, const struct value *v, int count)
{
	struct one_version *one = context;

	must(count == POLICY_VERSION_COLUMNS);
	policy_version_take(one->arena, v, one->to);
	return OK;
}

enum err policy_version_find(struct store *s, struct arena *a, struct str name, int64_t version,
                             struct policy_version *to)
{
	struct one_version one = { a, to };

	*to = (struct policy_version){ 0 };
	return store_run(s, STMT_POLICY_VERSION_GET, VALUES(value_text(name), value_int(version)),
	                 got_version, &one);
}

/* ---- for approvals */

static struct refused refuse_opening(struct arena *a, struct str name, int64_t version,
                                     const struct policy_version *v)
{
	if (!str_given(v->name) && version == 0)
		return refused_as(a, REFUSED_NO_SUCH_POLICY, "There is no policy named %.*s.", S_ARG(name));
	if (!str_given(v->name))
		return refused_as(a, REFUSED_NO_SUCH_POLICY, "The policy %.*s has no version %lld.",
		                  S_ARG(name), (long long)version);
	if (v->state == POLICY_RETIRED)
		return refused_as(a, REFUSED_CONFLICT,
		                  "The policy %.*s is retired; put it again to use it.", S_ARG(name));
	if (v->accepted_at == 0)
		return refused_as(a, REFUSED_CONFLICT,
		                  "Version %lld of the policy %.*s waits until another person accepts it.",
		                  (long long)v->version, S_ARG(name));
	return (struct refused){ 0 };
}

enum err policy_for_opening(struct store *s, struct arena *a, struct str name, int64_t version,
                            const struct policy **policy, struct policy_version *info,
                            struct refused *why)
{
	*policy = NULL;
	TRY(policy_version_find(s, a, name, version < 0 ? 0 : version, info));
	*why = refuse_opening(a, name, version, info);
	if (why->why != REFUSED_NONE) {
		info->name = S_NONE;
		return OK;
	}
	*policy = policy_read_stored(a, info->canonical);
	return *policy == NULL ? ERR_CORRUPT : OK;
}

struct one_body {
	struct arena *arena;
	const struct policy *policy;
	bool broken;
};

static enum err got_body(void *context, const struct value *v, int count)
{
	struct one_body *one = context;

	must(count == 1);
	one->policy = policy_read_stored(one->arena, v[0].bytes);
	one->broken = one->policy == NULL;
	return OK;
}

enum err policy_by_sha256(struct store *s, struct arena *a, struct str sha256,
                          const struct policy **policy)
{
	struct one_body one = { .arena = a };

	must(sha256.len == SHA256_SIZE);
	TRY(store_run(s, STMT_POLICY_BODY_GET, VALUES(value_blob(sha256)), got_body, &one));
	*policy = one.policy;
	return one.broken ? ERR_CORRUPT : OK;
}

enum err policy_body_put(struct batch *b, const struct policy *p)
{
	uint8_t shape[SHA256_SIZE];

	policy_shape(p, shape);
	return store_run(b->store, STMT_POLICY_BODY_PUT,
	                 VALUES(value_blob((struct str){ (const char *)p->sha256, SHA256_SIZE }),
	                        value_text(p->canonical), value_int(p->judge_version),
	                        value_blob((struct str){ (const char *)shape, SHA256_SIZE }),
	                        value_int(b->now.wall_ms)),
	                 NULL, NULL);
}
