/* chain_verify_test.c - whatever is done to an export is found, and where.
 *
 * The export has 1,000 records, some with texts, some redacted, and checkpoints. */
#include "check.h"
#include "wire/chain_verify.h"

enum { RECORDS = 1000, EVERY = 100, LINES = RECORDS + RECORDS / EVERY + 2 };

static const uint8_t chain[CHAIN_ID_SIZE] = { 7 }, seed[ED25519_SEED_SIZE] = { 1 };

struct export
{
	struct arena *arena;
	struct str lines[LINES + 1];
	int count;
	struct chain_checkpoint last; /* the last checkpoint */
};

static struct chain_record record(struct arena *a, int64_t n)
{
	struct chain_record r = {
		.seq = n,
		.at = 1763858908000 + n,
		.principal = S("key:admin"),
		.action = S("queue.set"),
		.resource = arena_printf(a, "queue:q%d", (int)n % 7),
	};

	if (n % 3 == 0)
		r.detail = S("{\"to\":\"a\\\"b\"}");
	if (n % 5 == 0)
		r.words = (struct chain_secret){ S("0123456789abcdef"),
			                             S_NONE,
			                             { S("why\n\xe3\x81\x82") } };
	if (n % 2 == 0)
		r.origin = (struct chain_secret){ S("fedcba9876543210"),
			                              S_NONE,
			                              { S("192.0.2.7"), S("curl/8") } };
	return r;
}

static void forget(struct chain_secret *s, char kind, uint8_t digest[CHAIN_HASH_SIZE])
{
	chain_commit(kind, s, digest);
	*s = (struct chain_secret){ .digest = { (const char *)digest, CHAIN_HASH_SIZE } };
}

static void add_line(struct export *e, const struct chain_line *l)
{
	struct buf b = { 0 };

	chain_line_write(&b, l);
	e->lines[e->count++] = arena_str(e->arena, buf_str(&b));
	buf_free(&b);
}

static void add_checkpoint(struct export *e, const struct chain_record *r)
{
	struct chain_line l = { .kind = CHAIN_CHECKPOINT };
	struct chain_checkpoint *c = &l.checkpoint;

	memcpy(c->chain, chain, sizeof c->chain);
	c->seq = r->seq;
	c->at = r->at;
	memcpy(c->hash, r->hash, sizeof c->hash);
	c->software = S("0.1.0");
	ed25519_public(seed, c->public);
	ed25519_sign(seed, chain_checkpoint_bytes(e->arena, c), c->signature);
	add_line(e, &l);
	e->last = *c;
}

static struct export *export_new(int records)
{
	struct arena *a = arena_open();
	struct export *e = ARENA_NEW(a, struct export);
	struct chain_line l = { .kind = CHAIN_HEAD };
	uint8_t before[CHAIN_HASH_SIZE] = { 0 };

	e->arena = a;
	memcpy(l.chain, chain, sizeof chain);
	add_line(e, &l);
	l.kind = CHAIN_RECORD;
	for (int64_t n = 1; n <= records; n++) {
		uint8_t digest[CHAIN_HASH_SIZE];
		l.record = record(a, n);
		chain_hash(chain, before, &l.record, l.record.hash);
		memcpy(before, l.record.hash, sizeof before);
		if (n % 10 == 0)
			forget(&l.record.words, 'w', digest);
		add_line(e, &l);
		if (n % EVERY == 0)
			add_checkpoint(e, &l.record);
	}
	l = (struct chain_line){ .kind = CHAIN_END, .seq = records };
	memcpy(l.hash, before, sizeof before);
	add_line(e, &l);
	return e;
}

static void export_free(struct export *e)
{
	arena_close(e->arena);
}

/* Which line has record n; lines[0] is the head. */
static int line_of(const struct export *e, int64_t n)
{
	struct str start = arena_printf(e->arena, "{\"seq\":%lld,", (long long)n);

	for (int i = 0; i < e->count; i++)
		if (str_starts(e->lines[i], start))
			return i;
	return -1;
}

