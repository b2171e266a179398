/* inside.h - what the files of domain/approval share. A1 to A7: approval.h. */
#ifndef RINGI_DOMAIN_APPROVAL_INSIDE_H
#define RINGI_DOMAIN_APPROVAL_INSIDE_H

#include "base/limits.h"
#include "domain/approval/approval.h"
#include "domain/batch.h"
#include "domain/notify/notify.h"
#include "domain/policy/judge.h"
#include "domain/policy/policy.h"
#include "wire/json.h"

bool slot_state_read(struct str, enum slot_state *);
/* Is it their request: the applicant, or who entered it? */
bool approval_asked_for(const struct approval *, struct str person);

/* Step-up: whether the policy lets this caller decide by the login that they have. Else c or `why`
 * is for REAUTHENTICATION_REQUIRED with LOGIN_TOO_OLD. */
bool approval_login_fresh(const struct batch *, const struct cmd *, const struct approval *,
                          const struct policy *);
#define LOGIN_TOO_OLD \
	"From %d on, decisions need a login of the last %d minutes. Log in again, and repeat it; " \
	"programs and links in mails cannot."

/* ---- people.c: what to call whom it names, as of that moment */

enum err people_of_view(struct store *, struct cmd *, struct approval_view *, int64_t at) MUST_USE;
enum err people_of_inbox(struct store *, struct cmd *, struct approval_inbox *, int64_t at)
	MUST_USE;
enum err people_of_list(struct store *, struct cmd *, struct approval_list *, int64_t at) MUST_USE;
/* B18: what who votes, and in whose place (absent: in their own), are called today:
 * {"by": "...", "for": "..."}, in the batch's arena. Absent: the directory has neither. */
enum err people_of_vote(struct batch *, struct str by, struct str behalf, struct str *names)
	MUST_USE;

/* ---- rows.c */

enum err approval_read(struct store *, struct arena *, const struct uuid *, struct approval *,
                       bool *found) MUST_USE;
enum err approval_read_row(struct store *, struct arena *, int64_t id, struct approval *,
                           bool *found) MUST_USE;
/* Its slots, by number; *slots has room for APPROVAL_ADDED_MAX more. */
enum err approval_slots(struct store *, struct arena *, const struct approval *,
                        struct approval_slot **slots, int *count) MUST_USE;
enum err approval_data(struct store *, struct arena *, int64_t id, int64_t version,
                       struct str *data) MUST_USE;
enum err slot_insert(struct batch *, const struct approval *, const struct approval_slot *)
	MUST_USE;
enum err slot_update(struct batch *, const struct approval *, const struct approval_slot *)
	MUST_USE;
/* Everything of it, as it is in memory. */
enum err slot_replace(struct batch *, const struct approval *, const struct approval_slot *)
	MUST_USE;
/* Inboxes in which the approval is: it looks different there now, or is about to leave them. */
void slots_news(struct batch *, const struct approval *, const struct approval_slot *, int count);
enum err approval_data_put(struct batch *, const struct approval *, struct str data, struct str by)
	MUST_USE;
/* A new one; gives it its id. */
enum err approval_insert(struct batch *, struct approval *) MUST_USE;
/* State, counts, times and incident as they are in memory. */
enum err approval_store(struct batch *, const struct approval *) MUST_USE;
/* The beginning of a new round; another version of the data, and nothing else. */
enum err approval_store_round(struct batch *, const struct approval *) MUST_USE;
enum err approval_store_version(struct batch *, const struct approval *) MUST_USE;

/* ---- case.c: one approval with its slots, its policy and what the policy says of them. In
 * the batch's arena; good until the end of the command. */

struct approval_case {
	struct approval a;
	struct approval_slot *slots;
	int count;
	const struct policy *policy;
	struct judge *judge;
};

/* What the judge knows of a slot, on top of what the policy says of its seat. */
void slot_to_seat(const struct approval_slot *, struct judge_seat *);
/* The policy that the round opened with. */
enum err approval_policy(struct store *, struct arena *, const struct approval *,
                         const struct policy **) MUST_USE;
/* NULL in *on: there is none of that id. */
enum err case_read(struct batch *, const struct uuid *, struct approval_case **on) MUST_USE;
enum err case_read_row(struct batch *, int64_t id, struct approval_case **on) MUST_USE;
/* The judge of slots as they are. */
struct judge *case_judge(struct arena *, const struct policy *, const struct approval_slot *,
                         int count);
