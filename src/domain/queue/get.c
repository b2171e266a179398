/* get.c - GetQueueAttributes, and the figures of all queues for /metrics. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/metrics.h"

struct kept {
	struct arena *arena;
	struct queue_get *to;
	int max;
};

static void give(struct kept *k, const char *name, struct str value)
{
	must(k->to->attribute_count < k->max);
	k->to->attributes[k->to->attribute_count++] = (struct pair){ str_of(name), value };
}

static bool wanted(const struct queue_get *p, const char *name)
{
	if (p->all)
		return true;
	for (int i = 0; i < p->count; i++)
		if (str_is(p->names[i], name))
			return true;
	return false;
}

static const char *const read_only[] = {
	"ApproximateNumberOfMessages",
	"ApproximateNumberOfMessagesNotVisible",
	"ApproximateNumberOfMessagesDelayed",
	"CreatedTimestamp",
	"LastModifiedTimestamp",
	"QueueArn",
};
enum { READ_ONLY_COUNT = sizeof read_only / sizeof *read_only };

static struct str read_only_value(struct batch *b, const struct queue *q, int which,
                                  struct arena *arena)
{
	switch (which) {
	case 0:
		return arena_printf(arena, "%lld", (long long)q->visible);
	case 1:
		return arena_printf(arena, "%lld", (long long)q->in_flight);
	case 2:
		return arena_printf(arena, "%lld", (long long)q->delayed);
	case 3:
		return arena_printf(arena, "%lld", (long long)(q->created_at / SECOND_MS));
	case 4:
		return arena_printf(arena, "%lld", (long long)(q->modified_at / SECOND_MS));
	default:
		return arena_printf(arena, "arn:aws:sqs:%.*s:%.*s:%.*s", S_ARG(b->domain->config.region),
		                    S_ARG(b->domain->config.account), S_ARG(q->name));
	}
}

static bool known(struct str name)
{
	for (int i = 0; i < READ_ONLY_COUNT; i++)
		if (str_is(name, read_only[i]))
			return true;
	const struct attribute *a = attribute_find(name);
	return a != NULL && !attribute_is_own(a);
}

static enum err get_check(struct batch *b, struct cmd *c)
{
	struct queue_get *p = c->in;

	queue_wanted(b, c, p->name);
	for (int i = 0; i < p->count && !cmd_refused(c); i++)
		if (!known(p->names[i]))
			refuse(c, REFUSED_UNKNOWN_ATTRIBUTE, "Unknown Attribute %.*s.", S_ARG(p->names[i]));
	return OK;
}

static enum err keep_set(void *context, const struct value *columns, int count)
{
	struct kept *k = context;
	const struct attribute *a = attribute_find(columns[0].bytes);

	must(count == 2 && a != NULL);
	const char *name = attribute_name(a);
	if (attribute_is_own(a) ? k->to->own : wanted(k->to, name))
		give(k, name, attribute_shown(k->arena, a, columns[1].bytes));
	return OK;
}

static bool already(const struct queue_get *p, const char *name)
{
	for (int i = 0; i < p->attribute_count; i++)
		if (str_is(p->attributes[i].name, name))
			return true;
	return false;
}

static void give_defaults(struct kept *k, bool fifo)
{
	const struct attribute *a;

	for (int i = 0; (a = attribute_at(i)) != NULL; i++) {
		const char *name = attribute_name(a), *value = attribute_default(a, fifo);
		bool asked = attribute_is_own(a) ? k->to->own : wanted(k->to, name);
		if (asked && value != NULL && !already(k->to, name))
			give(k, name, str_of(value));
	}
}

/* When the oldest message was sent: exact for what is at the front. */
static enum err take_sent(void *context, const struct value *columns, int count)
{
	must(count == 3);
	*(int64_t *)context = columns[1].number;
	return OK;
}

enum err queue_oldest(struct batch *b, struct queue *q, int64_t *sent_at)
{
	*sent_at = 0;
	if (q->visible + q->in_flight + q->delayed == 0)
		return OK;
	return store_run(b->store, STMT_MESSAGE_SENT,
	                 VALUES(value_int(message_id_of(q, q->first_position)),
	                        value_int(message_id_of(q, POSITION_MAX)), value_int(1)),
	                 take_sent, sent_at);
}

static const int64_t *lanes_of(const struct queue *q, struct arena *arena)
{
	if (q->lanes == NULL)
		return NULL;
	int64_t *visible = ARENA_ARRAY(arena, int64_t, PRIORITIES);
	memcpy(visible, q->lanes->visible, sizeof q->lanes->visible);
	return visible;
}

static enum err give_slo(struct batch *b, struct queue *q, struct queue_get *p, struct arena *arena)
{
	struct slo *slo = p->own && q->settings.slo_wait_ms > 0 ? ARENA_NEW(arena, struct slo) : NULL;

	p->slo = slo;
	return slo == NULL ? OK : queue_slo(b, q, slo);
}

/* Which groups wait for a person, and behind which message. */
static void give_blocked(const struct queue *q, struct queue_get *p, struct arena *arena)
{
	const struct group *g;
	size_t at = 0;

	p->blocked_count = 0;
	if (q->stopped_groups == 0)
		return;
	p->blocked = ARENA_ARRAY(arena, struct blocked_group, BLOCKED_SHOWN_MAX);
	while (p->blocked_count < BLOCKED_SHOWN_MAX && (g = names_next(&q->groups, &at)) != NULL) {
		if (!g->stopped)
			continue;
		struct blocked_group *to = &p->blocked[p->blocked_count++];
		*to = (struct blocked_group){ arena_str(arena, g->name), group_head(g) };
		must(to->position != 0);
	}
	must(p->blocked_count > 0);
}

static enum err get_write(struct batch *b, struct cmd *c)
{
	struct queue_get *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);
	struct kept k = { .arena = c->arena, .to = p, .max = QUEUE_ATTRIBUTES_MAX + READ_ONLY_COUNT };

	must(q != NULL);
	p->attributes = ARENA_ARRAY(c->arena, struct pair, k.max);
	p->attribute_count = 0; /* it may run again after a rollback */
	if (p->all || p->own || p->count > 0) {
		TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES, VALUES(value_int(q->id)), keep_set, &k));
		give_defaults(&k, q->settings.fifo);
	}
	for (int i = 0; i < READ_ONLY_COUNT; i++)
		if (wanted(p, read_only[i]))
			give(&k, read_only[i], read_only_value(b, q, i, c->arena));
	p->schema_version = q->schema_version;
	p->visible = q->visible;
	p->in_flight = q->in_flight;
	p->delayed = q->delayed;
	p->waiting = 0;
	LIST_EACH (&q->waiting, struct cmd, waiting, waiter)
		p->waiting += waiter != NULL;
	p->blocked_groups = q->stopped_groups;
	p->held_groups = q->held_groups;
	if (p->own)
		give_blocked(q, p, c->arena);
	p->lanes = lanes_of(q, c->arena);
	TRY(give_slo(b, q, p, c->arena));
	p->push = push_figures(q, b->now);
	return p->own ? queue_oldest(b, q, &p->oldest_sent_at) : OK;
}

const struct op op_queue_get = {
	.name = "queue_get",
	.lane = LANE_WRITE,
	.check = get_check,
	.write = get_write,
};
