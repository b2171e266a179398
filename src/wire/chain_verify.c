/* chain_verify.c - follows a chain, and says where it breaks. */
#include "wire/chain_verify.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/time.h"

static bool wrong(struct chain_verify *v, int64_t seq, const char *format, ...) PRINTF_LIKE(3, 4);

static bool wrong(struct chain_verify *v, int64_t seq, const char *format, ...)
{
	va_list list;

	if (v->wrong[0] != '\0')
		return false;
	va_start(list, format);
	vsnprintf(v->wrong, sizeof v->wrong, format, list);
	va_end(list);
	v->wrong_seq = seq;
	return false;
}

static const char *moment(struct chain_verify *v, int64_t wall_ms)
{
	struct buf b = { 0 };

	time_rfc3339(&b, wall_ms);
	const char *text = arena_str(v->arena, buf_str(&b)).at;
	buf_free(&b);
	return text;
}

/* ---- keys */

static int key_find(struct chain_verify *v, const uint8_t public[ED25519_PUBLIC_SIZE])
{
	for (int i = 0; i < v->key_count; i++)
		if (memcmp(v->keys[i].public, public, ED25519_PUBLIC_SIZE) == 0)
			return i;
	return -1;
}

static bool key_add(struct chain_verify *v, const uint8_t public[ED25519_PUBLIC_SIZE], bool trusted)
{
	if (v->key_count == CHAIN_KEYS_MAX)
		return wrong(v, 0, "there are checkpoints of more than %d keys", CHAIN_KEYS_MAX);
	memcpy(v->keys[v->key_count].public, public, ED25519_PUBLIC_SIZE);
	v->keys[v->key_count++].trusted = trusted;
	return true;
}

bool chain_verify_key(struct chain_verify *v, const uint8_t public[ED25519_PUBLIC_SIZE])
{
	int i = key_find(v, public);

	v->trusts = true;
	if (i < 0)
		return key_add(v, public, true);
	v->keys[i].trusted = true;
	return true;
}

static bool key_may_sign(struct chain_verify *v, const struct chain_checkpoint *c)
{
	int i = key_find(v, c->public);

	if (v->trusts && (i < 0 || !v->keys[i].trusted))
		return wrong(v, c->seq,
		             "the checkpoint of record %lld is signed by a key that was not named as one "
		             "of this log's",
		             (long long)c->seq);
	return i >= 0 || key_add(v, c->public, false);
}

/* ---- anchors */

bool chain_verify_anchor(struct chain_verify *v, const struct chain_checkpoint *c)
{
	int at = v->anchor_count;

	if (!chain_checkpoint_good(v->arena, c))
		return wrong(v, 0, "the anchor's checkpoint of record %lld has a wrong signature",
		             (long long)c->seq);
	if (!key_may_sign(v, c))
		return false;
	if (v->anchor_count == v->anchor_room) {
		int room = v->anchor_room == 0 ? 64 : 2 * v->anchor_room;
		struct chain_checkpoint *more = ARENA_ARRAY(v->arena, struct chain_checkpoint, room);
		if (at > 0)
			memcpy(more, v->anchors, sizeof *more * (size_t)at);
		v->anchors = more;
		v->anchor_room = room;
	}
	for (; at > 0 && v->anchors[at - 1].seq > c->seq; at--)
		v->anchors[at] = v->anchors[at - 1];
	v->anchors[at] = *c;
	v->anchors[at].software = arena_str(v->arena, c->software);
	v->anchor_count++;
	return true;
}

/* Anchors that speak of the record that the chain has come to. */
static bool meet_anchors(struct chain_verify *v)
{
	for (; v->next_anchor < v->anchor_count && v->anchors[v->next_anchor].seq <= v->seq;
	     v->next_anchor++) {
		const struct chain_checkpoint *c = &v->anchors[v->next_anchor];
		if (c->seq < v->seq)
			continue; /* before the first record that is left */
		if (memcmp(c->hash, v->hash, CHAIN_HASH_SIZE) != 0)
			return wrong(v, c->seq,
			             "record %lld is not the one that was signed at %s: it, or one before it, "
			             "was changed",
			             (long long)c->seq, moment(v, c->at));
		v->anchored++;
	}
	return true;
}

/* ---- the chain */

bool chain_verify_start(struct chain_verify *v, const uint8_t chain[CHAIN_ID_SIZE], int64_t after,
                        const uint8_t hash[CHAIN_HASH_SIZE])
{
	static const uint8_t zero[CHAIN_HASH_SIZE];

	memcpy(v->chain, chain, CHAIN_ID_SIZE);
	memcpy(v->hash, hash, CHAIN_HASH_SIZE);
	v->after = v->seq = after;
	if (after == 0 && memcmp(hash, zero, CHAIN_HASH_SIZE) != 0)
		return wrong(v, 1, "the chain begins with a hash that is not zero");
	for (int i = 0; i < v->anchor_count; i++)
		if (memcmp(v->anchors[i].chain, chain, CHAIN_ID_SIZE) != 0)
			return wrong(v, 0, "the anchor is of another log: its chain has another id");
	return v->wrong[0] == '\0' && meet_anchors(v);
}

