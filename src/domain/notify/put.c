/* put.c - somebody is told: the row, and the message or the digest that it goes with. */
#include "domain/audit/audit.h"
#include "domain/domain.h"
#include "domain/notify/inside.h"

/* ---- facts */

/* Cut at the end of a character. */
static struct str cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.at[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.at, max };
}

static enum err take_name(void *context, const struct value *v, int count)
{
	struct buf *b = context;

	must(count == 1);
	json_write_text(b, v[0].bytes);
	return OK;
}

/* Somebody by id, and by name. */
static enum err add_person(struct batch *b, struct buf *json, const char *as, struct str id)
{
	struct buf name = { 0 };

	if (id.len == 0)
		return OK;
	json_write_member(json, arena_printf(b->arena, "%s_id", as).at, id);
	enum err fault = store_run(b->store, STMT_PERSON_NAME, VALUES(value_text(id)), take_name,
	                           &name);
	if (name.len > 0)
		json_write_member_raw(json, as, buf_str(&name));
	else
		json_write_member(json, as, id);
	buf_free(&name);
	return fault;
}

static void add_text(struct buf *json, const char *name, struct str text)
{
	if (text.len > 0)
		json_write_member(json, name, cut(text, NOTIFY_FACT_MAX));
}

static void add_time(struct batch *b, struct buf *json, const char *name, int64_t at)
{
	if (at != 0)
		json_write_member_raw(json, name, arena_printf(b->arena, "%lld", (long long)at));
}

static enum err write_facts(struct batch *b, const struct notification *n, struct str *facts)
{
	struct buf json = { 0 };
	enum err fault;

	buf_add_byte(&json, '{');
	add_text(&json, "subject", n->subject);
	add_text(&json, "outcome", n->outcome);
	add_text(&json, "comment", n->comment);
	add_text(&json, "amount", n->amount);
	add_text(&json, "otherwise", n->otherwise);
	add_time(b, &json, "due_at", n->due_at);
	add_time(b, &json, "from_at", n->from_at);
	add_time(b, &json, "until_at", n->until_at);
	fault = add_person(b, &json, "applicant", n->applicant);
	if (fault == OK)
		fault = add_person(b, &json, "by", n->by);
	if (fault == OK)
		fault = add_person(b, &json, "behalf", n->behalf);
	if (fault == OK)
		fault = add_person(b, &json, "delegate", n->delegate);
	buf_add_byte(&json, '}');
	arena_adopt(b->arena, json.at);
	*facts = buf_str(&json);
	return fault;
}

/* ---- the row */

static enum err take_id(void *context, const struct value *v, int count)
{
	must(count == 1 && v[0].number > 0);
	*(int64_t *)context = v[0].number;
	return OK;
}

struct row {
	struct uuid uuid;
	struct str about, facts, forced;
	const char *state;
	int64_t not_before;
};

/* *id 0: the person was told of it already (N1). */
static enum err insert(struct batch *b, const struct notification *n, const struct row *row,
                       int64_t *id)
{
	bool ended = strcmp(row->state, "KEPT") == 0;

	*id = 0;
	TRY(store_run(b->store, STMT_NOTIFICATION_INSERT,
	              VALUES(value_uuid(&row->uuid), value_text(n->person),
	                     value_text(str_of(notify_kind_name(n->kind))), value_text(row->about),
	                     value_int(n->round), value_int(n->n), value_text(str_of(row->state)),
	                     value_text(row->facts), value_uuid(n->approval), value_int(n->slot),
	                     value_int(b->now.wall_ms), value_int(row->not_before),
	                     ended ? value_int(b->now.wall_ms) : value_null(), value_text(row->forced)),
	              take_id, id));
	if (*id != 0)
		kept_one_more(b, n->person);
	return OK;
}

static struct str about_of(struct batch *b, const struct notification *n)
{
	char text[37];

	if (n->approval == NULL)
		return n->about.len > 0 ? cut(n->about, NOTIFY_ABOUT_MAX) : S("");
	uuid_text(*n->approval, text);
	return arena_str(b->arena, str_of(text));
}

/* ---- its message */

enum err notify_enqueue(struct batch *b, int64_t id, struct uuid uuid, int64_t not_before)
{
	struct send_entry *m = ARENA_NEW(b->arena, struct send_entry);
	struct queue *q;
	char text[37];

	uuid_text(uuid, text);
	m->body = arena_printf(b->arena, "{\"notification\":\"%s\"}", text);
	m->size = m->body.len;
	m->delay_s = -1;
	m->priority = -1;
	m->execute_at = not_before > b->now.wall_ms ? not_before : 0;
	must(m->execute_at - b->now.wall_ms <= JOB_AHEAD_MAX_MS);
	TRY(queue_own(b, S(QUEUE_NOTIFICATIONS), &q));
	if (q != NULL) {
		queue_digest_body(b->arena, m, queue_is_fifo(q));
		queue_enqueue_check(b, q, m, false, 0);
	}
	if (q == NULL || (m->refused.why != REFUSED_NONE && !refusal_is_fullness(m->refused.why)))
		return store_run(b->store, STMT_NOTIFICATION_END,
		                 VALUES(value_int(id), value_text(S("KEPT")), value_int(b->now.wall_ms)),
		                 NULL, NULL);
	m->refused.why = REFUSED_NONE;
	TRY(queue_enqueue(b, q, m, S("ringi")));
	return store_run(b->store, STMT_NOTIFICATION_MESSAGE,
	                 VALUES(value_int(id), value_uuid(&m->message_id)), NULL, NULL);
}

