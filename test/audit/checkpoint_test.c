/* checkpoint_test.c - the chain is signed a minute after a change, and every so many records. */
#include "audit/stories.h"
#include "base/limits.h"
#include "domain/audit/read.h"
#include "wire/chain_verify.h"

static struct audit_key_open *open_key(struct world *w, uint8_t master)
{
	struct audit_key_open *in = ARENA_NEW(w->arena, struct audit_key_open);

	memset(in->master_key, master, sizeof in->master_key);
	world_run(w, &op_audit_key_open, in);
	return in;
}

struct signing {
	struct chain_checkpoint last;
	int count;
	const uint8_t *chain;
};

static enum err take(void *context, const struct value *columns, int count)
{
	struct signing *s = context;

	assert_true(audit_checkpoint_read(columns, count, s->chain, &s->last));
	s->last.software = S(RINGI_VERSION);
	s->count++;
	return OK;
}

/* How many there are; each must be signed. */
static struct signing signed_now(struct world *w)
{
	struct signing s = { .chain = engine_domain(w->engine)->audits->chain };

	assert_int_equal(store_run(w->store, STMT_AUDIT_CHECKPOINT_PAGE,
	                           VALUES(value_int(0), value_int(INT64_MAX)), take, &s),
	                 OK);
	if (s.count > 0)
		assert_true(chain_checkpoint_good(w->arena, &s.last));
	return s;
}

static void leave_many(struct world *w, int times)
{
	leave(w,
	      (struct leaving){ .times = times, .record = { .action = "a.b", .resource = S("r:1") } });
}

STORY(a_minute_after_a_change_the_chain_is_signed_and_then_there_is_nothing_to_do)
{
	struct world *w = world_open(1);

	(void)state;
	leave_many(w, 1);
	assert_int_equal(audits_next(engine_domain(w->engine)), NEVER); /* no key yet */
	assert_true(open_key(w, 1)->made);
	world_pass_ms(w, AUDIT_CHECKPOINT_MS - 1);
	assert_int_equal(signed_now(w).count, 0);
	world_pass_ms(w, 1);
	struct signing s = signed_now(w);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.last.seq, 2); /* the key is a record, too */
	assert_memory_equal(s.last.hash, chain_holds(w)->hash, CHAIN_HASH_SIZE);
	assert_int_equal(audits_next(engine_domain(w->engine)), NEVER);
	world_pass_ms(w, 10 * AUDIT_CHECKPOINT_MS);
	assert_int_equal(signed_now(w).count, 1);
	world_close(w);
}

STORY(after_so_many_records_it_is_signed_at_once)
{
	struct world *w = world_open(2);

	(void)state;
	open_key(w, 1);
	leave_many(w, AUDIT_CHECKPOINT_RECORDS - 2); /* and that of the key */
	world_pass_ms(w, 1);
	assert_int_equal(signed_now(w).count, 0);
	leave_many(w, 1);
	world_pass_ms(w, 1);
	assert_int_equal(signed_now(w).last.seq, AUDIT_CHECKPOINT_RECORDS);
	world_close(w);
}

STORY(the_key_lasts_over_a_restart_and_another_master_key_makes_a_new_one_on_the_record)
{
	struct world *w = world_open(3);

	(void)state;
	open_key(w, 1);
	leave_many(w, 1);
	world_restart(w);
	struct audit_key_open *again = open_key(w, 1);
	assert_false(again->made);
	world_pass_ms(w, AUDIT_CHECKPOINT_MS); /* what was not signed before the end is now */
	struct signing first = signed_now(w);
	assert_int_equal(first.last.seq, 2);
	world_restart(w);
	struct audit_key_open *other = open_key(w, 2);
	assert_true(other->made && other->lost);
	struct chain_record *r = chain_holds(w);
	check_text(r->action, "audit.key");
	assert_true(str_given(r->from) && str_given(r->to) && !str_eq(r->from, r->to));
	world_pass_ms(w, AUDIT_CHECKPOINT_MS);
	struct signing second = signed_now(w);
	assert_int_equal(second.count, 2);
	assert_memory_not_equal(first.last.public, second.last.public, ED25519_PUBLIC_SIZE);
	world_close(w);
}

STORY(a_checkpoint_that_fails_is_made_a_moment_later)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open((uint64_t)nth);
		open_key(w, 1);
		leave_many(w, 3);
		world_pass_ms(w, AUDIT_CHECKPOINT_MS - 1);
		store_fail_from(w->store, nth, 2, ERR_FULL); /* alone, too */
		world_pass_ms(w, 1);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_pass_ms(w, 1000);
		assert_int_equal(signed_now(w).last.seq, 4);
		assert_int_equal(signed_now(w).count, 1);
		world_close(w);
		if (!failed)
			break;
		assert_true(nth < 50);
	}
}

STORY(a_key_that_cannot_be_stored_is_made_by_the_next_attempt)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open((uint64_t)nth);
		store_fail_from(w->store, nth, 3, ERR_FULL);
		open_key(w, 1);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		open_key(w, 1);
		leave_many(w, 1);
		world_pass_ms(w, AUDIT_CHECKPOINT_MS);
		assert_int_equal(signed_now(w).last.seq, 2); /* one key, one record */
		world_close(w);
		if (!failed)
			break;
		assert_true(nth < 50);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_minute_after_a_change_the_chain_is_signed_and_then_there_is_nothing_to_do),
		cmocka_unit_test(after_so_many_records_it_is_signed_at_once),
		cmocka_unit_test(
			the_key_lasts_over_a_restart_and_another_master_key_makes_a_new_one_on_the_record),
		cmocka_unit_test(a_checkpoint_that_fails_is_made_a_moment_later),
		cmocka_unit_test(a_key_that_cannot_be_stored_is_made_by_the_next_attempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
