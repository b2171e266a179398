/* options.c - what only the root of a policy says: persons, deadlines, reminders, comments. */
#include "base/duration.h"
#include "base/limits.h"
#include "base/time.h"
#include "domain/policy/reader.h"

const char *const policy_root_names[] = { "need",    "of",          "reject",
	                                      "abstain", "min_votes",   "distinct",
	                                      "self",    "edit",        "return",
	                                      "retract", "veto_wait",   "deadline",
	                                      "remind",  "escalate_to", "comment_required_on",
	                                      "add",     "over",        "late",
	                                      "leaver",  "members",     "consecutive",
	                                      "empty",   "resubmit",    "withdraw",
	                                      "newest",  "protected",   "fresh_login_from",
	                                      NULL };
const char *const policy_self_words[] = { "exclude", "allow", "auto", "superior", NULL };
const char *const policy_empty_words[] = { "incident", "skip", "superior", NULL };
const char *const policy_resubmit_words[] = { "reset", "keep", "resume", NULL };
static const char *const policy_late_words[] = { "refuse", "view", NULL };
static const char *const policy_leaver_words[] = { "gone", "superior", NULL };
static const char *const policy_members_words[] = { "at_vote", "at_opening", NULL };
static const char *const policy_consecutive_words[] = { "ask", "auto", NULL };
static const char *const policy_withdraw_words[] = { "until_decided", "until_first_vote", NULL };
const char *const policy_edit_words[] = { "forbid", "reset", "keep", NULL };
const char *const policy_then_words[] = {
	"escalate", "approve", "reject", "count", "extend", NULL
};
const char *const policy_remind_words[] = { "before", "after", "every", NULL };
const char *const policy_do_words[] = { "approve", "reject", "abstain", "return", NULL };

/* Nothing at all: at the deadline itself. */
static bool is_zero(struct str s)
{
	return str_is(s, "PT0S") || str_is(s, "PT0M") || str_is(s, "PT0H") || str_is(s, "P0D");
}

/* P3D, PT4H, P1DT2H, P2W; not nothing unless `zero`. */
static bool read_duration(struct policy_reader *r, const struct json *v, struct str path, bool zero,
                          struct str *to)
{
	struct str text = json_text(v), why = S_NONE;
	struct duration d;

	if ((zero && is_zero(text)) || duration_read(r->arena, text, &d, &why)) {
		*to = arena_str(r->arena, text);
		return true;
	}
	policy_fault(r, "INVALID_DURATION", path, why,
	             S("期間は P3D、PT4H、P1DT2H のように書き、0より長く10年以内にします。"));
	return false;
}

static bool read_instant(struct policy_reader *r, const struct json *v, struct str path,
                         struct str *to)
{
	int64_t ms;

	if (time_read_rfc3339(json_text(v), &ms)) {
		*to = arena_str(r->arena, json_text(v));
		return true;
	}
	policy_fault(r, "INVALID_TIME", path,
	             S("A time is written like 2026-11-25T18:00:00+09:00, with its zone."),
	             S("日時は 2026-11-25T18:00:00+09:00 のように時差つきで書きます。"));
	return false;
}

static void read_calendar(struct policy_reader *r, const struct json *v, struct str path,
                          struct str *to)
{
	if (v == NULL)
		return;
	if (policy_person_fits(json_text(v)))
		*to = arena_str(r->arena, json_text(v));
	else
		policy_fault(r, "INVALID_NAME", path, S("calendar is the name of a calendar."),
		             S("calendar は営業日カレンダーの名前です。"));
}

