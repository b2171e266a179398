/* subscription.c - who gets what a topic publishes: subscribed, confirmed, ended.
 *
 *     (http, https)  pending --confirmed with its token--> confirmed --unsubscribed--> gone
 *     (sqs)                                       at once: confirmed
 *
 * A token lasts TOPIC_TOKEN_MS; subscribing again asks the endpoint again. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/topic/arn.h"
#include "domain/topic/endpoint.h"
#include "domain/topic/memory.h"
#include "domain/topic/retry.h"
#include "wire/hash.h"

/* The endpoint may be somebody's address. */
static enum err note(struct batch *b, const struct cmd *c, const char *action,
                     const struct subscription *s)
{
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = action,
						 .resource = audit_name(b, "topic", s->topic->name),
						 .detail = AUDIT_JSON(b, audit_text("subscription", s->id)),
						 .personal = AUDIT_JSON(b, audit_text("endpoint", s->endpoint)) });
}

enum { TOKEN_BYTES = 32 };

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static void refuse_with(struct cmd *c, struct refused r, const char *before)
{
	if (r.why != REFUSED_NONE)
		(void)refuse(c, r.why, "%s%.*s", before, S_ARG(r.text));
}

/* ---- Subscribe */

static struct subscription *find_same(struct topic *t, enum protocol p, struct str endpoint)
{
	LIST_EACH (&t->subscriptions, struct subscription, in_topic, s)
		if (s->protocol == p && str_eq(s->endpoint, endpoint))
			return s;
	return NULL;
}

/* All of them together, so that a filter policy is read in the scope that comes with it. */
static void check_attributes(struct batch *b, struct cmd *c, const struct topic *t,
                             const struct subscribe *p)
{
	struct props given;

	props_init(&given);
	for (int i = 0; i < p->attribute_count; i++)
		props_put(&given, p->attributes[i].name, p->attributes[i].value);
	for (int i = 0; i < p->attribute_count && !cmd_refused(c); i++)
		refuse_with(c,
		            subscription_attribute_check(c->arena, &b->domain->config, t->fifo, &given,
		                                         p->attributes[i].name, p->attributes[i].value),
		            "Attributes Reason: ");
	props_clear(&given);
}

/* The same endpoint is subscribed: what is given must be as it is. */
static void check_same(struct cmd *c, const struct subscription *s, const struct subscribe *p)
{
	for (int i = 0; i < p->attribute_count; i++) {
		struct str now = props_get(&s->attributes, p->attributes[i].name);
		if (!str_given(now))
			now = subscription_default(s, p->attributes[i].name);
		if (!str_eq(now, p->attributes[i].value))
			(void)
				refuse(c, REFUSED_INVALID_TOPIC_PARAMETER,
			           "Attributes Reason: Subscription already exists with different attributes");
	}
}

static enum err subscribe_check(struct batch *b, struct cmd *c)
{
	struct subscribe *p = c->in;
	struct topic *t = topic_wanted(b, c, p->topic);
	enum protocol protocol = PROTOCOL_SQS;

	if (t == NULL)
		return OK;
	refuse_with(c,
	            endpoint_check(c->arena, &b->domain->config, t->fifo, p->protocol, p->endpoint,
	                           &protocol),
	            "");
	check_attributes(b, c, t, p);
	if (cmd_refused(c))
		return OK;
	const struct subscription *s = find_same(t, protocol, p->endpoint);
	if (s != NULL)
		check_same(c, s, p);
	else if (t->subscription_count >= TOPIC_SUBSCRIPTIONS_MAX)
		(void)refuse(c, REFUSED_SUBSCRIPTION_LIMIT, "A topic can have %d subscriptions at most.",
		             TOPIC_SUBSCRIPTIONS_MAX);
	return OK;
}

static struct str token_new(struct batch *b)
{
	uint8_t bytes[TOKEN_BYTES];
	char *text = arena_get(b->arena, 2 * TOKEN_BYTES + 1);

