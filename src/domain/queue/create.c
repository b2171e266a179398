/* create.c - CreateQueue and SetQueueAttributes: all attributes of a call or none. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

/* ---- what both check */

static bool name_good(struct str name)
{
	if (name.len < 1 || name.len > QUEUE_NAME_MAX)
		return false;
	struct str stem = str_ends(name, S(".fifo")) ? (struct str){ name.at, name.len - 5 } : name;
	for (size_t i = 0; i < stem.len; i++) {
		char c = stem.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return stem.len > 0;
}

static struct str pair_value(const struct pair *pairs, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (str_is(pairs[i].name, name))
			return pairs[i].value;
	return S_NONE;
}

/* The dead-letter queue must exist, be of the same kind, and admit this source. */
static enum err check_dead_queue(struct batch *b, struct cmd *c, struct str name, bool fifo,
                                 struct str policy)
{
	struct settings s = { 0 };

	settings_set(&s, c->arena, S("RedrivePolicy"), policy);
	struct queue *dead = queue_by_name(b->domain, s.dead_queue);
	if (dead == NULL)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Dead letter target does "
			"not exist.",
			S_ARG(policy));
	if (dead->settings.fifo != fifo)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be "
			"same type of queue as the source.",
			S_ARG(policy));
	if (dead->settings.track)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: The queue %.*s is tracked; "
			"a dead-letter queue holds messages whose jobs have failed, and has none of its own.",
			S_ARG(policy), S_ARG(s.dead_queue));
	bool allowed = dead->settings.allow == ALLOW_ALL;
	for (int i = 0; i < dead->settings.allowed_count && dead->settings.allow == ALLOW_BY_QUEUE; i++)
		allowed = allowed || str_eq(dead->settings.allowed[i], name);
	if (!allowed)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Queue %.*s is not allowed "
			"to use this dead-letter queue by its RedriveAllowPolicy.",
			S_ARG(policy), S_ARG(name));
	return OK;
}

/* Whose messages are dead-lettered into that queue; NULL: nobody's. */
static struct queue *source_of(struct batch *b, struct str name)
{
	struct queues *all = b->domain->queues;

	for (size_t i = 0; i < all->count; i++)
		if (str_given(all->sorted[i]->settings.dead_queue) &&
		    str_eq(all->sorted[i]->settings.dead_queue, name))
			return all->sorted[i];
	return NULL;
}

static enum err check_track(struct batch *b, struct cmd *c, struct str name, bool track)
{
	struct queue *q = queue_by_name(b->domain, name), *source;
	bool was = q != NULL && q->settings.track;

	if (track && !was && (source = source_of(b, name)) != NULL)
		return refuse(c, REFUSED_INVALID_ATTRIBUTE,
		              "Invalid value for the parameter track. Reason: %.*s is the dead-letter "
		              "queue of %.*s; track the queue whose messages come there.",
		              S_ARG(name), S_ARG(source->name));
	if (!track && was && q->visible + q->in_flight + q->delayed > 0)
		return refuse(c, REFUSED_CONFLICT,
		              "The queue %.*s has messages whose jobs have not ended. Wait until they "
		              "have, or purge it; then track can be switched off.",
		              S_ARG(name));
	return OK;
}

static enum err check_push(struct batch *b, struct cmd *c, struct str push)
{
	struct refused bad = push_check_host(c->arena, &b->domain->config, push);

	return bad.why == REFUSED_NONE ? OK : refuse(c, bad.why, "%.*s", S_ARG(bad.text));
}

static bool stays(const struct settings *now, const struct pair *pairs, int count, const char *name,
                  enum flow_kind kind)
{
	struct str value = pair_value(pairs, count, name);

	return str_given(value) ? value.len > 0 : now->flow.kind == kind;
}