static void read_deadline(struct policy_reader *r, const struct json *v)
{
	static const char *const names[] = { "after", "at", "calendar", "then", "recompute", NULL };
	struct policy_deadline *d = &r->policy->deadline;
	struct str path = S("/deadline");
	const struct json *after = json_get(v, "after"), *at = json_get(v, "at");
	int then = 0;

	if (v == NULL)
		return;
	if (!json_is(v, JSON_OBJECT) || (after == NULL) == (at == NULL)) {
		policy_fault(r, "INVALID_DEADLINE", path,
		             S("deadline is an object with either \"after\" or \"at\"."),
		             S("deadline は \"after\" か \"at\" のどちらか一方を持つオブジェクトです。"));
		return;
	}
	(void)policy_members_known(r, v, path, names);
	(void)policy_read_word(r, v, "then", path, policy_then_words, &then);
	d->then = (enum policy_then)then;
	if (after != NULL)
		(void)read_duration(r, after, S("/deadline/after"), false, &d->after);
	else
		(void)read_instant(r, at, S("/deadline/at"), &d->at);
	read_calendar(r, json_get(v, "calendar"), S("/deadline/calendar"), &d->calendar);
	(void)policy_read_bool(r, v, "recompute", path, &d->recompute);
	if (d->recompute && !str_given(d->calendar))
		policy_fault(r, "INVALID_DEADLINE", path,
		             S("\"recompute\" follows a calendar. Name one as \"calendar\"."),
		             S("\"recompute\" には \"calendar\" の指定が必要です。"));
}

static bool read_reminder(struct policy_reader *r, const struct json *v, struct str path,
                          struct policy_reminder *to)
{
	bool one = json_is(v, JSON_OBJECT) && v->count == 1;

	for (int i = 0; one && policy_remind_words[i] != NULL; i++) {
		const struct json *d = json_get(v, policy_remind_words[i]);
		if (d == NULL)
			continue;
		to->kind = (enum policy_remind)i;
		return read_duration(r, d, path, to->kind != REMIND_EVERY, &to->duration);
	}
	policy_fault(
		r, "INVALID_REMINDER", path,
		S("A reminder is {\"before\": ...}, {\"after\": ...} (the deadline) or "
	      "{\"every\": ...}."),
		S("リマインダーは {\"before\"}、{\"after\"}(期限基準)、{\"every\"} のいずれかです。"));
	return false;
}

static void read_reminders(struct policy_reader *r, const struct json *v)
{
	if (v == NULL)
		return;
	if (!json_is(v, JSON_ARRAY) || v->count > POLICY_REMINDERS_MAX) {
		policy_fault(r, "INVALID_REMINDER", S("/remind"),
		             arena_printf(r->arena, "remind is a list of at most %d reminders.",
		                          POLICY_REMINDERS_MAX),
		             arena_printf(r->arena, "remind は最大 %d 件の一覧です。",
		                          POLICY_REMINDERS_MAX));
		return;
	}
	struct policy_reminder *list = ARENA_ARRAY(r->arena, struct policy_reminder, v->count + 1);
	bool needs_deadline = false;
	int i = 0;
	JSON_EACH (v, one) {
		(void)read_reminder(r, one, policy_path_at(r, S("/remind"), i), &list[i]);
		needs_deadline |= list[i++].kind != REMIND_EVERY;
	}
	r->policy->reminders = list;
	r->policy->reminder_count = i;
	if (needs_deadline && !str_given(r->policy->deadline.after) &&
	    !str_given(r->policy->deadline.at))
		policy_fault(r, "REMINDER_WITHOUT_DEADLINE", S("/remind"),
		             S("A reminder before or after the deadline needs a deadline."),
		             S("期限の前後のリマインダーには期限(deadline)が必要です。"));
}

static void read_comments(struct policy_reader *r, const struct json *v)
{
	unsigned *bits = &r->policy->comment_required_on;

	*bits = DO_REJECT | DO_RETURN;
	if (v == NULL)
		return;
	*bits = 0;
	bool ok = json_is(v, JSON_ARRAY) && v->count <= 4;
	for (const struct json *w = ok ? v->first : NULL; w != NULL; w = w->next) {
		int at = 0;
		while (policy_do_words[at] != NULL && !str_is(json_text(w), policy_do_words[at]))
			at++;
		ok &= policy_do_words[at] != NULL;
		*bits |= 1U << at;
	}
	if (!ok)
		policy_fault(
			r, "INVALID_VALUE", S("/comment_required_on"),
			S("comment_required_on is a list of \"approve\", \"reject\", \"abstain\", "
		      "\"return\"."),
			S("comment_required_on は \"approve\"、\"reject\"、\"abstain\"、\"return\" の一覧です。"));
}

