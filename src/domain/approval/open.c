/* open.c - an approval is opened: POST /v1/approvals. */
#include "domain/approval/inside.h"
#include "domain/job/done.h"
#include "domain/queue/enqueue.h"

/* ---- check */

static struct str or_else(struct str given, struct str otherwise)
{
	return given.len > 0 ? given : otherwise;
}

static enum err check_person(struct batch *b, struct cmd *c, struct str person, const char *what)
{
	bool known, active;

	TRY(who_stands(b, person, &known, &active));
	if (!known)
		return refuse_field(c, REFUSED_UNKNOWN_PERSON, what,
		                    "%s: the directory does not have %.*s. Add the person first.", what,
		                    S_ARG(person));
	if (!active)
		return refuse_field(c, REFUSED_NOT_ALLOWED, what,
		                    "%s: %.*s is not active and takes part in nothing.", what,
		                    S_ARG(person));
	return OK;
}

/* B16: what was decided is never edited; a new one refers to it. */
static enum err check_link(struct batch *b, struct cmd *c, const struct uuid *id, const char *name,
                           bool must_be_final)
{
	struct approval other;
	bool found;

	TRY(approval_read(b->store, b->arena, id, &other, &found));
	if (!found)
		return refuse_as(c, approval_no_such(c->arena, id));
	if (must_be_final && !approval_state_final(other.state))
		return refuse_field(c, REFUSED_CONFLICT, name,
		                    "%s: the approval is not decided yet; edit it, or send it back.", name);
	return OK;
}

static enum err check_links(struct batch *b, struct cmd *c, const struct approval_open *p)
{
	if (p->has_corrects)
		TRY(check_link(b, c, &p->corrects, "corrects", true));
	if (p->has_previous)
		TRY(check_link(b, c, &p->previous, "previous", false));
	return OK;
}

static void start(struct batch *b, const struct cmd *c, const struct approval_open *p,
                  struct approval *a)
{
	*a = (struct approval){
		.round = 1,
		.data_version = 1,
		.subject = p->subject,
		.applicant = or_else(p->applicant, c->caller.principal),
		.entered_by = or_else(p->entered_by, c->caller.principal),
		.opened_by = c->caller.principal,
		.priority = p->priority,
		.amount = p->amount,
		.labels = p->labels_json,
		.on_decided = p->on_decided,
		.opened_at = b->now.wall_ms,
		.asked_at = b->now.wall_ms,
		.changed_at = b->now.wall_ms,
		.corrects = p->corrects,
		.previous = p->previous,
		.has_corrects = p->has_corrects,
		.has_previous = p->has_previous,
		.last_step = p->last_step,
	};
}

static enum err check_policy(struct batch *b, struct cmd *c, struct approval_open *p,
                             struct opening *o, struct str *template)
{
	*template = p->template;
	if (str_given(p->template))
		TRY(policy_choose_template(b, c, p, &o->a, &o->policy));
	else
		TRY(policy_choose(b, c, p->policy_name, p->policy_version, p->policy, &o->a, &o->policy,
		                  template));
	return cmd_refused(c) ? OK : approval_due(b, c, o->policy, o->a.asked_at, &o->a.due_at);
}

static enum err open_check(struct batch *b, struct cmd *c)
{
	struct approval_open *p = c->in;
	struct opening *o = p->opening = ARENA_NEW(c->arena, struct opening);
	struct refused why;
	struct str template;

	if (queues_disk_full(b->domain))
		return refuse(c, REFUSED_DISK_FULL,
		              "The disk of the server is nearly full. Nothing was "
		              "opened; open it again when there is room.");
	start(b, c, p, &o->a);
	TRY(check_policy(b, c, p, o, &template));
	if (!cmd_refused(c) && !approval_allowed(c, "CreateApproval", &o->a, 0))
		return refuse_as(c, approval_not_allowed(c, "CreateApproval", &o->a));
	if (!cmd_refused(c))
		TRY(check_person(b, c, o->a.applicant, "applicant"));
	if (!cmd_refused(c))
		TRY(check_links(b, c, p));
	if (!cmd_refused(c))
		TRY(form_of_opening(b, c, p, template));
	done_check(b, c, p->on_decided, &why);
	if (!cmd_refused(c) && why.why != REFUSED_NONE)
		return refuse_as(c, why);
	return cmd_refused(c) ? OK : seats_fill(b, c, &o->a, o->policy, o);
}

