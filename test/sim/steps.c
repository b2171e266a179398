/* steps.c - single commands: made up by chance, sent to the server, done to the model,
 * answers compared (sim.h). */
#include <stdio.h>

#include "base/limits.h"
#include "sim/sim.h"
#include "wire/hash.h"
#include "wire/json.h"

/* Two kinds each of: a plain queue, one with tenants, FIFO, FIFO that stops; their
 * dead-letter queues, one of which has its own; and one that forgets quickly. */
static const struct {
	const char *name;
	bool fifo, groups, stop;
	int dead;
} slots[SLOTS] = {
	{ "plain", false, false, false, 4 },
	{ "tenants", false, true, false, 6 },
	{ "order.fifo", true, true, false, 5 },
	{ "strict.fifo", true, true, true, NO_QUEUE },
	{ "dead", false, false, false, 7 },
	{ "dead.fifo", true, true, false, NO_QUEUE },
	{ "dead-tenants", false, true, false, NO_QUEUE },
	{ "dead-dead", false, false, false, NO_QUEUE },
};

static struct str number_text(struct sim *s, int64_t n)
{
	return arena_printf(s->world->arena, "%lld", (long long)n);
}

/* ---- queues */

static struct str retry_text(struct sim *s, const struct m_queue *q)
{
	struct str max = q->retry_max == 0
	                     ? S("")
	                     : arena_printf(s->world->arena, "\"max_attempts\":%d,", q->retry_max);

	return arena_printf(s->world->arena,
	                    "{%.*s\"backoff\":{\"initial_ms\":%lld,\"max_ms\":%lld,\"factor\":2,"
	                    "\"jitter\":0}}",
	                    S_ARG(max), (long long)q->retry_ms, (long long)q->retry_most_ms);
}

static struct queue_create *new_create(struct sim *s, struct m_queue *q)
{
	struct queue_create *p = ARENA_NEW(s->world->arena, struct queue_create);
	struct pair *pairs = ARENA_ARRAY(s->world->arena, struct pair, 24);
	int n = 0;

	p->name = str_of(q->name);
	p->attributes = pairs;
	pairs[n++] = (struct pair){ S("VisibilityTimeout"), number_text(s, q->visibility_s) };
	pairs[n++] = (struct pair){ S("DelaySeconds"), number_text(s, q->delay_s) };
	pairs[n++] = (struct pair){ S("MessageRetentionPeriod"), number_text(s, q->retention_s) };
	pairs[n++] = (struct pair){ S("concurrency"), number_text(s, q->concurrency) };
	pairs[n++] = (struct pair){ S("max_messages"), number_text(s, q->max_messages) };
	pairs[n++] = (struct pair){ S("on_poison"), q->stop ? S("stop") : S("dlq") };
	pairs[n++] = (struct pair){ S("key_rate"), number_text(s, q->key_rate) };
	pairs[n++] = (struct pair){ S("rate"), number_text(s, q->rate) };
	pairs[n++] = (struct pair){ S("priority"), q->lanes ? S("on") : S("off") };
	pairs[n++] = (struct pair){ S("track"), q->tracked ? S("true") : S("false") };
	if (q->retries)
		pairs[n++] = (struct pair){ S("retry"), retry_text(s, q) };
	if (!q->fifo)
		pairs[n++] = (struct pair){ S("key_concurrency"), number_text(s, q->key_concurrency) };
	if (q->fifo) {
		pairs[n++] = (struct pair){ S("FifoQueue"), S("true") };
		pairs[n++] = (struct pair){ S("ContentBasedDeduplication"), S("true") };
		pairs[n++] = (struct pair){ S("DeduplicationScope"),
			                        q->by_group ? S("messageGroup") : S("queue") };
	}
	if (q->dead != NO_QUEUE)
		pairs[n++] = (struct pair){ S("RedrivePolicy"),
			                        str_of(world_redrive(s->world, s->model.queues[q->dead].name,
			                                             q->max_receives)) };
	else if (q->max_receives > 0)
		pairs[n++] = (struct pair){ S("max_receives"), number_text(s, q->max_receives) };
	p->attribute_count = n;
	return p;
}

