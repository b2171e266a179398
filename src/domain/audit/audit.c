/* audit.c - a record is cleaned, chained and written. */
#include "domain/audit/audit.h"

#include "base/limits.h"
#include "domain/audit/memory.h"
#include "domain/domain.h"
#include "wire/hash.h"
#include "wire/json.h"
#include "wire/traceparent.h"

/* ---- the chain */

static enum err take_head(void *context, const struct value *columns, int count)
{
	struct audit_head *head = context;

	must(count == 2);
	if (columns[1].bytes.len != CHAIN_HASH_SIZE)
		return ERR_CORRUPT;
	head->seq = columns[0].number;
	memcpy(head->hash, columns[1].bytes.at, CHAIN_HASH_SIZE);
	return OK;
}

enum err audit_head(struct batch *b, struct audit_head **out)
{
	if (b->audit_head == NULL) {
		struct audit_head *head = ARENA_NEW(b->arena, struct audit_head);
		TRY(store_run(b->store, STMT_AUDIT_HEAD, NO_VALUES, take_head, head));
		b->audit_head = head;
	}
	*out = b->audit_head;
	return OK;
}

enum err audit_append(struct batch *b, struct chain_record *r)
{
	struct audit_head *head;

	TRY(audit_head(b, &head));
	r->seq = head->seq + 1; /* A1 */
	chain_hash(b->domain->audits->chain, head->hash, r, r->hash);
	TRY(store_run(b->store, STMT_AUDIT_INSERT,
	              VALUES(value_int(r->seq), value_int(r->at), value_text(r->principal),
	                     value_text(r->on_behalf), value_text(r->action), value_text(r->resource),
	                     value_text(r->from), value_text(r->to), value_text(r->request_id),
	                     value_text(r->trace_id), value_text(r->detail), value_blob(r->origin.salt),
	                     value_text(r->origin.texts[0]), value_text(r->origin.texts[1]),
	                     value_blob(r->words.salt), value_text(r->words.texts[0]),
	                     value_text(r->words.texts[1]), blob_of(r->hash, sizeof r->hash)),
	              NULL, NULL));
	head->seq = r->seq;
	memcpy(head->hash, r->hash, sizeof head->hash);
	return OK;
}

/* ---- texts */

/* Whether it can stand in a line of an export as it is. */
static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ')
			return false;
	return str_utf8(s);
}

/* Up to so many bytes, and not in the middle of a character. */
static struct str cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	s.len = max;
	while (s.len > 0 && ((unsigned char)s.at[s.len] & 0xc0) == 0x80)
		s.len--;
	return s;
}

/* A copy without what is no text. Line ends stay: they can be escaped. */
static struct str cleaned(struct batch *b, struct str s)
{
	struct str copy = arena_str(b->arena, s);
	char *at = (char *)copy.at;
	bool text = str_utf8(s);

	for (size_t i = 0; i < copy.len; i++) {
		unsigned char c = (unsigned char)at[i];
		if ((c < ' ' && c != '\n' && c != '\t') || (c >= 0x80 && !text))
			at[i] = '?';
	}
	return copy;
}

struct str audit_clean(struct batch *b, struct str s)
{
	s = cut(s, AUDIT_TEXT_MAX);
	return is_clean(s) ? s : cleaned(b, s);
}

static bool is_object(struct str s)
{
	return s.len >= 2 && s.at[0] == '{' && s.at[s.len - 1] == '}';
}

/* A JSON object is data of ours; a raw control character in it can only stand between values. */
static struct str tidy(struct batch *b, struct str s)
{
	if (!str_given(s))
		return s;
	must(is_object(s) || buf_failures() > 0); /* what is cut is never committed: engine.c */
	if (is_clean(s))
		return s;
	s = cleaned(b, s);
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\n' || s.at[i] == '\t')
			((char *)s.at)[i] = ' ';
	return s;
}

/* As it stands in the record: itself, or what stands for one that is too large. */
static struct str bounded(struct batch *b, struct str s)
{
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	if (s.len <= AUDIT_DETAIL_MAX)
		return s;
	sha256(s, digest);
	hex_text(digest, sizeof digest, hex);
	return arena_printf(b->arena, "{\"omitted_bytes\":%zu,\"sha256\":\"%s\"}", s.len, hex);
}

struct str audit_name(struct batch *b, const char *kind, struct str name)
{
	return arena_printf(b->arena, "%s:%.*s", kind, S_ARG(name));
}

