/* publish.c - Publish and PublishBatch.
 *
 *     check   the topic, sizes, what FIFO asks for; refuses the command or single entries
 *     write   an id, on FIFO topics a sequence number; then into every subscription that
 *             wants it, all in this batch's transaction (T4) */
#include "domain/topic/publish.h"

#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/topic/memory.h"
#include "wire/hash.h"

enum { RESERVE = 1000 }; /* sequence numbers set aside at a time */

static struct refused wrong_group(struct batch *b, const struct topic *t,
                                  const struct publish_entry *e)
{
	if (t->fifo && !str_given(e->group))
		return refused_as(b->arena, REFUSED_INVALID_TOPIC_PARAMETER,
		                  "The MessageGroupId parameter is required for FIFO topics");
	if (t->fifo && !str_given(e->dedup) && !t->content_dedup)
		return refused_as(b->arena, REFUSED_INVALID_TOPIC_PARAMETER,
		                  "The topic should either have ContentBasedDeduplication enabled or "
		                  "MessageDeduplicationId provided explicitly");
	if (!t->fifo && str_given(e->dedup))
		return refused_as(
			b->arena, REFUSED_INVALID_TOPIC_PARAMETER,
			"MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
			"parameter that is not valid for this topic type");
	return (struct refused){ 0 };
}

static struct refused entry_check(struct batch *b, const struct topic *t,
                                  const struct publish_entry *e)
{
	if (e->refused.why != REFUSED_NONE)
		return e->refused;
	if (e->message.len == 0)
		return refused_as(b->arena, REFUSED_INVALID_TOPIC_PARAMETER, "Empty message");
	if (e->size > TOPIC_MESSAGE_MAX)
		return refused_as(b->arena, REFUSED_INVALID_TOPIC_PARAMETER, "Message too long");
	return wrong_group(b, t, e);
}

static void check_batch_size(struct cmd *c, const struct topic_publish *p)
{
	size_t size = 0;

	for (int i = 0; i < p->count; i++)
		size += p->entries[i].size;
	if (p->batch && size > TOPIC_MESSAGE_MAX)
		(void)refuse(c, REFUSED_BATCH_TOO_LONG,
		             "The length of all the messages put together is more than the limit.");
}

static enum err publish_check(struct batch *b, struct cmd *c)
{
	struct topic_publish *p = c->in;
	const struct topic *t = topic_wanted(b, c, p->topic);

	check_batch_size(c, p);
	/* Queues would refuse it one by one, and it would be lost after a success. */
	if (queues_disk_full(b->domain))
		(void)refuse(c, REFUSED_DISK_FULL,
		             "The disk of the server is nearly full. Nothing was published; "
		             "publish again when there is room.");
	for (int i = 0; t != NULL && i < p->count; i++) {
		struct publish_entry *e = &p->entries[i];
		e->refused = entry_check(b, t, e);
		/* The sentence lies in the batch's memory; the answer is written later. */
		e->refused.text = arena_str(c->arena, e->refused.text);
	}
	if (t != NULL && !p->batch && p->entries[0].refused.why != REFUSED_NONE)
		(void)refuse(c, p->entries[0].refused.why, "%.*s", S_ARG(p->entries[0].refused.text));
	return OK;
}

/* The next sequence number; sets aside more when the reserve is used up (T3). */
static enum err next_sequence(struct batch *b, struct topic *t, uint64_t *out)
{
	if (t->next_sequence >= t->reserved) {
		t->reserved = t->next_sequence + RESERVE;
		TRY(store_run(b->store, STMT_TOPIC_RESERVE,
		              VALUES(value_int(t->id), value_int((int64_t)t->reserved)), NULL, NULL));
	}
	*out = t->next_sequence++;
	must(*out < t->reserved); /* T3, also after a crash */
	return OK;
}

static struct str content_id(struct batch *b, struct str message)
{
	char *text = arena_get(b->arena, 2 * SHA256_SIZE + 1);
	uint8_t sha[SHA256_SIZE];

	sha256(message, sha);
	hex_text(sha, SHA256_SIZE, text);
	return (struct str){ text, 2 * SHA256_SIZE };
}

/* Id and sequence number, or those of the original. */
static enum err number_fifo(struct batch *b, struct topic *t, struct publish_entry *e)
{
	struct str scope = t->dedup_by_group ? e->group : S("");

	if (!str_given(e->dedup))
		e->dedup = content_id(b, e->message);
	const struct topic_dedup *d = topic_dedup_find(t, scope, e->dedup, b->now.wall_ms);
	if (d != NULL) {
		e->message_id = d->message_id;
		e->sequence = d->sequence;
		e->duplicate = true;
		return OK;
	}
	TRY(next_sequence(b, t, &e->sequence));
	return topic_dedup_accept(b, t, scope, e->dedup, e->message_id, e->sequence);
}

static enum err publish_entry(struct batch *b, struct topic *t, const struct topic_publish *p,
                              const struct publish_entry *given, struct publish_entry *e,
                              struct str sender)
{
	*e = *given;
	e->duplicate = false;
	e->message_id = e->own_id != NULL ? *e->own_id : uuid_new(b->now, b->rng);
	if (t->fifo)
		TRY(number_fifo(b, t, e));
	if (e->duplicate)
		return OK;
	b->domain->topics->figures.published++;
	return topic_deliver(b, t, p, e, sender);
}

static enum err publish_write(struct batch *b, struct cmd *c)
{
	struct topic_publish *p = c->in;
	struct topic *t = topic_find(b->domain, p->topic);
	struct str sender = str_given(c->caller.key_id) ? c->caller.key_id : c->caller.principal;

	must(t != NULL && p->count >= 1 && p->count <= BATCH_ENTRIES_MAX);
	/* Only what this module keeps: its queues have been touched by queue_enqueue. */
	topics_touch(b);
	for (int i = 0; i < p->count; i++) {
		struct publish_entry *e = &p->entries[i], done;
		if (e->refused.why != REFUSED_NONE)
			continue;
		TRY(publish_entry(b, t, p, e, &done, sender));
		/* Not `done` itself: what it points at in the batch's memory ends with it. */
		e->message_id = done.message_id;
		e->sequence = done.sequence;
		e->duplicate = done.duplicate;
	}
	return OK;
}

const struct op op_topic_publish = {
	.name = "topic_publish",
	.lane = LANE_WRITE,
	.check = publish_check,
	.write = publish_write,
};

/* ---- by the server itself */

bool topic_exists(const struct domain *d, struct str name)
{
	return str_given(name) && topic_find(d, name) != NULL;
}

bool topic_is_fifo(const struct domain *d, struct str name)
{
	const struct topic *t = topic_find(d, name);

	must(t != NULL);
	return t->fifo;
}

enum err topic_publish_own(struct batch *b, struct str name, struct publish_entry *e,
                           struct str sender)
{
	struct topic *t = topic_find(b->domain, name);
	struct topic_publish p = { .topic = name, .entries = e, .count = 1 };
	struct publish_entry done;

	must(t != NULL && e->message.len > 0 && e->message.len <= TOPIC_MESSAGE_MAX);
	must(!t->fifo || str_given(e->group));
	topics_touch(b);
	TRY(publish_entry(b, t, &p, e, &done, sender));
	e->message_id = done.message_id;
	e->sequence = done.sequence;
	e->duplicate = done.duplicate;
	return OK;
}