static void make_up_queue(struct sim *s, int slot)
{
	struct m_queue *q = &s->model.queues[slot];
	bool dead = slot >= 4;
	int life = q->life;

	*q = (struct m_queue){ .fifo = slots[slot].fifo, .stop = slots[slot].stop, .life = life + 1 };
	snprintf(q->name, sizeof q->name, "%s", slots[slot].name);
	q->visibility_s = (int64_t)sim_below(s, 40);
	q->delay_s = dead || sim_chance(s, 60) ? 0 : (int64_t)sim_below(s, 20);
	q->retention_s = !dead && !q->fifo && !slots[slot].groups && sim_chance(s, 25)
	                     ? 60 + (int64_t)sim_below(s, 60)
	                     : 1209600;
	q->dead = slots[slot].dead;
	if (q->dead != NO_QUEUE && !s->model.queues[q->dead].exists)
		q->dead = NO_QUEUE;
	if (q->retention_s < 1000)
		q->dead = NO_QUEUE; /* which of the two comes first would depend on the sweeper */
	if (q->dead != NO_QUEUE || q->stop)
		q->max_receives = 1 + (int)sim_below(s, 4);
	if (!dead && sim_chance(s, 20) && q->retention_s > 1000)
		q->concurrency = 1 + (int)sim_below(s, 5);
	if (!dead && sim_chance(s, 10) && q->retention_s > 1000)
		q->max_messages = 5 + (int)sim_below(s, 30);
	if (!dead && slots[slot].groups && !q->fifo && sim_chance(s, 40))
		q->key_concurrency = 1 + (int)sim_below(s, 4);
	if (!dead && slots[slot].groups && s->rates)
		q->key_rate = 1 + (int)sim_below(s, 6);
	if (!dead && s->rates && sim_chance(s, 40) && q->retention_s > 1000)
		q->rate = 1 + (int)sim_below(s, 12);
	q->lanes = !q->fifo && sim_chance(s, 40);
	if (!dead && s->tracks) {
		q->tracked = sim_chance(s, 70);
		q->retries = sim_chance(s, 50);
		q->retry_max = q->retries && sim_chance(s, 50) ? 1 + (int)sim_below(s, 4) : 0;
		q->retry_ms = 500 * (int64_t)sim_below(s, 20);
		q->retry_most_ms = q->retry_ms * (1 + (int64_t)sim_below(s, 4));
	}
	q->by_group = q->fifo && sim_chance(s, 50);
}

void sim_make_queue(struct sim *s, int slot)
{
	make_up_queue(s, slot);
	struct m_queue *q = &s->model.queues[slot];
	struct cmd *c = world_run(s->world, &op_queue_create, new_create(s, q));
	if (c == NULL || c->fault != OK || cmd_refused(c))
		sim_fail(s, "queue %s was not made: %s", q->name,
		         c == NULL ? "parked" : refusal_name(c->refused.why));
	q->exists = true;
}

void sim_setup(struct sim *s)
{
	for (int i = SLOTS - 1; i >= 0; i--)
		sim_make_queue(s, i);
}

/* ---- checking */

void sim_check_refusal(struct sim *s, const struct step *t, enum refusal want)
{
	if (t->c->refused.why != want)
		sim_fail(s, "%s on %s: %s instead of %s", t->what, s->model.queues[t->queue].name,
		         refusal_name(t->c->refused.why), refusal_name(want));
}

static struct str body_of(struct sim *s, int message)
{
	return number_text(s, message);
}

static void keep_receipt(struct sim *s, int queue, int message, const struct m_message *x,
                         const struct receipt *r)
{
	int at = s->kept_count < RECEIPTS ? s->kept_count++ : (int)sim_below(s, RECEIPTS);

	if (s->model.messages[message].moves == x->moves)
		s->model.messages[message].position = r->position;
	s->kept[at] = (struct kept){ queue, x->life, message, x->moves, x->receives, *r };
}

/* A topic may have put an envelope around it. */
static struct str text_of(struct sim *s, const struct m_message *x, const struct received *r)
{
	struct str why;

	return x->enveloped ? json_get_text(json_read(s->world->arena, r->body, &why), "Message")
	                    : r->body;
}

static void check_message(struct sim *s, int i, const struct m_message *x, const struct received *r,
                          int queue)
{
	struct str text = text_of(s, x, r);
	int64_t body;

	if (!str_i64(text, 0, MESSAGES, &body) || body != x->body)
		sim_fail(s, "%s gave message %.*s, expected %d (%d)", s->model.queues[queue].name,
		         S_ARG(r->body), x->body, i);
	if (r->receive_count != x->receives)
		sim_fail(s, "message %d: receive %lld, expected %d", i, (long long)r->receive_count,
		         x->receives);
	if (r->sent_at != x->sent_wall)
		sim_fail(s, "message %d: sent at %lld, expected %lld", i, (long long)r->sent_at,
		         (long long)x->sent_wall);
	bool group_right = x->group == NO_GROUP ? r->group.len == 0
	                                        : r->group.len == 2 && r->group.at[1] == '0' + x->group;
	if (!group_right)
		sim_fail(s, "message %d: group %.*s, expected %d", i, S_ARG(r->group), x->group);
	s->model.messages[i].id = r->message_id;
	s->model.messages[i].anonymous = false;
	const char *from = x->dead_from == NO_QUEUE ? NULL : s->model.queues[x->dead_from].name;
	if (from == NULL ? r->dead_from.len != 0 : !str_is(r->dead_from, from))
		sim_fail(s, "message %d: dead from %.*s, expected %s", i, S_ARG(r->dead_from),
		         from == NULL ? "nowhere" : from);
}

