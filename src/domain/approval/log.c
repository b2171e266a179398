/* log.c - the log of an approval: audit records that say all of a change. Their form is written
 * down at the head of approval.h. */
#include "domain/approval/inside.h"
#include "domain/audit/audit.h"
#include "domain/news.h"
#include "wire/hash.h"
#include "wire/json.h"

struct str approval_resource(struct arena *arena, const struct approval *a)
{
	char id[37];

	uuid_text(a->uuid, id);
	return arena_printf(arena, "approval:%s", id);
}

struct log log_begin(const struct approval *a)
{
	struct log l = { .a = a };

	buf_add_byte(&l.json, '{');
	return l;
}

void log_text(struct log *l, const char *name, struct str text)
{
	json_write_member(&l->json, name, text);
}

void log_number(struct log *l, const char *name, int64_t n)
{
	json_write_member_number(&l->json, name, n);
}

static void decided_json(struct buf *b, const struct approval_slot *s)
{
	json_write_member(b, "decision", decision_name(s->decision));
	json_write_member(b, "by", s->by);
	json_write_member(b, "for", s->behalf);
	json_write_name(b, "decided_at");
	buf_add_byte(b, '"');
	time_rfc3339(b, s->decided_at);
	buf_add_byte(b, '"');
	json_write_member_number(b, "data_version", s->data_version);
}

void slot_json(struct buf *b, const struct approval_slot *s, bool words)
{
	buf_add_byte(b, '{');
	json_write_member_number(b, "slot", s->slot);
	json_write_member(b, slot_kind(s), slot_name(s));
	json_write_member(b, "post", s->post);
	json_write_member(b, "state", slot_state_name(s->state));
	if (s->decision != DECISION_NONE)
		decided_json(b, s);
	if (words)
		json_write_member(b, "comment", s->comment);
	json_write_member(b, "reason", s->reason);
	if (s->weight != 1)
		json_write_member_number(b, "weight", s->weight);
	if (s->veto)
		json_write_member_raw(b, "veto", S("true"));
	if (s->required)
		json_write_member_raw(b, "required", S("true"));
	if (s->seat < 0)
		json_write_member_raw(b, "added", S("true"));
	buf_add_byte(b, '}');
}

void log_slot(struct log *l, const char *name, const struct approval_slot *s)
{
	json_write_name(&l->json, name);
	slot_json(&l->json, s, false);
}

void log_slots(struct log *l, const char *name, const struct approval_slot *slots, int count)
{
	json_write_name(&l->json, name);
	buf_add_byte(&l->json, '[');
	for (int i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(&l->json, ',');
		slot_json(&l->json, &slots[i], false);
	}
	buf_add_byte(&l->json, ']');
}

static void hex_member(struct buf *b, const char *name, const uint8_t sha[SHA256_SIZE])
{
	char text[2 * SHA256_SIZE + 1];

	hex_text(sha, SHA256_SIZE, text);
	json_write_member(b, name, (struct str){ text, 2 * SHA256_SIZE });
}

void log_data(struct log *l, struct str data)
{
	uint8_t sha[SHA256_SIZE];

	sha256(data, sha);
	hex_member(&l->json, "data_sha256", sha);
}

void log_policy(struct log *l, const struct approval *a)
{
	struct buf *b = &l->json;

	json_write_name(b, "policy");
	buf_add_byte(b, '{');
	json_write_member(b, "name", a->policy);
	if (a->policy_version > 0)
		json_write_member_number(b, "version", a->policy_version);
	hex_member(b, "sha256", a->policy_sha256);
	json_write_member_number(b, "judge", a->judge_version);
	buf_add_byte(b, '}');
}

enum err log_end(struct batch *b, const struct cmd *c, struct log *l, const char *action)
{
	const struct approval *a = l->a;

	log_text(l, "state", approval_state_name(a->state));
	log_number(l, "round", a->round);
	log_number(l, "data_version", a->data_version);
	buf_add_byte(&l->json, '}');
	arena_adopt(b->arena, l->json.at);
	struct str resource = approval_resource(b->arena, a), detail = buf_str(&l->json);
	if (strcmp(action, APPROVAL_TURNED_AWAY) != 0) /* nothing has changed */
		news_of_approval(b, &a->uuid);
	return audit_put(b, c,
	                 &(struct audit_record){ .action = action,
	                                         .resource = resource,
	                                         .on_behalf = l->behalf,
	                                         .from = l->from,
	                                         .to = approval_state_name(a->state),
	                                         .detail = detail,
	                                         .personal = l->names,
	                                         .reason = l->reason });
}

enum err log_end_slots(struct batch *b, const struct cmd *c, struct log *l, const char *action,
                       const struct approval_slot *slots, int count)
{
	int first = count < LOG_SLOTS ? count : LOG_SLOTS;

	log_slots(l, "slots", slots, first);
	TRY(log_end(b, c, l, action));
	for (int at = first; at < count; at += LOG_SLOTS) {
		struct log more = log_begin(l->a);
		log_slots(&more, "slots", slots + at, count - at < LOG_SLOTS ? count - at : LOG_SLOTS);
		TRY(log_end(b, c, &more, "approval.asked"));
	}
	return OK;
}