/* ---- write */

static enum err insert_labels(struct batch *b, const struct approval_open *p, int64_t id)
{
	for (int i = 0; i < p->label_count; i++)
		TRY(store_run(b->store, STMT_APPROVAL_LABEL_PUT,
		              VALUES(value_text(p->labels[i].name), value_text(p->labels[i].value),
		                     value_int(id)),
		              NULL, NULL));
	return OK;
}

enum err opening_insert(struct batch *b, const struct approval *a,
                        const struct approval_slot *slots, int count)
{
	must(a->id > 0 && count == a->slots);
	for (int i = 0; i < count; i++)
		TRY(slot_insert(b, a, &slots[i]));
	return OK;
}

static void log_link(struct log *l, const char *name, const struct uuid *id)
{
	char text[37];

	uuid_text(*id, text);
	log_text(l, name, str_of(text));
}

static enum err log_opened(struct batch *b, struct cmd *c, const struct approval_open *p,
                           const struct opening *o)
{
	const struct approval *a = &o->a;
	struct log l = log_begin(a);

	log_text(&l, "subject", a->subject);
	log_text(&l, "applicant", a->applicant);
	log_text(&l, "entered_by", a->entered_by);
	log_number(&l, "priority", a->priority);
	log_policy(&l, a);
	log_data(&l, p->data);
	if (a->due_at != 0)
		log_number(&l, "due_at", a->due_at);
	if (a->has_corrects)
		log_link(&l, "corrects", &a->corrects);
	if (a->has_previous)
		log_link(&l, "previous", &a->previous);
	return log_end_slots(b, c, &l, "approval.opened", o->slots, o->count);
}

/* A19, where the policy says so; never the last step. */
static bool skipped(const struct approval_case *on)
{
	if (on->policy->empty != EMPTY_SKIP || on->a.last_step)
		return false;
	for (int i = 0; i < on->count; i++)
		if (on->slots[i].state != SLOT_LEFT_OUT)
			return false;
	return true;
}

static enum err open_write(struct batch *b, struct cmd *c)
{
	struct approval_open *p = c->in;
	struct opening *o = p->opening;
	struct approval_case *on = ARENA_NEW(b->arena, struct approval_case);

	o->a.uuid = uuid_new(b->now, b->rng);
	o->a.state = APPROVAL_PENDING;
	o->a.slots = o->count;
	o->a.open_slots = slots_waiting(o->slots, o->count);
	TRY(policy_keep(b, &o->a, o->policy));
	TRY(approval_insert(b, &o->a));
	TRY(insert_labels(b, p, o->a.id));
	TRY(approval_data_put(b, &o->a, p->data, c->caller.principal));
	TRY(form_keep(b, &o->a, &p->form));
	TRY(opening_insert(b, &o->a, o->slots, o->count));
	TRY(approval_timers_set(b, &o->a, o->policy));
	TRY(log_opened(b, c, p, o));
	*on = (struct approval_case){ o->a, o->slots, o->count, o->policy, NULL };
	on->judge = case_judge(b->arena, o->policy, o->slots, o->count);
	if (skipped(on))
		TRY(approval_close(b, NULL, on, APPROVAL_APPROVED, S("ringi"),
		                   S("Nobody is there to be asked: the policy skips the step.")));
	else
		TRY(case_settle(b, c, on, c->caller.principal));
	TRY(tell_asked(b, on));
	p->view = view_of_case(c->arena, on, p->data);
	return OK;
}

const struct op op_approval_open = {
	.name = "approval_open",
	.lane = LANE_WRITE,
	.check = open_check,
	.write = open_write,
};
