/* notify.c - notifications on their way out: written for their channel, sent, judged.
 *
 *     HTTP 2xx                                                   sent (Slack's body must agree)
 *     HTTP 408, 425, 429, 5xx; SMTP 4xx; login refused; no answer  again later
 *     everything else, a forbidden address                       not by this channel
 *
 * LINE WORKS wants a token first: a call of its own, whose answer is kept in memory for as long as
 * it holds. Texts for people and the log name the host, never a URL, an address or a secret. */
#include <stdio.h>

#include "base/limits.h"
#include "base/log.h"
#include "domain/notify/send.h"
#include "egress/call.h"
#include "egress/side.h"

/* ---- tokens */

struct token {
	struct str channel, settings, text; /* owned by `arena`; text absent: none */
	struct arena *arena;
	int64_t until_ms; /* wall */
};
struct tokens {
	struct token all[CHANNELS_MAX];
	int next; /* whose place is taken, when all are in use */
};

/* Absent: there is none that holds, for these very settings. */
static struct str token_for(const struct side *s, const struct notify_call *n)
{
	for (int i = 0; s->tokens != NULL && i < CHANNELS_MAX; i++) {
		const struct token *t = &s->tokens->all[i];
		if (t->arena != NULL && str_eq(t->channel, n->channel) &&
		    str_eq(t->settings, n->settings) && t->until_ms > n->now_ms)
			return t->text;
	}
	return S_NONE;
}

static void keep_token(struct side *s, const struct notify_call *n, struct str text,
                       int64_t seconds)
{
	if (s->tokens == NULL)
		s->tokens = mem_get(sizeof *s->tokens);
	struct token *t = &s->tokens->all[s->tokens->next];
	s->tokens->next = (s->tokens->next + 1) % CHANNELS_MAX;
	arena_close(t->arena);
	*t = (struct token){ .arena = arena_open() };
	t->channel = arena_str(t->arena, n->channel);
	t->settings = arena_str(t->arena, n->settings);
	t->text = arena_str(t->arena, text);
	t->until_ms = n->now_ms + seconds * SECOND_MS * 9 / 10;
}

static void forget_tokens(struct side *s, const struct notify_call *n)
{
	for (int i = 0; s->tokens != NULL && i < CHANNELS_MAX; i++)
		if (str_eq(s->tokens->all[i].channel, n->channel))
			s->tokens->all[i].until_ms = 0;
}

static void closed(struct side *s)
{
	for (int i = 0; s->tokens != NULL && i < CHANNELS_MAX; i++)
		arena_close(s->tokens->all[i].arena);
	s->tokens = mem_free(s->tokens);
}

/* ---- reports */

struct ending {
	enum notify_result result;
	struct str remote, error;
};

static void report(struct call *c, const struct ending *e)
{
	struct cmd *command = cmd_new(&op_notify_done);
	struct notify_done *in = ARENA_NEW(command->arena, struct notify_done);
	struct arena *a = command->arena;

	*in = (struct notify_done){
		.receipt = c->notify.receipt,
		.id = c->notify.id,
		.attempt = c->notify.attempt,
		.result = e->result,
		.channel = arena_str(a, c->notify.channel),
		.address = notify_address_shown(a, c->notify.type, c->notify.address),
		.remote = arena_str(a, e->remote),
		.error = arena_str(a, e->error),
		.status = c->status,
		.retry_after_ms = call_retry_after_ms(c),
	};
	command->in = in;
	egress_send(c->side->egress, command);
}

static void finish(struct call *c, const struct ending *e)
{
	struct side *s = c->side;
	char id[37];

	uuid_text(c->notify.uuid, id);
	if (e->result != NOTIFY_SENT)
		log_line(LOG_WARN, "notify", "not sent",
		         "notification=%s channel=%.*s attempt=%lld why=\"%.*s\" next=%s", id,
		         S_ARG(c->notify.channel), (long long)c->notify.attempt, S_ARG(e->error),
		         e->result == NOTIFY_AGAIN ? "retry" : "next-channel");
	report(c, e);
	side_done(s, c,
	          e->result == NOTIFY_SENT    ? OUTBOX_DONE
	          : e->result == NOTIFY_AGAIN ? OUTBOX_FAILED
	                                      : OUTBOX_FINAL);
	if (side_wanted(s))
		side_plan(s, 0);
}

/* ---- judging */

static enum notify_result by_status(const struct call *c, enum call_end end)
{
	long s = c->status;

	if (end == CALL_FORBIDDEN)
		return NOTIFY_REFUSED;
	if (c->what.mail != NULL) {
		if (end == CALL_ANSWERED)
			return NOTIFY_SENT;
		return s >= 500 && s < 600 && s != 530 && s != 534 && s != 535 ? NOTIFY_REFUSED
		                                                               : NOTIFY_AGAIN;
	}
	if (end != CALL_ANSWERED)
		return NOTIFY_AGAIN;
	if (s >= 200 && s < 300)
		return NOTIFY_SENT;
	return s >= 500 || s == 408 || s == 425 || s == 429 ? NOTIFY_AGAIN : NOTIFY_REFUSED;
}