/* Those that a queue which hands on by itself has to have, or must not. */
static enum err check_flow(struct batch *b, struct cmd *c, struct str name,
                           const struct settings *now, const struct pair *pairs, int count)
{
	static const char *const names[] = { "collect", "split", "RedrivePolicy", "priority", "push" };
	struct settings s = *now;

	if (cmd_refused(c))
		return OK;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str value = pair_value(pairs, count, names[i]);
		if (str_is(str_of(names[i]), "push") && str_given(value) && value.len == 0)
			s.push.url = S_NONE;
		else if (str_given(value))
			settings_set(&s, c->arena, str_of(names[i]), value);
	}
	if (stays(now, pairs, count, "collect", FLOW_COLLECT) &&
	    stays(now, pairs, count, "split", FLOW_SPLIT))
		return refuse(c, REFUSED_INVALID_ATTRIBUTE, "A queue has either collect or split.");
	return flow_check_all(b, c, name, &s);
}

/* What must hold between attributes; `now` are those in force, overlaid by `pairs`. */
static enum err check_together(struct batch *b, struct cmd *c, struct str name, bool fifo,
                               const struct settings *now, const struct pair *pairs, int count)
{
	struct str policy = pair_value(pairs, count, "RedrivePolicy");
	struct str scope = pair_value(pairs, count, "DeduplicationScope");
	struct str limit = pair_value(pairs, count, "FifoThroughputLimit");
	bool by_group = str_given(scope) ? str_is(scope, "messageGroup") : now->dedup_by_group;
	bool limit_by_group = str_given(limit) ? str_is(limit, "perMessageGroupId")
	                                       : now->limit_by_group;

	struct str track = pair_value(pairs, count, "track");
	struct str push = pair_value(pairs, count, "push");

	if (policy.len > 0)
		TRY(check_dead_queue(b, c, name, fifo, policy));
	if (str_given(track))
		TRY(check_track(b, c, name, str_is(track, "true")));
	if (push.len > 0)
		TRY(check_push(b, c, push));
	TRY(check_flow(b, c, name, now, pairs, count));
	if (fifo && limit_by_group && !by_group)
		return refuse(
			c, REFUSED_INVALID_ATTRIBUTE,
			"Invalid value for the parameter FifoThroughputLimit. Reason: The value can only be "
			"set to perMessageGroupId when DeduplicationScope is messageGroup.");
	return OK;
}

static enum err check_pairs(struct cmd *c, const struct pair *pairs, int count, bool fifo,
                            bool creating)
{
	for (int i = 0; i < count && !cmd_refused(c); i++) {
		struct refused r = attribute_check(c->arena, pairs[i].name, pairs[i].value, fifo, creating);
		if (r.why != REFUSED_NONE)
			return refuse(c, r.why, "%.*s", S_ARG(r.text));
	}
	return OK;
}

struct kept {
	struct arena *arena;
	struct pair pairs[QUEUE_ATTRIBUTES_MAX];
	int count;
};

static enum err keep_pair(void *context, const struct value *columns, int count)
{
	struct kept *k = context;

	must(count == 2 && k->count < QUEUE_ATTRIBUTES_MAX);
	k->pairs[k->count++] = (struct pair){ arena_str(k->arena, columns[0].bytes),
		                                  arena_str(k->arena, columns[1].bytes) };
	return OK;
}

/* CreateQueue again: fine when every given attribute has the value it has. */
static enum err check_same(struct batch *b, struct cmd *c, struct queue *q, struct queue_create *p)
{
	struct kept k = { .arena = c->arena };

	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES, VALUES(value_int(q->id)), keep_pair, &k));
	for (int i = 0; i < p->attribute_count; i++) {
		struct str name = p->attributes[i].name, has = S_NONE;
		const struct attribute *a = attribute_find(name);
		for (int n = 0; n < k.count; n++)
			if (str_eq(k.pairs[n].name, name))
				has = k.pairs[n].value;
		if (!str_given(has))
			has = str_of(attribute_default(a, q->settings.fifo));
		if (!str_eq(has, p->attributes[i].value))
			return refuse(
				c, REFUSED_QUEUE_EXISTS,
				"A queue already exists with the same name and a different value for attribute "
				"%.*s",
				S_ARG(name));
	}
	return OK;
}

