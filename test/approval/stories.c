/* stories.c - people and approvals, for the stories. */
#include "approval/stories.h"

#include "domain/policy/policy.h"
#include "wire/json.h"

struct step step_world(void)
{
	return (struct step){ .w = world_open(4) };
}

void step_end(struct step *s)
{
	world_check_rows(s->w);
	the_end(s->w);
}

static struct cmd *run_as(struct step *s, const char *who, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(s->w, op, in);

	c->caller.principal = str_of(who);
	world_run_batch(s->w, &c, 1);
	return c;
}

static const char *text_of(struct step *s, struct str text)
{
	return arena_str(s->w->arena, text).at;
}

static const char *refusal_of(const struct cmd *c)
{
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

/* ---- opened */

struct approval_open *opening_of(struct step *s, const char *policy)
{
	struct approval_open *p = ARENA_NEW(s->w->arena, struct approval_open);
	struct str why;

	*p = (struct approval_open){ .policy = json_read(s->w->arena, str_of(policy), &why),
		                         .subject = S("a chair"),
		                         .data = S("{\"amount\":1200}"),
		                         .priority = 4,
		                         .amount = 1200000,
		                         .last_step = true };
	assert_non_null(p->policy);
	return p;
}

const char *opened_as(struct step *s, struct approval_open *p, const char *who)
{
	struct cmd *c = run_as(s, who, &op_approval_open, p);

	if (c->fault != OK || cmd_refused(c))
		return refusal_of(c);
	s->id = p->view->a.uuid;
	return text_of(s, approval_state_name(p->view->a.state));
}

const char *opened(struct step *s, const char *policy)
{
	return opened_as(s, opening_of(s, policy), "taro");
}

/* ---- decided */

static const char *answered(struct step *s, const struct approval_request *of)
{
	struct str why;

	if (of->same)
		return "same";
	return text_of(s, json_get_text(json_read(s->w->arena, of->answer, &why), "state"));
}

struct approval_vote *vote_of(struct step *s, const char *what)
{
	struct approval_vote *v = ARENA_NEW(s->w->arena, struct approval_vote);

	*v = (struct approval_vote){ .of.id = s->id, .comment = S("because") };
	assert_true(decision_read(str_of(what), &v->decision));
	return v;
}

const char *says_as(struct step *s, const char *who, struct approval_vote *v)
{
	struct cmd *c = run_as(s, who, &op_approval_vote, v);

	if (c->fault != OK || cmd_refused(c))
		return refusal_of(c);
	if (v->of.refused.why != REFUSED_NONE)
		return refusal_name(v->of.refused.why);
	return answered(s, &v->of);
}

const char *says(struct step *s, const char *who, const char *what)
{
	return says_as(s, who, vote_of(s, what));
}

const char *says_for(struct step *s, const char *who, const char *what, const char *principal)
{
	struct approval_vote *v = vote_of(s, what);

	v->behalf = str_of(principal);
	return says_as(s, who, v);
}

/* ---- changed */

struct approval_change *change_of(struct step *s)
{
	struct approval_change *p = ARENA_NEW(s->w->arena, struct approval_change);

	*p = (struct approval_change){ .of.id = s->id, .weight = 1, .amount = -1 };
	return p;
}

const char *did(struct step *s, const char *who, const struct op *op, struct approval_change *p)
{
	struct cmd *c = run_as(s, who, op, p);

	if (c->fault != OK || cmd_refused(c))
		return refusal_of(c);
	return answered(s, &p->of);
}

/* ---- looked at */

/* A reader of our own: the engine's connection is in no transaction now. */
const struct approval_view *looked(struct step *s)
{
	struct cmd *c = cmd_new(&op_approval_get);
	struct approval_get *p = ARENA_NEW(s->w->arena, struct approval_get);

	p->id = s->id;
	p->log = true;
	p->max = APPROVAL_EVENTS_MAX;
	c->in = p;
	c->reply_to.loop = 0;
	c->caller.principal = S("taro");
	must(op_approval_get.read(s->w->store, c, s->w->now) == OK);
	list_add_last(&s->w->answered, &c->node);
	return p->view;
}

const char *slots(struct step *s)
{
	const struct approval_view *v = looked(s);
	struct buf b = { 0 };

	for (int i = 0; i < v->slot_count; i++) {
		const struct approval_slot *x = &v->slots[i];
		struct str word = x->decision != DECISION_NONE ? decision_name(x->decision)
		                  : str_given(x->reason)       ? x->reason
		                                               : slot_state_name(x->state);
		buf_printf(&b, "%s%.*s:%.*s", i > 0 ? " " : "", S_ARG(slot_name(x)), S_ARG(word));
	}
	const char *text = text_of(s, buf_str(&b));
	buf_free(&b);
	return text;
}

const char *stands(struct step *s)
{
	const struct approval_view *v = looked(s);

	return arena_printf(s->w->arena, "%.*s %lld", S_ARG(approval_state_name(v->a.state)),
	                    (long long)v->a.round)
	    .at;
}

int logged(struct step *s, const char *action)
{
	const struct approval_view *v = looked(s);
	int count = 0;

	for (int i = 0; i < v->event_count; i++)
		count += str_is(v->events[i].action, action);
	return count;
}

const char *last_logged(struct step *s, const char *action)
{
	const struct approval_view *v = looked(s);

	for (int i = v->event_count - 1; i >= 0; i--)
		if (str_is(v->events[i].action, action))
			return text_of(s, v->events[i].detail);
	return "";
}

const char *inbox_of(struct step *s, const char *who)
{
	struct cmd *c = cmd_new(&op_approval_inbox);
	struct approval_inbox *p = ARENA_NEW(s->w->arena, struct approval_inbox);
	struct buf b = { 0 };

	p->max = APPROVAL_LIST_MAX;
	c->in = p;
	c->reply_to.loop = 0;
	c->caller.principal = str_of(who);
	must(op_approval_inbox.read(s->w->store, c, s->w->now) == OK);
	for (int i = 0; i < p->count; i++)
		buf_printf(&b, "%s%.*s", i > 0 ? " " : "", S_ARG(p->items[i].a.subject));
	const char *text = text_of(s, buf_str(&b));
	buf_free(&b);
	list_add_last(&s->w->answered, &c->node);
	return text;
}

static enum err add_kind(void *context, const struct value *columns, int count)
{
	struct buf *b = context;

	must(count == 3);
	buf_printf(b, "%s%.*s", b->len > 0 ? " " : "", S_ARG(columns[0].bytes));
	return OK;
}

const char *notices_of(struct step *s, const char *who)
{
	struct buf b = { 0 };

	must(store_run(s->w->store, STMT_NOTIFICATION_STATES, VALUES(value_text(str_of(who))), add_kind,
	               &b) == OK);
	const char *text = arena_str(s->w->arena, buf_str(&b)).at;
	buf_free(&b);
	return text;
}
