/* done.c - somebody is told that a job, a group or an approval has ended. D1, D2: the header. */
#include "domain/job/done.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/domain.h"
#include "domain/job/callback.h"
#include "domain/job/inside.h"
#include "domain/outbox/address.h"
#include "domain/topic/publish.h"
#include "wire/json.h"

/* ---- check */

static void check_queue(struct batch *b, struct cmd *c, const struct json *v, struct refused *why)
{
	struct str name = json_get_text(v, "queue");
	const struct queue *q = queue_by_name(b->domain, name);
	if (q == NULL)
		*why = refused_as(
			c->arena, REFUSED_NO_SUCH_QUEUE,
			"on_done, on_decided or reply_to names the queue %.*s, which does not exist.",
			S_ARG(name));
	else if (!cmd_may(c, S("SendMessage"), name))
		*why = refused_as(
			c->arena, REFUSED_NOT_ALLOWED,
			"User: %.*s is not authorized to perform: ringi:SendMessage on "
			"resource: %.*s, which on_done, on_decided or reply_to names, because no rule "
			"allows it",
			S_ARG(c->caller.principal), S_ARG(name));
	else if (queue_is_fifo(q) && !str_given(json_get_text(v, "message_group")))
		*why = refused_as(
			c->arena, REFUSED_MISSING_PARAMETER,
			"on_done, on_decided or reply_to names the FIFO queue %.*s: give a message_group "
			"with it.",
			S_ARG(name));
}

static void check_webhook(struct batch *b, struct cmd *c, const struct json *webhook,
                          struct refused *why)
{
	struct str host = url_host(json_get_text(webhook, "url"));

	callback_check(b, c->arena, webhook, why);
	if (why->why == REFUSED_NONE && !cmd_may(c, S("CallWebhook"), host))
		*why =
			refused_as(c->arena, REFUSED_NOT_ALLOWED,
		               "User: %.*s is not authorized to perform: ringi:CallWebhook on resource: "
		               "%.*s, the host that on_done or on_decided names, because no rule allows it",
		               S_ARG(c->caller.principal), S_ARG(host));
}

static void check_topic(struct batch *b, struct cmd *c, const struct json *v, struct refused *why)
{
	struct str name = json_get_text(v, "topic");

	if (!topic_exists(b->domain, name))
		*why = refused_as(c->arena, REFUSED_NO_SUCH_TOPIC,
		                  "on_decided names the topic %.*s, which does not exist.", S_ARG(name));
	else if (!cmd_may(c, S("Publish"), name))
		*why = refused_as(c->arena, REFUSED_NOT_ALLOWED,
		                  "User: %.*s is not authorized to perform: ringi:Publish on resource: "
		                  "%.*s, which on_decided names, because no rule allows it",
		                  S_ARG(c->caller.principal), S_ARG(name));
	else if (topic_is_fifo(b->domain, name) && !str_given(json_get_text(v, "message_group")))
		*why = refused_as(c->arena, REFUSED_MISSING_PARAMETER,
		                  "on_decided names the FIFO topic %.*s: give a message_group with it.",
		                  S_ARG(name));
}

void done_check(struct batch *b, struct cmd *c, struct str json, struct refused *why)
{
	struct str text;

	why->why = REFUSED_NONE;
	if (!str_given(json))
		return;
	const struct json *v = json_read(b->arena, json, &text), *webhook = json_get(v, "webhook");
	const struct json *topic = json_get(v, "topic");
	if (json_get(v, "queue") != NULL || (webhook == NULL && topic == NULL))
		check_queue(b, c, v, why);
	if (why->why == REFUSED_NONE && topic != NULL)
		check_topic(b, c, v, why);
	if (why->why == REFUSED_NONE && webhook != NULL)
		check_webhook(b, c, webhook, why);
}

/* ---- the message */

static struct str body_of(struct batch *batch, const struct json *done, const struct ended *e)
{
	struct buf b = { 0 };
	char id[37];

	uuid_text(e->id, id);
	buf_add_byte(&b, '{');
	json_write_member(&b, e->kind, str_of(id));
	json_write_member(&b, "queue", e->queue);
	json_write_member(&b, "state", e->state);
	json_write_member_raw(&b, "counts", e->counts);
	json_write_member_raw(&b, "result", e->result);
	json_write_member_raw(&b, "error", e->error);
	if (e->more.len > 0) {
		buf_add_byte(&b, ',');
		buf_add(&b, e->more);
	}
	json_write_member(&b, "correlation_id", json_get_text(done, "correlation_id"));
	if (json_get(done, "payload") != NULL) {
		json_write_name(&b, "payload");
		json_write(&b, json_get(done, "payload"));
	}
	buf_add_byte(&b, '}');
	arena_adopt(batch->arena, b.at);
	return buf_str(&b);
}

