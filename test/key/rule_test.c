/* rule_test.c - what rules allow: one table; what is no rule; what covers what. */
#include "check.h"

#include "domain/key/rule.h"

enum { RULES_TESTED = 4 };

static int read_all(const char *text, struct rule rules[RULES_TESTED])
{
	struct str rest = str_of(text);
	const char *why;
	int count = 0;

	while (rest.len > 0) {
		struct str one = str_cut(&rest, ' ');
		assert_true(rule_read(one, &rules[count++], &why));
	}
	return count;
}

static const struct {
	const char *rules, *service, *action, *resource; /* resource NULL: none */
	bool allowed;
} table[] = {
	/* deny by default */
	{ "", "sqs", "SendMessage", "orders", false },
	{ "", "sqs", "ListQueues", NULL, false },
	/* exact */
	{ "sqs:SendMessage:orders", "sqs", "SendMessage", "orders", true },
	{ "sqs:SendMessage:orders", "sqs", "SendMessage", "orders2", false },
	{ "sqs:SendMessage:orders", "sqs", "SendMessage", "order", false },
	{ "sqs:SendMessage:orders", "sqs", "SendMessage", "", false },
	{ "sqs:SendMessage:orders", "sqs", "ReceiveMessage", "orders", false },
	{ "sqs:SendMessage:orders", "sns", "SendMessage", "orders", false },
	{ "sqs:SendMessage:orders", "sqs", "sendmessage", "orders", false },
	{ "sqs:SendMessage:orders", "sqs", "SendMessage", "ORDERS", false },
	/* patterns */
	{ "sqs:SendMessage:orders-*", "sqs", "SendMessage", "orders-eu", true },
	{ "sqs:SendMessage:orders-*", "sqs", "SendMessage", "orders-", true },
	{ "sqs:SendMessage:orders-*", "sqs", "SendMessage", "orders", false },
	{ "sqs:SendMessage:orders-*", "sqs", "SendMessage", "my-orders-eu", false },
	{ "sqs:SendMessage:*.fifo", "sqs", "SendMessage", "a.fifo", true },
	{ "sqs:SendMessage:*.fifo", "sqs", "SendMessage", "a.fifo.x", false },
	{ "sqs:*Message:a", "sqs", "DeleteMessage", "a", true },
	{ "sqs:*Message:a", "sqs", "DeleteQueue", "a", false },
	{ "sqs:*:a*b*c", "sqs", "PurgeQueue", "a-b-b-c", true },
	{ "sqs:*:a*b*c", "sqs", "PurgeQueue", "a-b", false },
	{ "*:*:*", "ringi", "CreateKey", "ci", true },
	{ "*:*:*", "sns", "Publish", "news", true },
	/* a batch is many of one */
	{ "sqs:SendMessage:a", "sqs", "SendMessageBatch", "a", true },
	{ "sqs:SendMessage:a", "sqs", "DeleteMessageBatch", "a", false },
	{ "sqs:SendMessageBatch:a", "sqs", "SendMessageBatch", "a", true },
	{ "sqs:SendMessageBatch:a", "sqs", "SendMessage", "a", false },
	{ "sns:Publish:a", "sns", "PublishBatch", "a", true },
	/* about nothing in particular: only '*' itself */
	{ "sqs:ListQueues:*", "sqs", "ListQueues", NULL, true },
	{ "sqs:ListQueues:a*", "sqs", "ListQueues", NULL, false },
	{ "sqs:ListQueues:**", "sqs", "ListQueues", NULL, false },
	/* the second rule counts too */
	{ "sns:Publish:news sqs:SendMessage:a", "sqs", "SendMessage", "a", true },
	{ "sns:Publish:news sqs:SendMessage:a", "sqs", "SendMessage", "news", false },
	/* without an action nothing is allowed */
	{ "*:*:*", "sqs", "", "a", false },
	{ "*:*:*", "sqs", NULL, "a", false },
};

static void what_rules_allow(void **state)
{
	struct rule rules[RULES_TESTED];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		int count = read_all(table[i].rules, rules);
		struct verdict v = allowed(rules, count, str_of(table[i].service), str_of(table[i].action),
		                           str_of(table[i].resource), 0);
		if (v.allowed != table[i].allowed)
			fail_msg("%s: %s:%s on %s", table[i].rules, table[i].service, table[i].action,
			         table[i].resource);
		assert_int_equal(v.by >= 0, v.allowed);
		assert_true(strlen(v.reason) > 0);
	}
}

static void a_scope_needs_its_fact(void **state)
{
	static const struct {
		const char *rules;
		unsigned facts, would;
	} cases[] = {
		{ "ringi:GetApproval:*", 0, FACTS_NONE_NEEDED | FACT_OWN | FACT_DEPARTMENT },
		{ "ringi:GetApproval:*@own", FACT_OWN, FACT_OWN },
		{ "ringi:GetApproval:expense-*@department", FACT_DEPARTMENT, FACT_DEPARTMENT },
		{ "ringi:GetApproval:*@own ringi:GetApproval:*@department", FACT_OWN,
		  FACT_OWN | FACT_DEPARTMENT },
		{ "ringi:GetApproval:orders-*", 0, 0 },
	};
	struct rule rules[RULES_TESTED];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct grant g = { .rules = rules, .count = read_all(cases[i].rules, rules) };
		assert_int_equal(grant_facts(&g, S("ringi"), S("GetApproval"), S("expense-1")),
		                 cases[i].would);
		for (unsigned facts = 0; facts <= (FACT_OWN | FACT_DEPARTMENT); facts++) {
			bool expected = cases[i].would & FACTS_NONE_NEEDED || (cases[i].would & facts) != 0;
			assert_int_equal(grant_allows(&g, S("ringi"), S("GetApproval"), S("expense-1"), facts)
			                     .allowed,
			                 expected);
		}
	}
}

