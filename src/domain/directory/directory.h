/* directory.h - who there is: people, departments, posts, groups of people; and who that was
 * or will be at any moment.
 *
 *     person --- appointment (from, until, main) ---> department ---> parent ---> ...
 *        |                    '--> post                   '--> head: a person
 *        '------ member (from, until) ---> group of people
 *
 * D1  A person's id never changes and is never given to somebody else while the person has a
 *     row. A new name is a change of the row; two rows of the same human being are merged by
 *     merged_into, which leaves both (and whatever names them) as they are.
 * D2  Departments are a tree of at most DEPARTMENT_DEPTH_MAX levels: a circle is refused.
 * D3  Periods are half-open: from <= t < until. What is asked is always asked of a moment, so
 *     that a reorganisation can be entered ahead; of the tree itself there is only the present.
 * D4  Who is not active, or outside of their own period, takes part in nothing: no function
 *     here that gives people gives them.
 * D5  Rows are all there is: nothing of the directory is in memory, but when somebody leaves
 *     by date next.
 *
 * Everything that reads takes a store and a moment, on the engine as on a reader. */
#ifndef RINGI_DOMAIN_DIRECTORY_DIRECTORY_H
#define RINGI_DOMAIN_DIRECTORY_DIRECTORY_H

#include "base/zone.h"
#include "domain/batch.h"
#include "domain/cmd.h"

#define PERSON_LOCALE "ja" /* unless said, also of who is not in the directory */
#define PERSON_ZONE "UTC"

struct period {
	int64_t from_at;  /* 0: since ever */
	int64_t until_at; /* NEVER: for ever */
};
static inline bool period_holds(struct period p, int64_t at)
{
	return p.from_at <= at && at < p.until_at;
}

struct person {
	struct str id, name;
	struct str kana, email, merged_into; /* absent: none */
	struct str locale, zone;             /* "ja" or "en"; of the tz database */
	struct str attributes;               /* JSON {"name": "value"}; absent: none */
	bool active;                         /* as it was set; see directory_standing */
	struct period period;
	int64_t created_at, changed_at;
};

/* Letters, digits and . _ @ - , and letters of other scripts as UTF-8; no full-width forms, no
 * signs, no emoji; PERSON_ID_MAX bytes at most. Not "ringi" and not "anonymous": those act. */
bool person_id_valid(struct str);
/* The same of a department's, post's or group's name; DIRECTORY_CODE_MAX bytes, no '@'. */
bool directory_code_valid(struct str);

/* ---- asking */

/* Who it is; id absent: the directory has nobody of that id. */
enum err directory_person(struct store *, struct arena *, struct str id, struct person *) MUST_USE;
/* What to call somebody: the name, or the id of who is not in the directory. */
enum err directory_display_name(struct store *, struct arena *, struct str id, struct str *)
	MUST_USE;

enum standing {
	STANDING_UNKNOWN, /* the directory does not have them */
	STANDING_GONE,    /* not active, or outside of their period */
	STANDING_ACTIVE,
};
enum err directory_standing(struct store *, struct str person, int64_t at, enum standing *)
	MUST_USE;
enum standing person_standing(const struct person *, int64_t at);
/* The directory has them, and they take part at that moment (D4). */
enum err directory_active(struct store *, struct str person, int64_t at, bool *) MUST_USE;

/* Ids, in the arena. */
struct people {
	struct str *ids;
	int count;
	bool more; /* there are more than were asked for */
};
/* Is somebody a member of the group at that moment? Says nothing of their standing. */
enum err directory_in_group(struct store *, struct str person, struct str group, int64_t at, bool *)
	MUST_USE;
/* Members who take part, ids above `after`, `max` of them at most. */
enum err directory_group_members(struct store *, struct arena *, struct str group, int64_t at,
                                 struct str after, int max, struct people *) MUST_USE;
/* Names of the groups that somebody belongs to: PERSON_GROUPS_MAX at most. */
enum err directory_groups_of(struct store *, struct arena *, struct str person, int64_t at,
                             struct people *) MUST_USE;
enum err directory_has_group(struct store *, struct str group, bool *) MUST_USE;
enum err directory_has_post(struct store *, struct str post, bool *) MUST_USE;
enum err directory_has_department(struct store *, struct str department, bool *) MUST_USE;
/* A person's department: that of the main appointment, else of the first; absent: none. */
enum err directory_department_of(struct store *, struct arena *, struct str person, int64_t at,
                                 struct str *) MUST_USE;
/* Who has the post in the department; when nobody who takes part has it, in the parent, and
 * so on up to the top. `found_in` (may be NULL): where they were found. None: vacant up to the
 * top. Those of whom it is the main appointment come first. POST_HOLDERS_MAX at most. */
enum err directory_post_holders(struct store *, struct arena *, struct str post,
                                struct str department, int64_t at, struct people *,
                                struct str *found_in) MUST_USE;
/* What `of` in {"post": "director", "of": "applicant.department"} means for an applicant: that
 * text is the applicant's department, "applicant.department.parent" the one above it (and so
 * on with further .parent), any other text a department's code, absent: the applicant's
 * department. Absent in `department`: there is none. */
enum err directory_of(struct store *, struct arena *, struct str of, struct str applicant,
                      int64_t at, struct str *department) MUST_USE;
/* Next above somebody: the head of their department; of the parent, when they are that head
 * themselves or it is vacant or gone; and so on up to the top. Absent: nobody. */
enum err directory_superior(struct store *, struct arena *, struct str person, int64_t at,
                            struct str *) MUST_USE;