static struct str error_of(struct call *c, enum call_end end, const char *why)
{
	if (end == CALL_ANSWERED)
		return arena_printf(c->arena, "%.*s answered %ld", S_ARG(c->host), c->status);
	struct str text = arena_printf(c->arena, "%.*s: %s", S_ARG(c->host), why);
	for (size_t i = 0; i < text.len; i++) /* what a mail server said may be in it */
		if ((unsigned char)text.at[i] < ' ' || (unsigned char)text.at[i] > '~')
			((char *)text.at)[i] = ' ';
	return text;
}

static void ended(struct call *c, enum call_end end, const char *why)
{
	struct ending e = { .result = by_status(c, end), .remote = c->sending->remote };
	bool again;

	if (e.result == NOTIFY_SENT &&
	    !notify_taken(c->arena, &c->notify, buf_str(&c->kept), &again, &e.remote, &e.error))
		e.result = again ? NOTIFY_AGAIN : NOTIFY_REFUSED;
	else if (e.result != NOTIFY_SENT)
		e.error = error_of(c, end, why);
	if (c->status == 401 && c->sending->token.len > 0) {
		forget_tokens(c->side, &c->notify); /* it was taken back: with a new one, perhaps */
		e.result = NOTIFY_AGAIN;
	}
	finish(c, &e);
}

static void cannot(struct call *c, struct str why)
{
	finish(c, &(struct ending){ .result = NOTIFY_REFUSED, .error = why });
	call_drop(c);
}

/* ---- calling */

static void aim_and_start(struct call *c)
{
	c->what = c->sending->call;
	if (!call_aim(c))
		call_ended(c, CALL_FORBIDDEN, "the address may not be called");
	else
		call_start(c);
}

static void send_it(struct call *c)
{
	egress_random(c->side->egress, c->sending->random, sizeof c->sending->random);
	if (notify_render(c->sending))
		aim_and_start(c);
	else
		cannot(c, c->sending->why);
}

static struct call *begin_call(struct side *s, const struct notify_call *n);

/* The token is there: the notification itself is a call of its own, in the place of this one. */
static void token_ended(struct call *c, enum call_end end, const char *why)
{
	struct side *s = c->side;
	int64_t seconds;
	struct str token = S_NONE;

	if (by_status(c, end) == NOTIFY_SENT)
		token = notify_token_read(c->arena, buf_str(&c->kept), &seconds);
	if (!str_given(token)) {
		struct str said = error_of(c, end, why);
		enum notify_result result = by_status(c, end);
		finish(c,
		       &(struct ending){ .result = result == NOTIFY_SENT ? NOTIFY_REFUSED : result,
		                         .error = arena_printf(c->arena, "no token: %.*s", S_ARG(said)) });
		return;
	}
	keep_token(s, &c->notify, token, seconds);
	struct call *next = begin_call(s, &c->notify);
	next->sending->token = arena_str(next->arena, token);
	next->ended = ended;
	node_take(&c->node); /* side_done is for the second one */
	send_it(next);
}

static struct notify_call copy_call(struct arena *a, const struct notify_call *n)
{
	struct notify_call copy = *n;
	struct str *texts[] = { &copy.kind,    &copy.person,   &copy.locale,    &copy.channel,
		                    &copy.type,    &copy.settings, &copy.sealed,    &copy.address,
		                    &copy.subject, &copy.text,     &copy.html,      &copy.chat,
		                    &copy.facts,   &copy.approval, &copy.public_url };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_str(a, *texts[i]);
	return copy;
}

static struct call *begin_call(struct side *s, const struct notify_call *n)
{
	struct call *c = call_new(s->egress, s);

	c->notify = copy_call(c->arena, n);
	c->sending = ARENA_NEW(c->arena, struct sending);
	*c->sending = (struct sending){ .arena = c->arena,
		                            .of = &c->notify,
		                            .master_key = egress_means(s->egress).master_key };
	c->attempt = (int)(n->attempt & INT16_MAX);
	c->body = &c->kept;
	list_add_last(&s->calls, &c->node);
	return c;
}

static void begin(struct side *s, const struct notify_call *n)
{
	struct call *c = begin_call(s, n);
	bool wants_token = str_is(n->type, "lineworks");

	side_begun(s);
	c->sending->token = wants_token ? arena_str(c->arena, token_for(s, n)) : S_NONE;
	c->ended = wants_token && c->sending->token.len == 0 ? token_ended : ended;
	if (c->ended == ended)
		send_it(c);
	else if (notify_token_request(c->sending))
		aim_and_start(c);
	else
		cannot(c, c->sending->why);
}

/* ---- the side */

static struct cmd *ask(struct side *s, int room)
{
	struct cmd *c = cmd_new(&op_notify_take);
	struct notify_take *in = ARENA_NEW(c->arena, struct notify_take);

	(void)s;
	in->max = room < NOTIFY_TAKE_MAX ? room : NOTIFY_TAKE_MAX;
	c->in = in;
	return c;
}

static void taken(struct side *s, const struct cmd *c)
{
	const struct notify_take *in = c->in;

	s->more = in->more;
	for (int i = 0; i < in->count && !s->ended; i++)
		begin(s, &in->calls[i]);
	if (s->more && s->count < s->kind->max)
		side_plan(s, 0);
}

/* After a fault the lease of its message ends by itself, and it is sent again. */
static void reported(struct side *s, const struct cmd *c)
{
	(void)s, (void)c;
}

const struct side_kind notify_side = {
	.max = NOTIFY_CALLS_MAX,
	.ask = ask,
	.taken = taken,
	.reported = reported,
	.closed = closed,
};
