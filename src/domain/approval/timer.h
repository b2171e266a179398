/* timer.h - the clock over approvals: deadlines and reminders; for domain/approval only.
 *
 * T1  A round has timers (rows) only while it is open: approval_close and a new round drop them.
 *     In memory is only when the next one comes; any rollback forgets even that.
 * T2  What came due while nobody was there is applied once, the earliest first: a reminder that
 *     comes every day comes once after a week.
 * T3  At the very deadline it is late: a vote that arrives then, or later, is judged behind what
 *     the deadline does. Which of two came first is the order of commits, and no client's clock.
 * T4  A moment is reckoned with the version of the calendar that the round began with, unless the
 *     policy says deadline.recompute: then with the one in force (reckon.c).
 * T5  At most APPROVAL_TIMERS_STEP timers, and about APPROVAL_TIMERS_SLOTS slots, in one turn of
 *     the engine, so that votes go on while 100,000 deadlines pass.
 * T6  The timer of a deadline is for the moment that the approval tells: due_at.
 *
 * What a deadline does (policy: deadline.then):
 *
 *     escalate  somebody above is asked: escalate.c; the state is ESCALATED, votes stay
 *     approve   APPROVED, reason DEADLINE; not an INCIDENT, for which nobody can speak
 *     reject    REJECTED
 *     count     what the votes that were cast say; when these say nothing, INCIDENT
 *     extend    the deadline is moved on by as much again, APPROVAL_EXTENSIONS_MAX times; then
 *               it is escalated
 *
 * Nothing is decided by itself unless the policy says so. */
#ifndef RINGI_DOMAIN_APPROVAL_TIMER_H
#define RINGI_DOMAIN_APPROVAL_TIMER_H

#include "domain/approval/inside.h"
#include "domain/calendar/calendar.h"

enum timer_kind { TIMER_DEADLINE, TIMER_REMINDER };
struct timer {
	int64_t approval;
	enum timer_kind kind;
	int n; /* of the policy's reminders */
	int64_t due_at, count, version;
	struct str calendar; /* absent: the clock's own time */
};

/* ---- timer.c: rows, and when they come */

enum err timer_put(struct batch *, const struct timer *) MUST_USE;
/* By approval, kind and n; fills the rest. */
enum err timer_get(struct batch *, struct timer *, bool *found) MUST_USE;
enum err timer_calendar(struct batch *, const struct timer *, const struct calendar **) MUST_USE;
/* What has come due of one approval is applied now (T3). */
enum err approval_catch_up(struct batch *, const struct approval *) MUST_USE;
/* Whether there is something of that kind. */
enum err approval_overdue(struct batch *, const struct approval *, bool *) MUST_USE;

/* ---- deadline.c */

enum err deadline_come(struct batch *, struct approval_case *, struct timer *) MUST_USE;

/* ---- escalate.c: somebody above is asked */

enum err approval_escalate(struct batch *, struct approval_case *) MUST_USE;

/* ---- remind.c */

/* When this reminder of the policy comes first; NEVER: not at all. */
int64_t reminder_first(const struct calendar *, const struct approval *,
                       const struct policy_reminder *);
/* `slots`: adds how many were reminded. */
enum err reminder_come(struct batch *, struct approval_case *, struct timer *, int *slots) MUST_USE;

/* ---- reckon.c */

/* What is still to come of an approval that follows its calendar is reckoned with the one in
 * force, before a timer of it is told to have come. */
enum err timers_follow(struct batch *, struct approval *, const struct policy *,
                       const struct timer *) MUST_USE;

#endif
