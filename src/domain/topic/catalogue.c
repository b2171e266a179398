/* catalogue.c - topics created, deleted, listed; their attributes and tags. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/topic/arn.h"
#include "domain/topic/memory.h"
#include "domain/topic/policy.h"
#include "domain/topic/retry.h"

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static struct str pair_find(const struct pair *pairs, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (str_is(pairs[i].name, name))
			return pairs[i].value;
	return S_NONE;
}

static void refuse_with(struct cmd *c, struct refused r, const char *before)
{
	if (r.why != REFUSED_NONE)
		(void)refuse(c, r.why, "%s%.*s", before, S_ARG(r.text));
}

/* ---- CreateTopic */

static bool is_topic_name(struct str name)
{
	return name.len > 0 && str_alphanumeric(name, "-_");
}

static void check_name(struct cmd *c, struct str name, bool fifo)
{
	bool ends = str_ends(name, S(".fifo"));
	struct str stem = { name.at, ends && fifo ? name.len - 5 : name.len };

	if (name.len <= TOPIC_NAME_MAX && is_topic_name(stem) && ends == fifo)
		return;
	if (fifo)
		(void)refuse(
			c, REFUSED_INVALID_TOPIC_PARAMETER,
			"Fifo Topic names must end with .fifo and must be made up of only uppercase "
			"and lowercase "
			"ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 "
			"characters long.");
	else
		(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER, "Topic Name");
}

static void check_tags(struct cmd *c, const struct pair *tags, int count, const struct props *old)
{
	int added = 0;

	for (int i = 0; i < count; i++) {
		for (int k = 0; k < i; k++)
			if (str_eq(tags[i].name, tags[k].name))
				(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
				             "Duplicated keys are not allowed.");
		if (tags[i].name.len == 0 || tags[i].name.len > 4 * QUEUE_TAG_KEY_MAX ||
		    tags[i].value.len > 4 * QUEUE_TAG_VALUE_MAX)
			(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
			             "Tag Reason: A key has 1 to %d characters, "
			             "a value at most %d",
			             QUEUE_TAG_KEY_MAX, QUEUE_TAG_VALUE_MAX);
		added += old == NULL || !str_given(props_get(old, tags[i].name));
	}
	if (added + (old == NULL ? 0 : old->count) > TOPIC_TAGS_MAX)
		(void)refuse(c, REFUSED_TAG_LIMIT,
		             "Could not complete request: tag quota of per resource exceeded");
}

/* A topic of this name exists: everything that is given must be as it is. */
static void check_same(struct cmd *c, const struct topic *t, const struct topic_create *p)
{
	for (int i = 0; i < p->attribute_count; i++) {
		struct str now = props_get(&t->attributes, p->attributes[i].name);
		if (!str_given(now))
			now = topic_attribute_default(p->attributes[i].name, t->fifo);
		if (!str_eq(now, p->attributes[i].value))
			(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
			             "Attributes Reason: Topic already exists with different attributes");
	}
	for (int i = 0; i < p->tag_count; i++) {
		struct str now = props_get(&t->tags, p->tags[i].name);
		if (!str_given(now) || !str_eq(now, p->tags[i].value))
			(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
			             "Tags Reason: Topic already exists with different tags");
	}
}

static enum err create_check(struct batch *b, struct cmd *c)
{
	struct topic_create *p = c->in;
	bool fifo = str_is(pair_find(p->attributes, p->attribute_count, "FifoTopic"), "true");
	const struct topic *t = topic_find(b->domain, p->name);

	check_name(c, p->name, fifo);
	for (int i = 0; i < p->attribute_count && !cmd_refused(c); i++) {
		if (str_is(p->attributes[i].name, "FifoTopic") && str_is(p->attributes[i].value, "false"))
			continue;
		refuse_with(c,
		            topic_attribute_check(c->arena, p->attributes[i].name, p->attributes[i].value,
		                                  fifo),
		            "Attributes Reason: ");
	}
	check_tags(c, p->tags, p->tag_count, NULL);
	p->existed = t != NULL;
	if (t != NULL)
		check_same(c, t, p);
	else if (b->domain->topics->by_name.count >= TOPICS_MAX)
		(void)refuse(c, REFUSED_TOPIC_LIMIT, "There can be %d topics at most.", TOPICS_MAX);
	return OK;
}

