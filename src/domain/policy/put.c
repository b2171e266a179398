/* put.c - policies are put, accepted by another person, retired. V1 to V5: versions.h. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/policy/template.h"
#include "domain/policy/version_rows.h"

/* ---- put */

struct str policy_etag(struct arena *a, int64_t current, int64_t newest)
{
	return arena_printf(a, "%lld.%lld", (long long)current, (long long)newest);
}

static enum err got_count(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err check_room(struct batch *b, struct cmd *c, const struct policy_put *p)
{
	int64_t count = 0;

	if (p->before.newest >= POLICY_VERSIONS_MAX)
		refuse(c, REFUSED_OVER_LIMIT, "The policy %.*s has %d versions, and that is the most.",
		       S_ARG(p->name), POLICY_VERSIONS_MAX);
	if (p->existed)
		return OK;
	TRY(store_run(b->store, STMT_POLICY_COUNT, NO_VALUES, got_count, &count));
	if (count >= POLICIES_MAX)
		refuse(c, REFUSED_OVER_LIMIT, "There are %d policies, and that is as many as there can be.",
		       POLICIES_MAX);
	return OK;
}

static void check_seen(struct batch *b, struct cmd *c, const struct policy_put *p)
{
	struct str now = p->existed ? policy_etag(b->arena, p->before.current, p->before.newest)
	                            : S_NONE;

	if (!str_given(p->if_match) || (str_is(p->if_match, "*") && p->existed) ||
	    (p->existed && str_eq(p->if_match, now)))
		return;
	refuse(c, REFUSED_PRECONDITION_FAILED,
	       "The policy %.*s is not as it was when \"%.*s\" was read; read it again.",
	       S_ARG(p->name), (int)(p->if_match.len > 64 ? 64 : p->if_match.len), p->if_match.at);
}

static enum err check_template(struct batch *b, struct cmd *c, struct policy_put *p)
{
	struct refused why;

	if (p->policy != NULL)
		return OK;
	TRY(policy_of_template(b->store, c->arena, p->template, p->parameters, &p->policy, &why));
	if (p->policy == NULL)
		refuse_as(c, why);
	return OK;
}

/* What is in force says whether another person has to agree (V2). */
static enum err eyes_in_force(struct batch *b, const struct policy_put *p, bool *four_eyes)
{
	struct policy_version current = p->before;

	if (p->before.current != 0)
		TRY(policy_version_find(b->store, b->arena, p->name, p->before.current, &current));
	*four_eyes = p->existed && current.four_eyes;
	return OK;
}

static bool is_same(const struct policy_put *p, bool four_eyes)
{
	struct str sha256 = { (const char *)p->policy->sha256, SHA256_SIZE };

	return p->existed && p->before.retired_at == 0 && str_eq(p->before.sha256, sha256) &&
	       p->before.four_eyes == four_eyes;
}

/* What the new version would be, or that it would be none (V1). */
static enum err weigh(struct batch *b, struct policy_put *p)
{
	bool in_force_eyes, four_eyes = p->four_eyes == 1;

	if (p->four_eyes < 0)
		four_eyes = p->existed && p->before.four_eyes;
	TRY(eyes_in_force(b, p, &in_force_eyes));
	p->with_four_eyes = four_eyes;
	p->changed = !is_same(p, four_eyes);
	p->version = p->before.newest + p->changed;
	if (!p->changed)
		p->state = p->before.state;
	else
		p->state = (p->existed ? in_force_eyes : four_eyes) ? POLICY_PROPOSED : POLICY_IN_FORCE;
	return OK;
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct policy_put *p = c->in;

	must(policy_name_valid(p->name));
	TRY(policy_version_find(b->store, c->arena, p->name, -1, &p->before));
	p->existed = str_given(p->before.name);
	check_seen(b, c, p);
	if (!cmd_refused(c))
		TRY(check_template(b, c, p));
	if (!cmd_refused(c))
		TRY(weigh(b, p));
	return cmd_refused(c) || !p->changed ? OK : check_room(b, c, p);
}

static struct str json_of(struct arena *a, const struct json *v)
{
	if (v == NULL)
		return S_NONE;
	return json_written(a, v);
}

static enum err version_insert(struct batch *b, struct cmd *c, const struct policy_put *p,
                               bool accepted)
{
	struct str sha256 = { (const char *)p->policy->sha256, SHA256_SIZE };
	struct str parameters = json_of(b->arena, p->parameters);
	struct value who = value_text(c->caller.principal), now = value_int(b->now.wall_ms);

	TRY(policy_body_put(b, p->policy));
	return store_run(b->store, STMT_POLICY_VERSION_INSERT,
	                 VALUES(value_text(p->name), value_int(p->version), value_blob(sha256),
	                        value_int(p->with_four_eyes), value_text(p->note),
	                        value_text(p->template), value_text(parameters), who, now,
	                        accepted ? who : value_null(), accepted ? now : value_null()),
	                 NULL, NULL);
}

static struct str version_text(struct batch *b, int64_t version)
{
	return version == 0 ? S_NONE : arena_printf(b->arena, "%lld", (long long)version);
}

static enum err put_audit(struct batch *b, struct cmd *c, const struct policy_put *p)
{
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "policy.put",
						 .resource = audit_name(b, "policy", p->name),
						 .from = version_text(b, p->before.newest),
						 .to = version_text(b, p->version),
						 .reason = p->note,
						 .detail =
							 AUDIT_JSON(b, audit_text("sha256", str_of(p->policy->sha256_text)),
	                                    audit_text("state", str_of(policy_state_name(p->state))),
	                                    audit_text("template", p->template)),
					 });
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	const struct policy_put *p = c->in;
	bool accepted = p->state == POLICY_IN_FORCE;

	must(p->policy != NULL && p->version > 0);
	if (!p->changed)
		return OK;
	must(p->version == p->before.newest + 1);
	TRY(version_insert(b, c, p, accepted));
	TRY(store_run(b->store, STMT_POLICY_PUT,
	              VALUES(value_text(p->name), value_int(p->version), value_int(accepted),
	                     value_int(p->with_four_eyes), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return put_audit(b, c, p);
}

const struct op op_policy_put = {
	.name = "policy_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- accept */

static enum err accept_check(struct batch *b, struct cmd *c)
{
	struct policy_accept *p = c->in;
	struct policy_version *v = &p->found;

	TRY(policy_version_find(b->store, c->arena, p->name, p->version, v));
	if (!str_given(v->name))
		return refuse(c, REFUSED_NO_SUCH_POLICY, "There is no version %lld of a policy named %.*s.",
		              (long long)p->version, S_ARG(p->name));
	if (v->state != POLICY_PROPOSED)
		return refuse(c, REFUSED_CONFLICT, "Version %lld of the policy %.*s is %s, not PROPOSED.",
		              (long long)p->version, S_ARG(p->name), policy_state_name(v->state));
	if (str_eq(v->proposed_by, c->caller.principal))
		return refuse(c, REFUSED_SAME_PERSON,
		              "Version %lld of the policy %.*s was put by %.*s; another person has to "
		              "accept it.",
		              (long long)p->version, S_ARG(p->name), S_ARG(v->proposed_by));
	return OK;
}

static enum err accept_write(struct batch *b, struct cmd *c)
{
	struct policy_accept *p = c->in;
	struct policy_version *v = &p->found;

	must(v->state == POLICY_PROPOSED && v->accepted_at == 0);
	must(!str_eq(v->proposed_by, c->caller.principal)); /* V2 */
	TRY(store_run(b->store, STMT_POLICY_VERSION_ACCEPT,
	              VALUES(value_text(p->name), value_int(p->version),
	                     value_text(c->caller.principal), value_int(b->now.wall_ms)),
	              NULL, NULL));
	TRY(store_run(b->store, STMT_POLICY_ACCEPTED,
	              VALUES(value_text(p->name), value_int(p->version), value_int(v->four_eyes),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	TRY(audit_put(b, c,
	              &(struct audit_record){
					  .action = "policy.accept",
					  .resource = audit_name(b, "policy", p->name),
					  .from = version_text(b, v->current),
					  .to = version_text(b, p->version),
					  .detail = AUDIT_JSON(b, audit_text("proposed_by", v->proposed_by)),
				  }));
	v->state = POLICY_IN_FORCE;
	v->current = v->version;
	v->accepted_by = c->caller.principal;
	v->accepted_at = b->now.wall_ms;
	return OK;
}

const struct op op_policy_accept = {
	.name = "policy_accept",
	.lane = LANE_WRITE,
	.check = accept_check,
	.write = accept_write,
};

/* ---- retire */

static enum err retire_check(struct batch *b, struct cmd *c)
{
	const struct policy_named *p = c->in;
	struct policy_version v;

	TRY(policy_version_find(b->store, b->arena, p->name, -1, &v));
	if (!str_given(v.name))
		refuse(c, REFUSED_NO_SUCH_POLICY, "There is no policy named %.*s.", S_ARG(p->name));
	return OK;
}

static enum err retire_write(struct batch *b, struct cmd *c)
{
	const struct policy_named *p = c->in;
	struct policy_version v;

	TRY(policy_version_find(b->store, b->arena, p->name, -1, &v));
	must(str_given(v.name));
	if (v.retired_at != 0)
		return OK;
	TRY(store_run(b->store, STMT_POLICY_RETIRE,
	              VALUES(value_text(p->name), value_int(b->now.wall_ms)), NULL, NULL));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "policy.retire",
						 .resource = audit_name(b, "policy", p->name),
						 .from = version_text(b, v.current),
					 });
}

const struct op op_policy_retire = {
	.name = "policy_retire",
	.lane = LANE_WRITE,
	.drains = true,
	.check = retire_check,
	.write = retire_write,
};
