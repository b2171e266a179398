/* chain_line.c - reading takes the members in the order in which writing puts them; then the
 * line is written anew and must come out the same. */
#include "wire/chain_line.h"

#include "base/time.h"
#include "wire/hash.h"
#include "wire/json.h"
#include "wire/json_text.h"

/* ---- writing */

static void put_hex(struct buf *b, const char *name, struct str bytes)
{
	if (!str_given(bytes))
		return;
	json_write_name(b, name);
	buf_add_byte(b, '"');
	hex_write(b, (const uint8_t *)bytes.at, bytes.len);
	buf_add_byte(b, '"');
}

static struct str bytes_of(const uint8_t *at, size_t size)
{
	return (struct str){ (const char *)at, size };
}

static void put_number(struct buf *b, const char *name, int64_t number)
{
	json_write_name(b, name);
	buf_add_i64(b, number);
}

static void put_time(struct buf *b, const char *name, int64_t wall_ms)
{
	json_write_name(b, name);
	buf_add_byte(b, '"');
	time_rfc3339(b, wall_ms);
	buf_add_byte(b, '"');
}

static void put_chain(struct buf *b, const uint8_t chain[CHAIN_ID_SIZE])
{
	struct uuid id;
	char text[37];

	memcpy(id.bytes, chain, sizeof id.bytes);
	uuid_text(id, text);
	json_write_member(b, "chain", str_of(text));
}

static void put_secret(struct buf *b, const struct chain_secret *s, const char *const names[4])
{
	put_hex(b, names[0], s->salt);
	put_hex(b, names[1], s->digest);
	json_write_member(b, names[2], s->texts[0]);
	json_write_member(b, names[3], s->texts[1]);
}

static const char *const origin_names[] = { "origin_salt", "origin_digest", "address", "client" };
static const char *const words_names[] = { "words_salt", "words_digest", "reason", "personal" };

void chain_record_write(struct buf *b, const struct chain_record *r)
{
	buf_add_byte(b, '{');
	put_number(b, "seq", r->seq);
	put_time(b, "at", r->at);
	json_write_member(b, "principal", r->principal);
	json_write_member(b, "on_behalf", r->on_behalf);
	json_write_member(b, "action", r->action);
	json_write_member(b, "resource", r->resource);
	json_write_member(b, "from", r->from);
	json_write_member(b, "to", r->to);
	json_write_member(b, "request_id", r->request_id);
	json_write_member(b, "trace_id", r->trace_id);
	json_write_member(b, "detail", r->detail);
	put_secret(b, &r->origin, origin_names);
	put_secret(b, &r->words, words_names);
	put_hex(b, "hash", bytes_of(r->hash, sizeof r->hash));
	buf_add(b, S("}\n"));
}

void chain_checkpoint_write(struct buf *b, const struct chain_checkpoint *c)
{
	buf_add_byte(b, '{');
	put_number(b, "checkpoint", c->seq);
	put_chain(b, c->chain);
	put_time(b, "at", c->at);
	put_hex(b, "hash", bytes_of(c->hash, sizeof c->hash));
	json_write_member(b, "software", c->software);
	put_hex(b, "key", bytes_of(c->public, sizeof c->public));
	put_hex(b, "signature", bytes_of(c->signature, sizeof c->signature));
	buf_add(b, S("}\n"));
}

static void head_write(struct buf *b, const struct chain_line *l)
{
	buf_add(b, S("{\"audit_export\":1"));
	put_chain(b, l->chain);
	put_number(b, "after", l->seq);
	put_hex(b, "hash", bytes_of(l->hash, sizeof l->hash));
	buf_add(b, S("}\n"));
}

static void end_write(struct buf *b, const struct chain_line *l)
{
	buf_add_byte(b, '{');
	put_number(b, "end", l->seq);
	put_hex(b, "hash", bytes_of(l->hash, sizeof l->hash));
	buf_add(b, S("}\n"));
}

void chain_line_write(struct buf *b, const struct chain_line *l)
{
	switch (l->kind) {
	case CHAIN_HEAD:
		head_write(b, l);
		break;
	case CHAIN_RECORD:
		chain_record_write(b, &l->record);
		break;
	case CHAIN_CHECKPOINT:
		chain_checkpoint_write(b, &l->checkpoint);
		break;
	case CHAIN_END:
		end_write(b, l);
		break;
	}
}

/* ---- reading */

struct reading {
	struct arena *arena;
	struct str rest; /* behind the members taken so far */
	bool good;
};

/* Whether the next member has this name; then it is taken, up to its value. */
static bool member(struct reading *r, const char *name)
{
	size_t len = strlen(name);
	const char *at = r->rest.at;

	if (r->rest.len < len + 4 || (at[0] != ',' && at[0] != '{') || at[1] != '"' ||
	    memcmp(at + 2, name, len) != 0 || at[2 + len] != '"' || at[3 + len] != ':')
		return false;
	r->rest = str_from(r->rest, len + 4);
	return true;
}

/* The letters between two quotes, escapes as they are. */
static struct str quoted(struct reading *r)
{
	const char *from = r->rest.at + 1, *end = from;

