/* vouch_test.c - who was vouched for elsewhere: whose account that is, linked when, and what is
 * left when the store fails in between. */
#include "check.h"

#include "base/limits.h"
#include "domain/account/account.h"
#include "domain/account/session.h"
#include "domain/account/vouch.h"
#include "domain/directory/directory.h"
#include "world/world.h"

static const char hash_1[] = "0123456789abcdef0123456789abcdef",
				  hash_2[] = "ABCDEF0123456789abcdef0123456789";
#define ISSUER S("https://id.example.com")

static const char *run(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = world_run(w, op, in);

	assert_non_null(c);
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

static void person(struct world *w, const char *id, const char *email, int active)
{
	struct person_put in = {
		.id = str_of(id), .name = str_of(id), .email = str_of(email), .active = active
	};

	assert_string_equal(run(w, &op_person_put, &in), "NONE");
}

static void account(struct world *w, const char *id)
{
	struct account_create in = { .person = str_of(id) };

	assert_string_equal(run(w, &op_account_create, &in), "NONE");
}

static void link_to(struct world *w, const char *id, const char *subject)
{
	struct account_oidc in = { .person = str_of(id),
		                       .issuer = subject == NULL ? S_NONE : ISSUER,
		                       .subject = str_of(subject) };

	assert_string_equal(run(w, &op_account_oidc, &in), "NONE");
}

static struct vouch vouch(const char *subject, const char *email, const char *id)
{
	return (struct vouch){
		.issuer = ISSUER, .subject = str_of(subject), .email = str_of(email), .id = str_of(id)
	};
}

/* What the front door is told; the same must hold for the session. */
static const char *end_of(struct world *w, struct vouch v)
{
	struct cmd *c = world_cmd(w, &op_account_vouch, &v);

	assert_int_equal(op_account_vouch.read(w->store, c, w->now), OK);
	list_add_last(&w->answered, &c->node);
	return v.end == VOUCH_GOOD ? v.link ? "link" : "good" : vouch_why(v.end);
}

static const char *signs_in(struct world *w, const char *session, const char *hash, struct vouch v)
{
	struct session_begin in = { .id = str_of(session),
		                        .token_hash = str_of(hash),
		                        .vouch = &v,
		                        .provider = S("corp"),
		                        .how = SESSION_OIDC };

	return run(w, &op_session_begin, &in);
}

static int64_t sessions(struct world *w, const char *id)
{
	struct session_list in = { .person = str_of(id) };
	struct cmd *c = world_cmd(w, &op_session_list, &in);

	assert_int_equal(op_session_list.read(w->store, c, w->now), OK);
	list_add_last(&w->answered, &c->node);
	return in.count;
}

static void the_subject_says_whose_account_it_is(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	account(w, "taro");
	assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), "unknown");
	link_to(w, "taro", "s1");
	assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), "good");
	/* Whatever else is claimed, and whoever else has the address. */
	account(w, "jiro");
	assert_string_equal(end_of(w, vouch("s1", NULL, "jiro")), "good");
	assert_string_equal(signs_in(w, "S00000000000000A", hash_1, vouch("s1", NULL, "jiro")), "NONE");
	assert_int_equal(sessions(w, "taro"), 1);
	struct vouch other = vouch("s1", NULL, NULL);
	other.issuer = S("https://evil.example");
	assert_string_equal(end_of(w, other), "unknown");
	world_close(w);
}

static void a_rule_links_at_the_first_time_and_never_again(void **state)
{
	struct world *w = world_open(2);

	(void)state;
	person(w, "taro", "Taro@Example.com", 1);
	assert_string_equal(end_of(w, vouch("s1", "taro@example.com", NULL)), "no-account");
	account(w, "taro");
	assert_string_equal(end_of(w, vouch("s1", "taro@example.com", NULL)), "link");
	assert_string_equal(end_of(w, vouch("s1", "taro@example.co", NULL)), "unknown");
	assert_string_equal(signs_in(w, "S00000000000000A", hash_1,
	                             vouch("s1", "taro@example.com", NULL)),
	                    "NONE");
	assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), "good");
	/* Somebody else with that address, later. */
	assert_string_equal(end_of(w, vouch("s2", "taro@example.com", NULL)), "linked-elsewhere");
	assert_string_equal(signs_in(w, "S00000000000000B", hash_2,
	                             vouch("s2", "taro@example.com", NULL)),
	                    "INVALID_LOGIN");
	link_to(w, "taro", NULL);
	assert_int_equal(sessions(w, "taro"), 0);
	assert_string_equal(end_of(w, vouch("s2", "taro@example.com", NULL)), "link");
	world_close(w);
}

