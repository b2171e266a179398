/* watch.c - what somebody who watches an approval is told next: all of it, or what has changed
 * since they were told last, which its log says. So a watcher goes on where it was also after a
 * restart, and nothing about watchers is kept but that number.
 *
 * Whether they may (still) see it is asked each time. */
#include "domain/approval/inside.h"
#include "domain/audit/read.h"
#include "wire/chain.h"

struct watching {
	struct arena *arena;
	struct approval_watch *p;
	bool *touched; /* by slot number */
	bool known;    /* the record that was told last is there */
	bool whole;
};

/* ---- which slots a record is about */

static void touch(struct watching *w, const struct json *number)
{
	int64_t n;

	if (json_is(number, JSON_NUMBER) && str_i64(number->text, 1, APPROVAL_SLOTS_MAX, &n))
		w->touched[n] = true;
}

static void touch_all(struct watching *w, const struct json *detail)
{
	const struct json *slot = json_get(detail, "slot");

	touch(w, json_is(slot, JSON_OBJECT) ? json_get(slot, "slot") : slot);
	JSON_EACH (json_get(detail, "slots"), one)
		touch(w, json_is(one, JSON_OBJECT) ? json_get(one, "slot") : one);
	JSON_EACH (json_get(detail, "closed"), one)
		touch(w, one);
}

/* Its slots are others now, or what is said of all of them is: a new round, an incident that is
 * tried again, another deadline. */
static bool begins_anew(struct str action, const struct json *detail)
{
	return str_is(action, "approval.opened") || str_is(action, "approval.resubmitted") ||
	       str_is(action, "approval.resumed") || str_is(action, "approval.extended") ||
	       str_is(action, "approval.recomputed") ||
	       (str_is(action, "approval.edited") && json_get(detail, "slots") != NULL);
}

static void keep(struct watching *w, const struct chain_record *r)
{
	struct approval_view *v = w->p->view;

	v->events[v->event_count++] = (struct approval_event){
		.number = r->seq,
		.at = r->at,
		.action = arena_str(w->arena, r->action),
		.principal = arena_str(w->arena, r->principal),
		.behalf = arena_str(w->arena, r->on_behalf),
		.reason = arena_str(w->arena, r->words.texts[0]),
	};
}

static enum err take(void *context, const struct chain_record *r)
{
	struct watching *w = context;
	struct str why;

	w->p->newest = r->seq;
	if (r->seq == w->p->after) {
		w->known = true;
		return OK;
	}
	if (!w->known || w->whole || w->p->view->event_count == WATCH_LOG_MAX) {
		w->whole = true;
		return OK;
	}
	const struct json *detail = json_read(w->arena, r->detail, &why);
	w->whole = begins_anew(r->action, detail);
	touch_all(w, detail);
	if (!str_is(r->action, APPROVAL_TURNED_AWAY))
		keep(w, r);
	return OK;
}

/* ---- what is told */

static enum err take_newest(void *context, const struct value *c, int count)
{
	must(count == 1 && c[0].number > 0);
	*(int64_t *)context = c[0].number;
	return OK;
}

static enum err read_log(struct store *s, struct watching *w)
{
	struct approval_watch *p = w->p;
	struct str resource = approval_resource(w->arena, &p->view->a);

	p->view->events = ARENA_ARRAY(w->arena, struct approval_event, WATCH_LOG_MAX + 1);
	if (p->after > 0)
		TRY(audit_of_resource(s, resource, p->after - 1, WATCH_LOG_MAX + 2, take, w));
	p->lost = p->after > 0 && !w->known;
	p->whole = p->after == 0 || p->lost || w->whole;
	if (!p->whole)
		return OK;
	p->view->events = NULL;
	return store_run(s, STMT_AUDIT_NEWEST_OF_RESOURCE, VALUES(value_text(resource)), take_newest,
	                 &p->newest);
}

static void leave_out_slots(const struct watching *w)
{
	struct approval_view *v = w->p->view;
	int kept = 0;

	for (int i = 0; i < v->slot_count; i++)
		if (w->touched[v->slots[i].slot])
			v->slots[kept++] = v->slots[i];
	v->slot_count = kept;
}

static enum err watch_read(struct store *s, struct cmd *c, struct now now)
{
	struct approval_watch *p = c->in;
	struct approval_get look = { .id = p->id };
	struct watching w = { .arena = c->arena, .p = p };

	p->newest = 0;
	TRY(approval_look(s, c->arena, &look));
	p->view = look.view;
	if (p->view == NULL)
		return refuse_as(c, approval_no_such(c->arena, &p->id));
	TRY(approval_may_get(s, c, &p->view->a, p->view->slots, p->view->slot_count, now.wall_ms));
	if (cmd_refused(c))
		return OK;
	w.touched = ARENA_ARRAY(c->arena, bool, APPROVAL_SLOTS_MAX + 1);
	TRY(read_log(s, &w));
	if (!p->whole)
		leave_out_slots(&w);
	return OK;
}

const struct op op_approval_watch = { .name = "approval_watch",
	                                  .lane = LANE_READ,
	                                  .read = watch_read };