int64_t slots_waiting(const struct approval_slot *, int count); /* how many */
/* The slot has changed: rows and judge follow. */
enum err case_slot(struct batch *, struct approval_case *, struct approval_slot *) MUST_USE;
/* What is asked of the policy's judge after a change: the round goes on, ends, or nobody is left
 * who could decide. `by` and `reason` are for the record of an end. */
enum err case_settle(struct batch *, struct cmd *, struct approval_case *, struct str by) MUST_USE;
struct approval_slot *case_slot_number(struct approval_case *, int64_t number);
/* One more is asked, in the root of the policy. */
enum err case_add(struct batch *, struct approval_case *, struct approval_slot *) MUST_USE;

/* ---- policies.c: policies, as this module needs them */

/* By name and version (0: the newest), or as given. Fills what `a` says of its policy; may
 * refuse. In the command's arena. */
/* `template`: what the policy of that name was made of; absent: nothing. */
enum err policy_choose(struct batch *, struct cmd *, struct str name, int64_t version,
                       const struct json *given, struct approval *a, const struct policy **,
                       struct str *template) MUST_USE;
/* The same by a template and its parameters: as a policy that nobody named. */
enum err policy_choose_template(struct batch *, struct cmd *, const struct approval_open *,
                                struct approval *, const struct policy **) MUST_USE;
/* What the round opened with, good until the end of the batch: remembered, or read. */
enum err approval_policy_known(struct batch *, const struct approval *, const struct policy **)
	MUST_USE;
/* Its text is kept as long as the approval. */
enum err policy_keep(struct batch *, const struct approval *, const struct policy *) MUST_USE;

/* ---- remind.c: who still waits, and was not reminded a short while ago, is. `n` makes the
 * notice another one than those before. `count`: how many slots. */
enum err approval_remind(struct batch *, struct cmd *, struct approval_case *, struct str by,
                         int64_t n, int *count) MUST_USE;

/* ---- timer.c (see timer.h) */

/* The deadline of a round that begins then; 0: none. May refuse. */
enum err approval_due(struct batch *, struct cmd *, const struct policy *, int64_t asked_at,
                      int64_t *due_at) MUST_USE;
/* With a round, and without it. */
enum err approval_timers_set(struct batch *, const struct approval *, const struct policy *)
	MUST_USE;
enum err approval_timers_drop(struct batch *, const struct approval *, const struct policy *)
	MUST_USE;

/* ---- inbox.c */

/* The slot of it that the caller's inbox shows, as v->mine. Any thread. */
enum err inbox_mine(struct store *, struct cmd *, struct approval_view *v, int64_t at) MUST_USE;

/* ---- look.c */

/* Refuses the command that may not look at it. Any thread. */
enum err approval_may_get(struct store *, struct cmd *, const struct approval *,
                          const struct approval_slot *, int count, int64_t at) MUST_USE;
/* NULL in p->view: there is none. Any thread. */
enum err approval_look(struct store *, struct arena *, struct approval_get *) MUST_USE;
struct approval_view *view_of_case(struct arena *, const struct approval_case *, struct str data);

/* ---- tell.c: notifications, each once for a person and round */

enum err tell_asked(struct batch *, const struct approval_case *) MUST_USE; /* who waits */
/* The holder of a slot that waits, by one kind of notification, once for each n. */
enum err tell_waiting(struct batch *, const struct approval *, const struct approval_slot *,
                      enum notify_kind, int64_t n) MUST_USE;
enum err tell_closed(struct batch *, const struct approval_case *, struct str by, struct str reason)
	MUST_USE;
enum err tell_incident(struct batch *, const struct approval *) MUST_USE;
/* That a delegate has decided in the place of somebody. */
enum err tell_delegated(struct batch *, const struct approval *, const struct approval_slot *)
	MUST_USE;

/* ---- close.c */

/* A1: the only way in which a round ends. `c` is NULL for what the server does by itself. */
enum err approval_close(struct batch *, struct cmd *, struct approval_case *, enum approval_state,
                        struct str by, struct str reason) MUST_USE;

/* ---- seats.c: who is asked */

struct opening {
	const struct policy *policy;
	struct approval a;
	struct approval_slot *slots;
	int count;
};
/* Slots of a new round of `a`. Refuses UNKNOWN_PERSON. In the command's arena. */
enum err seats_fill(struct batch *, struct cmd *, const struct approval *a, const struct policy *,
                    struct opening *) MUST_USE;
