/* case.c - one approval on the desk: its row, its slots, its policy, and what that says of them. */
#include "domain/approval/inside.h"
#include "wire/json.h"

/* ---- read */

struct judge *case_judge(struct arena *arena, const struct policy *policy,
                         const struct approval_slot *slots, int count)
{
	struct judge_seat *seats = ARENA_ARRAY(arena, struct judge_seat, count + 1);

	must(count >= policy->seat_count);
	memcpy(seats, judge_seats(arena, policy), sizeof *seats * (size_t)policy->seat_count);
	for (int i = 0; i < count; i++)
		slot_to_seat(&slots[i], &seats[i]);
	return judge_open(arena, policy, seats, count);
}

static enum err look(struct batch *b, struct approval_case *on)
{
	TRY(approval_slots(b->store, b->arena, &on->a, &on->slots, &on->count));
	TRY(approval_policy_known(b, &on->a, &on->policy));
	if (on->count < on->policy->seat_count)
		return ERR_CORRUPT;
	on->judge = case_judge(b->arena, on->policy, on->slots, on->count);
	return OK;
}

enum err case_read(struct batch *b, const struct uuid *id, struct approval_case **on)
{
	struct approval_case *read = ARENA_NEW(b->arena, struct approval_case);
	bool found;

	*on = NULL;
	TRY(approval_read(b->store, b->arena, id, &read->a, &found));
	return found ? look(b, *on = read) : OK;
}

enum err case_read_row(struct batch *b, int64_t id, struct approval_case **on)
{
	struct approval_case *read = ARENA_NEW(b->arena, struct approval_case);
	bool found;

	*on = NULL;
	TRY(approval_read_row(b->store, b->arena, id, &read->a, &found));
	return found ? look(b, *on = read) : OK;
}

struct approval_slot *case_slot_number(struct approval_case *on, int64_t number)
{
	must(number >= 1 && number <= on->count);
	must(on->slots[number - 1].slot == number);
	return &on->slots[number - 1];
}

/* ---- changed */

int64_t slots_waiting(const struct approval_slot *slots, int count)
{
	int64_t n = 0;

	for (int i = 0; i < count; i++)
		n += slots[i].state == SLOT_WAITING;
	return n;
}

enum err case_slot(struct batch *b, struct approval_case *on, struct approval_slot *s)
{
	int i = (int)s->slot - 1;
	struct judge_seat seat = { 0 };

	must(s == &on->slots[i] && !approval_state_final(on->a.state)); /* A3 */
	slot_to_seat(s, &seat);
	if (seat.presence == SEAT_PRESENT)
		judge_set(on->judge, i, seat.vote, seat.who); /* O(depth) */
	else
		judge_presence(on->judge, i, seat.presence);
	return slot_update(b, &on->a, s);
}

enum err case_add(struct batch *b, struct approval_case *on, struct approval_slot *s)
{
	must(on->count < APPROVAL_SLOTS_MAX && !approval_state_final(on->a.state));
	s->slot = on->count + 1;
	s->seat = s->seat < 0 ? s->seat : -1;
	s->state = SLOT_WAITING;
	on->slots[on->count++] = *s;
	on->a.slots = on->count;
	on->a.open_slots = slots_waiting(on->slots, on->count);
	on->judge = case_judge(b->arena, on->policy, on->slots, on->count);
	return slot_insert(b, &on->a, s);
}

/* Who has voted in one of several seats is not asked in the others, until it is taken back. */
static enum err same_person(struct batch *b, struct approval_case *on)
{
	for (int i = 0; i < on->count; i++) {
		struct approval_slot *s = &on->slots[i];
		enum slot_state was = s->state;
		if (!seat_same_person(on->judge, i, s))
			continue;
		must(was != s->state);
		TRY(slot_update(b, &on->a, s));
		struct log l = log_begin(&on->a);
		log_slot(&l, "slot", s);
		TRY(log_end(b, NULL, &l, "approval.slot"));
	}
	return OK;
}

/* ---- what the policy says now */

static enum err stuck(struct batch *b, struct cmd *c, struct approval_case *on)
{
	struct buf why = { 0 };
	bool already = on->a.state == APPROVAL_INCIDENT;

	judge_why(on->judge, LANGUAGE_EN, &why);
	on->a.state = APPROVAL_INCIDENT;
	on->a.incident = arena_str(b->arena, buf_str(&why));
	buf_free(&why);
	TRY(approval_store(b, &on->a));
	if (already)
		return OK;
	slots_news(b, &on->a, on->slots, on->count);
	struct log l = log_begin(&on->a);
	log_text(&l, "incident", on->a.incident);
	TRY(log_end(b, c, &l, "approval.incident"));
	return tell_incident(b, &on->a);
}

enum err case_settle(struct batch *b, struct cmd *c, struct approval_case *on, struct str by)
{
	enum judge_state said = judge_state(on->judge);

	must(!approval_state_final(on->a.state) && on->a.state != APPROVAL_RETURNED); /* A1 */
	on->a.changed_at = b->now.wall_ms;
	if (on->policy->distinct_person)
		TRY(same_person(b, on));
	on->a.open_slots = slots_waiting(on->slots, on->count);
	if (said == JUDGE_WON)
		return approval_close(b, c, on, APPROVAL_APPROVED, by, S_NONE);
	if (said == JUDGE_LOST)
		return approval_close(b, c, on, APPROVAL_REJECTED, by, S_NONE);
	if (said == JUDGE_STUCK)
		return stuck(b, c, on);
	if (on->a.state == APPROVAL_INCIDENT) {
		on->a.state = APPROVAL_PENDING;
		on->a.incident = S_NONE;
		slots_news(b, &on->a, on->slots, on->count);
	}
	return approval_store(b, &on->a);
}
