/* look.c - notifications as people and operators see them, and the marks of the bell. */
#include "domain/audit/audit.h"
#include "domain/domain.h"
#include "domain/key/rule.h"
#include "domain/notify/inside.h"
#include "domain/notify/manage.h"
#include "wire/mustache.h"

/* ---- one */

/* Words are those of the person it is for, in the texts of today. */
static enum err view_of(struct store *store, struct arena *a, const struct told *t,
                        struct told_view *view)
{
	struct notify_texts texts;
	struct recipient r;
	struct buf title = { 0 }, text = { 0 };
	struct str facts, why;

	*view = (struct told_view){
		.row = t->id,
		.id = t->uuid,
		.approval = t->approval,
		.has_approval = t->has_approval,
		.person = t->person,
		.kind = str_of(notify_kind_name(t->kind)),
		.about = t->about,
		.state = t->state,
		.channel = t->channel,
		.remote = t->remote,
		.error = t->error,
		.facts = t->facts,
		.round = t->round,
		.n = t->n,
		.slot = t->slot,
		.created_at = t->created_at,
		.not_before = t->not_before,
		.ended_at = t->ended_at,
		.read_at = t->read_at,
		.attempts = t->attempts,
	};
	TRY(recipient_read(store, a, t->person, &r));
	TRY(texts_read(store, a, t->kind, r.locale, &texts));
	TRY(facts_write(&(struct facts_of){ store, a, S_NONE }, t, &r, t->channel, S_NONE, &facts));
	const struct json *values = json_read(a, facts, &why);
	mustache_write(&title, texts.subject, values, MUSTACHE_LINE);
	mustache_write(&text, texts.text, values, MUSTACHE_TEXT);
	arena_adopt(a, title.at);
	arena_adopt(a, text.at);
	view->title = buf_str(&title);
	view->text = buf_str(&text);
	return OK;
}

static struct refused no_such(struct arena *a)
{
	return refused_as(a, REFUSED_NOT_FOUND, "There is no notification with this id.");
}

static bool may(const struct cmd *c, const char *action, struct str person)
{
	bool own = str_eq(c->caller.principal, person);

	return cmd_may_about(c, str_of(action), person, own ? FACT_OWN : 0);
}

struct attempts {
	struct arena *arena;
	struct told_get *get;
};

static enum err take_attempt(void *context, const struct value *v, int count)
{
	struct attempts *all = context;
	struct arena *a = all->arena;

	must(count == 7 && all->get->attempt_count < NOTIFY_ATTEMPTS_SHOWN);
	all->get->attempts[all->get->attempt_count++] = (struct told_attempt){
		.n = v[0].number,
		.at = v[1].number,
		.channel = arena_str(a, v[2].bytes),
		.address = arena_str(a, v[3].bytes),
		.outcome = arena_str(a, v[4].bytes),
		.status = v[5].number,
		.error = arena_str(a, v[6].bytes),
	};
	return OK;
}

static enum err get_read(struct store *store, struct cmd *c, struct now now)
{
	struct told_get *p = c->in;
	struct attempts all = { c->arena, p };
	struct told t;

	(void)now;
	TRY(told_read(store, c->arena, &p->id, &t));
	if (t.id == 0 || !may(c, "GetNotifications", t.person)) /* nor that it is there */
		return refuse_as(c, no_such(c->arena));
	p->attempts = ARENA_ARRAY(c->arena, struct told_attempt, NOTIFY_ATTEMPTS_SHOWN);
	p->attempt_count = 0;
	TRY(store_run(store, STMT_NOTIFICATION_ATTEMPTS,
	              VALUES(value_int(t.id), value_int(NOTIFY_ATTEMPTS_SHOWN)), take_attempt, &all));
	return view_of(store, c->arena, &t, &p->view);
}

const struct op op_told_get = { .name = "told_get", .lane = LANE_READ, .read = get_read };

/* ---- many */

struct listing {
	struct arena *arena;
	struct told *all;
	int count, max;
};

static enum err take_listed(void *context, const struct value *v, int count)
{
	struct listing *l = context;

	must(l->count < l->max);
	return told_of_row(l->arena, v, count, &l->all[l->count++]);
}