/* A second seat of one person is not asked, as the judge says: whether that has changed the
 * slot. */
bool seat_same_person(const struct judge *, int seat, struct approval_slot *);

/* ---- open.c */

/* The slots of a round become rows. */
enum err opening_insert(struct batch *, const struct approval *, const struct approval_slot *,
                        int count) MUST_USE;

/* ---- forms.c */

/* The form of that template, into p->form; absent: none. Refuses data that does not fit. */
enum err form_of_opening(struct batch *, struct cmd *, struct approval_open *, struct str template)
	MUST_USE;
enum err form_keep(struct batch *, const struct approval *, const struct approval_form *) MUST_USE;
enum err approval_form_read(struct store *, struct arena *, int64_t id, struct approval_form *)
	MUST_USE;
/* Refuses new data that does not fit the form that the approval was opened by. */
enum err form_check_data(struct batch *, struct cmd *, const struct approval *, struct str data)
	MUST_USE;

/* ---- request.c (A6) */

/* Refuses c (ID_REUSED), or finds the answer (of->same), or neither. */
enum err request_check(struct batch *, struct cmd *, struct approval_request *) MUST_USE;
/* It was carried out: the answer, and the row that keeps it. */
enum err request_keep(struct batch *, const struct cmd *, struct approval_request *,
                      const struct approval *, const struct approval_slot *) MUST_USE;

/* ---- log.c (A7) */

struct log {
	struct buf json;
	const struct approval *a;
	struct str behalf, from, reason; /* the record's own members; absent: none */
	struct str names;                /* of a vote: its personal data */
};
struct log log_begin(const struct approval *);
void log_text(struct log *, const char *name, struct str); /* absent: nothing */
void log_number(struct log *, const char *name, int64_t);
void log_slot(struct log *, const char *name, const struct approval_slot *);
void log_slots(struct log *, const char *name, const struct approval_slot *, int count);
void log_data(struct log *, struct str data); /* its SHA-256 */
void log_policy(struct log *, const struct approval *);
/* Writes the record with all slots of a round; where they are many, with further records
 * (approval.asked) for those beyond LOG_SLOTS, since a detail has a bound. */
enum { LOG_SLOTS = 100 };
enum err log_end_slots(struct batch *, const struct cmd *, struct log *, const char *action,
                       const struct approval_slot *, int count) MUST_USE;
/* Writes the record, and frees. Live views are told, but of what was turned away. */
#define APPROVAL_TURNED_AWAY "approval.refused"
enum err log_end(struct batch *, const struct cmd *, struct log *, const char *action) MUST_USE;
void slot_json(struct buf *, const struct approval_slot *, bool words);
struct str approval_resource(struct arena *, const struct approval *);

/* ---- who.c: the directory and delegations, as this module needs them */

/* May take part now? Unknown names are known and may, where the server does not know its people. */
enum err who_active(struct batch *, struct str person, bool *) MUST_USE;
enum err who_stands(struct batch *, struct str person, bool *known, bool *active) MUST_USE;
enum err who_in_group(struct store *, struct str person, struct str group, int64_t at, bool *)
	MUST_USE;
/* May `person` decide in the place of `principal`, at that moment? `slots` NULL: whoever has
 * voted, or is asked in their own place, may too (distinct "slot"). *why: if not, a piece of a
 * sentence, or NULL. */
enum err who_delegated(struct store *, struct arena *, struct str principal, struct str person,
                       const struct approval *, const struct approval_slot *slots, int count,
                       int64_t at, bool *may, const char **why) MUST_USE;
struct names {
	struct str *names;
	int count;
};
/* Groups that somebody is a member of; who has them decide in their place. */
enum err who_groups(struct store *, struct arena *, struct str person, int64_t at, struct names *)
	MUST_USE;
enum err who_principals(struct store *, struct arena *, struct str person, int64_t at,
                        struct names *) MUST_USE;
/* How many people of the group may fill a seat now, counted up to `enough`; without the
 * applicant and who entered it, unless `a` is NULL. -1: the directory has no such group, and the
 * server does not know its people. */
enum err who_group_size(struct batch *, struct str group, const struct approval *a, int enough,
                        int64_t *people) MUST_USE;
/* Who is in the group now, as a JSON list of at most APPROVAL_MEMBERS_MAX. */
enum err who_members(struct batch *, struct arena *, struct str group, struct str *json) MUST_USE;
/* The nth holder of a post; absent: there are not so many. `others`: the applicant and who entered
 * it come last. */
