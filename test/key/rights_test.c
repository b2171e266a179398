/* rights_test.c - every operation of every table has a name to ask for, and without a rule
 * it is denied; an operation that names a second queue asks for that one too. */
#include "check.h"

#include <stdio.h>

#include "api/auth.h"
#include "api/family.h"
#include "api/rest/rest.h"
#include "api/rights.h"
#include "api/state.h"
#include "domain/schedule/schedule.h"
#include "domain/topic/topic.h"

/* The paths that everybody may see. One more is a decision, so it is a line here. */
static const char *const open_paths[] = { "/healthz",
	                                      "/readyz",
	                                      "/",
	                                      "/_localstack/health",
	                                      "/sns/certificate.pem",
	                                      "/openapi.json",
	                                      "/v1/login",
	                                      "/v1/login/oidc/{provider}",
	                                      "/v1/login/oidc/{provider}/callback",
	                                      "/links/{token}" };
/* The paths where who made it needs no rule: the operation asks. */
static const char *const maker_paths[] = { "/v1/groups/{id}", "/v1/groups/{id}/close",
	                                       "/v1/groups/{id}/cancel" };
/* The operations for which a parameter is the proof. */
static const char *const open_ops[] = { "ConfirmSubscription", "Unsubscribe" };

struct door {
	struct api api;
	struct api_call *call;
};

static const uint8_t nothing[1024]; /* parameters of any operation: none given */

static struct door door_open(void)
{
	struct door d = { .api = { .config = { .auth = true,
		                                   .region = S("us-east-1"),
		                                   .account = S("000000000000") } } };
	struct cmd *c = cmd_new(&op_rest_local);

	d.call = ARENA_NEW(c->arena, struct api_call);
	d.call->c = c;
	c->api = d.call;
	c->in = (void *)nothing;
	return d;
}

static void door_close(struct door *d)
{
	cmd_free(d->call->c);
}

static const char *asked(struct door *d)
{
	api_authorise(&d->api, d->call->c, d->call->action, d->call->resource);
	return refusal_name(d->call->c->refused.why);
}

static bool listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static struct grant grant_of(struct rule *rule, const char *text)
{
	const char *why;

	assert_true(rule_read(str_of(text), rule, &why));
	return (struct grant){ .rules = rule, .count = 1 };
}

static void every_operation_is_denied_without_a_rule_and_allowed_with_its_own(void **state)
{
	static const struct api_family *const families[] = { &sqs_family, &sns_family };

	(void)state;
	for (int f = 0; f < 2; f++)
		for (int i = 0; i < families[f]->op_count; i++) {
			const struct api_op *op = families[f]->ops[i];
			char text[128];
			struct rule rule;
			struct door d = door_open();

			assert_true(op->name != NULL && op->name[0] != '\0');
			assert_int_equal(op->open, listed(open_ops, 2, op->name));
			d.call->family = families[f];
			d.call->op = op;
			d.call->action = str_of(op->name);
			d.call->resource = S("q");
			assert_string_equal(asked(&d), "NOT_ALLOWED"); /* no key at all */
			d.call->c->refused.why = REFUSED_NONE;
			snprintf(text, sizeof text, "%.*s:%s:q", S_ARG(families[f]->name), op->name);
			struct grant k = grant_of(&rule, text);
			d.call->grant = &k;
			if (strcmp(asked(&d), "NONE") != 0)
				fail_msg("%s is not allowed by %s", op->name, text);
			k = grant_of(&rule, "ringi:*:*");
			assert_string_equal(asked(&d), "NOT_ALLOWED");
			door_close(&d);
		}
}

static void every_route_is_denied_without_a_rule_unless_it_is_listed_as_open(void **state)
{
	(void)state;
	for (const struct rest_route *r = rest_routes; r->path != NULL; r++) {
		struct rule rule;
		struct door d = door_open();
		bool open = listed(open_paths, sizeof open_paths / sizeof open_paths[0], r->path) ||
		            (r->method == HTTP_POST_ && strcmp(r->path, "/v1/sessions") == 0);

		d.call->form = API_REST;
		d.call->route = r;
		d.call->action = str_of(r->action);
		if ((r->action == NULL) != open)
			fail_msg("%s: is it open to everybody?", r->path);
		assert_string_equal(asked(&d), open ? "NONE" : "NOT_ALLOWED");
		d.call->c->refused.why = REFUSED_NONE;
		struct grant k = grant_of(&rule, "ringi:Nothing:x"); /* a key, but no rule for this */
		d.call->grant = &k;
		bool made = listed(maker_paths, 3, r->path);
		assert_string_equal(asked(&d), open || made ? "NONE" : "NOT_ALLOWED");
		d.call->c->refused.why = REFUSED_NONE;
		k = grant_of(&rule, "ringi:*:*");
		assert_string_equal(asked(&d), "NONE");
		door_close(&d);
	}
}

static void metrics_can_be_left_open(void **state)
{
	struct door d = door_open();

	(void)state;
	d.api.config.metrics_open = true;
	d.call->form = API_REST;
	d.call->action = S("Metrics");
	assert_string_equal(asked(&d), "NONE");
	d.call->action = S("ListKeys");
	assert_string_equal(asked(&d), "NOT_ALLOWED");
	door_close(&d);
}

/* ---- the second queue */

static struct pair redrive_to(const char *arn)
{
	static char text[256];

	snprintf(text, sizeof text, "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":3}", arn);
	return (struct pair){ S("RedrivePolicy"), str_of(text) };
}