void sim_check_given(struct sim *s, const struct m_given *want, const struct queue_receive *got,
                     int queue)
{
	for (int n = 0; n < want->count; n++)
		sim_say(s, "  %s must give %d", s->model.queues[queue].name, want->message[n]);
	if (got->count != want->count)
		sim_fail(s, "%s gave %d messages (first %.*s), expected %d (first %d)",
		         s->model.queues[queue].name, got->count,
		         S_ARG(got->count > 0 ? got->messages[0].body : S("-")), want->count,
		         want->count > 0 ? want->message[0] : -1);
	for (int n = 0; n < want->count; n++) {
		check_message(s, want->message[n], &want->as[n], &got->messages[n], queue);
		keep_receipt(s, queue, want->message[n], &want->as[n], &got->messages[n].receipt);
	}
}

/* ---- sending */

static int waiting_in(struct sim *s, int queue)
{
	int counts[3];

	m_counts(&s->model, queue, counts);
	return counts[0] + counts[1] + counts[2];
}

static void sent(struct sim *s, struct step *t, struct send_entry *e, int n)
{
	struct model *m = &s->model;
	bool fifo = m->queues[t->queue].fifo;
	int original = fifo ? m_duplicate(m, t->queue, t->groups[n], t->ids[n]) : -1;

	if (original == -2) /* the clock was set: either answer is right */
		original = e->duplicate ? 0 : -1;
	else if (e->duplicate != (original >= 0))
		sim_fail(s, "send to %s: duplicate %d, expected %d", m->queues[t->queue].name, e->duplicate,
		         original >= 0);
	if (original >= 0)
		return;
	int64_t body;
	must(str_i64(e->body, 0, MESSAGES, &body));
	int i = m_send_as(m, t->queue, t->groups[n], e->priority, e->delay_s, (int)body);
	m->messages[i].position = e->position;
	m->messages[i].id = e->message_id;
	sim_say(s, "  sent %d to %s, group %d, hidden until %lld", i, m->queues[t->queue].name,
	        t->groups[n], (long long)m->messages[i].hidden_until);
	if (fifo)
		m_note(m, t->queue, t->groups[n], t->ids[n], i);
}

static void apply_send(struct sim *s, struct step *t)
{
	struct queue_send *p = t->in;
	struct m_queue *q = &s->model.queues[t->queue];

	if (!q->exists) {
		sim_check_refusal(s, t, REFUSED_NO_SUCH_QUEUE);
		return;
	}
	int room = q->max_messages == 0 ? 100 : q->max_messages - waiting_in(s, t->queue);
	for (int n = 0; n < p->count; n++) {
		enum refusal want = n >= room ? REFUSED_QUEUE_FULL : REFUSED_NONE;
		enum refusal got = p->batch ? p->entries[n].refused.why : t->c->refused.why;
		if (got != want)
			sim_fail(s, "send to %s: %s instead of %s", q->name, refusal_name(got),
			         refusal_name(want));
		if (want == REFUSED_NONE)
			sent(s, t, &p->entries[n], n);
	}
}

static void fill_entry(struct sim *s, struct step *t, struct send_entry *e, int n, int body)
{
	const struct m_queue *q = &s->model.queues[t->queue];
	uint8_t *digest = ARENA_ARRAY(s->world->arena, uint8_t, MD5_SIZE);

	e->body = body_of(s, body);
	md5(e->body, digest);
	e->body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	e->size = e->body.len;
	t->groups[n] = !slots[t->queue].groups         ? NO_GROUP
	               : !q->fifo && sim_chance(s, 20) ? NO_GROUP
	                                               : (int)sim_below(s, 4);
	if (t->groups[n] != NO_GROUP)
		e->group = arena_printf(s->world->arena, "g%d", t->groups[n]);
	e->delay_s = -1;
	e->priority = -1;
	if (q->fifo) {
		t->ids[n] = sim_chance(s, 70) ? 1000 + body : (int)sim_below(s, 12);
		e->dedup = number_text(s, t->ids[n]);
	} else if (sim_chance(s, 40)) {
		e->priority = (int)sim_below(s, LANES);
	}
	if (!q->fifo && sim_chance(s, 25)) {
		e->delay_s = sim_chance(s, 40) ? 0 : (int64_t)sim_below(s, 60);
	}
}

static int next_body(struct sim *s, int ahead)
{
	return s->model.count + ahead;
}