static struct str attributes_of(struct batch *batch, struct str correlation)
{
	struct buf b = { 0 };

	if (!str_given(correlation))
		return S_NONE;
	buf_add(&b, S("{\"correlation_id\":{\"type\":\"String\",\"value\":"));
	json_write_text(&b, correlation);
	buf_add(&b, S("}}"));
	arena_adopt(batch->arena, b.at);
	return buf_str(&b);
}

/* The audit record says what nobody else can be told any more. */
static enum err note_untold(struct batch *b, const struct ended *e, struct str queue,
                            struct str why)
{
	const char *action = strcmp(e->kind, "approval") == 0 ? "approval.untold" : "job.untold";
	char id[37];

	uuid_text(e->id, id);
	return audit_write_own(b, action, audit_name(b, "queue", queue),
	                       AUDIT_JSON(b, audit_text(e->kind, str_of(id)), audit_text("why", why)));
}

static enum err tell_queue(struct batch *b, const struct json *done, const struct ended *e,
                           struct str body)
{
	struct str name = json_get_text(done, "queue");
	struct queue *q = queue_by_name(b->domain, name);
	struct send_entry *m = ARENA_NEW(b->arena, struct send_entry);

	if (q == NULL)
		return note_untold(b, e, name, S("There is no such queue any more."));
	m->body = body;
	m->attributes = attributes_of(b, json_get_text(done, "correlation_id"));
	m->size = m->body.len + m->attributes.len;
	m->delay_s = -1;
	m->priority = -1;
	if (queue_is_fifo(q))
		m->group = json_get_text(done, "message_group");
	queue_digest_body(b->arena, m, queue_is_fifo(q));
	if (queue_is_fifo(q))
		m->dedup = m->content_sha;
	queue_enqueue_check(b, q, m, false, 0);
	if (m->refused.why != REFUSED_NONE && !refusal_is_fullness(m->refused.why))
		return note_untold(b, e, name, m->refused.text);
	m->refused.why = REFUSED_NONE;
	return queue_enqueue(b, q, m, S("ringi"));
}

static enum err tell_topic(struct batch *b, const struct json *done, const struct ended *e,
                           struct str body)
{
	struct str name = json_get_text(done, "topic"), correlation;
	struct publish_entry *p = ARENA_NEW(b->arena, struct publish_entry);
	struct attribute_value attribute = { .name = S("correlation_id"), .type = S("String") };

	if (!topic_exists(b->domain, name))
		return note_untold(b, e, name, S("There is no such topic any more."));
	if (body.len > TOPIC_MESSAGE_MAX)
		return note_untold(b, e, name, S("It is longer than a topic takes."));
	p->message = body;
	p->size = body.len;
	correlation = attribute.value = json_get_text(done, "correlation_id");
	p->attributes = &attribute;
	p->attribute_count = str_given(correlation) ? 1 : 0;
	if (topic_is_fifo(b->domain, name))
		p->group = json_get_text(done, "message_group");
	return topic_publish_own(b, name, p, S("ringi"));
}

enum err done_tell(struct batch *b, struct str json, const struct ended *e)
{
	struct str text;
	const struct json *done = json_read(b->arena, json, &text);
	const struct json *webhook = json_get(done, "webhook");
	struct str body = body_of(b, done, e);

	if (json_get(done, "queue") != NULL)
		TRY(tell_queue(b, done, e, body));
	if (json_get(done, "topic") != NULL)
		TRY(tell_topic(b, done, e, body));
	return webhook == NULL ? OK : callback_put(b, webhook, e->kind, e->id, body);
}

enum err done_job(struct batch *b, const struct job_row *job, enum job_state state)
{
	must(job_state_final(state));
	if (!str_given(job->on_done))
		return OK;
	return done_tell(b, job->on_done,
	                 &(struct ended){ .kind = "job",
	                                  .id = job->id,
	                                  .queue = job->queue,
	                                  .state = job_state_name(state),
	                                  .result = job->result,
	                                  .error = state == JOB_SUCCEEDED ? S_NONE : job->error });
}