enum err who_holds(struct batch *, struct str post, struct str of, const struct approval *,
                   bool others, int nth, struct str *holder) MUST_USE;
/* FACT_* of domain/key/rule.h: it is theirs when they asked for it, entered or opened it, or are
 * asked by it, in their own place or in another's. */
enum err who_facts(struct store *, const struct cmd *, const struct approval *,
                   const struct approval_slot *, int count, int64_t at, unsigned *facts) MUST_USE;
/* Upwards from somebody: the first superior, their superior, ... for whom `fits` says so. Absent:
 * nobody up to the top. */
typedef enum err above_fn(void *context, struct str person, bool *fits);
enum err who_above(struct batch *, struct str person, above_fn *fits, void *context,
                   struct str *found) MUST_USE;

/* ---- vote.c */

/* Is the slot theirs to decide, in their own place: as its holder, or as one of the group? */
enum err slot_may_fill(struct store *, struct arena *, const struct approval_slot *,
                       struct str person, int64_t at, bool *may) MUST_USE;

enum err approval_vote_check(struct batch *, struct cmd *, struct approval_vote *) MUST_USE;
enum err approval_vote_write(struct batch *, struct cmd *, struct approval_vote *) MUST_USE;

/* ---- change.c */

struct refused approval_no_such(struct arena *, const struct uuid *);
struct refused approval_closed(struct arena *, const struct approval *);
/* `facts`: what it is to the caller, by who_facts. */
bool approval_allowed(const struct cmd *, const char *action, const struct approval *,
                      unsigned facts);
struct refused approval_not_allowed(const struct cmd *, const char *action,
                                    const struct approval *);
/* The same, but to who may not look at it either there is no such approval. */
struct refused approval_hidden(const struct cmd *, const char *action, const struct approval *,
                               unsigned facts);

/* The end of a check: what was refused to who may not look at the approval is that there is
 * none. */
enum err approval_hide(struct batch *, const struct cmd *, const struct approval_case *,
                       struct refused *) MUST_USE;

enum whose { ANYBODY, APPLICANT, APPLICANT_NOT };
/* What a struct approval_change is about, as p->on. Refuses what is not there, not allowed, or not
 * theirs; change_find_moving: what is closed, too. */
enum err change_find(struct batch *, struct cmd *, const char *action, enum whose) MUST_USE;
enum err change_find_moving(struct batch *, struct cmd *, const char *action, enum whose) MUST_USE;
/* Nothing is left to do: it is refused, or was done before. */
bool change_settled(const struct cmd *);
/* It was carried out (A6). */
enum err change_keep(struct batch *, struct cmd *) MUST_USE;

#define APPROVAL_CHANGE(operation, frees) \
	const struct op op_approval_##operation = { \
		.name = "approval_" #operation, \
		.lane = LANE_WRITE, \
		.drains = frees, \
		.check = operation##_check, \
		.write = operation##_write, \
	}

/* ---- wait.c */

/* Policies as they were read from their texts, each in an arena of its own (policies.c). */
struct policies {
	struct policy_read {
		struct arena *arena;
		const struct policy *policy;
	} read[APPROVAL_POLICIES_MAX];
	int count;
	bool full; /* there was one more: forgotten when the batch is over */
};
void approval_policies_free(struct approvals *);

enum { APPROVAL_LISTS = 1024 };
/* The memory of approvals: who waits, and policies. */
struct approvals {
	struct policies policies;
	struct list waiting[APPROVAL_LISTS]; /* struct cmd.waiting, by a hash of the id */
	int64_t leave_at_mono;               /* slots of people who left are still to go; NEVER */
	int64_t timer_at;                    /* wall: the next timer (timer.h); NEVER; 0: look */
	int64_t timer_from_mono;             /* not before: a fault was a moment ago */
	struct now seen;                     /* when the two clocks were last compared */
	struct reckoning {
		int64_t at_mono; /* a look at those that follow a calendar; NEVER */
		char calendar[SCHEDULE_NAME_MAX + 1];
		bool within;               /* it: they are looked at behind (version, approval) */
		int64_t version, approval; /* of the one looked at last */
	} reckoning;
};

/* Who waits for the end of a round that ended in this batch. */
enum err approval_serve(struct batch *, const struct approval *) MUST_USE;

#endif