static bool follows(struct chain_verify *v, const struct chain_record *r)
{
	if (r->seq == v->seq + 1)
		return true;
	if (r->seq <= v->seq)
		return wrong(v, v->seq + 1,
		             "record %lld stands behind record %lld: "
		             "repeated or out of order",
		             (long long)r->seq, (long long)v->seq);
	if (r->seq == v->seq + 2)
		return wrong(v, v->seq + 1, "record %lld is missing: record %lld stands behind record %lld",
		             (long long)v->seq + 1, (long long)r->seq, (long long)v->seq);
	return wrong(v, v->seq + 1,
	             "records %lld to %lld are missing: record %lld stands behind record %lld",
	             (long long)v->seq + 1, (long long)r->seq - 1, (long long)r->seq,
	             (long long)v->seq);
}

bool chain_verify_record(struct chain_verify *v, const struct chain_record *r)
{
	uint8_t hash[CHAIN_HASH_SIZE];

	if (v->wrong[0] != '\0' || !follows(v, r))
		return false;
	if (!chain_secret_good(&r->origin) || !chain_secret_good(&r->words))
		return wrong(v, r->seq, "record %lld has personal data without its salt, or the reverse",
		             (long long)r->seq);
	chain_hash(v->chain, v->hash, r, hash);
	if (memcmp(hash, r->hash, CHAIN_HASH_SIZE) != 0)
		return wrong(v, r->seq,
		             "record %lld was changed: its hash is not that of what it says behind record "
		             "%lld",
		             (long long)r->seq, (long long)v->seq);
	v->seq = r->seq;
	memcpy(v->hash, hash, CHAIN_HASH_SIZE);
	v->first_at = v->records == 0 ? r->at : v->first_at;
	v->last_at = r->at;
	v->records++;
	v->redacted += str_given(r->origin.digest) || str_given(r->words.digest);
	return meet_anchors(v);
}

bool chain_verify_checkpoint(struct chain_verify *v, const struct chain_checkpoint *c)
{
	if (v->wrong[0] != '\0')
		return false;
	if (memcmp(c->chain, v->chain, CHAIN_ID_SIZE) != 0)
		return wrong(v, c->seq, "the checkpoint of record %lld is of another log",
		             (long long)c->seq);
	if (c->seq != v->seq)
		return wrong(v, v->seq, "a checkpoint of record %lld stands behind record %lld",
		             (long long)c->seq, (long long)v->seq);
	if (memcmp(c->hash, v->hash, CHAIN_HASH_SIZE) != 0)
		return wrong(v, c->seq, "record %lld is not the one that its checkpoint signed",
		             (long long)c->seq);
	if (!chain_checkpoint_good(v->arena, c))
		return wrong(v, c->seq, "the checkpoint of record %lld has a wrong signature",
		             (long long)c->seq);
	v->checkpoints++;
	return key_may_sign(v, c);
}

bool chain_verify_end(struct chain_verify *v)
{
	if (v->wrong[0] != '\0')
		return false;
	if (v->next_anchor < v->anchor_count) {
		const struct chain_checkpoint *c = &v->anchors[v->anchor_count - 1];
		return wrong(v, v->seq + 1,
		             "the log ends with record %lld, but at %s it had record %lld: the end is cut "
		             "off, or this is an older copy",
		             (long long)v->seq, moment(v, c->at), (long long)c->seq);
	}
	return true;
}

/* ---- files */

static bool head(struct chain_file *f, const struct chain_line *l)
{
	if (l->kind != CHAIN_HEAD)
		return wrong(&f->v, 1, "line 1 is not the head of an export");
	f->started = true;
	return chain_verify_start(&f->v, l->chain, l->seq, l->hash);
}

static bool end(struct chain_file *f, const struct chain_line *l)
{
	f->ended = true;
	if (l->seq != f->v.seq || memcmp(l->hash, f->v.hash, CHAIN_HASH_SIZE) != 0)
		return wrong(&f->v, f->v.seq,
		             "line %lld says that the export ends with another record than %lld",
		             (long long)f->line, (long long)f->v.seq);
	return true;
}

bool chain_verify_line(struct chain_file *f, struct str line)
{
	struct chain_line l;

	f->line++;
	arena_reset(f->line_arena);
	if (!chain_line_read(f->line_arena, &f->scratch, line, &l))
		return wrong(&f->v, f->v.seq + 1,
		             "line %lld, where record %lld is expected, is not written as an export is",
		             (long long)f->line, (long long)f->v.seq + 1);
	if (f->ended)
		return wrong(&f->v, f->v.seq + 1, "line %lld stands behind the end of the export",
		             (long long)f->line);
	if (!f->started)
		return head(f, &l);
	switch (l.kind) {
	case CHAIN_RECORD:
		return chain_verify_record(&f->v, &l.record);
	case CHAIN_CHECKPOINT:
		return chain_verify_checkpoint(&f->v, &l.checkpoint);
	case CHAIN_END:
		return end(f, &l);
	case CHAIN_HEAD:
		break;
	}
	return wrong(&f->v, f->v.seq + 1, "line %lld is a second head", (long long)f->line);
}

bool chain_verify_file_end(struct chain_file *f, bool cut_line)
{
	if (!f->ended || cut_line)
		return wrong(&f->v, f->v.seq + 1,
		             "the file ends behind record %lld without the line that ends an export: its "
		             "end is missing",
		             (long long)f->v.seq);
	return chain_verify_end(&f->v);
}
