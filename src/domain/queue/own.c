/* own.c - queues whose messages the server itself receives (enqueue.h). They are made when they
 * are first needed, with a dead-letter queue beside them, and are else like any other. */
#include "base/limits.h"
#include "domain/domain.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

/* ---- made at need */

static enum err make(struct batch *b, struct str name, const struct pair *attributes, int count,
                     bool *made)
{
	struct queue_create in = { .name = name, .attributes = attributes, .attribute_count = count };
	struct cmd c = { .magic = CMD_MAGIC,
		             .op = &op_queue_create,
		             .arena = b->arena,
		             .reply_to = { .loop = -1 },
		             .caller = { .principal = S("ringi") },
		             .in = &in };

	*made = queue_by_name(b->domain, name) != NULL;
	if (*made)
		return OK;
	TRY(op_queue_create.check(b, &c));
	*made = !cmd_refused(&c);
	return *made ? op_queue_create.write(b, &c) : OK;
}

/* How often a message is received is not what ends it: quiet hours may be many. */
static struct str redrive(struct batch *b, struct str dead)
{
	return arena_printf(b->arena,
	                    "{\"deadLetterTargetArn\":\"arn:aws:sqs:%.*s:%.*s:%.*s\","
	                    "\"maxReceiveCount\":%d}",
	                    S_ARG(b->domain->config.region), S_ARG(b->domain->config.account),
	                    S_ARG(dead), QUEUE_MAX_RECEIVES_MAX);
}

enum err queue_own(struct batch *b, struct str name, struct queue **q)
{
	struct str dead = arena_printf(b->arena, "%.*s-dead", S_ARG(name));
	struct pair kept = { S("MessageRetentionPeriod"), S("1209600") };
	bool made;

	*q = queue_by_name(b->domain, name);
	if (*q != NULL)
		return OK;
	TRY(make(b, dead, &kept, 1, &made));
	if (made) {
		struct pair both[] = { kept, { S("RedrivePolicy"), redrive(b, dead) } };
		TRY(make(b, name, both, 2, &made));
	}
	*q = queue_by_name(b->domain, name);
	must(made == (*q != NULL));
	return OK;
}

/* ---- received */

static bool may_take(const struct queue *q)
{
	return q->own && !q->dropped && !q->settings.paused && ready_next(q) != NULL;
}

void own_offer(struct batch *b, struct queue *q)
{
	if (!may_take(q))
		return;
	if (queue_allowance(b, q) > 0)
		b->notify_grew = true;
	else
		push_wait_for_allowance(b, q);
}

enum err queue_own_take(struct batch *b, struct cmd *c, struct str name, int max, int64_t lease_ms,
                        struct received **messages, int *count)
{
	struct queue *q = queue_by_name(b->domain, name);
	struct queue_receive r = { .max = max, .worker = S("ringi") };

	*messages = NULL;
	*count = 0;
	must(max >= 0 && lease_ms > 0);
	if (q == NULL || max == 0 || !may_take(q))
		return OK;
	r.claim = q->settings.track;
	r.messages = ARENA_ARRAY(c->arena, struct received, max);
	TRY(queue_hand_out(b, c, &r, q, lease_ms));
	must(r.count <= max);
	*messages = r.messages;
	*count = r.count;
	return OK;
}

/* ---- reported */

static struct held touched(struct batch *b, const struct receipt *receipt)
{
	struct held h = queue_held(b->domain, receipt);

	if (h.queue != NULL) {
		queue_touch(b, h.queue);
		queue_wake(b, h.queue);
	}
	return h;
}

enum err queue_own_done(struct batch *b, const struct receipt *receipt)
{
	struct held h = touched(b, receipt);

	return h.queue == NULL ? OK : queue_done(b, h.queue, h.entry);
}

enum err queue_own_later(struct batch *b, const struct receipt *receipt, struct str error,
                         int64_t ms)
{
	struct held h = touched(b, receipt);
	int64_t longest = QUEUE_VISIBILITY_MAX_S * SECOND_MS;

	must(ms >= 0);
	return h.queue == NULL
	           ? OK
	           : queue_failed(b, h.queue, h.entry, error, false, ms > longest ? longest : ms);
}

enum err queue_own_dead(struct batch *b, const struct receipt *receipt, struct str error)
{
	struct held h = touched(b, receipt);

	must(str_given(error));
	if (h.queue == NULL)
		return OK;
	if (queue_dead_for(b, h.queue) == NULL) /* somebody took it away: nobody would end it */
		return queue_done(b, h.queue, h.entry);
	return queue_failed(b, h.queue, h.entry, error, true, 0);
}