	rng_bytes(b->rng, bytes, sizeof bytes);
	hex_text(bytes, sizeof bytes, text);
	return (struct str){ text, 2 * TOKEN_BYTES };
}

static enum err put_attribute(struct batch *b, struct subscription *s, struct str name,
                              struct str value)
{
	must(b->topics_touched); /* T1 */
	if (value.len == 0) {
		props_take(&s->attributes, name);
		return store_run(b->store, STMT_SUBSCRIPTION_ATTRIBUTE_DELETE,
		                 VALUES(value_text(s->id), value_text(name)), NULL, NULL);
	}
	props_put(&s->attributes, name, value);
	return store_run(b->store, STMT_SUBSCRIPTION_ATTRIBUTE_PUT,
	                 VALUES(value_text(s->id), value_text(name), value_text(value)), NULL, NULL);
}

static enum err add(struct batch *b, struct topic *t, const struct subscribe *p,
                    enum protocol protocol, struct subscription **out)
{
	char id[37];

	uuid_text(uuid_new(b->now, b->rng), id);
	struct subscription *s = *out = subscription_add(b->domain->topics, t, str_of(id), protocol,
	                                                 p->endpoint, b->domain->config.account);
	if (protocol == PROTOCOL_SQS)
		subscription_confirmed(s);
	else
		subscription_token(s, token_new(b), b->now.wall_ms);
	TRY(store_run(b->store, STMT_SUBSCRIPTION_INSERT,
	              VALUES(value_text(s->id), value_int(t->id),
	                     value_text(str_of(protocol_name(protocol))), value_text(s->endpoint),
	                     value_text(s->owner), value_int(s->confirmed), value_text(s->token),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	for (int i = 0; i < p->attribute_count; i++)
		TRY(put_attribute(b, s, p->attributes[i].name, p->attributes[i].value));
	must(subscription_apply(s)); /* the check has compiled it */
	return OK;
}

/* It waits for its confirmation already: asked again, with a new token. */
static enum err renew_token(struct batch *b, struct subscription *s)
{
	must(!s->confirmed && s->protocol != PROTOCOL_SQS);
	subscription_token(s, token_new(b), b->now.wall_ms);
	return store_run(b->store, STMT_SUBSCRIPTION_TOKEN,
	                 VALUES(value_text(s->id), value_text(s->token), value_int(s->token_at)), NULL,
	                 NULL);
}

static enum err subscribe_write(struct batch *b, struct cmd *c)
{
	struct subscribe *p = c->in;
	struct topic *t = topic_find(b->domain, p->topic);
	enum protocol protocol = PROTOCOL_SQS;

	must(t != NULL && protocol_read(p->protocol, &protocol));
	topics_touch(b);
	struct subscription *s = find_same(t, protocol, p->endpoint);
	if (s == NULL) {
		TRY(add(b, t, p, protocol, &s));
		TRY(note(b, c, "topic.subscribe", s));
	} else if (!s->confirmed) {
		TRY(renew_token(b, s));
	}
	p->subscription = arena_str(c->arena, s->id);
	p->pending = !s->confirmed;
	return s->confirmed ? OK : subscription_ask(b, s, p->origin);
}

const struct op op_subscribe = {
	.name = "subscribe",
	.lane = LANE_WRITE,
	.check = subscribe_check,
	.write = subscribe_write,
};

/* ---- ConfirmSubscription */

static struct subscription *find_token(struct topic *t, struct str token)
{
	LIST_EACH (&t->subscriptions, struct subscription, in_topic, s)
		if (str_given(s->token) && str_eq_secret(s->token, token))
			return s;
	return NULL;
}

static enum err confirm_check(struct batch *b, struct cmd *c)
{
	struct subscription_confirm *p = c->in;
	struct topic *t = topic_wanted(b, c, p->topic);
	const struct subscription *s = t == NULL ? NULL : find_token(t, p->token);

	if (t == NULL)
		return OK;
	if (s == NULL || (!s->confirmed && b->now.wall_ms - s->token_at > TOPIC_TOKEN_MS))
		return refuse(c, REFUSED_INVALID_TOPIC_PARAMETER, "Token");
	return OK;
}

static enum err confirm_write(struct batch *b, struct cmd *c)
{
	struct subscription_confirm *p = c->in;
	struct subscription *s = find_token(topic_find(b->domain, p->topic), p->token);

	must(s != NULL && (s->confirmed || b->now.wall_ms - s->token_at <= TOPIC_TOKEN_MS));
	p->subscription = arena_str(c->arena, s->id);
	if (s->confirmed)
		return OK;
	topics_touch(b);
	subscription_confirmed(s);
	TRY(store_run(b->store, STMT_SUBSCRIPTION_CONFIRM, VALUES(value_text(s->id)), NULL, NULL));
	return note(b, c, "topic.confirm", s);
}

const struct op op_subscription_confirm = {
	.name = "subscription_confirm",
	.lane = LANE_WRITE,
	.check = confirm_check,
	.write = confirm_write,
};

/* ---- Unsubscribe */

static enum err unsubscribe_write(struct batch *b, struct cmd *c)
{
	struct subscription_named *p = c->in;
	struct subscription *s = subscription_find(b->domain, p->subscription);

	if (s == NULL || !str_eq(s->topic->name, p->topic))
		return OK;
	topics_touch(b);
	TRY(store_run(b->store, STMT_SUBSCRIPTION_ATTRIBUTES_DELETE, VALUES(value_text(s->id)), NULL,
	              NULL));
	TRY(store_run(b->store, STMT_SUBSCRIPTION_DELETE, VALUES(value_text(s->id)), NULL, NULL));
	TRY(note(b, c, "topic.unsubscribe", s));
	s->topic->deleted_count++;
	b->domain->topics->figures.waiting -= s->waiting;
	subscription_remove(b->domain->topics, s);
	return OK;
}

const struct op op_unsubscribe = {
	.name = "unsubscribe",
	.lane = LANE_WRITE,
	.drains = true,
	.check = nothing,
	.write = unsubscribe_write,
};

/* ---- attributes */

struct listing {
	struct arena *arena;
	struct pair *pairs;
	int count;
};

static void show(struct listing *l, const char *name, struct str value)
{
	if (str_given(value))
		l->pairs[l->count++] = (struct pair){ arena_str(l->arena, str_of(name)),
			                                  arena_str(l->arena, value) };
}

static void show_defaults(struct listing *l, const struct subscription *s)
{
	static const char *const names[] = { "RawMessageDelivery", "FilterPolicyScope" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!str_given(props_get(&s->attributes, str_of(names[i]))))
			show(l, names[i], subscription_default(s, str_of(names[i])));
}

static void show_delivery(struct listing *l, const struct subscription *s)
{
	struct retry_policy p = retry_policy_of(l->arena,
	                                        props_get(&s->topic->attributes, S("DeliveryPolicy")),
	                                        props_get(&s->attributes, S("DeliveryPolicy")));

	if (s->protocol != PROTOCOL_SQS)
		show(l, "EffectiveDeliveryPolicy", retry_policy_text(l->arena, &p, false));
}

static enum err get_write(struct batch *b, struct cmd *c)
{
	struct subscription_get *p = c->in;
	const struct subscription *s = subscription_find(b->domain, p->subscription);
	const struct domain_config *config = &b->domain->config;

	must(s != NULL);
	struct listing l = { .arena = c->arena,
		                 .pairs = ARENA_ARRAY(c->arena, struct pair, s->attributes.count + 12) };
	show(&l, "SubscriptionArn", arn_of_subscription(c->arena, config, s->topic->name, s->id));
	show(&l, "TopicArn", arn_of_topic(c->arena, config, s->topic->name));
	show(&l, "Protocol", str_of(protocol_name(s->protocol)));
	show(&l, "Endpoint", s->endpoint);
	show(&l, "Owner", s->owner);
	show(&l, "SubscriptionPrincipal",
	     arena_printf(c->arena, "arn:aws:iam::%.*s:root", S_ARG(s->owner)));
	show(&l, "ConfirmationWasAuthenticated", s->protocol == PROTOCOL_SQS ? S("true") : S("false"));
	show(&l, "PendingConfirmation", s->confirmed ? S("false") : S("true"));
	PROPS_EACH(&s->attributes, one)
	l.pairs[l.count++] = (struct pair){ arena_str(c->arena, one->name),
		                                arena_str(c->arena, one->value) };
	show_defaults(&l, s);
	show_delivery(&l, s);
	p->attributes = l.pairs;
	p->attribute_count = l.count;
	return OK;
}

static enum err get_check(struct batch *b, struct cmd *c)
{
	struct subscription_get *p = c->in;

	(void)subscription_wanted(b, c, p->topic, p->subscription);
	return OK;
}

const struct op op_subscription_get = {
	.name = "subscription_get",
	.lane = LANE_WRITE,
	.check = get_check,
	.write = get_write,
};

static enum err set_check(struct batch *b, struct cmd *c)
{
	struct subscription_set *p = c->in;
	const struct subscription *s = subscription_wanted(b, c, p->topic, p->subscription);

	if (s != NULL)
		refuse_with(c,
		            subscription_attribute_check(c->arena, &b->domain->config, s->topic->fifo,
		                                         &s->attributes, p->attribute.name,
		                                         p->attribute.value),
		            "");
	return OK;
}

static enum err set_write(struct batch *b, struct cmd *c)
{
	struct subscription_set *p = c->in;
	struct subscription *s = subscription_find(b->domain, p->subscription);

	must(s != NULL);
	topics_touch(b);
	TRY(put_attribute(b, s, p->attribute.name, p->attribute.value));
	must(subscription_apply(s)); /* the check has compiled it */
	return audit_write(b, c, "subscription.set", audit_name(b, "topic", s->topic->name),
	                   AUDIT_JSON(b, audit_text("attribute", p->attribute.name)));
}

const struct op op_subscription_set = {
	.name = "subscription_set",
	.lane = LANE_WRITE,
	.check = set_check,
	.write = set_write,
};

/* ---- lists */

static enum err got_subscription(void *context, const struct value *v, int count)
{
	struct cmd *c = context;
	struct subscription_list *p = c->in;

	must(count == 6);
	if (p->count == p->max) {
		p->more = true;
		return OK;
	}
	p->subscriptions[p->count++] = (struct subscription_info){
		.id = arena_str(c->arena, v[0].bytes),
		.topic = arena_str(c->arena, v[1].bytes),
		.protocol = arena_str(c->arena, v[2].bytes),
		.endpoint = arena_str(c->arena, v[3].bytes),
		.owner = arena_str(c->arena, v[4].bytes),
		.confirmed = v[5].number != 0,
	};
	return OK;
}

static enum err got_topic(void *context, const struct value *v, int count)
{
	(void)v;
	must(count == 1);
	*(bool *)context = true;
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct subscription_list *p = c->in;
	struct str after = str_given(p->after) ? p->after : S("");
	bool found = false;

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->subscriptions = ARENA_ARRAY(c->arena, struct subscription_info, p->max);
	p->count = 0;
	p->more = false;
	if (!str_given(p->topic))
		return store_run(s, STMT_SUBSCRIPTION_PAGE,
		                 VALUES(value_text(after), value_int(p->max + 1)), got_subscription, c);
	TRY(store_run(s, STMT_TOPIC_EXISTS, VALUES(value_text(p->topic)), got_topic, &found));
	if (!found)
		return refuse(c, REFUSED_NO_SUCH_TOPIC, "Topic does not exist");
	return store_run(s, STMT_SUBSCRIPTION_PAGE_OF,
	                 VALUES(value_text(after), value_int(p->max + 1), value_text(p->topic)),
	                 got_subscription, c);
}

const struct op op_subscription_list = { .name = "subscription_list",
	                                     .lane = LANE_READ,
	                                     .read = list_read };