static struct chain_file file_open(void)
{
	return (struct chain_file){ .v.arena = arena_open(), .line_arena = arena_open() };
}

static void file_close(struct chain_file *f)
{
	arena_close(f->v.arena);
	arena_close(f->line_arena);
	buf_free(&f->scratch);
}

static struct str without_end(struct str line)
{
	return (struct str){ line.at, line.len - 1 };
}

/* What a verification says: the record that is wrong, 0: none is. */
static int64_t verified(struct chain_file *f, const struct export *e)
{
	for (int i = 0; i < e->count; i++)
		if (!chain_verify_line(f, without_end(e->lines[i])))
			return f->v.wrong_seq;
	return chain_verify_file_end(f, false) ? 0 : f->v.wrong_seq;
}

/* Verifies with a checkpoint from elsewhere, when there is one. */
static void finds(const struct export *e, const struct chain_checkpoint *anchor, int64_t seq,
                  const char *words)
{
	struct chain_file f = file_open();

	if (anchor != NULL)
		assert_true(chain_verify_anchor(&f.v, anchor));
	assert_int_equal(verified(&f, e), seq);
	if (words == NULL ? f.v.wrong[0] != '\0' : strstr(f.v.wrong, words) == NULL)
		fail_msg("it says: %s", f.v.wrong);
	file_close(&f);
}

static void an_export_that_nobody_touched_is_good(void **state)
{
	struct export *e = export_new(RECORDS);
	struct chain_file f = file_open();

	(void)state;
	assert_int_equal(verified(&f, e), 0);
	assert_int_equal(f.v.records, RECORDS);
	assert_int_equal(f.v.checkpoints, RECORDS / EVERY);
	assert_int_equal(f.v.redacted, RECORDS / 10);
	file_close(&f);
	finds(e, &e->last, 0, NULL);
	export_free(e);
}

/* The lines from `at` on, as far as it takes; the state before them is known to be good. */
static int64_t goes_on(const struct export *e, int at, struct chain_file f, struct str changed)
{
	/* The changed line may have become two, or the line end may be gone. */
	struct buf text = { 0 };
	int64_t found = -1;

	buf_add(&text, changed);
	for (int i = at + 1; i < e->count && i < at + 3; i++)
		buf_add(&text, e->lines[i]);
	struct str rest = buf_str(&text);
	while (found < 0 && memchr(rest.at, '\n', rest.len) != NULL)
		if (!chain_verify_line(&f, str_cut(&rest, '\n')))
			found = f.v.wrong_seq;
	if (found < 0 && at + 3 >= e->count && !chain_verify_file_end(&f, rest.len > 0))
		found = f.v.wrong_seq;
	buf_free(&text);
	return found;
}

static void flip_each(const struct export *e, int at, const struct chain_file *before, int64_t seq)
{
	struct str line = e->lines[at];
	char *copy = arena_raw(e->arena, line.len);

	memcpy(copy, line.at, line.len);
	for (size_t i = 0; i < line.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct chain_file f = *before;
			copy[i] = (char)(line.at[i] ^ (1 << bit));
			int64_t found = goes_on(e, at, f, (struct str){ copy, line.len });
			if (found != seq)
				fail_msg("line %d, byte %zu, bit %d: found record %lld, not %lld", at, i, bit,
				         (long long)found, (long long)seq);
			copy[i] = line.at[i];
		}
}

static void every_bit_of_an_export_counts(void **state)
{
	struct export *e = export_new(RECORDS);
	struct chain_file f = file_open();

	(void)state;
	/* Its scratch is handed on with each copy: it must not grow in one of them. */
	assert_non_null(buf_room(&f.scratch, 64 * 1024));
	for (int i = 0; i < e->count; i++) {
		if (str_starts(e->lines[i], S("{\"seq\":")))
			flip_each(e, i, &f, f.v.seq + 1);
		assert_true(chain_verify_line(&f, without_end(e->lines[i])));
	}
	file_close(&f);
	export_free(e);
}

