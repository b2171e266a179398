/* send.c - a message comes into a queue: sent by a client or published by a topic. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/track.h"
#include "wire/hash.h"

enum {
	RESERVE = 10000
}; /* positions set aside at a time, so that few sends write the queue's row */

void queue_digest_body(struct arena *a, struct send_entry *e, bool fifo)
{
	uint8_t *digest = arena_get(a, MD5_SIZE), sha[SHA256_SIZE];

	md5(e->body, digest);
	e->body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	if (!fifo || str_given(e->dedup))
		return;
	char *text = arena_get(a, 2 * SHA256_SIZE + 1);
	sha256(e->body, sha);
	hex_text(sha, SHA256_SIZE, text);
	e->content_sha = (struct str){ text, 2 * SHA256_SIZE };
}

static void refuse_entry(struct batch *b, struct send_entry *e, enum refusal why, const char *text)
{
	e->refused = refused_as(b->arena, why, "%s", text);
}

static void refuse_priority(struct batch *b, struct send_entry *e)
{
	e->refused = refused_as(
		b->arena, REFUSED_INVALID_PARAMETER,
		"Value %d for parameter priority is invalid. Reason: A FIFO queue keeps the order "
		"in which messages were sent. Send to a standard queue with priority on, or give "
		"urgent messages a queue of their own.",
		e->priority);
}

static void check_fifo(struct batch *b, struct queue *q, struct send_entry *e, bool batch)
{
	if (!str_given(e->group))
		refuse_entry(b, e, batch ? REFUSED_INVALID_PARAMETER : REFUSED_MISSING_PARAMETER,
		             "The request must contain the parameter MessageGroupId.");
	else if (!str_given(e->dedup) && !q->settings.content_dedup)
		refuse_entry(b, e, REFUSED_INVALID_PARAMETER,
		             "The queue should either have ContentBasedDeduplication enabled or "
		             "MessageDeduplicationId provided explicitly");
	else if (e->delay_s > 0)
		e->refused =
			refused_as(b->arena, REFUSED_INVALID_PARAMETER,
		               "Value %lld for parameter DelaySeconds is invalid. Reason: The request "
		               "include parameter that is not valid for this queue type.",
		               (long long)e->delay_s);
	else if (e->priority >= 0)
		refuse_priority(b, e);
}

static void check_standard(struct batch *b, struct send_entry *e)
{
	if (str_given(e->dedup))
		e->refused =
			refused_as(b->arena, REFUSED_INVALID_PARAMETER,
		               "Value %.*s for parameter MessageDeduplicationId is invalid. Reason: The "
		               "request includes a parameter that is not valid for this queue type.",
		               S_ARG(e->dedup));
}

static void check_ahead(struct batch *b, const struct queue *q, struct send_entry *e)
{
	if (e->execute_at <= b->now.wall_ms)
		return; /* at once */
	if (q->settings.fifo)
		e->refused =
			refused_as(b->arena, REFUSED_INVALID_PARAMETER,
		               "The queue %.*s keeps its messages in order, so none of them can have a "
		               "time of its own: leave execute_at and delay_ms out.",
		               S_ARG(q->name));
	else if (e->execute_at - b->now.wall_ms > JOB_AHEAD_MAX_MS)
		e->refused = refused_as(b->arena, REFUSED_INVALID_PARAMETER,
		                        "execute_at is more than %lld days ahead.",
		                        (long long)(JOB_AHEAD_MAX_MS / DAY_MS));
}

static int64_t waiting_in(const struct queue *q)
{
	return q->visible + q->in_flight + q->delayed;
}

bool queues_disk_full(const struct domain *d)
{
	return d->queues->disk_full;
}

/* Until, at the rate at which messages leave the queue, there is room again for these, and for
 * a hundredth of what it holds: all who were refused come back at about that time. */
