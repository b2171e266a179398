/* record_test.c - what is in an audit record, and that each holds the one before. */
#include "audit/stories.h"
#include "base/limits.h"
#include "domain/domain.h"

STORY(every_change_is_a_record_that_holds_the_one_before)
{
	struct world *w = world_open(1);

	(void)state;
	assert_null(chain_holds(w));
	check_text(str_of(world_queue(w, "work", NULL)), "NONE");
	check_text(str_of(world_queue(w, "other", NULL)), "NONE");
	struct chain_record *r = chain_holds(w);
	assert_int_equal(r->seq, 2);
	assert_int_equal(r->at, w->now.wall_ms);
	check_text(r->action, "queue.create");
	check_text(r->resource, "queue:other");
	check_text(r->principal, "anonymous");
	world_close(w);
}

STORY(a_record_says_who_for_whom_what_from_what_to_what_why_and_from_where)
{
	struct world *w = world_open(2);
	struct leaving in = {
		.record = {
			.action = "approval.vote", .resource = S("approval:1"), .on_behalf = S("suzuki"),
			.from = S("WAITING"), .to = S("AGREED"), .reason = S("fine\nwith me"),
			.detail = S("{\"slot\":1}"), .personal = S("{\"comment\":\"ok\"}"),
		},
	};
	struct cmd *c = world_cmd(w, &op_leave, &in);

	(void)state;
	c->caller.principal = S("tanaka");
	c->address = S("192.0.2.7");
	c->client = S("curl/8");
	c->request_id = S("018f");
	c->trace_parent = S("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
	world_run_batch(w, &c, 1);
	struct chain_record *r = chain_holds(w);
	check_text(r->principal, "tanaka");
	check_text(r->on_behalf, "suzuki");
	check_text(r->from, "WAITING");
	check_text(r->to, "AGREED");
	check_text(r->request_id, "018f");
	check_text(r->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
	check_text(r->detail, "{\"slot\":1}");
	check_text(r->origin.texts[0], "192.0.2.7");
	check_text(r->origin.texts[1], "curl/8");
	check_text(r->words.texts[0], "fine\nwith me");
	check_text(r->words.texts[1], "{\"comment\":\"ok\"}");
	assert_false(str_eq(r->origin.salt, r->words.salt));
	world_close(w);
}

STORY(texts_are_cut_between_characters_and_what_is_no_text_is_replaced)
{
	struct world *w = world_open(3);
	char many[AUDIT_TEXT_MAX + 1];

	(void)state;
	memset(many, 'x', sizeof many);
	memcpy(many + sizeof many - 3, "\xe3\x81\x82", 3); /* its last byte is one over */
	leave(w, (struct leaving){ .record = { .action = "a.b",
	                                       .resource = S("r:1"),
	                                       .reason = { many, sizeof many },
	                                       .to = S("\xff\x01ok"),
	                                       .personal = S("{\n\"a\":1}") } });
	struct chain_record *r = chain_holds(w);
	assert_int_equal(r->words.texts[0].len, AUDIT_TEXT_MAX - 2);
	check_text(r->to, "??ok");
	check_text(r->words.texts[1], "{ \"a\":1}");
	world_close(w);
}

STORY(of_a_detail_that_is_too_large_its_digest_is_kept)
{
	struct world *w = world_open(4);

	(void)state;
	leave(w, (struct leaving){ .record = { .action = "a.b",
	                                       .resource = S("r:1"),
	                                       .detail = object_of(w, AUDIT_DETAIL_MAX) } });
	assert_int_equal(chain_holds(w)->detail.len, AUDIT_DETAIL_MAX);
	leave(w, (struct leaving){ .record = { .action = "a.b",
	                                       .resource = S("r:1"),
	                                       .detail = object_of(w, AUDIT_DETAIL_MAX + 1) } });
	struct chain_record *r = chain_holds(w);
	assert_true(str_starts(r->detail, S("{\"omitted_bytes\":65537,\"sha256\":\"")));
	assert_false(str_given(kept_beside(w, r->seq)));
	world_close(w);
}

STORY(personal_data_that_is_too_large_is_whole_beside_its_record)
{
	struct world *w = world_open(4);
	struct str much = object_of(w, AUDIT_DETAIL_MAX + 1);

	(void)state;
	leave(w, (struct leaving){ .record = { .action = "a.b",
	                                       .resource = S("r:1"),
	                                       .personal = object_of(w, AUDIT_DETAIL_MAX) } });
	struct chain_record *r = chain_holds(w);
	assert_int_equal(r->words.texts[1].len, AUDIT_DETAIL_MAX);
	assert_false(str_given(kept_beside(w, r->seq)));
	leave(w, (struct leaving){
				 .record = { .action = "a.b", .resource = S("r:1"), .personal = much } });
	r = chain_holds(w);
	assert_true(str_starts(r->words.texts[1], S("{\"omitted_bytes\":65537,\"sha256\":\"")));
	assert_true(str_eq(kept_beside(w, r->seq), much));
	world_check_rows(w);
	world_close(w);
}

STORY(a_detail_is_put_together_and_a_plain_text_becomes_one)
{
	struct world *w = world_open(5);
	struct batch b = { .arena = w->arena };

	(void)state;
	check_text(AUDIT_JSON(&b, audit_text("to", S("a\"b")), audit_text("gone", S_NONE),
	                      audit_number("n", -3)),
	           "{\"to\":\"a\\\"b\",\"n\":-3}");
	check_text(AUDIT_JSON(&b, audit_text("gone", S_NONE)), NULL);
	check_text(audit_detail(&b, S("plain")), "{\"text\":\"plain\"}");
	check_text(audit_detail(&b, S("{\"a\":1}")), "{\"a\":1}");
	check_text(audit_name(&b, "queue", S("work")), "queue:work");
	world_close(w);
}

/* One command of a batch fails at each of its calls in turn: the others' records follow one another
 * as if it had not been there. */
STORY(b20_a_batch_that_fails_leaves_no_gap_in_the_chain)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open((uint64_t)nth);
		struct leaving *in = ARENA_ARRAY(w->arena, struct leaving, 3);
		struct cmd *commands[3];
		for (int i = 0; i < 3; i++) {
			in[i] = (struct leaving){
				.times = 3, .record = { .action = "a.b", .resource = S("r:1"), .reason = S("why") }
			};
			commands[i] = world_cmd(w, &op_leave, &in[i]);
		}
		store_fail_at(w->store, nth, ERR_FULL);
		world_run_batch(w, commands, 3);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		assert_int_equal(chain_holds(w)->seq, 9);
		leave(w, in[0]);
		assert_int_equal(chain_holds(w)->seq, 12);
		world_restart(w);
		leave(w, in[0]);
		assert_int_equal(chain_holds(w)->seq, 15);
		world_close(w);
		if (!failed)
			break;
		assert_true(nth < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_is_a_record_that_holds_the_one_before),
		cmocka_unit_test(a_record_says_who_for_whom_what_from_what_to_what_why_and_from_where),
		cmocka_unit_test(texts_are_cut_between_characters_and_what_is_no_text_is_replaced),
		cmocka_unit_test(of_a_detail_that_is_too_large_its_digest_is_kept),
		cmocka_unit_test(personal_data_that_is_too_large_is_whole_beside_its_record),
		cmocka_unit_test(a_detail_is_put_together_and_a_plain_text_becomes_one),
		cmocka_unit_test(b20_a_batch_that_fails_leaves_no_gap_in_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