static enum err create_check(struct batch *b, struct cmd *c)
{
	struct queue_create *p = c->in;
	struct str fifo_given = pair_value(p->attributes, p->attribute_count, "FifoQueue");
	bool fifo = str_ends(p->name, S(".fifo"));

	if (!name_good(p->name))
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
	if (fifo && !str_given(fifo_given) && !p->update)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"The name of a FIFO queue can only be used with the attribute FifoQueue=true: %.*s",
			S_ARG(p->name));
	if (!fifo && str_is(fifo_given, "true"))
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "The name of a FIFO queue must end with .fifo: %.*s", S_ARG(p->name));
	TRY(check_pairs(c, p->attributes, p->attribute_count, fifo, true));
	if (cmd_refused(c))
		return OK;
	struct queue *q = queue_by_name(b->domain, p->name);
	p->existed = q != NULL;
	if (q != NULL && !p->update)
		return check_same(b, c, q, p);
	if (q == NULL && b->domain->queues->count >= QUEUES_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "There are %d queues; more are not possible.",
		              QUEUES_MAX);
	if (q == NULL && b->domain->queues->next_id > QUEUE_ID_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "%d queues were made in this database; more are not possible.", QUEUE_ID_MAX);
	if (p->tag_count > QUEUE_TAGS_MAX)
		return refuse(c, REFUSED_INVALID_PARAMETER, "Too many tags: %d given, %d are possible.",
		              p->tag_count, QUEUE_TAGS_MAX);
	struct settings none = { 0 };
	return check_together(b, c, p->name, fifo, q == NULL ? &none : &q->settings, p->attributes,
	                      p->attribute_count);
}

static enum err put_attributes(struct batch *b, struct queue *q, const struct pair *pairs,
                               int count)
{
	must(node_linked(&q->touched)); /* Q1 */
	for (int i = 0; i < count; i++) {
		struct value key[] = { value_int(q->id), value_text(pairs[i].name),
			                   value_text(pairs[i].value) };
		if (str_is(pairs[i].name, "schema"))
			TRY(queue_schema_note(b, q, pairs[i].value));
		if (pairs[i].value.len == 0)
			TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_DELETE, key, 2, NULL, NULL));
		else
			TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_PUT, key, 3, NULL, NULL));
		if (str_is(pairs[i].name, "push"))
			TRY(push_changed(b, q, pairs[i].value.len == 0));
		/* A new key replaces Amazon's own encryption; both at once make no sense. */
		if (str_is(pairs[i].name, "KmsMasterKeyId") && pairs[i].value.len > 0)
			TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_PUT,
			              VALUES(value_int(q->id), value_text(S("SqsManagedSseEnabled")),
			                     value_text(S("false"))),
			              NULL, NULL));
	}
	return OK;
}

static enum err put_tags(struct batch *b, struct queue *q, const struct pair *tags, int count)
{
	for (int i = 0; i < count; i++)
		TRY(store_run(b->store, STMT_QUEUE_TAG_PUT,
		              VALUES(value_int(q->id), value_text(tags[i].name), value_text(tags[i].value)),
		              NULL, NULL));
	return OK;
}

/* Settings decide which groups may give messages. */
static void settle_groups(struct queue *q)
{
	struct group *g;
	size_t at = 0;

	group_settle(&q->plain);
	/* None ends here: a group without messages waits for its bucket, or does not exist. */
	while ((g = names_next(&q->groups, &at)) != NULL)
		group_settle(g);
}

/* `track` is switched on: what is in flight is leased from then on, and what is ready again
 * says so in its row, since a time that has passed means a lease that is over there (Q7). */
static enum err lease_all(struct batch *b, struct queue *q)
{
	struct entry *e;
	size_t at = 0;

	while ((e = map_next(&q->entries, &at)) != NULL)
		if (e->state == ENTRY_IN_FLIGHT)
			entry_fly(b->domain->queues, e, e->order.key);
		else if (e->state == ENTRY_READY && e->receive_count > 0)
			TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
			              VALUES(value_int(message_id_of(q, e->position)), value_int(0)), NULL,
			              NULL));
	return OK;
}