static enum err put_attribute(struct batch *b, struct topic *t, struct str name, struct str value)
{
	must(b->topics_touched); /* T1 */
	if (value.len == 0) {
		props_take(&t->attributes, name);
		return store_run(b->store, STMT_TOPIC_ATTRIBUTE_DELETE,
		                 VALUES(value_int(t->id), value_text(name)), NULL, NULL);
	}
	props_put(&t->attributes, name, value);
	return store_run(b->store, STMT_TOPIC_ATTRIBUTE_PUT,
	                 VALUES(value_int(t->id), value_text(name), value_text(value)), NULL, NULL);
}

static enum err put_tag(struct batch *b, struct topic *t, const struct pair *tag)
{
	must(b->topics_touched && tag->name.len > 0); /* T1 */
	props_put(&t->tags, tag->name, str_given(tag->value) ? tag->value : S(""));
	return store_run(b->store, STMT_TOPIC_TAG_PUT,
	                 VALUES(value_int(t->id), value_text(tag->name),
	                        value_text(props_get(&t->tags, tag->name))),
	                 NULL, NULL);
}

static enum err create_write(struct batch *b, struct cmd *c)
{
	struct topic_create *p = c->in;

	must(p->existed == (topic_find(b->domain, p->name) != NULL));
	if (p->existed)
		return OK;
	topics_touch(b);
	struct topic *t = topic_add(b->domain->topics, b->domain->topics->last_id + 1, p->name);
	t->created_at = b->now.wall_ms;
	TRY(store_run(b->store, STMT_TOPIC_INSERT,
	              VALUES(value_int(t->id), value_text(t->name), value_int(t->created_at)), NULL,
	              NULL));
	for (int i = 0; i < p->attribute_count; i++)
		if (!str_is(p->attributes[i].value, "false") || !str_is(p->attributes[i].name, "FifoTopic"))
			TRY(put_attribute(b, t, p->attributes[i].name, p->attributes[i].value));
	for (int i = 0; i < p->tag_count; i++)
		TRY(put_tag(b, t, &p->tags[i]));
	topic_apply(t);
	return audit_write(b, c, "topic.create", audit_name(b, "topic", t->name), S_NONE);
}

const struct op op_topic_create = {
	.name = "topic_create",
	.lane = LANE_WRITE,
	.check = create_check,
	.write = create_write,
};

/* ---- DeleteTopic */

static enum err delete_write(struct batch *b, struct cmd *c)
{
	struct topic_named *p = c->in;
	struct topic *t = topic_find(b->domain, p->name);
	static const enum stmt statements_of[] = {
		STMT_TOPIC_SUBSCRIPTION_ATTRIBUTES_DELETE,
		STMT_TOPIC_SUBSCRIPTIONS_DELETE,
		STMT_TOPIC_ATTRIBUTES_DELETE,
		STMT_TOPIC_TAGS_DELETE,
		STMT_TOPIC_DEDUP_DELETE_ALL,
		STMT_TOPIC_DELETE,
	};

	if (t == NULL)
		return OK;
	topics_touch(b);
	for (size_t i = 0; i < sizeof statements_of / sizeof statements_of[0]; i++)
		TRY(store_run(b->store, statements_of[i], VALUES(value_int(t->id)), NULL, NULL));
	TRY(audit_write(b, c, "topic.delete", audit_name(b, "topic", t->name), S_NONE));
	LIST_EACH (&t->subscriptions, struct subscription, in_topic, s)
		b->domain->topics->figures.waiting -= s->waiting;
	topic_remove(b->domain->topics, t);
	return OK;
}

const struct op op_topic_delete = {
	.name = "topic_delete",
	.lane = LANE_WRITE,
	.drains = true,
	.check = nothing,
	.write = delete_write,
};

/* ---- ListTopics */

struct page {
	struct cmd *c;
	struct topic_list *p;
};

static enum err got_name(void *context, const struct value *v, int count)
{
	struct page *page = context;
	struct topic_list *p = page->p;

	must(count == 1);
	if (p->count == p->max)
		p->more = true;
	else
		p->names[p->count++] = arena_str(page->c->arena, v[0].bytes);
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct topic_list *p = c->in;
	struct page page = { .c = c, .p = p };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->names = ARENA_ARRAY(c->arena, struct str, p->max);
	p->count = 0;
	p->more = false;
	return store_run(s, STMT_TOPIC_PAGE,
	                 VALUES(value_text(str_given(p->after) ? p->after : S("")),
	                        value_int(p->max + 1)),
	                 got_name, &page);
}

const struct op op_topic_list = { .name = "topic_list", .lane = LANE_READ, .read = list_read };