static int64_t retry_ms(struct batch *b, struct queue *q, int64_t entries)
{
	double leave = stats_completions(stats_now(q, b->now.mono_ms));
	int64_t room = q->settings.max_messages / 100;

	if (leave <= 0)
		return refusal_retry_ms(REFUSED_QUEUE_FULL);
	double ms = 1000 * (double)(room > entries ? room : entries) / leave;
	return ms < RETRY_AFTER_MIN_MS   ? RETRY_AFTER_MIN_MS
	       : ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS
	                                 : (int64_t)ms;
}

static void refuse_full(struct batch *b, struct queue *q, struct send_entry *e, int64_t entries)
{
	e->refused =
		refused_as(b->arena, REFUSED_QUEUE_FULL,
	               "The queue %.*s holds %lld messages%s; its max_messages allows %lld. Send "
	               "again when some have been deleted, or raise max_messages.",
	               S_ARG(q->name), (long long)(waiting_in(q) + entries - 1),
	               entries > 1 ? " with those of this request" : "",
	               (long long)q->settings.max_messages);
	e->refused.retry_ms = retry_ms(b, q, entries);
	q->counters.refused++;
}

static void check_room(struct batch *b, struct queue *q, struct send_entry *e, int64_t more)
{
	if (q->settings.max_messages > 0 && waiting_in(q) + more >= q->settings.max_messages)
		refuse_full(b, q, e, more + 1);
	else if (q->next_position >= POSITION_MAX - RESERVE)
		refuse_entry(b, e, REFUSED_OVER_LIMIT, "This queue has used all its sequence numbers.");
	else if (b->domain->queues->disk_full)
		refuse_entry(
			b, e, REFUSED_DISK_FULL,
			"The disk of the server is nearly full. Nothing was stored; send again when there "
			"is room. Deleting and receiving go on.");
}

struct refused queue_room(struct batch *b, struct queue *q)
{
	struct send_entry e = { .refused = { .why = REFUSED_NONE } };

	check_room(b, q, &e, 0);
	return e.refused;
}

void queue_enqueue_check(struct batch *b, struct queue *q, struct send_entry *e, bool batch,
                         int64_t more)
{
	if (e->decided) /* in a batch that failed; now it is asked anew */
		e->refused = (struct refused){ .why = REFUSED_NONE };
	e->decided = false;
	if (e->refused.why != REFUSED_NONE)
		return;
	if (e->size > (size_t)q->settings.max_size)
		e->refused = refused_as(
			b->arena, REFUSED_INVALID_PARAMETER,
			"One or more parameters %s. Reason: Message must be shorter than %lld bytes.",
			batch ? "cannot be validated" : "are invalid", (long long)q->settings.max_size);
	else if (q->settings.fifo)
		check_fifo(b, q, e, batch);
	else
		check_standard(b, e);
	if (e->refused.why == REFUSED_NONE && e->execute_at != 0)
		check_ahead(b, q, e);
	if (e->refused.why == REFUSED_NONE)
		check_room(b, q, e, more);
	if (e->refused.why == REFUSED_NONE)
		e->refused = queue_schema_refusal(b->arena, q, e->body);
	e->decided = e->refused.why != REFUSED_NONE;
}

/* Sets aside more of them when the reserve is used up. */
enum err queue_next_position(struct batch *b, struct queue *q, uint64_t *position)
{
	must(q->next_position <= q->reserved && q->next_position <= POSITION_MAX); /* Q4 */
	if (q->next_position >= q->reserved) {
		q->reserved = q->next_position + RESERVE;
		TRY(store_run(b->store, STMT_QUEUE_RESERVE,
		              VALUES(value_int(q->id), value_int((int64_t)q->reserved)), NULL, NULL));
	}
	*position = q->next_position++;
	must(*position < q->reserved); /* Q4, also after a crash */
	return OK;
}

/* From when on its retention counts: one that has a time of its own is as good as sent then. */
static int64_t sent_at(struct batch *b, const struct send_entry *e)
{
	return e->execute_at > b->now.wall_ms ? e->execute_at : b->now.wall_ms;
}