/* ---- together with others */

/* The digest that leaves at that time: the one that is there, or a new one. */
static enum err digest_for(struct batch *b, struct str person, int64_t at, int64_t *digest)
{
	const struct notification n = { .person = person, .kind = NOTIFY_DIGEST, .n = at / SECOND_MS };
	struct row row = { .uuid = uuid_new(b->now, b->rng),
		               .about = S(""),
		               .facts = S("{}"),
		               .state = "WAITING",
		               .not_before = at };

	*digest = 0;
	TRY(store_run(b->store, STMT_NOTIFICATION_DIGEST_AT, VALUES(value_text(person), value_int(n.n)),
	              take_id, digest));
	if (*digest != 0)
		return OK;
	TRY(insert(b, &n, &row, digest));
	return *digest == 0 ? OK : notify_enqueue(b, *digest, row.uuid, at);
}

static enum err collect(struct batch *b, struct str person, int64_t id, int64_t at)
{
	int64_t digest;

	must(at > b->now.wall_ms);
	TRY(digest_for(b, person, at, &digest));
	if (digest == 0) /* one of that very second has left already: the clock was set back */
		return store_run(b->store, STMT_NOTIFICATION_END,
		                 VALUES(value_int(id), value_text(S("KEPT")), value_int(b->now.wall_ms)),
		                 NULL, NULL);
	return store_run(b->store, STMT_NOTIFICATION_INTO_DIGEST,
	                 VALUES(value_int(id), value_int(digest), value_int(at)), NULL, NULL);
}

static enum err take_count(void *context, const struct value *v, int count)
{
	must(count == 1 && v[0].number >= 0);
	*(int64_t *)context = v[0].number;
	return OK;
}

/* N4. */
static enum err too_many(struct batch *b, struct str person, bool *so)
{
	int64_t count = 0;

	TRY(store_run(b->store, STMT_NOTIFICATION_RECENT,
	              VALUES(value_text(person), value_int(b->now.wall_ms - HOUR_MS)), take_count,
	              &count));
	*so = count >= NOTIFY_RATE_MAX;
	return OK;
}

/* ---- told */

/* A decision is wanted before that. */
static bool too_late(const struct notification *n, int64_t at)
{
	return n->slot > 0 && n->due_at != 0 && n->due_at <= at;
}

/* Where it goes now: *at is when; 0: nowhere, it is kept. *together: with others. */
static enum err choose(struct batch *b, const struct notification *n, int64_t *at, bool *together)
{
	struct step steps[NOTIFY_STEPS_MAX];
	struct recipient r;
	struct channels channels;
	int64_t now = b->now.wall_ms;
	bool many;

	TRY(recipient_read(b->store, b->arena, n->person, &r));
	TRY(channels_read(b->store, b->arena, &channels));
	struct str wants = recipient_wants(&r, n->kind);
	*at = 0;
	*together = false;
	if (str_is(wants, "off") || recipient_steps(b->arena, &r, &channels, steps) == 0)
		return OK;
	TRY(too_many(b, n->person, &many));
	bool digest = str_is(wants, "digest") && !too_late(n, recipient_digest(&r, now));
	*together = many || digest;
	*at = digest ? recipient_digest(&r, now)
	      : many ? recipient_awake(&r, now - now % HOUR_MS + HOUR_MS)
	             : recipient_awake(&r, now);
	return OK;
}

enum err notify_put(struct batch *b, const struct notification *n)
{
	struct row row = { .uuid = uuid_new(b->now, b->rng), .about = about_of(b, n) };
	bool together;
	int64_t id, at;

	must(n->person.len > 0 && n->kind != NOTIFY_DIGEST && n->round >= 0 && n->slot >= 0);
	TRY(choose(b, n, &at, &together));
	TRY(write_facts(b, n, &row.facts));
	row.state = at == 0 ? "KEPT" : "WAITING";
	row.not_before = at == 0 ? b->now.wall_ms : at;
	TRY(insert(b, n, &row, &id));
	if (id == 0) /* N1 */
		return OK;
	TRY(kept_bound(b, n->person));
	if (at == 0)
		return OK;
	return together ? collect(b, n->person, id, at) : notify_enqueue(b, id, row.uuid, at);
}

enum err notify_put_forced(struct batch *b, struct str person, struct str channel,
                           struct str address, struct uuid *uuid)
{
	const struct notification n = { .person = person, .kind = NOTIFY_CHANNEL_TEST };
	struct row row = { .uuid = uuid_new(b->now, b->rng),
		               .facts = S("{}"),
		               .state = "WAITING",
		               .not_before = b->now.wall_ms };
	struct buf forced = { 0 };
	char text[37];
	int64_t id;

	uuid_text(row.uuid, text);
	row.about = arena_str(b->arena, str_of(text));
	buf_add_byte(&forced, '{');
	json_write_member(&forced, "channel", channel);
	json_write_member(&forced, "address", address);
	buf_add_byte(&forced, '}');
	arena_adopt(b->arena, forced.at);
	row.forced = buf_str(&forced);
	*uuid = row.uuid;
	TRY(insert(b, &n, &row, &id));
	must(id > 0);
	TRY(kept_bound(b, person));
	return notify_enqueue(b, id, row.uuid, row.not_before);
}