static enum err take_count(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err list_read(struct store *store, struct cmd *c, struct now now)
{
	struct told_list *p = c->in;
	struct listing l = { c->arena, ARENA_ARRAY(c->arena, struct told, p->max + 1), 0, p->max + 1 };
	struct str person = p->person.len > 0 ? p->person : S_NONE;

	(void)now;
	must(p->max > 0 && p->max <= NOTIFY_LIST_MAX);
	struct value v[] = { value_int(p->before == 0 ? INT64_MAX : p->before), value_int(p->max + 1),
		                 value_text(p->state.len > 0 ? p->state : S_NONE),
		                 value_int(p->unread ? 1 : 0), value_text(person) };
	TRY(store_run(store, str_given(person) ? STMT_NOTIFICATION_LIST_OF : STMT_NOTIFICATION_LIST, v,
	              str_given(person) ? 5 : 4, take_listed, &l));
	p->more = l.count > p->max;
	p->count = p->more ? p->max : l.count;
	p->all = ARENA_ARRAY(c->arena, struct told_view, p->count + 1);
	for (int i = 0; i < p->count; i++)
		TRY(view_of(store, c->arena, &l.all[i], &p->all[i]));
	p->next = p->count > 0 ? l.all[p->count - 1].id : 0;
	return str_given(person) ? store_run(store, STMT_NOTIFICATION_UNREAD,
	                                     VALUES(value_text(person)), take_count, &p->unread_count)
	                         : OK;
}

const struct op op_told_list = { .name = "told_list", .lane = LANE_READ, .read = list_read };

/* ---- seen */

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err read_write(struct batch *b, struct cmd *c)
{
	struct told_read *p = c->in;
	struct value at = p->unread ? value_null() : value_int(b->now.wall_ms);

	p->changed = 0;
	must(p->count <= NOTIFY_LIST_MAX);
	if (p->ids == NULL) {
		TRY(store_run(b->store, STMT_NOTIFICATION_READ_ALL, VALUES(value_text(p->person), at), NULL,
		              NULL));
		p->changed = store_changes(b->store);
	}
	for (int i = 0; i < p->count && p->ids != NULL; i++) {
		TRY(store_run(b->store, STMT_NOTIFICATION_READ_MARK,
		              VALUES(value_uuid(&p->ids[i]), value_text(p->person), at), NULL, NULL));
		p->changed += store_changes(b->store);
	}
	return OK;
}

const struct op op_told_read = { .name = "told_read",
	                             .lane = LANE_WRITE,
	                             .check = nothing,
	                             .write = read_write };

/* ---- tried again */

static enum err retry_check(struct batch *b, struct cmd *c)
{
	struct told_retry *p = c->in;
	struct told t;

	TRY(told_read(b->store, b->arena, &p->id, &t));
	if (t.id == 0 || !may(c, "RetryNotification", t.person))
		return refuse_as(c, no_such(c->arena));
	if (!str_is(t.state, "FAILED") && !str_is(t.state, "KEPT"))
		return refuse(c, REFUSED_CONFLICT,
		              "The notification is %.*s; only one that is FAILED or KEPT is tried again.",
		              S_ARG(t.state));
	return OK;
}

/* Its copy in the dead-letter queue means nothing any more (N2). */
static enum err retry_write(struct batch *b, struct cmd *c)
{
	struct told_retry *p = c->in;
	struct told t;
	char id[37];

	TRY(told_read(b->store, b->arena, &p->id, &t));
	must(t.id > 0);
	p->person = arena_str(c->arena, t.person);
	TRY(store_run(b->store, STMT_NOTIFICATION_AGAIN, VALUES(value_int(t.id)), NULL, NULL));
	TRY(notify_enqueue(b, t.id, t.uuid, b->now.wall_ms));
	uuid_text(p->id, id);
	return audit_write(b, c, "notification.retry", audit_name(b, "notification", str_of(id)),
	                   S_NONE);
}

const struct op op_told_retry = { .name = "told_retry",
	                              .lane = LANE_WRITE,
	                              .check = retry_check,
	                              .write = retry_write };
