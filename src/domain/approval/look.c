/* look.c - one approval as it stands: slots, data, what the policy says and why, the log. */
#include "domain/approval/inside.h"
#include "domain/audit/read.h"
#include "wire/chain.h"

/* ---- what the judge says */

static struct str why_of(struct arena *arena, const struct judge *j, enum judge_language language)
{
	struct buf b = { 0 };

	judge_why(j, language, &b);
	arena_adopt(arena, b.at);
	return buf_str(&b);
}

static void node_json(struct buf *b, const struct judge *j, int node)
{
	struct judge_progress p = judge_progress(j, node);

	buf_add_byte(b, '{');
	json_write_member_number(b, "node", node);
	json_write_member(b, "state", str_of(judge_state_name(p.state)));
	json_write_member_number(b, "yes", p.yes);
	json_write_member_number(b, "no", p.no);
	json_write_member_number(b, "open", p.open);
	json_write_member_number(b, "abstained", p.abstained);
	json_write_member_number(b, "missing", p.missing);
	json_write_member_number(b, "needed", p.needed);
	json_write_member_number(b, "of", p.of);
	json_write_member_number(b, "cast", p.cast);
	if (p.min_votes > 0)
		json_write_member_number(b, "min_votes", p.min_votes);
	buf_add_byte(b, '}');
}

static struct str progress_of(struct arena *arena, const struct judge *j, int nodes)
{
	struct buf b = { 0 };

	buf_add_byte(&b, '[');
	for (int i = 0; i < nodes; i++) {
		if (i > 0)
			buf_add_byte(&b, ',');
		node_json(&b, j, i);
	}
	buf_add_byte(&b, ']');
	arena_adopt(arena, b.at);
	return buf_str(&b);
}

static void judged(struct arena *arena, struct approval_view *v, const struct policy *policy,
                   const struct judge *j)
{
	v->why = why_of(arena, j, LANGUAGE_EN);
	v->why_ja = why_of(arena, j, LANGUAGE_JA);
	v->progress = progress_of(arena, j, policy->node_count);
	v->policy_text = arena_str(arena, policy->canonical);
}

/* ---- of what has just been changed; every text is the command's own */

struct approval_view *view_of_case(struct arena *arena, const struct approval_case *on,
                                   struct str data)
{
	struct approval_view *v = ARENA_NEW(arena, struct approval_view);

	v->a = on->a;
	v->a.incident = arena_str(arena, on->a.incident);
	v->slots = ARENA_ARRAY(arena, struct approval_slot, on->count + 1);
	memcpy(v->slots, on->slots, sizeof *v->slots * (size_t)on->count);
	v->slot_count = on->count;
	v->data = data;
	judged(arena, v, on->policy, on->judge);
	return v;
}

/* ---- of rows */

struct events_reading {
	struct arena *arena;
	struct approval_view *v;
	int max;
};

static enum err take_event(void *context, const struct chain_record *record)
{
	struct events_reading *r = context;
	struct approval_view *v = r->v;

	if (v->event_count == r->max) {
		v->more_events = true;
		return OK;
	}
	v->events[v->event_count++] = (struct approval_event){
		.number = record->seq,
		.at = record->at,
		.action = arena_str(r->arena, record->action),
		.principal = arena_str(r->arena, record->principal),
		.behalf = arena_str(r->arena, record->on_behalf),
		.detail = arena_str(r->arena, record->detail),
		.reason = arena_str(r->arena, record->words.texts[0]),
		.names = arena_str(r->arena, record->words.texts[1]),
	};
	return OK;
}

static enum err events(struct store *s, struct arena *arena, const struct approval_get *p,
                       struct approval_view *v)
{
	struct events_reading r = { arena, v, p->max };

	must(p->max >= 1 && p->max <= APPROVAL_EVENTS_MAX);
	v->events = ARENA_ARRAY(arena, struct approval_event, p->max);
	return audit_of_resource(s, approval_resource(arena, &v->a), p->after, p->max + 1, take_event,
	                         &r);
}

enum err approval_look(struct store *s, struct arena *arena, struct approval_get *p)
{
	struct approval_view *v = ARENA_NEW(arena, struct approval_view);
	const struct policy *policy;
	bool found;

	p->view = NULL;
	TRY(approval_read(s, arena, &p->id, &v->a, &found));
	if (!found)
		return OK;
	p->view = v;
	TRY(approval_slots(s, arena, &v->a, &v->slots, &v->slot_count));
	TRY(approval_data(s, arena, v->a.id, v->a.data_version, &v->data));
	TRY(approval_policy(s, arena, &v->a, &policy));
	judged(arena, v, policy, case_judge(arena, policy, v->slots, v->slot_count));
	return p->log ? events(s, arena, p, v) : OK;
}

enum err approval_may_get(struct store *s, struct cmd *c, const struct approval *a,
                          const struct approval_slot *slots, int count, int64_t at)
{
	unsigned facts;

	TRY(who_facts(s, c, a, slots, count, at, &facts));
	return approval_allowed(c, "GetApproval", a, facts)
	           ? OK
	           : refuse_as(c, approval_no_such(c->arena, &a->uuid));
}

static enum err another_version(struct store *s, struct cmd *c, struct approval_get *p)
{
	const struct approval *a = &p->view->a;

	if (p->version > a->data_version)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "version is 1 to %lld: the data was not changed more often.",
		              (long long)a->data_version);
	return approval_data(s, c->arena, a->id, p->version, &p->view->data);
}

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct approval_get *p = c->in;

	TRY(approval_look(s, c->arena, p));
	if (p->view == NULL)
		return refuse_as(c, approval_no_such(c->arena, &p->id));
	TRY(approval_may_get(s, c, &p->view->a, p->view->slots, p->view->slot_count, now.wall_ms));
	if (cmd_refused(c))
		return OK;
	if (p->mine)
		TRY(inbox_mine(s, c, p->view, now.wall_ms));
	if (p->form)
		TRY(approval_form_read(s, c->arena, p->view->a.id, &p->view->form));
	if (p->people)
		TRY(people_of_view(s, c, p->view, now.wall_ms));
	return p->version > 0 ? another_version(s, c, p) : OK;
}

const struct op op_approval_get = { .name = "approval_get", .lane = LANE_READ, .read = get_read };
