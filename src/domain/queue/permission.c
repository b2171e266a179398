/* permission.c - AddPermission and RemovePermission: statements of the queue's Policy.
 *
 * The policy is stored and read back as Amazon writes it; ringi decides by its own
 * access keys and does not evaluate it (docs/manual). */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "wire/json.h"

struct kept {
	struct arena *arena;
	struct str policy;
};

static enum err take_policy(void *context, const struct value *columns, int count)
{
	struct kept *k = context;

	must(count == 2);
	if (str_is(columns[0].bytes, "Policy"))
		k->policy = arena_str(k->arena, columns[1].bytes);
	return OK;
}

/* The policy in force as a tree; an empty one when there is none. */
static enum err read_policy(struct batch *b, struct queue *q, struct arena *arena,
                            struct json **policy)
{
	struct kept k = { arena, S_NONE };
	struct str why;

	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES, VALUES(value_int(q->id)), take_policy, &k));
	*policy = str_given(k.policy) ? json_read(arena, k.policy, &why) : NULL;
	return OK;
}

static const struct json *statement(const struct json *policy, struct str label)
{
	JSON_EACH (json_get(policy, "Statement"), s)
		if (str_eq(json_get_text(s, "Sid"), label))
			return s;
	return NULL;
}

static bool label_good(struct str label)
{
	return label.len >= 1 && label.len <= 80 && str_alphanumeric(label, "-_");
}

static enum err permit_check(struct batch *b, struct cmd *c)
{
	struct queue_permission *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);
	struct json *policy;

	if (q == NULL)
		return OK;
	if (!label_good(p->label))
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter Label is invalid. Reason: Can only include alphanumeric "
			"characters, hyphens, or underscores. 1 to 80 in length.",
			S_ARG(p->label));
	TRY(read_policy(b, q, c->arena, &policy));
	if (statement(policy, p->label) != NULL)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Value %.*s for parameter Label is invalid. Reason: Already exists.",
		              S_ARG(p->label));
	const struct json *all = json_get(policy, "Statement");
	if (all != NULL && all->count >= QUEUE_PERMISSIONS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "%u statements were found, maximum allowed is %d.",
		              all->count + 1, QUEUE_PERMISSIONS_MAX);
	return OK;
}

/* One text, or a list of them. */
static struct json *one_or_list(struct arena *arena, const struct str *texts, int count)
{
	if (count == 1)
		return json_new_text(arena, JSON_STRING, texts[0]);
	struct json *list = json_new(arena, JSON_ARRAY);
	for (int i = 0; i < count; i++)
		json_add(list, S_NONE, json_new_text(arena, JSON_STRING, texts[i]));
	return list;
}

static struct json *new_statement(struct arena *arena, const struct queue_permission *p,
                                  struct str arn)
{
	struct json *s = json_new(arena, JSON_OBJECT), *principal = json_new(arena, JSON_OBJECT);
	struct str *who = ARENA_ARRAY(arena, struct str, p->account_count);
	struct str *what = ARENA_ARRAY(arena, struct str, p->action_count);

	for (int i = 0; i < p->account_count; i++)
		who[i] = arena_printf(arena, "arn:aws:iam::%.*s:root", S_ARG(p->accounts[i]));
	for (int i = 0; i < p->action_count; i++)
		what[i] = arena_printf(arena, "SQS:%.*s", S_ARG(p->actions[i]));
	json_add(s, S("Sid"), json_new_text(arena, JSON_STRING, p->label));
	json_add(s, S("Effect"), json_new_text(arena, JSON_STRING, S("Allow")));
	json_add(principal, S("AWS"), one_or_list(arena, who, p->account_count));
	json_add(s, S("Principal"), principal);
	json_add(s, S("Action"), one_or_list(arena, what, p->action_count));
	json_add(s, S("Resource"), json_new_text(arena, JSON_STRING, arn));
	return s;
}

