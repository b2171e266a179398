/* deliver.c - a published message to its subscriptions: into queues and the outbox.
 *
 * What is the same for all subscriptions - signature, attributes in their two forms,
 * the body as JSON - is made when the first one needs it, and once. A subscription that
 * cannot be served does not hold up the others: its message goes to its dead-letter
 * queue, or is counted as failed. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/topic/arn.h"
#include "domain/topic/delivery.h"
#include "domain/topic/memory.h"
#include "domain/topic/notice.h"

/* One message on its way to all of them. */
struct publish_text {
	struct batch *b;
	struct topic *topic;
	const struct publish_entry *entry;
	struct notice notice;        /* without subscription and message */
	struct str signature;        /* of the message for queues */
	struct str queue_attributes; /* absent: none, or not made yet */
	size_t attributes_size;
	const struct json *attributes, *body; /* for filters */
	bool body_read;
};

static struct str kept(struct batch *b, struct buf *text)
{
	arena_adopt(b->arena, text->at);
	return buf_str(text);
}

static struct str message_for(const struct publish_entry *e, enum protocol p)
{
	return str_given(e->for_protocol[p]) ? e->for_protocol[p] : e->message;
}

/* ---- filters */

static const struct json *attributes_document(struct publish_text *t)
{
	if (t->attributes == NULL)
		t->attributes = filter_attributes(t->b->arena, t->entry->attributes,
		                                  t->entry->attribute_count);
	return t->attributes;
}

static const struct json *body_document(struct publish_text *t)
{
	struct str why;

	if (!t->body_read)
		t->body = json_read(t->b->arena, t->entry->message, &why);
	t->body_read = true;
	return t->body;
}

static bool is_wanted(struct publish_text *t, const struct subscription *s)
{
	if (s->filter == NULL)
		return true;
	return filter_matches(s->filter, s->filter_body ? body_document(t) : attributes_document(t));
}

/* ---- into queues */

static void finish_entry(struct batch *b, struct send_entry *e, bool fifo)
{
	e->delay_s = -1;
	e->priority = fifo ? -1 : e->priority; /* there it is the order that counts */
	queue_digest_body(b->arena, e, fifo);
}

/* False in *taken: the queue does not exist or refused. */
static enum err enqueue(struct batch *b, struct str name, struct send_entry *e, struct str sender,
                        bool *taken)
{
	struct queue *q = queue_by_name(b->domain, name);
	struct str dedup = e->dedup;
	int priority = e->priority;

	*taken = false;
	if (q == NULL)
		return OK;
	if (!queue_is_fifo(q))
		e->dedup = S_NONE; /* it would refuse one */
	finish_entry(b, e, queue_is_fifo(q));
	queue_enqueue_check(b, q, e, false, 0);
	if (e->refused.why != REFUSED_NONE) {
		e->dedup = dedup; /* the dead-letter queue may be of the other kind */
		e->priority = priority;
		return OK;
	}
	*taken = true;
	return queue_enqueue(b, q, e, sender);
}

enum err subscription_give_up(struct batch *b, struct subscription *s, struct send_entry *e,
                              struct str sender)
{
	struct topic_figures *f = &b->domain->topics->figures;
	bool taken = false;

	must(s->confirmed); /* T2 */
	e->refused = (struct refused){ 0 };
	e->size = e->size == 0 ? e->body.len : e->size;
	f->failed++;
	if (str_given(s->dead_queue))
		TRY(enqueue(b, s->dead_queue, e, sender, &taken));
	f->dead_lettered += taken;
	return OK;
}

static size_t size_of_attributes(const struct publish_entry *e)
{
	size_t size = 0;

	for (int i = 0; i < e->attribute_count; i++) {
		const struct attribute_value *v = &e->attributes[i];
		bool binary = str_starts(v->type, S("Binary"));
		size += v->name.len + v->type.len + (binary ? v->value.len / 4 * 3 : v->value.len);
	}
	return size;
}

static void raw_entry(struct publish_text *t, struct send_entry *e)
{
	if (!str_given(t->queue_attributes)) {
		t->queue_attributes = attributes_for_queue(t->b->arena, t->entry->attributes,
		                                           t->entry->attribute_count);
		t->attributes_size = size_of_attributes(t->entry);
	}
	e->body = message_for(t->entry, PROTOCOL_SQS);
	e->attributes = t->queue_attributes;
	e->size = e->body.len + t->attributes_size;
}

/* The envelope lies in `text`, which the caller frees: thousands of them would fill the
 * batch's memory. */
static void enveloped_entry(struct publish_text *t, const struct subscription *s,
                            struct send_entry *e, struct buf *text)
{
	struct batch *b = t->b;
	struct notice n = t->notice;

	n.message = message_for(t->entry, PROTOCOL_SQS);
	n.subscription = arn_of_subscription(b->arena, &b->domain->config, t->topic->name, s->id);
	if (!str_given(t->signature))
		t->signature = notice_sign(b->arena, &n, b->domain->config.signer);
	notice_envelope(text, &n, t->signature);
	e->body = buf_str(text);
	e->size = e->body.len;
}

static enum err put_into_queue(struct publish_text *t, struct subscription *s, struct send_entry *e,
                               struct str sender)
{
	bool taken = false;

