/* close.c - the end of a round (A1): rows, record, who waits, and what follows the decision. */
#include "domain/approval/inside.h"
#include "domain/job/done.h"
#include "wire/hash.h"
#include "wire/json.h"

/* ---- what follows: on_decided */

static void add_votes(struct buf *b, const struct approval_case *on)
{
	bool some = false;

	buf_add(b, S("\"votes\":["));
	for (int i = 0; i < on->count; i++) {
		if (on->slots[i].decision == DECISION_NONE)
			continue;
		if (some)
			buf_add_byte(b, ',');
		some = true;
		slot_json(b, &on->slots[i], true);
	}
	buf_add_byte(b, ']');
}

static struct str members_of(struct batch *batch, const struct approval_case *on, struct str by,
                             struct str reason)
{
	const struct approval *a = &on->a;
	struct buf b = { 0 };

	buf_printf(&b, "\"round\":%lld,\"data_version\":%lld,", (long long)a->round,
	           (long long)a->data_version);
	buf_add(&b, S("\"subject\":"));
	json_write_text(&b, a->subject);
	json_write_member(&b, "applicant", a->applicant);
	json_write_member(&b, "policy", a->policy);
	json_write_member(&b, "closed_by", by);
	json_write_member(&b, "reason", reason);
	json_write_name(&b, "decided_at");
	buf_add_byte(&b, '"');
	time_rfc3339(&b, batch->now.wall_ms);
	buf_add(&b, S("\","));
	add_votes(&b, on);
	arena_adopt(batch->arena, b.at);
	return buf_str(&b);
}

static enum err follow(struct batch *b, const struct approval_case *on, struct str by,
                       struct str reason)
{
	if (!str_given(on->a.on_decided))
		return OK;
	return done_tell(b, on->a.on_decided,
	                 &(struct ended){ .kind = "approval",
	                                  .id = on->a.uuid,
	                                  .state = approval_state_name(on->a.state),
	                                  .more = members_of(b, on, by, reason) });
}

/* ---- the end */

static void log_closed(struct log *l, const struct approval_case *on)
{
	struct buf *b = &l->json;
	bool some = false;

	json_write_name(b, "closed");
	buf_add_byte(b, '[');
	for (int i = 0; i < on->count; i++) {
		if (on->slots[i].state != SLOT_CLOSED)
			continue;
		buf_printf(b, "%s%lld", some ? "," : "", (long long)on->slots[i].slot);
		some = true;
	}
	buf_add_byte(b, ']');
}

static enum err slots_close(struct batch *b, struct approval_case *on)
{
	int open = 0;

	slots_news(b, &on->a, on->slots, on->count);
	for (int i = 0; i < on->count; i++)
		if (on->slots[i].state == SLOT_WAITING) {
			on->slots[i].state = SLOT_CLOSED;
			open++;
		}
	on->a.open_slots = 0;
	return open == 0 ? OK
	                 : store_run(b->store, STMT_APPROVAL_SLOTS_CLOSE, VALUES(value_int(on->a.id)),
	                             NULL, NULL);
}

enum err approval_close(struct batch *b, struct cmd *c, struct approval_case *on,
                        enum approval_state to, struct str by, struct str reason)
{
	struct approval *a = &on->a;

	must(!approval_state_final(a->state) && a->closed_at == 0); /* A1, A3 */
	must(to == APPROVAL_RETURNED || approval_state_final(to));
	struct str from = approval_state_name(a->state);
	a->state = to;
	a->changed_at = b->now.wall_ms;
	a->closed_at = to == APPROVAL_RETURNED ? 0 : b->now.wall_ms;
	a->incident = S_NONE;
	TRY(slots_close(b, on));
	TRY(approval_timers_drop(b, a, on->policy));
	TRY(approval_store(b, a));
	struct log l = log_begin(a);
	log_text(&l, "by", by);
	l.from = from;
	l.reason = reason;
	log_closed(&l, on);
	TRY(log_end(b, c, &l, "approval.closed"));
	TRY(tell_closed(b, on, by, reason));
	if (approval_state_final(to))
		TRY(follow(b, on, by, reason));
	return approval_serve(b, a);
}