/* A flip in what is not a record: found, at the record beside it or as the line's own fault. */
static void every_bit_of_heads_checkpoints_and_ends_counts(void **state)
{
	struct export *e = export_new(EVERY);
	uint8_t public[ED25519_PUBLIC_SIZE];

	(void)state;
	ed25519_public(seed, public);
	for (int i = 0; i < e->count; i++) {
		struct str line = e->lines[i];
		if (str_starts(line, S("{\"seq\":")))
			continue;
		char *copy = arena_raw(e->arena, line.len);
		memcpy(copy, line.at, line.len);
		e->lines[i] = (struct str){ copy, line.len };
		for (size_t k = 0; k < line.len - 1; k++) {
			struct chain_file f = file_open();
			copy[k] = (char)(line.at[k] ^ (1 << (k % 8)));
			assert_true(chain_verify_key(&f.v, public));
			(void)verified(&f, e);
			if (f.v.wrong[0] == '\0')
				fail_msg("line %d, byte %zu: not found", i, k);
			copy[k] = line.at[k];
			file_close(&f);
		}
	}
	export_free(e);
}

static void what_is_removed_added_swapped_or_repeated_is_found(void **state)
{
	struct export *e = export_new(RECORDS), *o = export_new(RECORDS);
	int at = line_of(e, 517);
	size_t behind = sizeof *e->lines * (size_t)(e->count - at - 1);

	(void)state;
	/* removed */
	memmove(e->lines + at, e->lines + at + 1, behind);
	e->count--;
	finds(e, NULL, 517, "record 517 is missing");
	/* two more */
	memmove(e->lines + at, e->lines + at + 2, behind - 2 * sizeof *e->lines);
	e->count -= 2;
	finds(e, NULL, 517, "records 517 to 519 are missing");
	/* repeated */
	memcpy(e->lines, o->lines, sizeof e->lines);
	e->count = o->count + 1;
	memmove(e->lines + at + 1, e->lines + at, behind + sizeof *e->lines);
	finds(e, NULL, 518, "repeated or out of order");
	/* swapped */
	memcpy(e->lines, o->lines, sizeof e->lines);
	e->count = o->count;
	e->lines[at] = o->lines[at + 1];
	e->lines[at + 1] = o->lines[at];
	finds(e, NULL, 517, "record 517 is missing");
	export_free(e);
	export_free(o);
}

/* A record that was written into the log, with a hash that fits the one before. */
static void an_inserted_record_breaks_what_follows(void **state)
{
	struct export *e = export_new(RECORDS);
	struct chain_file f = file_open();
	struct chain_line l = { .kind = CHAIN_RECORD };
	struct buf b = { 0 };
	int at = line_of(e, 518);

	(void)state;
	for (int i = 0; i < at; i++)
		assert_true(chain_verify_line(&f, without_end(e->lines[i])));
	l.record = record(e->arena, 518);
	l.record.principal = S("nobody");
	chain_hash(chain, f.v.hash, &l.record, l.record.hash);
	chain_line_write(&b, &l);
	assert_true(chain_verify_line(&f, without_end(buf_str(&b))));   /* by itself it fits, */
	assert_false(chain_verify_line(&f, without_end(e->lines[at]))); /* but there was one */
	assert_int_equal(f.v.wrong_seq, 519);
	/* In the place of the old one: the next one does not follow it. */
	e->lines[at] = arena_str(e->arena, buf_str(&b));
	finds(e, NULL, 519, "record 519 was changed");
	buf_free(&b);
	file_close(&f);
	export_free(e);
}

static void a_cut_end_and_an_older_copy_are_found_with_an_anchor(void **state)
{
	struct export *e = export_new(RECORDS), *older = export_new(RECORDS - 150);
	struct chain_checkpoint anchor = e->last;

	(void)state;
	finds(older, NULL, 0, NULL); /* by itself it is whole */
	finds(older, &anchor, 851, "the end is cut off, or this is an older copy");
	e->count--; /* without its last line an export says so by itself */
	finds(e, NULL, 1001, "its end is missing");
	export_free(e);
	export_free(older);
}