/* The row that changes while it waits. */
static enum err insert_message(struct batch *b, int64_t id, const struct send_entry *e,
                               int64_t visible_at)
{
	const struct value row[] = { value_int(id),         value_int(sent_at(b, e)),
		                         value_int(visible_at), value_int(0),
		                         value_null(),          value_text(e->group),
		                         value_int(e->priority) };

	must(e->priority >= -1 && e->priority <= MESSAGE_PRIORITY_MAX);
	if (e->priority < 0)
		return store_run(b->store, STMT_MESSAGE_INSERT, row, 6, NULL, NULL);
	return store_run(b->store, STMT_MESSAGE_INSERT_PRIORITY, row, 7, NULL, NULL);
}

/* What a receive must know of its job. */
static enum err insert_extra(struct batch *b, int64_t id, const struct job_extra *x)
{
	bool grouped = job_extra_grouped(x);

	if (x->timeout_ms == 0 && !grouped)
		return OK;
	return store_run(b->store, STMT_BODY_EXTRA,
	                 VALUES(value_int(id),
	                        x->timeout_ms > 0 ? value_int(x->timeout_ms) : value_null(),
	                        grouped ? value_int(1) : value_null()),
	                 NULL, NULL);
}

static enum err insert_rows(struct batch *b, struct queue *q, const struct send_entry *e,
                            struct str sender, struct str dedup_id, int64_t visible_at)
{
	int64_t id = message_id_of(q, e->position);
	struct str uuid = { (const char *)e->message_id.bytes, sizeof e->message_id.bytes };

	TRY(insert_message(b, id, e, visible_at));
	TRY(store_run(b->store, STMT_BODY_INSERT,
	              VALUES(value_int(id), value_blob(uuid), value_text(e->body),
	                     value_blob(e->body_md5), value_text(e->attributes),
	                     value_text(e->trace_header), value_text(sender), value_text(dedup_id)),
	              NULL, NULL));
	if (e->job_later)
		return OK;
	if (e->extra != NULL)
		TRY(insert_extra(b, id, e->extra));
	return q->settings.track ? track_put(b, q, e, sender, visible_at) : OK;
}

/* The payload of a job that failed, as a new message. */
static enum err insert_again(struct batch *b, struct queue *q, const struct send_entry *e,
                             const struct job_row *job, int64_t visible_at)
{
	int64_t id = message_id_of(q, e->position);

	TRY(store_run(b->store, STMT_BODY_AGAIN, VALUES(value_int(job->body_id), value_int(id)), NULL,
	              NULL));
	if (store_changes(b->store) != 1)
		return ERR_CORRUPT; /* L4 */
	TRY(insert_message(b, id, e, visible_at));
	return ledger_reopen(b, job, q->name, id, visible_at);
}

static enum err note_dedup(struct batch *b, struct queue *q, const struct send_entry *e,
                           struct str scope, struct str dedup_id)
{
	struct str uuid = { (const char *)e->message_id.bytes, sizeof e->message_id.bytes };

	must(q->settings.fifo && dedup_id.len > 0);
	TRY(store_run(b->store, STMT_DEDUP_INSERT,
	              VALUES(value_int(message_id_of(q, e->position)), value_int(b->now.wall_ms),
	                     value_text(dedup_id), value_text(scope), value_blob(uuid)),
	              NULL, NULL));
	dedup_note(&q->dedup, dedup_hash(scope, dedup_id), e->position, b->now.mono_ms);
	return OK;
}

/* When the message may be received. On FIFO queues not before what was sent
 * earlier into its group, even if the queue's delay was shortened since (Q3). */
