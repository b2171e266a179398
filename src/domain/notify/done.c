/* done.c - how an attempt ended, and what comes next (N3). */
#include "domain/audit/audit.h"
#include "domain/notify/inside.h"
#include "domain/queue/retry.h"

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err note_attempt(struct batch *b, const struct notify_done *p)
{
	static const char *const outcomes[] = {
		[NOTIFY_SENT] = "SENT", [NOTIFY_AGAIN] = "FAILED", [NOTIFY_REFUSED] = "REFUSED"
	};

	must(p->attempt > 0 && p->channel.len > 0);
	return store_run(b->store, STMT_NOTIFICATION_ATTEMPT_INSERT,
	                 VALUES(value_int(p->id), value_int(p->attempt), value_int(b->now.wall_ms),
	                        value_text(p->channel), value_text(p->address),
	                        value_text(str_of(outcomes[p->result])),
	                        p->status == 0 ? value_null() : value_int(p->status),
	                        value_text(p->error)),
	                 NULL, NULL);
}

/* The error of the message, for who looks into the dead-letter queue. */
static struct str error_json(struct batch *b, const struct notify_done *p)
{
	struct buf json = { 0 };

	buf_add_byte(&json, '{');
	json_write_member(&json, "code", S("NOT_DELIVERED"));
	json_write_member(&json, "message", str_given(p->error) ? p->error : S("(no text)"));
	json_write_member(&json, "channel", p->channel);
	buf_add_byte(&json, '}');
	arena_adopt(b->arena, json.at);
	return buf_str(&json);
}

static int64_t backoff(struct batch *b, const struct notify_done *p, int64_t tries)
{
	struct retry retry = retry_default();

	retry.initial_ms = NOTIFY_RETRY_MIN_MS;
	retry.max_ms = NOTIFY_RETRY_MAX_MS;
	int64_t ms = retry_after_ms(&retry, tries, b->rng);
	return ms < p->retry_after_ms ? p->retry_after_ms : ms;
}

static enum err note_tried(struct batch *b, const struct notify_done *p, int64_t step,
                           int64_t tries, int64_t at)
{
	return store_run(b->store, STMT_NOTIFICATION_TRIED,
	                 VALUES(value_int(p->id), value_int(step), value_int(tries),
	                        value_int(p->attempt), value_text(p->channel), value_text(p->error),
	                        value_int(at)),
	                 NULL, NULL);
}

/* Whether there is another channel or address is seen when it is taken: what the person wants may
 * change until then. */
static enum err failed(struct batch *b, const struct notify_done *p, const struct told *t)
{
	bool again = p->result == NOTIFY_AGAIN && t->tries + 1 < NOTIFY_TRIES_MAX;
	int64_t wait = again ? backoff(b, p, t->tries + 1) : 0;

	must(wait >= 0);
	TRY(note_tried(b, p, again ? t->step : t->step + 1, again ? t->tries + 1 : 0,
	               b->now.wall_ms + wait));
	return queue_own_later(b, &p->receipt, error_json(b, p), wait);
}

static enum err sent(struct batch *b, const struct notify_done *p)
{
	TRY(store_run(b->store, STMT_NOTIFICATION_SENT,
	              VALUES(value_int(p->id), value_int(b->now.wall_ms), value_int(p->attempt),
	                     value_text(p->channel), value_text(p->remote)),
	              NULL, NULL));
	return queue_own_done(b, &p->receipt);
}

struct one {
	struct arena *arena;
	struct told told;
};

static enum err take_told(void *context, const struct value *v, int count)
{
	struct one *one = context;

	return told_of_row(one->arena, v, count, &one->told);
}

static enum err done_write(struct batch *b, struct cmd *c)
{
	const struct notify_done *p = c->in;
	struct one one = { .arena = b->arena };

	must(p->retry_after_ms >= 0 && p->retry_after_ms <= PUSH_RETRY_AFTER_MAX_MS);
	TRY(store_run(b->store, STMT_NOTIFICATION_ONE, VALUES(value_int(p->id)), take_told, &one));
	/* Reported twice, or too late: another attempt has begun and ended since. */
	if (one.told.id == 0 || !str_is(one.told.state, "WAITING") ||
	    one.told.attempts + 1 != p->attempt)
		return OK;
	TRY(note_attempt(b, p));
	return p->result == NOTIFY_SENT ? sent(b, p) : failed(b, p, &one.told);
}

const struct op op_notify_done = {
	.name = "notify_done",
	.lane = LANE_WRITE,
	.drains = true,
	.check = nothing,
	.write = done_write,
};