	must(s->confirmed && s->queue.len > 0); /* T2 */
	/* More attributes than a queue takes: refused as Amazon does. */
	if (!s->raw || t->entry->attribute_count <= MESSAGE_ATTRIBUTES_MAX)
		TRY(enqueue(t->b, s->queue, e, sender, &taken));
	t->b->domain->topics->figures.delivered += taken;
	return taken ? OK : subscription_give_up(t->b, s, e, sender);
}

/* What the publisher gave as an attribute; one that is no priority does not count. */
static int priority_of(const struct publish_entry *e)
{
	int64_t n;

	for (int i = 0; i < e->attribute_count; i++)
		if (str_is(e->attributes[i].name, PRIORITY_ATTRIBUTE) &&
		    str_starts(e->attributes[i].type, S("Number")) &&
		    str_i64(e->attributes[i].value, 0, MESSAGE_PRIORITY_MAX, &n))
			return (int)n;
	return -1;
}

static enum err deliver_to_queue(struct publish_text *t, struct subscription *s, struct str sender)
{
	struct send_entry e = { .group = t->entry->group,
		                    .dedup = t->entry->dedup,
		                    .priority = priority_of(t->entry) };
	struct buf text = { 0 };

	if (s->raw)
		raw_entry(t, &e);
	else
		enveloped_entry(t, s, &e, &text);
	enum err fault = put_into_queue(t, s, &e, sender);
	buf_free(&text);
	return fault;
}

/* ---- into the outbox */

static enum err put_call(struct batch *b, struct subscription *s, const struct notice *n)
{
	struct buf text = { 0 };

	must(s->protocol != PROTOCOL_SQS && s->waiting < OUTBOX_OWNER_MAX);
	must(s->confirmed || n->confirmation); /* T2 */
	notice_write(&text, n);
	s->waiting++;
	b->domain->topics->figures.waiting++;
	enum err fault = outbox_put(b, TOPIC_DELIVERY_KIND, s->id, s->endpoint, buf_str(&text));
	buf_free(&text);
	return fault;
}

static enum err deliver_to_url(struct publish_text *t, struct subscription *s, struct str sender)
{
	struct batch *b = t->b;
	struct notice n = t->notice;

	must(s->protocol != PROTOCOL_SQS && s->confirmed); /* T2 */
	n.raw = s->raw;
	n.message = message_for(t->entry, s->protocol);
	n.subscription = arn_of_subscription(b->arena, &b->domain->config, t->topic->name, s->id);
	if (s->waiting < OUTBOX_OWNER_MAX)
		return put_call(b, s, &n);
	struct send_entry e = { .body = n.message, .priority = -1 };
	return subscription_give_up(b, s, &e, sender);
}

static struct str time_text(struct batch *b)
{
	struct buf text = { 0 };

	time_rfc3339(&text, b->now.wall_ms);
	return kept(b, &text);
}

static struct str uuid_str(struct arena *a, struct uuid id)
{
	char text[37];

	uuid_text(id, text);
	return arena_str(a, str_of(text));
}

enum err subscription_ask(struct batch *b, struct subscription *s, struct str origin)
{
	struct str topic = arn_of_topic(b->arena, &b->domain->config, s->topic->name);
	struct notice n = {
		.confirmation = true,
		.version = s->topic->signature_version,
		.id = uuid_str(b->arena, uuid_new(b->now, b->rng)),
		.topic = topic,
		.message = arena_printf(
			b->arena,
			"You have chosen to subscribe to the topic %.*s.\nTo confirm the subscription, "
			"visit the SubscribeURL included in this message.",
			S_ARG(topic)),
		.time = time_text(b),
		.token = s->token,
		.origin = origin,
	};

	/* Asked that often without an answer: once more would not help. */
	return s->waiting < OUTBOX_OWNER_MAX ? put_call(b, s, &n) : OK;
}

/* ---- all of them */

static struct notice notice_of(struct batch *b, const struct topic *topic,
                               const struct publish_entry *e, struct str origin)
{
	return (struct notice){
		.version = topic->signature_version,
		.id = uuid_str(b->arena, e->message_id),
		.topic = arn_of_topic(b->arena, &b->domain->config, topic->name),
		.subject = e->subject,
		.time = time_text(b),
		.sequence = topic->fifo ? arena_printf(b->arena, "%020llu", (unsigned long long)e->sequence)
		                        : S_NONE,
		.attributes = attributes_for_envelope(b->arena, e->attributes, e->attribute_count),
		.origin = origin,
	};
}

enum err topic_deliver(struct batch *b, struct topic *topic, const struct topic_publish *p,
                       const struct publish_entry *e, struct str sender)
{
	struct publish_text t = {
		.b = b, .topic = topic, .entry = e, .notice = notice_of(b, topic, e, p->origin)
	};

	must(b->topics_touched && !e->duplicate); /* T1, T4 */
	LIST_EACH (&topic->subscriptions, struct subscription, in_topic, s) {
		if (!s->confirmed)
			continue; /* T2 */
		if (!is_wanted(&t, s)) {
			b->domain->topics->figures.filtered++;
			continue;
		}
		TRY(s->protocol == PROTOCOL_SQS ? deliver_to_queue(&t, s, sender)
		                                : deliver_to_url(&t, s, sender));
	}
	return OK;
}