/* The resource of the last right that is asked for; "*" for none in particular. */
static struct str last_right(const struct api_family *family, const struct op *op, void *in,
                             int *count)
{
	static struct right rights[RIGHTS_MAX];
	static char resource[256]; /* the call's memory goes with the door */
	struct door d = door_open();

	d.call->family = family;
	d.call->c->op = op;
	d.call->c->in = in;
	*count = rights_of(d.call, S("Something"), S("own"), rights);
	struct right last = rights[*count - 1];
	if (*count > 1)
		check_text(last.action, "SendMessage");
	snprintf(resource, sizeof resource, "%.*s", S_ARG(last.resource));
	bool given = str_given(last.resource);
	door_close(&d);
	return given ? str_of(resource) : S("*");
}

#define ARN "arn:aws:sqs:us-east-1:000000000000:"

static void a_redrive_policy_asks_for_the_dead_letter_queue(void **state)
{
	struct pair attributes[2] = { { S("DelaySeconds"), S("1") }, redrive_to(ARN "dead") };
	struct queue_create create = { .attributes = attributes, .attribute_count = 2 };
	struct queue_set set = { .attributes = attributes, .count = 2 };
	struct subscription_set one = { .attribute = attributes[1] };
	int count;

	(void)state;
	check_text(last_right(&sqs_family, &op_queue_create, &create, &count), "dead");
	assert_int_equal(count, 2);
	check_text(last_right(NULL, &op_queue_set, &set, &count), "dead");
	check_text(last_right(&sns_family, &op_subscription_set, &one, &count), "dead");
	attributes[1] = redrive_to(ARN "mine:victim"); /* readers could differ about it */
	check_text(last_right(&sqs_family, &op_queue_set, &set, &count), "*");
	attributes[1] = redrive_to("victim");
	check_text(last_right(&sqs_family, &op_queue_set, &set, &count), "*");
	attributes[1].value = S("nonsense");
	check_text(last_right(&sqs_family, &op_queue_set, &set, &count), "*");
	attributes[1].value = S(""); /* taken away */
	last_right(&sqs_family, &op_queue_set, &set, &count);
	assert_int_equal(count, 1);
}

static void what_a_queue_hands_on_asks_for_the_other_queue(void **state)
{
	struct pair one = { S("collect"), S("{\"into\":\"other\",\"max\":1,\"wait_ms\":1}") };
	struct queue_create create = { .attributes = &one, .attribute_count = 1 };
	struct queue_set set = { .attributes = &one, .count = 1 };
	int count;

	(void)state;
	check_text(last_right(NULL, &op_queue_create, &create, &count), "other");
	assert_int_equal(count, 2);
	one.name = S("split");
	check_text(last_right(&sqs_family, &op_queue_set, &set, &count), "other");
	one.value = S("nonsense");
	check_text(last_right(&sqs_family, &op_queue_set, &set, &count), "*");
	one.value = S("");
	last_right(&sqs_family, &op_queue_set, &set, &count);
	assert_int_equal(count, 1);
}

static void several_redrive_policies_ask_for_every_queue(void **state)
{
	struct pair attributes[6];
	struct queue_set set = { .attributes = attributes, .count = 6 };
	int count;

	(void)state;
	for (int i = 0; i < 6; i++)
		attributes[i] = redrive_to(ARN "dead");
	check_text(last_right(&sqs_family, &op_queue_set, &set, &count), "*");
	assert_int_equal(count, RIGHTS_MAX);
}

static void a_move_asks_for_its_destination(void **state)
{
	struct move_start to = { .source = S("dlq"), .destination = S("work") },
					  back = { .source = S("dlq") };
	struct queue_operate resend = { .to = S("work") }, home = { 0 }, drop = { .remove = true };
	int count;

	(void)state;
	check_text(last_right(&sqs_family, &op_move_start, &to, &count), "work");
	check_text(last_right(&sqs_family, &op_move_start, &back, &count), "*");
	check_text(last_right(NULL, &op_queue_operate, &resend, &count), "work");
	check_text(last_right(NULL, &op_queue_operate, &home, &count), "*");
	check_text(last_right(NULL, &op_queue_operate, &drop, &count), "own");
}

static void a_subscription_asks_for_its_queue(void **state)
{
	struct pair dead = redrive_to(ARN "dead");
	struct subscribe queue = { .protocol = S("sqs"), .endpoint = S(ARN "q") };
	struct subscribe web = { .protocol = S("https"), .endpoint = S("https://a.example") };
	struct subscribe both = {
		.protocol = S("sqs"), .endpoint = S(ARN "q"), .attributes = &dead, .attribute_count = 1
	};
	int count;

	(void)state;
	check_text(last_right(&sns_family, &op_subscribe, &queue, &count), "q");
	check_text(last_right(&sns_family, &op_subscribe, &web, &count), "own");
	check_text(last_right(&sns_family, &op_subscribe, &both, &count), "dead");
	assert_int_equal(count, 3);
}

static void a_schedule_asks_for_its_queue(void **state)
{
	struct schedule_put put = { .name = S("daily"), .queue = S("work") };
	int count;

	(void)state;
	check_text(last_right(NULL, &op_schedule_put, &put, &count), "work");
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_is_denied_without_a_rule_and_allowed_with_its_own),
		cmocka_unit_test(every_route_is_denied_without_a_rule_unless_it_is_listed_as_open),
		cmocka_unit_test(metrics_can_be_left_open),
		cmocka_unit_test(a_redrive_policy_asks_for_the_dead_letter_queue),
		cmocka_unit_test(what_a_queue_hands_on_asks_for_the_other_queue),
		cmocka_unit_test(several_redrive_policies_ask_for_every_queue),
		cmocka_unit_test(a_move_asks_for_its_destination),
		cmocka_unit_test(a_schedule_asks_for_its_queue),
		cmocka_unit_test(a_subscription_asks_for_its_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