static struct str arn_of(struct batch *b, const struct queue *q, struct arena *arena)
{
	return arena_printf(arena, "arn:aws:sqs:%.*s:%.*s:%.*s", S_ARG(b->domain->config.region),
	                    S_ARG(b->domain->config.account), S_ARG(q->name));
}

static struct json *new_policy(struct arena *arena, struct str arn)
{
	struct json *policy = json_new(arena, JSON_OBJECT);

	json_add(policy, S("Version"), json_new_text(arena, JSON_STRING, S("2008-10-17")));
	json_add(policy, S("Id"),
	         json_new_text(arena, JSON_STRING,
	                       arena_printf(arena, "%.*s/SQSDefaultPolicy", S_ARG(arn))));
	json_add(policy, S("Statement"), json_new(arena, JSON_ARRAY));
	return policy;
}

static enum err write_policy(struct batch *b, struct cmd *c, struct queue *q,
                             const struct json *policy)
{
	struct buf text = { 0 };

	json_write(&text, policy);
	enum err fault = store_run(b->store, STMT_QUEUE_ATTRIBUTE_PUT,
	                           VALUES(value_int(q->id), value_text(S("Policy")),
	                                  value_text(buf_str(&text))),
	                           NULL, NULL);
	buf_free(&text);
	TRY(fault);
	return audit_write(b, c, "queue.permission", audit_name(b, "queue", q->name), S_NONE);
}

static enum err drop_policy(struct batch *b, struct cmd *c, struct queue *q)
{
	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_DELETE,
	              VALUES(value_int(q->id), value_text(S("Policy"))), NULL, NULL));
	return audit_write(b, c, "queue.permission", audit_name(b, "queue", q->name), S_NONE);
}

static enum err permit_write(struct batch *b, struct cmd *c)
{
	struct queue_permission *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);
	struct json *policy;

	must(q != NULL);
	struct str arn = arn_of(b, q, c->arena);
	TRY(read_policy(b, q, c->arena, &policy));
	if (!json_is(json_get(policy, "Statement"), JSON_ARRAY))
		policy = new_policy(c->arena, arn);
	json_add((struct json *)json_get(policy, "Statement"), S_NONE, new_statement(c->arena, p, arn));
	return write_policy(b, c, q, policy);
}

static enum err unpermit_check(struct batch *b, struct cmd *c)
{
	struct queue_permission *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);
	struct json *policy;

	if (q == NULL)
		return OK;
	TRY(read_policy(b, q, c->arena, &policy));
	if (statement(policy, p->label) == NULL)
		refuse(c, REFUSED_INVALID_PARAMETER,
		       "Value %.*s for parameter Label is invalid. Reason: can't find label.",
		       S_ARG(p->label));
	return OK;
}

static enum err unpermit_write(struct batch *b, struct cmd *c)
{
	struct queue_permission *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);
	struct json *policy;

	must(q != NULL);
	TRY(read_policy(b, q, c->arena, &policy));
	must(statement(policy, p->label) != NULL); /* the check has seen it */
	struct json *kept = json_new(c->arena, JSON_OBJECT), *others = json_new(c->arena, JSON_ARRAY);
	for (struct json *member = policy->first, *next; member != NULL; member = next) {
		next = member->next;
		if (!str_is(member->key, "Statement"))
			json_add(kept, member->key, member);
	}
	for (struct json *s = json_get(policy, "Statement")->first, *next; s != NULL; s = next) {
		next = s->next;
		if (!str_eq(json_get_text(s, "Sid"), p->label))
			json_add(others, S_NONE, s);
	}
	json_add(kept, S("Statement"), others);
	return others->count == 0 ? drop_policy(b, c, q) : write_policy(b, c, q, kept);
}

const struct op op_queue_permit = {
	.name = "queue_permit",
	.lane = LANE_WRITE,
	.check = permit_check,
	.write = permit_write,
};
const struct op op_queue_unpermit = {
	.name = "queue_unpermit",
	.lane = LANE_WRITE,
	.check = unpermit_check,
	.write = unpermit_write,
};
