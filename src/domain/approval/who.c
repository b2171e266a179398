/* who.c - people, as approvals need them: the directory and delegations stand behind here.
 *
 * Where the server does not know its people (--auth off), a name that the directory does not
 * have is a person all the same; somebody whom it has as gone is not, anywhere. */
#include "domain/approval/inside.h"
#include "domain/directory/delegation.h"
#include "domain/domain.h"
#include "domain/key/rule.h"

/* ---- one person */

enum err who_stands(struct batch *b, struct str person, bool *known, bool *active)
{
	bool names_do = !b->domain->config.people_known;
	enum standing standing;

	TRY(directory_standing(b->store, person, b->now.wall_ms, &standing));
	*known = standing != STANDING_UNKNOWN || names_do;
	*active = standing == STANDING_ACTIVE || (standing == STANDING_UNKNOWN && names_do);
	return OK;
}

enum err who_active(struct batch *b, struct str person, bool *active)
{
	bool known;

	return who_stands(b, person, &known, active);
}

/* Somebody who heads a department above their own may come round again: as many steps as there are
 * levels lead to the top from anywhere. */
enum err who_above(struct batch *b, struct str person, above_fn *fits, void *context,
                   struct str *found)
{
	struct str at = person;
	bool fit;

	*found = S_NONE;
	for (int i = 0; i < DEPARTMENT_DEPTH_MAX; i++) {
		TRY(directory_superior(b->store, b->arena, at, b->now.wall_ms, &at));
		if (!str_given(at))
			return OK;
		TRY(fits(context, at, &fit));
		if (!fit)
			continue;
		*found = at;
		return OK;
	}
	return OK;
}

/* ---- groups and posts */

enum err who_in_group(struct store *s, struct str person, struct str group, int64_t at, bool *in)
{
	return directory_in_group(s, person, group, at, in);
}

enum err who_groups(struct store *s, struct arena *arena, struct str person, int64_t at,
                    struct names *groups)
{
	struct people found;

	TRY(directory_groups_of(s, arena, person, at, &found));
	*groups = (struct names){ found.ids, found.count };
	return OK;
}

enum err who_group_size(struct batch *b, struct str group, const struct approval *a, int enough,
                        int64_t *people)
{
	struct people members;
	bool known;

	*people = -1;
	TRY(directory_has_group(b->store, group, &known));
	if (!known && !b->domain->config.people_known)
		return OK;
	TRY(directory_group_members(b->store, b->arena, group, b->now.wall_ms, S_NONE, enough + 2,
	                            &members));
	*people = 0;
	for (int i = 0; i < members.count; i++)
		*people += a == NULL || !approval_asked_for(a, members.ids[i]);
	return OK;
}

enum err who_members(struct batch *b, struct arena *arena, struct str group, struct str *json)
{
	struct people members;
	struct buf text = { 0 };

	TRY(directory_group_members(b->store, b->arena, group, b->now.wall_ms, S_NONE,
	                            APPROVAL_MEMBERS_MAX, &members));
	buf_add_byte(&text, '[');
	for (int i = 0; i < members.count; i++) {
		if (i > 0)
			buf_add_byte(&text, ',');
		json_write_text(&text, members.ids[i]);
	}
	buf_add_byte(&text, ']');
	arena_adopt(arena, text.at);
	*json = buf_str(&text);
	return OK;
}

enum err who_holds(struct batch *b, struct str post, struct str of, const struct approval *a,
                   bool others, int nth, struct str *holder)
{
	struct people holders;
	struct str department;

	*holder = S_NONE;
	TRY(directory_of(b->store, b->arena, of, a->applicant, b->now.wall_ms, &department));
	if (!str_given(department))
		return OK;
	TRY(directory_post_holders(b->store, b->arena, post, department, b->now.wall_ms, &holders,
	                           NULL));
	/* Twice round: those who may decide, and then those who asked for it. */
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < holders.count; i++) {
			bool last = others && approval_asked_for(a, holders.ids[i]);
			if (last == (round == 1) && nth-- == 0) {
				*holder = holders.ids[i];
				return OK;
			}
		}
	return OK;
}

/* ---- delegations */

/* Who is not handed the decision: has voted, or is asked in their own place (A17). */
static const struct str *excluded(struct arena *arena, const struct approval_slot *slots, int count,
                                  int *to)
{
	struct str *names = ARENA_ARRAY(arena, struct str, 2 * count + 1);

	*to = 0;
	for (int i = 0; i < count; i++) {
		const struct approval_slot *s = &slots[i];
		if (str_given(s->by))
			names[(*to)++] = s->by;
		if (!slot_is_group(s) && (s->state == SLOT_WAITING || s->state == SLOT_DECIDED))
			names[(*to)++] = slot_name(s);
	}
	return names;
}

enum err who_delegated(struct store *s, struct arena *arena, struct str principal,
                       struct str person, const struct approval *a,
                       const struct approval_slot *slots, int count, int64_t at, bool *may,
                       const char **why)
{
	struct delegation_case about = { .policy = a->policy };
	struct delegation_chain chain;
	struct str data, wrong;

	TRY(approval_data(s, arena, a->id, a->data_version, &data));
	about.data = json_read(arena, data, &wrong);
	about.applicant = a->applicant;
	about.entered_by = a->entered_by;
	if (slots != NULL)
		about.excluded = excluded(arena, slots, count, &about.excluded_count);
	TRY(delegation_allows(s, arena, person, principal, at, &about, &chain));
	*may = chain.count > 0;
	*why = chain.why;
	return OK;
}

enum err who_principals(struct store *s, struct arena *arena, struct str person, int64_t at,
                        struct names *principals)
{
	struct people found;

	TRY(delegation_principals(s, arena, person, at, NULL, &found));
	*principals = (struct names){ found.ids, found.count };
	return OK;
}

/* ---- what an approval is to somebody */

static enum err asks(struct store *s, const struct approval_slot *slots, int count,
                     struct str person, int64_t at, bool *asked)
{
	*asked = false;
	for (int i = 0; i < count && !*asked; i++) {
		if (str_eq(slots[i].by, person) || str_eq(slots[i].behalf, person))
			*asked = true;
		else if (slot_is_group(&slots[i]))
			TRY(who_in_group(s, person, slot_name(&slots[i]), at, asked));
		else
			*asked = str_eq(slot_name(&slots[i]), person);
	}
	return OK;
}

static enum err shares_department(struct store *s, struct arena *arena, struct str person,
                                  struct str other, int64_t at, bool *same)
{
	struct str a, b;

	TRY(directory_department_of(s, arena, person, at, &a));
	TRY(directory_department_of(s, arena, other, at, &b));
	*same = str_given(a) && str_given(b) && str_eq(a, b);
	return OK;
}

enum err who_facts(struct store *s, const struct cmd *c, const struct approval *a,
                   const struct approval_slot *slots, int count, int64_t at, unsigned *facts)
{
	struct str person = c->caller.principal;
	struct names principals;
	bool own, same;

	*facts = 0;
	if (c->grant == NULL)
		return OK; /* nothing is asked of it */
	own = approval_asked_for(a, person) || str_eq(person, a->opened_by);
	if (!own)
		TRY(asks(s, slots, count, person, at, &own));
	if (!own)
		TRY(who_principals(s, c->arena, person, at, &principals));
	for (int i = 0; !own && i < principals.count; i++)
		TRY(asks(s, slots, count, principals.names[i], at, &own));
	TRY(shares_department(s, c->arena, person, a->applicant, at, &same));
	*facts = (own ? FACT_OWN : 0) | (same ? FACT_DEPARTMENT : 0);
	return OK;
}