static void an_address_of_several_people_says_nothing(void **state)
{
	struct world *w = world_open(3);

	(void)state;
	person(w, "taro", "us@example.com", 1);
	person(w, "jiro", "US@example.com", 1);
	account(w, "taro");
	assert_string_equal(end_of(w, vouch("s1", "us@example.com", NULL)), "ambiguous");
	person(w, "jiro", "us@example.com", 0); /* has left */
	assert_string_equal(end_of(w, vouch("s1", "us@example.com", NULL)), "link");
	person(w, "taro", "us@example.com", 0);
	assert_string_equal(end_of(w, vouch("s1", "us@example.com", NULL)), "unknown");
	world_close(w);
}

static void a_claim_that_is_an_id_links_that_person(void **state)
{
	struct world *w = world_open(4);

	(void)state;
	account(w, "E-17");
	assert_string_equal(end_of(w, vouch("s1", NULL, "E-17")), "link");
	assert_string_equal(end_of(w, vouch("s1", NULL, "e-17")), "no-account");
	assert_string_equal(end_of(w, vouch("s1", NULL, "not an id")), "unknown");
	world_close(w);
}

static void who_is_disabled_or_has_left_does_not_get_in(void **state)
{
	struct world *w = world_open(5);
	struct account_disable off = { .person = S("taro"), .disable = true };

	(void)state;
	account(w, "taro");
	link_to(w, "taro", "s1");
	assert_string_equal(run(w, &op_account_disable, &off), "NONE");
	assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), "disabled");
	assert_string_equal(signs_in(w, "S00000000000000A", hash_1, vouch("s1", NULL, NULL)),
	                    "INVALID_LOGIN");
	off.disable = false;
	assert_string_equal(run(w, &op_account_disable, &off), "NONE");
	assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), "good");
	person(w, "taro", "taro@example.com", 0);
	assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), "disabled");
	world_close(w);
}

/* Two windows of one person, at their first time; and two people who claim the same account. */
static void what_comes_at_once_links_once(void **state)
{
	struct world *w = world_open(6);
	struct vouch same[2] = { vouch("s1", NULL, "taro"), vouch("s1", NULL, "taro") };
	struct vouch rivals[2] = { vouch("s2", NULL, "jiro"), vouch("s3", NULL, "jiro") };

	(void)state;
	account(w, "taro");
	account(w, "jiro");
	for (int round = 0; round < 2; round++) {
		struct vouch *v = round == 0 ? same : rivals;
		struct session_begin in[2] = {
			{ .id = S("S00000000000000A"), .token_hash = str_of(hash_1), .vouch = &v[0] },
			{ .id = S("S00000000000000B"), .token_hash = str_of(hash_2), .vouch = &v[1] },
		};
		if (round == 1)
			in[0].id = S("S00000000000000C"), in[1].id = S("S00000000000000D"),
			in[0].token_hash = S("00000000000000000000000000000000"),
			in[1].token_hash = S("11111111111111111111111111111111");
		in[0].how = in[1].how = SESSION_OIDC;
		struct cmd *both[] = { world_cmd(w, &op_session_begin, &in[0]),
			                   world_cmd(w, &op_session_begin, &in[1]) };
		world_run_batch(w, both, 2);
		assert_false(cmd_refused(both[0]));
		assert_int_equal(cmd_refused(both[1]), round == 1);
	}
	assert_int_equal(sessions(w, "taro"), 2);
	assert_int_equal(sessions(w, "jiro"), 1);
	world_close(w);
}

static void a_store_that_fails_links_and_begins_both_or_neither(void **state)
{
	(void)state;
	for (int nth = 1, failed = 1; failed; nth++) {
		struct world *w = world_open(7);
		account(w, "taro");
		store_fail_at(w->store, nth, ERR_BUSY);
		const char *said = signs_in(w, "S00000000000000A", hash_1, vouch("s1", NULL, "taro"));
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		bool done = strcmp(said, "NONE") == 0;
		world_restart(w);
		assert_int_equal(sessions(w, "taro"), done);
		assert_string_equal(end_of(w, vouch("s1", NULL, NULL)), done ? "good" : "unknown");
		world_close(w);
		assert_true(nth < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_subject_says_whose_account_it_is),
		cmocka_unit_test(a_rule_links_at_the_first_time_and_never_again),
		cmocka_unit_test(an_address_of_several_people_says_nothing),
		cmocka_unit_test(a_claim_that_is_an_id_links_that_person),
		cmocka_unit_test(who_is_disabled_or_has_left_does_not_get_in),
		cmocka_unit_test(what_comes_at_once_links_once),
		cmocka_unit_test(a_store_that_fails_links_and_begins_both_or_neither),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
