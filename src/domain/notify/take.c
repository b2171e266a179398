/* take.c - what is to be sent now: messages of the queue, each with its notification and the
 * person's channel whose turn it is. */
#include "domain/domain.h"
#include "domain/notify/inside.h"

struct str channel_seal_name(struct arena *a, struct str channel)
{
	return arena_printf(a, "channel:%.*s", S_ARG(channel));
}

/* ---- the notification of a message */

/* Absent (id 0) when the message means nothing (any more): N2. One that comes back from the
 * dead-letter queue is tried anew. */
static enum err told_of_message(struct batch *b, const struct received *m, struct told *t)
{
	struct str why;
	struct uuid uuid;
	const struct json *body = json_read(b->arena, m->body, &why);

	*t = (struct told){ 0 };
	if (!uuid_read(json_get_text(body, "notification"), &uuid))
		return OK;
	TRY(told_read(b->store, b->arena, &uuid, t));
	bool failed = str_is(t->state, "FAILED"), waits = str_is(t->state, "WAITING");
	if (t->id == 0 || !(failed || waits) || !t->has_message ||
	    memcmp(t->message.bytes, m->message_id.bytes, sizeof t->message.bytes) != 0) {
		t->id = 0;
		return OK;
	}
	t->step = failed ? 0 : t->step;
	return failed
	           ? store_run(b->store, STMT_NOTIFICATION_AGAIN, VALUES(value_int(t->id)), NULL, NULL)
	           : OK;
}

/* ---- which channel */

static int steps_of(struct batch *b, const struct told *t, const struct recipient *r,
                    const struct channels *channels, struct step *steps)
{
	struct str why;

	if (!str_given(t->forced))
		return recipient_steps(b->arena, r, channels, steps);
	const struct json *forced = json_read(b->arena, t->forced, &why);
	steps[0] = (struct step){ channel_named(channels, json_get_text(forced, "channel")),
		                      json_get_text(forced, "address") };
	return steps[0].channel == NULL ? 0 : 1;
}

/* ---- one */

static enum err add_call(struct batch *b, struct cmd *c, const struct received *m,
                         const struct told *t, const struct recipient *r, const struct step *s)
{
	struct notify_take *p = c->in;
	struct arena *a = c->arena;
	struct notify_texts texts;
	struct str facts, token;

	must(p->count < p->max);
	TRY(texts_read(b->store, b->arena, t->kind, r->locale, &texts));
	TRY(notify_link_put(b, t, s->channel, &token));
	TRY(facts_write(&(struct facts_of){ b->store, b->arena, b->domain->config.public_url }, t, r,
	                s->channel->name, token, &facts));
	p->calls[p->count++] = (struct notify_call){
		.receipt = m->receipt,
		.id = t->id,
		.attempt = t->attempts + 1,
		.uuid = t->uuid,
		.kind = str_of(notify_kind_name(t->kind)),
		.person = arena_str(a, t->person),
		.locale = arena_str(a, r->locale),
		.channel = arena_str(a, s->channel->name),
		.type = arena_str(a, s->channel->type),
		.settings = arena_str(a, s->channel->settings),
		.sealed = arena_str(a, s->channel->sealed),
		.address = arena_str(a, s->address),
		.subject = arena_str(a, texts.subject),
		.text = arena_str(a, texts.text),
		.html = arena_str(a, texts.html),
		.chat = arena_str(a, texts.chat),
		.facts = arena_str(a, facts),
		.approval = t->has_approval ? arena_str(a, t->about) : S_NONE,
		.public_url = arena_str(a, b->domain->config.public_url),
		.now_ms = b->now.wall_ms,
	};
	return OK;
}

static enum err no_way(struct batch *b, const struct received *m, const struct told *t)
{
	struct str error = t->error.len > 0 ? t->error : S("The person has no channel and address.");
	struct buf json = { 0 };

	buf_add_byte(&json, '{');
	json_write_member(&json, "code", S("NOT_DELIVERED"));
	json_write_member(&json, "message", error);
	buf_add_byte(&json, '}');
	arena_adopt(b->arena, json.at);
	TRY(store_run(b->store, STMT_NOTIFICATION_FAILED,
	              VALUES(value_int(t->id), value_int(b->now.wall_ms), value_int(t->attempts),
	                     value_text(error)),
	              NULL, NULL));
	return queue_own_dead(b, &m->receipt, buf_str(&json));
}

static enum err take_one(struct batch *b, struct cmd *c, const struct received *m,
                         const struct channels *channels)
{
	struct step steps[NOTIFY_STEPS_MAX];
	struct recipient r;
	struct told t;
	bool stands;

	TRY(told_of_message(b, m, &t));
	if (t.id == 0)
		return queue_own_done(b, &m->receipt);
	TRY(told_stands(b, &t, &stands));
	if (!stands) {
		TRY(told_end(b, t.id, "OVER"));
		return queue_own_done(b, &m->receipt);
	}
	TRY(recipient_read(b->store, b->arena, t.person, &r));
	int64_t awake = str_given(t.forced) ? b->now.wall_ms : recipient_awake(&r, b->now.wall_ms);
	if (awake > b->now.wall_ms) /* N4 */
		return queue_own_later(b, &m->receipt, S_NONE, awake - b->now.wall_ms);
	int count = steps_of(b, &t, &r, channels, steps);
	return t.step >= count ? no_way(b, m, &t) : add_call(b, c, m, &t, &r, &steps[t.step]);
}

/* ---- the command */

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err take_write(struct batch *b, struct cmd *c)
{
	struct notify_take *p = c->in;
	struct channels channels;
	struct received *messages;
	int count;

	must(p->max >= 0 && p->max <= NOTIFY_TAKE_MAX);
	p->calls = ARENA_ARRAY(c->arena, struct notify_call, p->max + 1);
	p->count = 0; /* it may run again after a rollback */
	c->answer_bytes = 0;
	TRY(queue_own_take(b, c, S(QUEUE_NOTIFICATIONS), p->max, NOTIFY_LEASE_MS, &messages, &count));
	p->more = count == p->max;
	if (count == 0)
		return OK;
	TRY(channels_read(b->store, b->arena, &channels));
	for (int i = 0; i < count; i++)
		TRY(take_one(b, c, &messages[i], &channels));
	return OK;
}

const struct op op_notify_take = {
	.name = "notify_take",
	.lane = LANE_WRITE,
	.check = nothing,
	.write = take_write,
};