/* ---- GetTopicAttributes, SetTopicAttributes */

struct listing {
	struct arena *arena;
	struct pair *pairs;
	int count;
};

static void show(struct listing *l, struct str name, struct str value)
{
	if (str_given(value))
		l->pairs[l->count++] = (struct pair){ arena_str(l->arena, name),
			                                  arena_str(l->arena, value) };
}

static void show_number(struct listing *l, const char *name, int64_t n)
{
	show(l, str_of(name), arena_printf(l->arena, "%lld", (long long)n));
}

/* Attributes that every topic shows although nobody set them. */
static void show_defaults(struct listing *l, const struct topic *t,
                          const struct domain_config *config)
{
	static const char *const shown[] = { "DisplayName", "ContentBasedDeduplication",
		                                 "FifoThroughputScope" };

	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (!str_given(props_get(&t->attributes, str_of(shown[i]))))
			show(l, str_of(shown[i]), topic_attribute_default(str_of(shown[i]), t->fifo));
	if (!str_given(props_get(&t->attributes, S("Policy"))))
		show(l, S("Policy"), policy_default(l->arena, config, t->name));
}

static enum err get_write(struct batch *b, struct cmd *c)
{
	struct topic_get *p = c->in;
	const struct topic *t = topic_find(b->domain, p->name);
	const struct domain_config *config = &b->domain->config;

	must(t != NULL);
	struct listing l = { .arena = c->arena,
		                 .pairs = ARENA_ARRAY(c->arena, struct pair, t->attributes.count + 10) };
	show(&l, S("TopicArn"), arn_of_topic(c->arena, config, t->name));
	show(&l, S("Owner"), config->account);
	show_number(&l, "SubscriptionsConfirmed", t->confirmed_count);
	show_number(&l, "SubscriptionsPending", t->subscription_count - t->confirmed_count);
	show_number(&l, "SubscriptionsDeleted", t->deleted_count);
	struct retry_policy retry = retry_policy_of(c->arena,
	                                            props_get(&t->attributes, S("DeliveryPolicy")),
	                                            S_NONE);
	show(&l, S("EffectiveDeliveryPolicy"), retry_policy_text(c->arena, &retry, true));
	PROPS_EACH(&t->attributes, one)
	show(&l, one->name, one->value);
	show_defaults(&l, t, config);
	p->attributes = l.pairs;
	p->attribute_count = l.count;
	return OK;
}

static enum err get_check(struct batch *b, struct cmd *c)
{
	(void)topic_wanted(b, c, ((struct topic_get *)c->in)->name);
	return OK;
}

const struct op op_topic_get = {
	.name = "topic_get",
	.lane = LANE_WRITE,
	.check = get_check,
	.write = get_write,
};

static enum err set_check(struct batch *b, struct cmd *c)
{
	struct topic_set *p = c->in;
	const struct topic *t = topic_wanted(b, c, p->name);

	if (t == NULL)
		return OK;
	if (str_is(p->attribute.name, "FifoTopic"))
		return refuse(c, REFUSED_INVALID_TOPIC_PARAMETER, "AttributeName");
	refuse_with(c, topic_attribute_check(c->arena, p->attribute.name, p->attribute.value, t->fifo),
	            "");
	return OK;
}

static enum err set_write(struct batch *b, struct cmd *c)
{
	struct topic_set *p = c->in;
	struct topic *t = topic_find(b->domain, p->name);

	must(t != NULL);
	topics_touch(b);
	TRY(put_attribute(b, t, p->attribute.name, p->attribute.value));
	topic_apply(t);
	return audit_write(b, c, "topic.set", audit_name(b, "topic", t->name),
	                   AUDIT_JSON(b, audit_text("attribute", p->attribute.name)));
}

const struct op op_topic_set = {
	.name = "topic_set",
	.lane = LANE_WRITE,
	.check = set_check,
	.write = set_write,
};

/* ---- tags */

static const struct topic *tagged(struct batch *b, struct cmd *c)
{
	const struct topic *t = topic_find(b->domain, ((struct topic_tags *)c->in)->name);

	if (t == NULL)
		(void)refuse(c, REFUSED_NO_SUCH_RESOURCE, "Resource does not exist");
	return t;
}

static enum err tag_check(struct batch *b, struct cmd *c)
{
	struct topic_tags *p = c->in;
	const struct topic *t = tagged(b, c);

	if (t != NULL)
		check_tags(c, p->tags, p->count, &t->tags);
	return OK;
}