static struct str trace_of(struct batch *b, const struct cmd *c)
{
	struct traceparent t;
	char hex[2 * TRACE_ID_SIZE + 1];

	if (!str_given(c->trace_parent) || !traceparent_read(c->trace_parent, &t))
		return S_NONE;
	hex_text(t.trace_id, sizeof t.trace_id, hex);
	return arena_str(b->arena, str_of(hex));
}

/* ---- writing */

/* A salt of its own for texts that may have to be forgotten, if there are any. */
static void salt(struct batch *b, struct chain_secret *s)
{
	if (!str_given(s->texts[0]) && !str_given(s->texts[1]))
		return;
	char *bytes = arena_raw(b->arena, CHAIN_SALT_SIZE);
	rng_bytes(b->rng, bytes, CHAIN_SALT_SIZE);
	s->salt = (struct str){ bytes, CHAIN_SALT_SIZE };
}

/* By which program or session a person did it: a member of the detail. */
static struct str with_via(struct batch *b, struct str detail, struct str via)
{
	struct str rest = str_given(detail) && detail.len > 2 ? str_from(detail, 1) : S("}");
	struct buf json = { 0 };

	buf_add(&json, S("{\"via\":"));
	json_write_text(&json, audit_clean(b, via));
	if (rest.len > 1)
		buf_add(&json, S(","));
	buf_add(&json, rest);
	arena_adopt(b->arena, json.at);
	return buf_str(&json);
}

static void ask_command(struct batch *b, const struct cmd *c, struct chain_record *to)
{
	if (!str_given(to->principal))
		to->principal = audit_clean(b, c->caller.principal);
	if (str_given(c->caller.via))
		to->detail = with_via(b, to->detail, c->caller.via);
	to->request_id = audit_clean(b, c->request_id);
	to->trace_id = trace_of(b, c);
	to->origin.texts[0] = audit_clean(b, c->address);
	to->origin.texts[1] = audit_clean(b, c->client);
}

enum err audit_put(struct batch *b, const struct cmd *c, const struct audit_record *r)
{
	struct str personal = tidy(b, r->personal);
	struct chain_record to = {
		.at = b->now.wall_ms,
		.principal = audit_clean(b, r->principal),
		.on_behalf = audit_clean(b, r->on_behalf),
		.action = str_of(r->action),
		.resource = audit_clean(b, r->resource),
		.from = audit_clean(b, r->from),
		.to = audit_clean(b, r->to),
		.detail = bounded(b, tidy(b, r->detail)),
		.words.texts = { audit_clean(b, r->reason), bounded(b, personal) },
	};

	if (c != NULL)
		ask_command(b, c, &to);
	else if (!str_given(to.principal))
		to.principal = S("ringi");
	must(to.principal.len > 0 && to.action.len > 0 && str_given(to.resource)); /* who, what */
	salt(b, &to.origin);
	salt(b, &to.words);
	TRY(audit_append(b, &to));
	if (personal.len <= AUDIT_DETAIL_MAX)
		return OK;
	return store_run(b->store, STMT_AUDIT_WHOLE_INSERT,
	                 VALUES(value_int(to.seq), value_text(personal)), NULL, NULL);
}

struct str audit_json(struct batch *b, const struct audit_member *members, int count)
{
	struct buf json = { 0 };

	for (int i = 0; i < count; i++) {
		const struct audit_member *m = &members[i];
		if (!m->is_number && !str_given(m->text))
			continue;
		if (json.len == 0)
			buf_add_byte(&json, '{');
		json_write_name(&json, m->name);
		if (m->is_number)
			buf_add_i64(&json, m->number);
		else
			json_write_text(&json, audit_clean(b, m->text));
	}
	if (json.len == 0)
		return S_NONE;
	buf_add_byte(&json, '}');
	struct str copy = arena_str(b->arena, buf_str(&json));
	buf_free(&json);
	return copy;
}

struct str audit_detail(struct batch *b, struct str text)
{
	return is_object(text) ? text : AUDIT_JSON(b, audit_text("text", text));
}

enum err audit_write(struct batch *b, const struct cmd *c, const char *action, struct str resource,
                     struct str detail)
{
	return audit_put(b, c,
	                 &(struct audit_record){ .action = action,
	                                         .resource = resource,
	                                         .detail = audit_detail(b, detail) });
}

enum err audit_write_own(struct batch *b, const char *action, struct str resource,
                         struct str detail)
{
	return audit_write(b, NULL, action, resource, detail);
}