static int64_t ready_mono(struct batch *b, struct queue *q, struct group *g,
                          const struct send_entry *e)
{
	int64_t delay_s = e->delay_s < 0 || q->settings.fifo ? q->settings.delay_s : e->delay_s;
	int64_t at = b->now.mono_ms + delay_s * SECOND_MS;

	must(e->execute_at - b->now.wall_ms <= JOB_AHEAD_MAX_MS);
	if (e->execute_at != 0 && !q->settings.fifo)
		return e->execute_at <= b->now.wall_ms ? b->now.mono_ms
		                                       : b->now.mono_ms + (e->execute_at - b->now.wall_ms);

	if (q->settings.fifo && g->delayed > 0 && at < g->delayed_until)
		at = g->delayed_until;
	if (q->settings.fifo && at > b->now.mono_ms)
		g->delayed_until = at;
	return at;
}

/* Its place in memory: fresh, or delayed until then. */
static void place(struct batch *b, struct group *g, const struct send_entry *e, bool delayed,
                  int64_t ready)
{
	int priority = e->priority < 0 ? PRIORITY_DEFAULT : e->priority;

	if (delayed) {
		struct entry *entry = entry_new(b->domain->queues, g, e->position);
		entry->sent_at = sent_at(b, e);
		entry->priority = (int8_t)priority;
		entry_delay(b->domain->queues, entry, ready);
	} else {
		index_add_fresh(g, priority, e->position);
	}
	group_settle(g);
}

/* `again`: the job whose payload it is; NULL: it is new. */
static enum err put(struct batch *b, struct queue *q, struct send_entry *e, struct str sender,
                    struct str scope, struct str dedup_id, const struct job_row *again)
{
	must(node_linked(&q->touched)); /* Q1 */
	struct group *g = group_for(q, e->group);
	int64_t ready = ready_mono(b, q, g, e);
	/* What is delayed before it may be due already and wait for its turn (DUE_STEPS_MAX). */
	bool delayed = ready > b->now.mono_ms || (q->settings.fifo && g->delayed > 0); /* Q3 */

	TRY(queue_next_position(b, q, &e->position));
	int64_t visible_at = delayed ? b->now.wall_ms + (ready - b->now.mono_ms) : 0;
	if (again != NULL) {
		TRY(insert_again(b, q, e, again, visible_at));
	} else {
		e->message_id = e->own_id != NULL ? *e->own_id : uuid_new(b->now, b->rng);
		TRY(insert_rows(b, q, e, sender, dedup_id, visible_at));
		if (q->settings.fifo)
			TRY(note_dedup(b, q, e, scope, dedup_id));
	}
	place(b, g, e, delayed, ready);
	if (q->oldest_sent_at == 0 || b->now.wall_ms < q->oldest_sent_at)
		q->oldest_sent_at = b->now.wall_ms;
	queue_wake(b, q);
	return OK;
}

enum err queue_put_again(struct batch *b, struct queue *q, const struct job_row *job,
                         int64_t execute_at)
{
	struct send_entry e = { .group = job->message_group,
		                    .execute_at = execute_at,
		                    .priority = q->settings.fifo ? -1 : job->priority };

	must(job->state == JOB_FAILED && q->settings.track);
	queue_touch(b, q);
	q->counters.moved_in++;
	return put(b, q, &e, S_NONE, S_NONE, S_NONE, job);
}

enum err queue_enqueue(struct batch *b, struct queue *q, struct send_entry *e, struct str sender)
{
	struct str dedup_id = S_NONE, scope = S_NONE;

	must(e->refused.why == REFUSED_NONE && e->body_md5.len == 16); /* K5 of store/check.h */
	must(str_given(e->group) || !q->settings.fifo);
	queue_touch(b, q);
	if (q->settings.fifo) {
		uint64_t original;
		dedup_id = str_given(e->dedup) ? e->dedup : e->content_sha;
		scope = q->settings.dedup_by_group ? e->group : S_NONE;
		must(str_given(dedup_id));
		TRY(dedup_lookup(b, q, scope, dedup_id, &original, &e->message_id));
		e->duplicate = false; /* it may have been one in a batch that failed */
		if (original != 0) {
			e->position = original;
			e->duplicate = true;
			return OK;
		}
	}
	TRY(put(b, q, e, sender, scope, dedup_id, NULL));
	q->counters.sent++;
	return OK;
}