/* A person's time zone; of who is not in the directory PERSON_ZONE. In the arena. */
enum err directory_zone(struct store *, struct arena *, struct str person, const struct zone **)
	MUST_USE;
/* A zone that somebody has; NULL: nobody. */
enum err directory_zone_named(struct store *, struct arena *, struct str name, const struct zone **)
	MUST_USE;

/* A moment as people write it: a day (its first moment there), a local time without zone, as
 * in 2026-04-01T09:00, or RFC 3339. A local time that is skipped is the next one there is, of
 * one that comes twice it is the first. False: it is none. */
bool moment_read(const struct zone *, struct str text, int64_t *at);
/* The same back: a day when it is the first moment of one, else RFC 3339 in that zone. */
struct str moment_text(struct arena *, const struct zone *, int64_t at);

/* ---- people: commands */

/* A mistake in something that was asked for: REFUSED_NONE when there is none. */
struct wrong {
	enum refusal why;
	const char *field; /* static */
	struct str text;   /* a sentence */
};

/* Where somebody belongs; texts as moment_read has them, absent or empty: without that end. */
struct belonging {
	struct str where; /* department or group */
	struct str post;  /* absent: without one */
	struct str from, until;
	bool main;
	struct period period; /* out */
};

/* Made or changed. Absent texts: as they are; empty ones: none. */
struct person_put {
	struct str id, name, kana, email, locale, zone, from, until, merged_into;
	const struct zone *zone_given; /* of `zone`, read already; NULL: it is read out of the bytes */
	bool many;                     /* of a file: whether there is room is asked once for all */
	struct str zone_bytes,
		zone_release;              /* of `zone`, unless that is UTC; the front door has read it */
	const struct json *attributes; /* names to texts, null takes one away; NULL: as they are */
	int active;                    /* 1, 0; -1: as it is, of a new one 1 */
	bool above; /* they may more than the caller: how they get in stays as it is (plan.c) */
	struct belonging *appointments; /* all of them; NULL: as they are */
	int appointment_count;
	struct belonging *groups; /* all of them; NULL: as they are */
	int group_count;
	/* out */
	bool existed, changed, left;
	struct str changes; /* JSON for the audit record: {"name": {"from": ..., "to": ...}} */
	const struct person_plan *plan;
};
extern const struct op op_person_put;

/* One that nothing names any more; else set it to active false. */
struct person_named {
	struct str id;
};
extern const struct op op_person_delete;

struct person_view {
	struct person person;
	const struct zone *zone; /* for texts of moments */
	struct belonging *appointments, *groups;
	int appointment_count, group_count;
};
enum err person_view(struct store *, struct arena *, const struct person *, struct person_view *)
	MUST_USE;
struct person_get { /* read lane */
	struct str id;
	int64_t at; /* 0: now */
	struct person_view view;
	struct str department, superior; /* at that moment; absent: none */
	enum standing standing;
};
extern const struct op op_person_get;

struct person_list {     /* read lane */
	struct str after, q; /* q: in id, name, kana or mail address; case matters but for a-z */
	int active;          /* 1, 0; -1: all */
	int max;             /* PEOPLE_LIST_MAX at most */
	struct person *people;
	int count;
	bool more;
};
extern const struct op op_person_list;

/* ---- departments, posts, groups of people */

struct department_put {
	struct str code, name, parent, head; /* absent: as it is; empty: none */
	bool existed;
};
extern const struct op op_department_put;
struct post_put {
	struct str code, name;
	int64_t rank; /* -1: as it is; of a new one it must be given */
	bool existed;
};
extern const struct op op_post_put;
struct people_group_put {
	struct str name, title;
	struct belonging *members; /* `where` is the person; NULL: as they are */
	int member_count;
	bool existed;
};
extern const struct op op_people_group_put;

struct directory_named {
	struct str name;
};
extern const struct op op_department_delete, op_post_delete, op_people_group_delete;

struct department_info {
	struct str code, name, parent, head; /* absent: none */
	int64_t created_at, changed_at, children, people;
};
struct post_info {
	struct str code, name;
	int64_t rank, created_at, changed_at, people;
};
struct people_group_info {
	struct str name, title;
	int64_t created_at, changed_at, people;
};
/* Of one (name given) or names above `after`. Read lane. */
struct department_list {
	struct str name, after, parent; /* parent absent: anywhere */
	int max;
	struct department_info *all;
	int count;
	bool more;
};
extern const struct op op_department_list;
struct post_list {
	struct str name, after;
	int max;
	struct post_info *all;
	int count;
	bool more;
};
extern const struct op op_post_list;
struct people_group_list {
	struct str name, after;
	int max;
	struct people_group_info *all;
	int count;
	bool more;
	struct belonging *members; /* of one */
	int member_count;
};
extern const struct op op_people_group_list;

/* ---- who left */

/* Somebody takes part no more: they became inactive, were deleted, or their period ended. In
 * batch->people_left, in the order in which it happened; approval takes them from there after
 * the writes of the batch and judges anew what they were asked. */
struct person_left {
	struct node node;
	struct str id; /* lifetime: the batch */
};
void people_left_add(struct batch *, struct str id);

/* For domain.c: departures by date. The moment at which to look again is wall time. */
enum err directory_load(struct domain *, struct store *) MUST_USE;
void directory_due(struct domain *, struct now, struct list *commands);
int64_t directory_next(const struct domain *);    /* mono time; NEVER */
void directory_wait(struct domain *, struct now); /* a fault: not again at once */

#endif