static enum err tag_write(struct batch *b, struct cmd *c)
{
	struct topic_tags *p = c->in;
	struct topic *t = topic_find(b->domain, p->name);

	must(t != NULL);
	topics_touch(b);
	for (int i = 0; i < p->count; i++)
		TRY(put_tag(b, t, &p->tags[i]));
	return audit_write(b, c, "topic.tag", audit_name(b, "topic", t->name), S_NONE);
}

static enum err tagged_check(struct batch *b, struct cmd *c)
{
	(void)tagged(b, c);
	return OK;
}

static enum err untag_write(struct batch *b, struct cmd *c)
{
	struct topic_tags *p = c->in;
	struct topic *t = topic_find(b->domain, p->name);

	must(t != NULL);
	topics_touch(b);
	for (int i = 0; i < p->count; i++) {
		props_take(&t->tags, p->tags[i].name);
		TRY(store_run(b->store, STMT_TOPIC_TAG_DELETE,
		              VALUES(value_int(t->id), value_text(p->tags[i].name)), NULL, NULL));
	}
	return audit_write(b, c, "topic.untag", audit_name(b, "topic", t->name), S_NONE);
}

static enum err tags_list_write(struct batch *b, struct cmd *c)
{
	struct topic_tags *p = c->in;
	const struct topic *t = topic_find(b->domain, p->name);
	must(t != NULL);
	struct listing l = { .arena = c->arena,
		                 .pairs = ARENA_ARRAY(c->arena, struct pair, t->tags.count + 1) };

	PROPS_EACH(&t->tags, one)
	show(&l, one->name, one->value);
	p->all = l.pairs;
	p->all_count = l.count;
	return OK;
}

const struct op op_topic_tag = {
	.name = "topic_tag",
	.lane = LANE_WRITE,
	.check = tag_check,
	.write = tag_write,
};
const struct op op_topic_untag = {
	.name = "topic_untag",
	.lane = LANE_WRITE,
	.check = tagged_check,
	.write = untag_write,
};
const struct op op_topic_tags_list = {
	.name = "topic_tags_list",
	.lane = LANE_WRITE,
	.check = tagged_check,
	.write = tags_list_write,
};

/* ---- permissions */

static struct str policy_of(struct batch *b, struct arena *a, const struct topic *t)
{
	struct str policy = props_get(&t->attributes, S("Policy"));

	return str_given(policy) ? policy : policy_default(a, &b->domain->config, t->name);
}

/* The policy as it will be; absent after a refusal. */
static struct str policy_changed(struct batch *b, struct cmd *c, bool add)
{
	struct topic_permission *p = c->in;
	const struct topic *t = topic_wanted(b, c, p->name);

	if (t == NULL)
		return S_NONE;
	struct str now = policy_of(b, c->arena, t);
	struct str then = add ? policy_add(c->arena, &b->domain->config, now, p)
	                      : policy_remove(c->arena, now, p->label);
	if (!str_given(then))
		(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
		             add ? "Statement already exists" : "Statement does not exist");
	else if (then.len > TOPIC_ATTRIBUTE_MAX)
		(void)refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
		             "Policy Reason: The policy becomes too long");
	return then;
}

static enum err permission_write(struct batch *b, struct cmd *c, bool add)
{
	struct topic *t = topic_find(b->domain, ((struct topic_permission *)c->in)->name);

	must(t != NULL);
	topics_touch(b);
	TRY(put_attribute(b, t, S("Policy"), policy_changed(b, c, add)));
	return audit_write(b, c, add ? "topic.permit" : "topic.unpermit",
	                   audit_name(b, "topic", t->name), S_NONE);
}

static enum err permit_check(struct batch *b, struct cmd *c)
{
	(void)policy_changed(b, c, true);
	return OK;
}

static enum err permit_write(struct batch *b, struct cmd *c)
{
	return permission_write(b, c, true);
}

static enum err unpermit_check(struct batch *b, struct cmd *c)
{
	(void)policy_changed(b, c, false);
	return OK;
}

static enum err unpermit_write(struct batch *b, struct cmd *c)
{
	return permission_write(b, c, false);
}

const struct op op_topic_permit = {
	.name = "topic_permit",
	.lane = LANE_WRITE,
	.check = permit_check,
	.write = permit_write,
};
const struct op op_topic_unpermit = {
	.name = "topic_unpermit",
	.lane = LANE_WRITE,
	.check = unpermit_check,
	.write = unpermit_write,
};