static void read_escalation(struct policy_reader *r, const struct json *v)
{
	struct policy_member *m = ARENA_NEW(r->arena, struct policy_member);

	if (v == NULL)
		return;
	if (json_is(v, JSON_OBJECT) && json_get(v, "need") != NULL)
		policy_fault(r, "INVALID_MEMBER", S("/escalate_to"),
		             S("escalate_to is a user, a group or a post."),
		             S("escalate_to は利用者・グループ・役職のいずれかです。"));
	else if (policy_read_member(r, v, S("/escalate_to"), -1, 1, m))
		r->policy->escalate_to = m;
}

static void read_protected(struct policy_reader *r, const struct json *v)
{
	bool ok = v == NULL || (json_is(v, JSON_ARRAY) && v->count <= POLICY_PROTECTED_MAX);
	struct str *names = ARENA_ARRAY(r->arena, struct str, ok && v != NULL ? v->count + 1 : 1);

	for (const struct json *w = ok && v != NULL ? v->first : NULL; w != NULL; w = w->next) {
		ok &= policy_person_fits(json_text(w));
		names[r->policy->protected_count++] = arena_str(r->arena, json_text(w));
	}
	r->policy->protected = names;
	if (!ok)
		policy_fault(r, "INVALID_VALUE", S("/protected"),
		             S("protected is a list of names of members of the data."),
		             S("protected はデータの項目名の一覧です。"));
}

static bool read_second(struct policy_reader *r, const struct json *v, const char *name,
                        const char *const *words)
{
	int at = 0;

	(void)policy_read_word(r, v, name, S(""), words, &at);
	return at == 1;
}

/* What of a step is not judging: who may do what, and when. */
static void read_step(struct policy_reader *r, const struct json *v)
{
	struct policy *p = r->policy;
	int empty = 0, resubmit = 0;

	(void)policy_read_bool(r, v, "add", S(""), &p->can_add);
	(void)policy_read_bool(r, v, "over", S(""), &p->over);
	(void)policy_read_bool(r, v, "newest", S(""), &p->newest);
	p->late_view = read_second(r, v, "late", policy_late_words);
	p->leaver_superior = read_second(r, v, "leaver", policy_leaver_words);
	p->members_pinned = read_second(r, v, "members", policy_members_words);
	p->consecutive_auto = read_second(r, v, "consecutive", policy_consecutive_words);
	p->withdraw_early = read_second(r, v, "withdraw", policy_withdraw_words);
	(void)policy_read_word(r, v, "empty", S(""), policy_empty_words, &empty);
	(void)policy_read_word(r, v, "resubmit", S(""), policy_resubmit_words, &resubmit);
	p->fresh_login_from = -1;
	(void)policy_read_int(r, v, "fresh_login_from", S(""), 0, INT32_MAX, &p->fresh_login_from);
	p->empty = (enum policy_empty)empty;
	p->resubmit = (enum policy_resubmit)resubmit;
	read_protected(r, json_get(v, "protected"));
}

void policy_read_options(struct policy_reader *r, const struct json *v)
{
	static const char *const distinct_words[] = { "person", "slot", NULL };
	struct policy *p = r->policy;
	int distinct = 0, self = 0, edit = 0;

	p->veto_wait = p->retract = p->can_return = true;
	(void)policy_read_word(r, v, "distinct", S(""), distinct_words, &distinct);
	(void)policy_read_word(r, v, "self", S(""), policy_self_words, &self);
	(void)policy_read_word(r, v, "edit", S(""), policy_edit_words, &edit);
	(void)policy_read_bool(r, v, "veto_wait", S(""), &p->veto_wait);
	(void)policy_read_bool(r, v, "retract", S(""), &p->retract);
	(void)policy_read_bool(r, v, "return", S(""), &p->can_return);
	p->distinct_person = distinct == 0;
	p->self = (enum policy_self)self;
	p->edit = (enum policy_edit)edit;
	read_step(r, v);
	read_deadline(r, json_get(v, "deadline"));
	read_reminders(r, json_get(v, "remind"));
	read_comments(r, json_get(v, "comment_required_on"));
	read_escalation(r, json_get(v, "escalate_to"));
}