static enum err new_settings(struct batch *b, struct queue *q)
{
	bool was_tracked = q->settings.track;

	must(node_linked(&q->touched)); /* Q1 */
	TRY(settings_load(q, b->store));
	heap_take(&b->domain->queues->flows, &q->flow); /* it is offered anew */
	if (q->settings.track && !was_tracked)
		TRY(lease_all(b, q));
	if (q->settings.priority != (q->lanes != NULL))
		return queue_rearrange(b->domain->queues, q, b->store, b->now);
	settle_groups(q);
	return OK;
}

/* The next queue gets a higher number, also after a restart: ranges of trash and
 * receipts of a queue that was deleted must not fit one that is made later. */
static enum err note_next_id(struct batch *b)
{
	struct str next = arena_printf(b->arena, "%u", b->domain->queues->next_id);

	must(b->domain->queues->next_id <= QUEUE_ID_MAX + 1);
	return store_run(b->store, STMT_META_PUT,
	                 VALUES(value_text(S(QUEUE_NEXT_ID)), value_text(next)), NULL, NULL);
}

static enum err create_write(struct batch *b, struct cmd *c)
{
	struct queue_create *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	if (q != NULL && !p->update)
		return OK;
	must(p->existed == (q != NULL));
	if (q == NULL) {
		q = queue_new(b->domain->queues, b->domain->queues->next_id, p->name);
		queue_touch(b, q);
		q->created_at = q->modified_at = b->now.wall_ms / 1000 * 1000;
		q->next_position = q->first_position = 1;
		q->reserved = 1;
		TRY(store_run(b->store, STMT_QUEUE_INSERT,
		              VALUES(value_int(q->id), value_text(q->name), value_int(q->created_at),
		                     value_int((int64_t)q->reserved),
		                     value_int((int64_t)q->first_position)),
		              NULL, NULL));
		TRY(note_next_id(b));
	}
	queue_touch(b, q);
	TRY(put_attributes(b, q, p->attributes, p->attribute_count));
	if (str_given(p->push_secret))
		TRY(put_attributes(b, q, &(struct pair){ S("push_secret"), p->push_secret }, 1));
	TRY(put_tags(b, q, p->tags, p->tag_count));
	TRY(new_settings(b, q));
	queue_wake(b, q);
	return audit_write(b, c, p->existed ? "queue.set" : "queue.create",
	                   audit_name(b, "queue", p->name), S_NONE);
}

const struct op op_queue_create = {
	.name = "queue_create",
	.lane = LANE_WRITE,
	.check = create_check,
	.write = create_write,
};

/* ---- SetQueueAttributes */

static enum err set_check(struct batch *b, struct cmd *c)
{
	struct queue_set *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);

	if (q == NULL)
		return OK;
	TRY(check_pairs(c, p->attributes, p->count, q->settings.fifo, false));
	if (cmd_refused(c))
		return OK;
	return check_together(b, c, q->name, q->settings.fifo, &q->settings, p->attributes, p->count);
}

static enum err set_write(struct batch *b, struct cmd *c)
{
	struct queue_set *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_touch(b, q);
	TRY(put_attributes(b, q, p->attributes, p->count));
	q->modified_at = b->now.wall_ms / 1000 * 1000;
	TRY(store_run(b->store, STMT_QUEUE_MODIFIED,
	              VALUES(value_int(q->id), value_int(q->modified_at)), NULL, NULL));
	TRY(new_settings(b, q));
	if (b->domain->queues->sweep_at_mono > b->now.mono_ms)
		b->domain->queues->sweep_at_mono = b->now.mono_ms; /* a shorter retention acts at once */
	queue_wake(b, q);
	return audit_put(b, c,
	                 &(struct audit_record){ .action = "queue.set",
	                                         .resource = audit_name(b, "queue", p->name),
	                                         .reason = p->reason });
}

const struct op op_queue_set = {
	.name = "queue_set",
	.lane = LANE_WRITE,
	.check = set_check,
	.write = set_write,
};
