/* approval_show.c - an approval as JSON. */
#include <stdio.h>

#include "api/rest/approval.h"
#include "wire/hash.h"

static void policy(struct out *o, const struct approval *a)
{
	char sha[2 * SHA256_SIZE + 1];

	hex_text(a->policy_sha256, SHA256_SIZE, sha);
	out_object(o, S("policy"));
	rest_given(o, "name", a->policy);
	if (a->policy_version > 0)
		out_number(o, S("version"), a->policy_version);
	out_text(o, S("sha256"), str_of(sha));
	out_number(o, S("judge"), a->judge_version);
	out_end(o);
}

void rest_approval(struct out *o, const struct approval *a)
{
	char amount[32];

	rest_uuid(o, S("id"), a->uuid);
	out_text(o, S("state"), approval_state_name(a->state));
	out_number(o, S("round"), a->round);
	out_number(o, S("data_version"), a->data_version);
	policy(o, a);
	out_text(o, S("subject"), a->subject);
	out_text(o, S("applicant"), a->applicant);
	out_text(o, S("entered_by"), a->entered_by);
	out_number(o, S("priority"), a->priority);
	if (a->amount >= 0)
		out_json(o, S("amount"), approval_amount_text(a->amount, amount));
	rest_stored(o, "labels", a->labels);
	rest_given(o, "incident", a->incident);
	if (a->has_corrects)
		rest_uuid(o, S("corrects"), a->corrects);
	if (a->has_previous)
		rest_uuid(o, S("previous"), a->previous);
	out_number(o, S("slot_count"), a->slots);
	out_number(o, S("open_slots"), a->open_slots);
	rest_time(o, S("opened_at"), a->opened_at);
	rest_time(o, S("asked_at"), a->asked_at);
	rest_time(o, S("due_at"), a->due_at);
	rest_time(o, S("changed_at"), a->changed_at);
	rest_time(o, S("closed_at"), a->closed_at);
}

void rest_slot(struct out *o, const struct approval *a, const struct approval_slot *s)
{
	out_number(o, S("slot"), s->slot);
	out_text(o, str_of(slot_kind(s)), slot_name(s));
	rest_given(o, "post", s->post);
	out_text(o, S("state"), slot_state_name(s->state));
	if (s->decision != DECISION_NONE) {
		out_text(o, S("decision"), decision_name(s->decision));
		out_text(o, S("by"), s->by);
		rest_given(o, "for", s->behalf);
		rest_stored(o, "names", s->names);
		rest_time(o, S("decided_at"), s->decided_at);
		out_number(o, S("data_version"), s->data_version);
		rest_given(o, "comment", s->comment);
	}
	if (s->state == SLOT_WAITING)
		rest_time(o, S("expected_at"), a->due_at);
	rest_given(o, "reason", s->reason);
	out_number(o, S("weight"), s->weight);
	if (s->veto)
		out_bool(o, S("veto"), true);
	if (s->required)
		out_bool(o, S("required"), true);
	if (s->seat < 0)
		out_bool(o, S("added"), true);
}

static void event(struct out *o, const struct approval_event *e)
{
	out_item(o, S_NONE);
	out_number(o, S("number"), e->number);
	rest_time(o, S("at"), e->at);
	out_text(o, S("action"), e->action);
	out_text(o, S("principal"), e->principal);
	rest_given(o, "for", e->behalf);
	rest_stored(o, "names", e->names);
	rest_stored(o, "detail", e->detail);
	rest_given(o, "reason", e->reason);
	out_end(o);
}

void rest_events(struct out *o, const struct approval_view *v)
{
	out_list(o, S("events"), S_NONE);
	for (int i = 0; i < v->event_count; i++)
		event(o, &v->events[i]);
	out_end(o);
	if (v->more_events)
		out_number(o, S("next"), v->events[v->event_count - 1].number);
}

void rest_slots(struct out *o, const struct approval_view *v)
{
	out_list(o, S("slots"), S_NONE);
	for (int i = 0; i < v->slot_count; i++) {
		out_item(o, S_NONE);
		rest_slot(o, &v->a, &v->slots[i]);
		out_end(o);
	}
	out_end(o);
}

bool rest_people_asked(const struct rest_in *rest)
{
	struct str said = form_get(&rest->query, "people");

	return str_is(said, "1") || str_is(said, "true");
}

void rest_people(struct out *o, const struct approval_people *people)
{
	if (people == NULL)
		return;
	out_list(o, S("people"), S_NONE);
	for (int i = 0; i < people->count; i++) {
		const struct approval_person *p = &people->all[i];
		out_item(o, S_NONE);
		out_text(o, S("id"), p->id);
		out_text(o, S("name"), p->name);
		rest_given(o, "department", p->department);
		out_end(o);
	}
	out_end(o);
}

void rest_approval_view(struct out *o, const struct approval_view *v)
{
	rest_approval(o, &v->a);
	out_text(o, S("why"), v->why);
	out_text(o, S("why_ja"), v->why_ja);
	rest_stored(o, "data", v->data);
	rest_slots(o, v);
	if (v->mine > 0) {
		out_object(o, S("mine"));
		out_number(o, S("slot"), v->mine);
		rest_given(o, "for", v->mine_behalf);
		out_end(o);
	}
	if (str_given(v->form.template)) {
		out_object(o, S("form"));
		out_text(o, S("template"), v->form.template);
		out_number(o, S("version"), v->form.version);
		rest_stored(o, "schema", v->form.form);
		out_end(o);
	}
	rest_stored(o, "progress", v->progress);
	rest_stored(o, "policy_text", v->policy_text);
	if (str_given(v->a.on_decided))
		rest_on_decided_write(o, v->a.on_decided);
	if (v->events != NULL)
		rest_events(o, v);
	rest_people(o, v->people);
}

void rest_approval_events_render(const struct api_call *call, struct out *o)
{
	const struct approval_get *in = call->c->in;

	rest_events(o, in->view);
}

void rest_approval_data_render(const struct api_call *call, struct out *o)
{
	const struct approval_get *in = call->c->in;

	rest_uuid(o, S("id"), in->view->a.uuid);
	out_number(o, S("version"), in->version > 0 ? in->version : in->view->a.data_version);
	rest_stored(o, "data", in->view->data);
}

void rest_approval_open_render(const struct api_call *call, struct out *o)
{
	const struct approval_open *in = call->c->in;

	rest_approval_view(o, in->view);
}

void rest_approval_get_render(const struct api_call *call, struct out *o)
{
	const struct approval_get *in = call->c->in;

	rest_approval_view(o, in->view);
}

void rest_approval_list_render(const struct api_call *call, struct out *o)
{
	const struct approval_list *in = call->c->in;
	char text[24];

	out_list(o, S("approvals"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		rest_approval(o, &in->list[i]);
		out_end(o);
	}
	out_end(o);
	rest_people(o, in->people);
	if (in->more) {
		int n = snprintf(text, sizeof text, "%lld", (long long)in->next);
		out_text(o, S("cursor"), (struct str){ text, (size_t)n });
	}
}
