/* versions_test.c - policies through the engine: versions, four eyes, what approvals open by,
 * failing stores, and one over each bound. */
#include "check.h"

#include <stdio.h>

#include "base/limits.h"
#include "domain/policy/template.h"
#include "world/world.h"

static const char *run(struct world *w, const struct op *op, void *in, const char *person)
{
	struct cmd *c = world_cmd(w, op, in);

	c->caller.principal = str_of(person);
	world_run_batch(w, &c, 1);
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

static const struct policy *policy(struct world *w, const char *text)
{
	struct refused why;
	const struct policy *p = policy_read_text(w->arena, str_of(text), &why);

	assert_non_null(p);
	return p;
}

#define TWO "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]}"
#define ALL "{\"need\":\"all\",\"of\":[\"a\",\"b\",\"c\"]}"

static const char *put(struct world *w, const char *name, const char *text, int four_eyes)
{
	struct policy_put in = { .name = str_of(name),
		                     .policy = policy(w, text),
		                     .four_eyes = four_eyes };

	return run(w, &op_policy_put, &in, "taro");
}

static const char *accept(struct world *w, const char *name, int64_t version, const char *person)
{
	struct policy_accept in = { .name = str_of(name), .version = version };

	return run(w, &op_policy_accept, &in, person);
}

/* The version that an approval opens by; 0 and the refusal's name. */
static int64_t opens_by(struct world *w, const char *name, int64_t version, const char **refused)
{
	const struct policy *p;
	struct policy_version v;
	struct refused why;

	assert_int_equal(policy_for_opening(w->store, w->arena, str_of(name), version, &p, &v, &why),
	                 OK);
	*refused = refusal_name(why.why);
	assert_int_equal(p == NULL, why.why != REFUSED_NONE);
	assert_int_equal(p == NULL, !str_given(v.name));
	return p == NULL ? 0 : v.version;
}

static void approvals_open_by_what_is_in_force(void **state)
{
	struct world *w = world_open(1);
	const char *why;
	struct policy_named gone = { .name = S("p") };

	(void)state;
	assert_int_equal(opens_by(w, "p", 0, &why), 0);
	assert_string_equal(why, "NO_SUCH_POLICY");
	assert_string_equal(put(w, "p", TWO, 1), "NONE");
	assert_int_equal(opens_by(w, "p", 0, &why), 0);
	assert_string_equal(why, "CONFLICT"); /* nobody has accepted it */
	assert_string_equal(accept(w, "p", 1, "taro"), "SAME_PERSON");
	assert_string_equal(accept(w, "p", 1, "hanako"), "NONE");
	assert_int_equal(opens_by(w, "p", 0, &why), 1);
	assert_string_equal(put(w, "p", ALL, -1), "NONE");
	world_restart(w);
	assert_int_equal(opens_by(w, "p", 0, &why), 1);
	assert_int_equal(opens_by(w, "p", 2, &why), 0);
	assert_int_equal(opens_by(w, "p", 3, &why), 0);
	assert_string_equal(why, "NO_SUCH_POLICY");
	assert_string_equal(accept(w, "p", 2, "hanako"), "NONE");
	assert_int_equal(opens_by(w, "p", 0, &why), 2);
	assert_int_equal(opens_by(w, "p", 1, &why), 1); /* an older one by its number */
	assert_string_equal(run(w, &op_policy_retire, &gone, "taro"), "NONE");
	assert_int_equal(opens_by(w, "p", 0, &why), 0);
	assert_string_equal(why, "CONFLICT");
	world_check_rows(w);
	world_close(w);
}

static void a_text_is_found_by_its_digest_also_when_retired(void **state)
{
	struct world *w = world_open(2);
	const struct policy *p = policy(w, TWO), *found;
	struct str sha256 = { (const char *)p->sha256, SHA256_SIZE };
	struct policy_named gone = { .name = S("p") };

	(void)state;
	assert_int_equal(policy_by_sha256(w->store, w->arena, sha256, &found), OK);
	assert_null(found);
	assert_string_equal(put(w, "p", TWO, -1), "NONE");
	assert_string_equal(put(w, "p", ALL, -1), "NONE");
	assert_string_equal(run(w, &op_policy_retire, &gone, "taro"), "NONE");
	assert_int_equal(policy_by_sha256(w->store, w->arena, sha256, &found), OK);
	assert_true(str_eq(found->canonical, p->canonical));
	world_close(w);
}

static int64_t newest(struct world *w, const char *name)
{
	struct policy_put again = {
		.name = str_of(name), .policy = policy(w, TWO), .four_eyes = -1, .if_match = S("never")
	};

	assert_string_equal(run(w, &op_policy_put, &again, "taro"), "PRECONDITION_FAILED");
	return again.before.newest;
}

static void a_store_that_fails_leaves_no_trace(void **state)
{
	(void)state;
	for (int nth = 1, failed = 1; failed; nth++) {
		struct world *w = world_open(3);
		assert_string_equal(put(w, "p", TWO, 1), "NONE");
		store_fail_at(w->store, nth, ERR_BUSY);
		bool put_done = strcmp(put(w, "p", ALL, 0), "NONE") == 0;
		bool accepted = strcmp(accept(w, "p", 1, "hanako"), "NONE") == 0;
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_restart(w);
		const char *why;
		assert_int_equal(newest(w, "p"), put_done ? 2 : 1);
		assert_int_equal(opens_by(w, "p", 0, &why), accepted ? 1 : 0);
		world_check_rows(w);
		world_close(w);
		assert_true(nth < 100);
	}
}

static void there_are_so_many_versions(void **state)
{
	struct world *w = world_open(4);
	char text[64];

	(void)state;
	for (int i = 0; i < POLICY_VERSIONS_MAX; i++) {
		snprintf(text, sizeof text, "{\"need\":1,\"of\":[\"u%d\"]}", i);
		assert_string_equal(put(w, "p", text, -1), "NONE");
	}
	assert_string_equal(put(w, "p", text, -1), "NONE"); /* the same again is no version */
	assert_string_equal(put(w, "p", TWO, -1), "OVER_LIMIT");
	world_close(w);
}

static void there_are_so_many_policies_and_templates(void **state)
{
	struct world *w = world_open(5);
	char name[32];

	(void)state;
	for (int i = 0; i < POLICIES_MAX; i++) {
		snprintf(name, sizeof name, "p%d", i);
		assert_string_equal(put(w, name, TWO, -1), "NONE");
		world_forget(w);
	}
	assert_string_equal(put(w, "one-more", TWO, -1), "OVER_LIMIT");
	assert_string_equal(put(w, "p7", ALL, -1), "NONE");
	for (int i = 0; i <= POLICY_TEMPLATES_MAX; i++) {
		snprintf(name, sizeof name, "t%d", i);
		struct policy_template_put t = { .name = str_of(name),
			                             .body = S("{\"parameters\":{},\"policy\":" TWO "}") };
		assert_string_equal(run(w, &op_policy_template_put, &t, "taro"),
		                    i < POLICY_TEMPLATES_MAX ? "NONE" : "OVER_LIMIT");
	}
	world_close(w);
}

/* ---- templates, without rows */

static const char *filled(struct arena *a, const char *body, const char *parameters)
{
	struct str why;
	struct refused refused;
	const struct json *given = parameters == NULL ? NULL : json_read(a, str_of(parameters), &why);
	const struct json *tree = policy_template_fill(a, json_read(a, str_of(body), &why), given,
	                                               &refused);
	struct buf b = { 0 };

	if (tree == NULL)
		return arena_str(a, refused.text).at;
	json_write(&b, tree);
	const char *text = arena_str(a, buf_str(&b)).at;
	buf_free(&b);
	return text;
}

static void places_are_filled_once_and_only_where_they_were(void **state)
{
	static const char body[] =
		"{\"parameters\":{\"m\":{\"type\":\"members\"},\"t\":{\"type\":\"text\","
		"\"default\":\"x\"}},\"policy\":{\"of\":[{\"user\":{\"parameter\":\"t\"}},"
		"{\"parameter\":\"m\"},\"z\"],\"need\":1}}";
	struct arena *a = arena_open();

	(void)state;
	assert_string_equal(filled(a, body, "{\"m\":[\"a\",{\"user\":\"b\"}]}"),
	                    "{\"of\":[{\"user\":\"x\"},\"a\",{\"user\":\"b\"},\"z\"],\"need\":1}");
	/* what is given is not looked at for places */
	assert_string_equal(filled(a, body, "{\"m\":[{\"parameter\":\"m\"}]}"),
	                    "{\"of\":[{\"user\":\"x\"},{\"parameter\":\"m\"},\"z\"],\"need\":1}");
	assert_string_equal(filled(a, body, NULL), "The parameter m is needed: it has no default.");
	assert_string_equal(filled(a, body, "{\"m\":7}"),
	                    "The parameter m must be of type members and within its bounds.");
	assert_string_equal(filled(a, "{\"parameters\":{\"n\":{\"type\":\"number\"}},\"policy\":{}}",
	                           "{\"n\":1}"),
	                    "The parameter n is used nowhere in the policy.");
	assert_string_equal(filled(a, "{\"parameters\":{\"n\":{\"type\":\"date\"}},\"policy\":{}}",
	                           NULL),
	                    "The type of parameter n must be number, text, flag or members.");
	assert_string_equal(filled(a,
	                           "{\"parameters\":{\"n\":{\"type\":\"number\",\"max\":3,"
	                           "\"default\":4}},\"policy\":{}}",
	                           NULL),
	                    "The default of parameter n is not of its type or range.");
	arena_close(a);
}

static void a_template_has_so_many_parameters(void **state)
{
	struct arena *a = arena_open();
	struct buf b = { 0 };

	(void)state;
	buf_add_text(&b, "{\"parameters\":{");
	for (int i = 0; i <= POLICY_PARAMETERS_MAX; i++)
		buf_printf(&b, "%s\"p%d\":{\"type\":\"flag\"}", i == 0 ? "" : ",", i);
	buf_add_text(&b, "},\"policy\":{}}");
	assert_string_equal(filled(a, arena_str(a, buf_str(&b)).at, NULL),
	                    "parameters must be an object of at most 32 parameters.");
	buf_free(&b);
	arena_close(a);
}

static void shapes_are_alike_but_for_names_and_constants(void **state)
{
	static const char *const alike[] = {
		"{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]}",
		"{\"need\":\"any\",\"of\":[\"x\",\"y\"]}",
		"{\"need\":{\"weight\":3},\"of\":[{\"user\":\"x\",\"weight\":2},\"y\"]}",
	};
	static const char *const other[] = {
		"{\"need\":\"all\",\"of\":[\"a\",\"b\",\"c\"]}",
		"{\"need\":2,\"of\":[\"a\",\"b\",{\"user\":\"c\",\"veto\":true}]}",
		"{\"need\":2,\"of\":[\"a\",\"b\",{\"group\":\"c\"}]}",
		"{\"need\":2,\"self\":\"allow\",\"of\":[\"a\",\"b\",\"c\"]}",
		"{\"need\":2,\"of\":[\"a\",{\"need\":1,\"of\":[\"b\",\"c\"]}]}",
	};
	struct world *w = world_open(6);
	uint8_t first[SHA256_SIZE], shape[SHA256_SIZE];

	(void)state;
	policy_shape(policy(w, alike[0]), first);
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		policy_shape(policy(w, alike[i]), shape);
		assert_memory_equal(shape, first, SHA256_SIZE);
	}
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		policy_shape(policy(w, other[i]), shape);
		assert_memory_not_equal(shape, first, SHA256_SIZE);
	}
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(approvals_open_by_what_is_in_force),
		cmocka_unit_test(a_text_is_found_by_its_digest_also_when_retired),
		cmocka_unit_test(a_store_that_fails_leaves_no_trace),
		cmocka_unit_test(there_are_so_many_versions),
		cmocka_unit_test(there_are_so_many_policies_and_templates),
		cmocka_unit_test(places_are_filled_once_and_only_where_they_were),
		cmocka_unit_test(a_template_has_so_many_parameters),
		cmocka_unit_test(shapes_are_alike_but_for_names_and_constants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