	if (r->rest.len < 2 || r->rest.at[0] != '"') {
		r->good = false;
		return S_NONE;
	}
	while ((end = memchr(end, '"', r->rest.len - (size_t)(end - r->rest.at))) != NULL) {
		const char *escapes = end;
		while (escapes > from && escapes[-1] == '\\')
			escapes--;
		if ((end - escapes) % 2 == 0)
			break; /* an odd number of them: the last one belongs to the quote */
		end++;
	}
	if (end == NULL) {
		r->good = false;
		return S_NONE;
	}
	struct str text = { from, (size_t)(end - from) };
	r->rest = str_from(r->rest, (size_t)(end - r->rest.at) + 1);
	return text;
}

/* Absent when the next member has another name. */
static struct str text(struct reading *r, const char *name)
{
	if (!r->good || !member(r, name))
		return S_NONE;
	struct str s = quoted(r);
	if (s.len == 0 || memchr(s.at, '\\', s.len) == NULL)
		return s;
	char *to = arena_raw(r->arena, s.len);
	const char *end = json_unescape(s, to);
	if (end == NULL) {
		r->good = false;
		return S_NONE;
	}
	return (struct str){ to, (size_t)(end - to) };
}

static int64_t number(struct reading *r, const char *name)
{
	size_t digits = 0;
	uint64_t n = 0;

	r->good = r->good && member(r, name);
	while (digits < r->rest.len && r->rest.at[digits] >= '0' && r->rest.at[digits] <= '9')
		digits++;
	r->good = r->good && str_u64((struct str){ r->rest.at, digits }, INT64_MAX, &n);
	r->rest = str_from(r->rest, digits);
	return (int64_t)n;
}

static int64_t moment(struct reading *r, const char *name)
{
	int64_t wall_ms = 0;

	r->good = time_read_rfc3339(text(r, name), &wall_ms) && r->good;
	return wall_ms;
}

/* Bytes of that size; absent when the next member has another name. */
static struct str hex(struct reading *r, const char *name, size_t size)
{
	struct str s = text(r, name);

	if (!str_given(s))
		return s;
	uint8_t *to = arena_raw(r->arena, size);
	r->good = hex_read(s, to, size) && r->good;
	return bytes_of(to, size);
}

static void hex_into(struct reading *r, const char *name, uint8_t *to, size_t size)
{
	r->good = r->good && hex_read(text(r, name), to, size);
}

static void chain_of(struct reading *r, uint8_t chain[CHAIN_ID_SIZE])
{
	struct uuid id = { { 0 } };

	r->good = uuid_read(text(r, "chain"), &id) && r->good;
	memcpy(chain, id.bytes, sizeof id.bytes);
}

static void secret_of(struct reading *r, struct chain_secret *s, const char *const names[4])
{
	s->salt = hex(r, names[0], CHAIN_SALT_SIZE);
	s->digest = hex(r, names[1], CHAIN_HASH_SIZE);
	s->texts[0] = text(r, names[2]);
	s->texts[1] = text(r, names[3]);
	r->good = r->good && chain_secret_good(s);
}

static void record_read(struct reading *r, struct chain_record *to)
{
	to->seq = number(r, "seq");
	to->at = moment(r, "at");
	to->principal = text(r, "principal");
	to->on_behalf = text(r, "on_behalf");
	to->action = text(r, "action");
	to->resource = text(r, "resource");
	to->from = text(r, "from");
	to->to = text(r, "to");
	to->request_id = text(r, "request_id");
	to->trace_id = text(r, "trace_id");
	to->detail = text(r, "detail");
	secret_of(r, &to->origin, origin_names);
	secret_of(r, &to->words, words_names);
	hex_into(r, "hash", to->hash, sizeof to->hash);
	r->good = r->good && to->seq > 0;
}

static void checkpoint_read(struct reading *r, struct chain_checkpoint *to)
{
	to->seq = number(r, "checkpoint");
	chain_of(r, to->chain);
	to->at = moment(r, "at");
	hex_into(r, "hash", to->hash, sizeof to->hash);
	to->software = text(r, "software");
	hex_into(r, "key", to->public, sizeof to->public);
	hex_into(r, "signature", to->signature, sizeof to->signature);
	r->good = r->good && str_given(to->software);
}

static void head_read(struct reading *r, struct chain_line *l)
{
	r->good = number(r, "audit_export") == 1 && r->good;
	chain_of(r, l->chain);
	l->seq = number(r, "after");
	hex_into(r, "hash", l->hash, sizeof l->hash);
}

static void end_read(struct reading *r, struct chain_line *l)
{
	l->seq = number(r, "end");
	hex_into(r, "hash", l->hash, sizeof l->hash);
}

static void any_read(struct reading *r, struct chain_line *l)
{
	if (str_starts(r->rest, S("{\"seq\":"))) {
		l->kind = CHAIN_RECORD;
		record_read(r, &l->record);
	} else if (str_starts(r->rest, S("{\"checkpoint\":"))) {
		l->kind = CHAIN_CHECKPOINT;
		checkpoint_read(r, &l->checkpoint);
	} else if (str_starts(r->rest, S("{\"end\":"))) {
		l->kind = CHAIN_END;
		end_read(r, l);
	} else {
		l->kind = CHAIN_HEAD;
		head_read(r, l);
	}
}

bool chain_line_read(struct arena *a, struct buf *scratch, struct str line, struct chain_line *l)
{
	struct reading r = { a, line, true };

	*l = (struct chain_line){ 0 };
	any_read(&r, l);
	if (!r.good || !str_is(r.rest, "}"))
		return false;
	buf_clear(scratch);
	chain_line_write(scratch, l);
	return !scratch->failed && scratch->len == line.len + 1 &&
	       memcmp(scratch->at, line.at, line.len) == 0;
}
