/* session_test.c - accounts and sessions through the engine: begun, ended, what is taken once,
 * and what the front door hears. */
#include "check.h"

#include <stdio.h>

#include "base/limits.h"
#include "domain/account/account.h"
#include "domain/account/session.h"
#include "domain/domain.h"
#include "world/world.h"

static const char hash_1[] = "0123456789abcdef0123456789abcdef",
				  hash_2[] = "ABCDEF0123456789abcdef0123456789",
				  link_1[] = "link0123456789abcdef0123456789ab";
#define ONE "S00000000000000A"
#define TWO "S00000000000000B"

static const char *run(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = world_run(w, op, in);

	assert_non_null(c);
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

static const char *account(struct world *w, const char *person)
{
	struct account_create in = { .person = str_of(person), .password = S("a hash") };

	return run(w, &op_account_create, &in);
}

static struct session_begin by_password(const char *id, const char *hash)
{
	return (struct session_begin){
		.id = str_of(id), .token_hash = str_of(hash), .person = S("taro"), .password = S("a hash")
	};
}

/* A question of the read lane. Texts of the answer live as long as the world. */
static void look(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(w, op, in);

	assert_int_equal(op->read(w->store, c, w->now), OK);
	list_add_last(&w->answered, &c->node);
}

static int sessions(struct world *w)
{
	struct session_list in = { .person = S("taro") };

	look(w, &op_session_list, &in);
	return in.count;
}

static struct account_look looked(struct world *w)
{
	struct account_look in = { .person = S("taro") };

	look(w, &op_account_look, &in);
	return in;
}

/* What the front door was told, as "+S1 -S1 ". */
static char heard[512];

static void hear(void *context, const struct session_news *news)
{
	size_t len = strlen(heard);

	(void)context;
	snprintf(heard + len, sizeof heard - len, "%c%.*s ", news->ended ? '-' : '+', S_ARG(news->id));
}

static void listen_in(struct world *w)
{
	heard[0] = '\0';
	engine_domain(w->engine)->config.session_news = hear;
}

static void a_session_begins_and_ends_and_the_front_door_hears_of_it(void **state)
{
	struct world *w = world_open(1);
	struct session_begin in = by_password(ONE, hash_1);
	struct session_end end = { .id = S(ONE) };

	(void)state;
	listen_in(w);
	assert_string_equal(run(w, &op_session_begin, &in), "INVALID_LOGIN"); /* no account */
	assert_string_equal(account(w, "taro"), "NONE");
	assert_string_equal(account(w, "taro"), "CONFLICT");
	assert_string_equal(run(w, &op_session_begin, &in), "NONE");
	assert_int_equal(in.ends_at, in.created_at + SESSION_LIFE_MS);
	assert_int_equal(sessions(w), 1);
	assert_string_equal(run(w, &op_session_end, &end), "NONE");
	assert_string_equal(run(w, &op_session_end, &end), "NOT_FOUND");
	assert_int_equal(sessions(w), 0);
	assert_string_equal(heard, "+" ONE " -" ONE " ");
	world_check_rows(w);
	world_close(w);
}

static void the_account_must_still_be_what_was_looked_at(void **state)
{
	struct world *w = world_open(2);
	struct session_begin in = by_password(ONE, hash_1);
	struct account_password set = { .person = S("taro"), .password = S("another") };
	struct account_disable off = { .person = S("taro"), .disable = true };

	(void)state;
	assert_string_equal(account(w, "taro"), "NONE");
	assert_string_equal(run(w, &op_account_password, &set), "NONE");
	assert_string_equal(run(w, &op_session_begin, &in), "INVALID_LOGIN");
	in.password = S("another");
	in.with_code = true; /* none is asked for: it was removed meanwhile */
	in.totp_step = 7;
	assert_string_equal(run(w, &op_session_begin, &in), "INVALID_LOGIN");
	in.with_code = false;
	assert_string_equal(run(w, &op_session_begin, &in), "NONE");
	assert_string_equal(run(w, &op_account_disable, &off), "NONE");
	assert_int_equal(sessions(w), 0);
	struct session_begin again = by_password(TWO, hash_2);
	again.password = S("another");
	assert_string_equal(run(w, &op_session_begin, &again), "INVALID_LOGIN");
	set.before = S("a hash");
	assert_string_equal(run(w, &op_account_password, &set), "CONFLICT");
	world_close(w);
}

static void a_link_and_a_code_are_taken_once(void **state)
{
	struct world *w = world_open(3);
	struct account_link link = { .person = S("taro"),
		                         .token_hash = str_of(link_1),
		                         .life_ms = LINK_LIFE_MS };
	struct session_begin in = { .id = S(ONE),
		                        .token_hash = str_of(hash_1),
		                        .link_hash = str_of(link_1) };
	struct session_begin twice = { .id = S(TWO),
		                           .token_hash = str_of(hash_2),
		                           .link_hash = str_of(link_1) };

	(void)state;
	assert_string_equal(account(w, "taro"), "NONE");
	assert_string_equal(run(w, &op_account_link, &link), "NONE");
	assert_string_equal(run(w, &op_session_begin, &in), "NONE");
	check_text(in.person, "taro");
	assert_string_equal(run(w, &op_session_begin, &twice), "INVALID_LOGIN");

	struct account_totp_enrol enrol = { .person = S("taro"), .sealed = S("sealed") };
	struct account_totp_confirm confirm = {
		.person = S("taro"), .sealed = S("sealed"), .recovery = S("[\"aa\",\"bb\"]"), .step = 100
	};
	assert_string_equal(run(w, &op_account_totp_enrol, &enrol), "NONE");
	assert_false(looked(w).totp);
	assert_string_equal(run(w, &op_account_totp_confirm, &confirm), "NONE");
	assert_string_equal(run(w, &op_account_totp_confirm, &confirm), "CONFLICT");
	assert_string_equal(run(w, &op_account_totp_enrol, &enrol), "CONFLICT");
	assert_true(looked(w).totp);
	twice = by_password(TWO, hash_2);
	assert_string_equal(run(w, &op_session_begin, &twice), "INVALID_LOGIN"); /* without a code */
	twice.with_code = true;
	twice.totp_step = 100;
	assert_string_equal(run(w, &op_session_begin, &twice), "INVALID_LOGIN");
	twice.totp_step = 101;
	assert_string_equal(run(w, &op_session_begin, &twice), "NONE");
	assert_int_equal(looked(w).totp_step, 101);
	struct session_begin recovered = by_password("S00000000000000C", link_1);
	recovered.recovery_hash = S("bb");
	assert_string_equal(run(w, &op_session_begin, &recovered), "NONE");
	check_text(looked(w).totp_recovery, "[\"aa\"]");
	assert_string_equal(run(w, &op_session_begin, &recovered), "INVALID_LOGIN");
	world_check_rows(w);
	world_close(w);
}

static void a_link_is_no_use_when_its_time_is_over(void **state)
{
	struct world *w = world_open(4);
	struct account_link link = { .person = S("taro"),
		                         .token_hash = str_of(link_1),
		                         .life_ms = 1000 };
	struct session_begin in = { .id = S(ONE),
		                        .token_hash = str_of(hash_1),
		                        .link_hash = str_of(link_1) };

	(void)state;
	assert_string_equal(account(w, "taro"), "NONE");
	assert_string_equal(run(w, &op_account_link, &link), "NONE");
	world_pass_ms(w, 1000);
	assert_string_equal(run(w, &op_session_begin, &in), "INVALID_LOGIN");
	world_close(w);
}

static void rows_of_sessions_that_ended_by_themselves_are_swept(void **state)
{
	struct world *w = world_open(5);
	struct session_begin one = by_password(ONE, hash_1), two = by_password(TWO, hash_2);

	(void)state;
	listen_in(w);
	assert_string_equal(account(w, "taro"), "NONE");
	assert_string_equal(run(w, &op_session_begin, &one), "NONE");
	world_pass_ms(w, SESSION_IDLE_MS);
	assert_int_equal(sessions(w), 0);
	assert_string_equal(run(w, &op_session_begin, &two), "NONE");
	assert_string_equal(heard, "+" ONE " -" ONE " +" TWO " ");
	world_close(w);
}

static void a_store_that_fails_tells_the_front_door_nothing(void **state)
{
	(void)state;
	for (int nth = 1, failed = 1; failed; nth++) {
		struct world *w = world_open(6);
		struct session_begin in = by_password(ONE, hash_1);
		assert_string_equal(account(w, "taro"), "NONE");
		listen_in(w);
		store_fail_at(w->store, nth, ERR_BUSY);
		const char *said = run(w, &op_session_begin, &in);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		bool done = strcmp(said, "NONE") == 0;
		assert_string_equal(heard, done ? "+" ONE " " : "");
		world_restart(w);
		assert_int_equal(sessions(w), done);
		world_close(w);
		assert_true(nth < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_begins_and_ends_and_the_front_door_hears_of_it),
		cmocka_unit_test(the_account_must_still_be_what_was_looked_at),
		cmocka_unit_test(a_link_and_a_code_are_taken_once),
		cmocka_unit_test(a_link_is_no_use_when_its_time_is_over),
		cmocka_unit_test(rows_of_sessions_that_ended_by_themselves_are_swept),
		cmocka_unit_test(a_store_that_fails_tells_the_front_door_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