static void make_send(struct sim *s, struct step *t, int *bodies)
{
	struct queue_send *p = ARENA_NEW(s->world->arena, struct queue_send);

	p->queue = str_of(s->model.queues[t->queue].name);
	p->batch = sim_chance(s, 40);
	p->count = p->batch ? 1 + (int)sim_below(s, 10) : 1;
	p->entries = ARENA_ARRAY(s->world->arena, struct send_entry, p->count);
	for (int n = 0; n < p->count; n++)
		fill_entry(s, t, &p->entries[n], n, next_body(s, (*bodies)++));
	t->what = "send";
	t->in = p;
	t->c = world_cmd(s->world, &op_queue_send, p);
	t->apply = apply_send;
}

/* ---- receiving */

static int free_waiter(struct m_queue *q)
{
	return q->waiter_count < WAITERS;
}

static void apply_receive(struct sim *s, struct step *t)
{
	struct queue_receive *p = t->in;
	struct model *m = &s->model;
	struct m_queue *q = &m->queues[t->queue];
	int64_t hidden_ms = SECOND_MS * (t->seconds < 0 ? q->visibility_s : t->seconds);
	struct m_given given = { 0 };
	bool waiters = false;

	if (!q->exists) {
		sim_check_refusal(s, t, REFUSED_NO_SUCH_QUEUE);
		return;
	}
	for (int i = 0; i < q->waiter_count; i++)
		waiters = waiters || !q->waiters[i].answered;
	if (!waiters && !m_replay(m, t->queue, t->attempt, t->max, hidden_ms, &given)) {
		m_receive(m, t->queue, t->max, hidden_ms, &given);
		if (t->attempt != 0 && given.count > 0) {
			q->attempt = t->attempt;
			q->attempt_at = m->now;
			q->attempted = given;
		}
	}
	if (given.count == 0 && p->wait_s > 0) {
		q->waiters[q->waiter_count++] = (struct m_waiter){
			.c = t->c,
			.max = t->max,
			.visibility_s = t->seconds,
			.deadline = m->now + p->wait_s * SECOND_MS,
		};
		m_wake(m, t->queue);
		sim_say(s, "  waits for %s for %lld s", q->name, (long long)p->wait_s);
		return; /* compared when it is answered */
	}
	if (t->parked)
		sim_fail(s, "receive from %s waits, expected %d messages", q->name, given.count);
	sim_check_given(s, &given, p, t->queue);
}

static void make_receive(struct sim *s, struct step *t)
{
	struct queue_receive *p = ARENA_NEW(s->world->arena, struct queue_receive);
	struct m_queue *q = &s->model.queues[t->queue];

	p->queue = str_of(q->name);
	p->max = t->max = 1 + (int)sim_below(s, 10);
	p->visibility_s = sim_chance(s, 50) ? -1 : (int64_t)sim_below(s, 60);
	if (t->queue < 4 && sim_chance(s, 30) && free_waiter(q))
		p->wait_s = 1 + (int64_t)sim_below(s, 20);
	if (q->fifo && p->wait_s == 0 && !s->injecting && !s->attempted && sim_chance(s, 30)) {
		s->attempted = true;
		t->attempt = q->attempt != 0 && sim_chance(s, 60) ? q->attempt : ++s->next_attempt;
		p->attempt = arena_printf(s->world->arena, "attempt-%d", t->attempt);
		p->visibility_s = 5 + (int64_t)sim_below(s, 30);
	}
	t->seconds = p->visibility_s;
	t->what = "receive";
	t->in = p;
	t->c = world_cmd(s->world, &op_queue_receive, p);
	t->apply = apply_receive;
}

void sim_step(struct sim *s, struct step *t, int *bodies)
{
	for (bool made = false; !made;) {
		int what = (int)sim_below(s, 110);
		*t = (struct step){ .queue = (int)sim_below(s, sim_chance(s, 70) ? 4 : SLOTS) };
		made = true;
		if (s->tracks && s->first && sim_chance(s, 8))
			made = sim_make_job(s, t);
		else if (what < 32)
			make_send(s, t, bodies);
		else if (what < 62)
			make_receive(s, t);
		else if (what < 86)
			made = sim_make_receipts(s, t);
		else if (what < 91)
			sim_make_set(s, t);
		else if (what < 93)
			sim_make_named(s, t, &op_queue_purge);
		else if (what < 94)
			sim_make_named(s, t, &op_queue_delete);
		else if (what < 97)
			made = sim_make_operate(s, t);
		else if (what < 100)
			sim_make_resume(s, t);
		else if (what < 107)
			sim_make_publish(s, t, bodies);
		else
			sim_make_topic_step(s, t);
	}
}