static void a_log_made_anew_is_found_with_an_anchor_or_a_key(void **state)
{
	struct export *e = export_new(RECORDS);
	struct chain_checkpoint other = e->last;
	struct chain_file f = file_open();
	uint8_t public[ED25519_PUBLIC_SIZE] = { 9 };

	(void)state;
	other.seq = 500;
	ed25519_sign(seed, chain_checkpoint_bytes(e->arena, &other), other.signature);
	finds(e, &other, 500, "is not the one that was signed");
	assert_true(chain_verify_key(&f.v, public));
	assert_int_equal(verified(&f, e), EVERY);
	assert_non_null(strstr(f.v.wrong, "signed by a key that was not named"));
	file_close(&f);
	export_free(e);
}

static void an_anchor_must_be_signed_and_of_this_log(void **state)
{
	struct export *e = export_new(RECORDS);
	struct chain_checkpoint other = e->last;
	struct chain_file f = file_open();

	(void)state;
	other.hash[0] ^= 1;
	assert_false(chain_verify_anchor(&f.v, &other));
	assert_non_null(strstr(f.v.wrong, "wrong signature"));
	file_close(&f);
	other = e->last;
	other.chain[0] ^= 1;
	ed25519_sign(seed, chain_checkpoint_bytes(e->arena, &other), other.signature);
	finds(e, &other, 0, "of another log");
	export_free(e);
}

static void an_export_may_begin_behind_a_record(void **state)
{
	struct export *e = export_new(RECORDS);
	struct chain_file f = file_open();
	int at = line_of(e, 500);

	(void)state;
	struct chain_line l;
	assert_true(chain_line_read(f.line_arena, &f.scratch, without_end(e->lines[at]), &l));
	struct chain_line head = { .kind = CHAIN_HEAD, .seq = 500 };
	memcpy(head.chain, chain, sizeof chain);
	memcpy(head.hash, l.record.hash, sizeof head.hash);
	struct buf b = { 0 };
	chain_line_write(&b, &head);
	e->lines[at + 1] = arena_str(e->arena, buf_str(&b)); /* in place of the checkpoint */
	memmove(e->lines, e->lines + at + 1, sizeof *e->lines * (size_t)(e->count - at - 1));
	e->count -= at + 1;
	finds(e, &e->last, 0, NULL);
	buf_free(&b);
	file_close(&f);
	export_free(e);
}

/* Also those of the order that an export has but for one thing. */
static void what_is_no_export_is_told_apart(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"{\"audit_export\":2,\"chain\":\"07000000-0000-0000-0000-000000000000\",\"after\":0,"
		"\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"}",
		"{\"audit_export\":1,\"chain\":\"07000000-0000-0000-0000-000000000000\",\"after\":0,"
		"\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"} ",
		"{\"end\":0,\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"}",
		"{\"seq\":1,\"at\":\"x",
		"{\"seq\":1,\"at\":\"2026-11-22T15:37:32.123Z\",\"principal\":\"\\ud800\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct chain_file f = file_open();
		assert_false(chain_verify_line(&f, str_of(bad[i])));
		assert_true(f.v.wrong[0] != '\0');
		file_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_export_that_nobody_touched_is_good),
		cmocka_unit_test(every_bit_of_an_export_counts),
		cmocka_unit_test(every_bit_of_heads_checkpoints_and_ends_counts),
		cmocka_unit_test(what_is_removed_added_swapped_or_repeated_is_found),
		cmocka_unit_test(an_inserted_record_breaks_what_follows),
		cmocka_unit_test(a_cut_end_and_an_older_copy_are_found_with_an_anchor),
		cmocka_unit_test(a_log_made_anew_is_found_with_an_anchor_or_a_key),
		cmocka_unit_test(an_anchor_must_be_signed_and_of_this_log),
		cmocka_unit_test(an_export_may_begin_behind_a_record),
		cmocka_unit_test(what_is_no_export_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