static void who_acts_for_somebody_may_what_both_may(void **state)
{
	struct rule person[RULES_TESTED], key[RULES_TESTED];
	struct grant k = { .rules = key, .count = read_all("ringi:ActAs:* ringi:Get*:a*", key) };
	struct grant both = { .rules = person,
		                  .count = read_all("ringi:GetQueue:*@own ringi:PutQueue:*", person),
		                  .also = &k };

	(void)state;
	assert_true(grant_allows(&both, S("ringi"), S("GetQueue"), S("a1"), FACT_OWN).allowed);
	assert_false(grant_allows(&both, S("ringi"), S("GetQueue"), S("a1"), 0).allowed);
	assert_false(grant_allows(&both, S("ringi"), S("GetQueue"), S("b"), FACT_OWN).allowed);
	assert_false(grant_allows(&both, S("ringi"), S("PutQueue"), S("a1"), 0).allowed);
	assert_false(grant_allows(&both, S("ringi"), S("ActAs"), S("x"), 0).allowed);
	assert_false(grant_allows(NULL, S("ringi"), S("GetQueue"), S("a1"), FACT_OWN).allowed);
	assert_true(grant_names(&both, S("ringi"), S("GetQueue")));
	assert_false(grant_names(&both, S("ringi"), S("PutQueue")));
	assert_false(grant_covers(&both, &person[0])); /* the key has less */
	assert_true(grant_covers(&k, &key[1]));
}

static void the_reason_tells_what_is_missing(void **state)
{
	struct rule rules[RULES_TESTED];
	int count = read_all("sqs:SendMessage:a", rules);

	(void)state;
	assert_string_equal(allowed(rules, count, S("sqs"), S("PurgeQueue"), S("a"), 0).reason,
	                    "no rule allows this action");
	assert_string_equal(allowed(rules, count, S("sqs"), S("SendMessage"), S("b"), 0).reason,
	                    "no rule allows this action on this resource");
	assert_string_equal(allowed(rules, count, S("sqs"), S("SendMessage"), S_NONE, 0).reason,
	                    "this action needs a rule for every resource (*)");
}

static void what_is_no_rule(void **state)
{
	static const char *const wrong[] = {
		"",
		":",
		"::",
		"sqs",
		"sqs:SendMessage",
		"sqs:SendMessage:",
		"sqs::a",
		":SendMessage:a",
		"ec2:RunInstances:*",
		"SQS:SendMessage:a",
		"sqs:SendMessage:a:b",
		"sqs:Send Message:a",
		"sqs:Send1:a",
		"sqs:SendMessage:a b",
		"sqs:SendMessage:a/b",
		"ringi:GetApproval:@own",
		"ringi:GetApproval:*@if(amount < 3)",
		"ringi:ActAs:\xff",
		"sqs:SendMessage:arn", /* the last is one */
	};
	struct rule rule;
	const char *why;
	char longest[400];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(rule_read(str_of(wrong[i]), &rule, &why),
		                 i == sizeof wrong / sizeof wrong[0] - 1);
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "sqs:A:", 6);
	assert_true(rule_read((struct str){ longest, RULE_TEXT_MAX }, &rule, &why));
	assert_false(rule_read((struct str){ longest, RULE_TEXT_MAX + 1 }, &rule, &why));
	assert_false(rule_read((struct str){ "sqs:A:a\0b", 9 }, &rule, &why));
}

static void nobody_gives_what_they_do_not_have(void **state)
{
	static const struct {
		const char *own, *given;
		bool covered;
	} cases[] = {
		{ "*:*:*", "sqs:SendMessage:a", true },
		{ "sqs:*:*", "sqs:*:*", true },
		{ "sqs:*:*", "*:*:*", false },
		{ "sqs:*:a*", "sqs:*:a-b*", true },
		{ "sqs:*:a*", "sqs:*:*", false },
		{ "sqs:*:a*", "sqs:*:*a", false },
		{ "sqs:*:a*b", "sqs:*:a*", false },
		{ "sqs:*:a*b", "sqs:Send*:a*x*b", true },
		{ "sqs:SendMessage:*", "sqs:Send*:*", false },
		{ "ringi:*:*", "sqs:SendMessage:a", false },
		{ "ringi:*:*", "ringi:GetApproval:*@own", true },
		{ "ringi:*:*@own", "ringi:GetApproval:*@own", true },
		{ "ringi:*:*@own", "ringi:GetApproval:*", false },
		{ "ringi:*:*@department", "ringi:GetApproval:*@own", false },
	};
	struct rule own[RULES_TESTED], given[RULES_TESTED];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int count = read_all(cases[i].own, own);
		assert_int_equal(read_all(cases[i].given, given), 1);
		if (rules_cover(own, count, given) != cases[i].covered)
			fail_msg("%s covers %s", cases[i].own, cases[i].given);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rules_allow),
		cmocka_unit_test(a_scope_needs_its_fact),
		cmocka_unit_test(who_acts_for_somebody_may_what_both_may),
		cmocka_unit_test(the_reason_tells_what_is_missing),
		cmocka_unit_test(what_is_no_rule),
		cmocka_unit_test(nobody_gives_what_they_do_not_have),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
