/* roles_test.c - what built-in roles may, for every route there is: roles.txt, next to this
 * file, has a row for each. A new route without a row fails here, and so does a role that may
 * more or less than its row says. */
#include "check.h"

#include <stdio.h>

#include "api/auth.h"
#include "api/rest/rest.h"
#include "api/roster.h"
#include "api/state.h"

#define TABLE "test/key/roles.txt"

static const char *const methods[] = {
	[HTTP_GET_] = "GET",
	[HTTP_POST_] = "POST",
	[HTTP_PUT_] = "PUT",
	[HTTP_DELETE_] = "DELETE",
};
static const char *const role_names[] = { "administrator", "operator", "process-owner", "person" };
enum { ROLE_COUNT = sizeof role_names / sizeof role_names[0], LINES_MAX = 2000 };

struct table {
	char lines[LINES_MAX][256];
	bool used[LINES_MAX];
	int count;
};

static struct table *read_table(struct arena *a)
{
	struct table *t = ARENA_NEW(a, struct table);
	FILE *f = fopen(TABLE, "r");
	char line[512];

	assert_non_null(f); /* tests are run from the top of the tree */
	while (fgets(line, sizeof line, f) != NULL) {
		char *to = t->lines[t->count];
		size_t len = 0;
		for (const char *from = line; *from != '\0' && *from != '\n'; from++) /* one space each */
			if (*from != ' ' || (len > 0 && to[len - 1] != ' '))
				to[len++] = *from;
		while (len > 0 && to[len - 1] == ' ')
			len--;
		to[len] = '\0';
		if (len > 0 && to[0] != '#')
			assert_true(++t->count < LINES_MAX);
	}
	(void)fclose(f);
	return t;
}

/* yes; own, dept: with that scope; no. */
static const char *cell(const struct rest_route *r, const struct grant *g)
{
	if (r->action == NULL)
		return "open";
	unsigned facts = grant_facts(g, S("ringi"), str_of(r->action), S("q"));
	return facts & FACTS_NONE_NEEDED ? "yes"
	       : facts & FACT_DEPARTMENT ? "dept"
	       : facts & FACT_OWN        ? "own"
	                                 : "no";
}

static const struct grant *grant_of(const struct roster *roster, int role)
{
	return &roster_role(roster, str_of(role_names[role]))->grant;
}

static void row_of(const struct roster *roster, const struct rest_route *r, char row[256])
{
	int n = snprintf(row, 256, "%s %s %s", methods[r->method], r->path,
	                 r->action == NULL ? "-" : r->action);

	for (int i = 0; i < ROLE_COUNT; i++)
		n += snprintf(row + n, 256 - (size_t)n, " %s", cell(r, grant_of(roster, i)));
}

static bool listed(struct table *t, const char *row)
{
	for (int i = 0; i < t->count; i++)
		if (strcmp(t->lines[i], row) == 0)
			return t->used[i] = true;
	return false;
}

static void every_route_and_role_is_as_the_table_says(void **state)
{
	struct arena *a = arena_open();
	struct roster *roster = roster_new(a, NULL);
	struct table *t = read_table(a);
	int wrong = 0;

	(void)state;
	for (const struct rest_route *r = rest_routes; r->path != NULL; r++) {
		char row[256];
		row_of(roster, r, row);
		if (!listed(t, row) && wrong++ == 0)
			print_error("%s should have these rows (what each role may: src/domain/account/"
			            "builtin.c):\n",
			            TABLE);
		if (wrong > 0 && !listed(t, row))
			print_error("%s\n", row);
	}
	for (int i = 0; i < t->count; i++)
		if (!t->used[i] && wrong++ >= 0)
			print_error("%s has a row too many, or one that is not so: %s\n", TABLE, t->lines[i]);
	roster_close(roster);
	arena_close(a);
	assert_int_equal(wrong, 0);
}

/* ---- and the door does what the table says */

static const char *asked(const struct rest_route *r, const struct grant *g, bool own)
{
	struct api api = { .config = {
						   .auth = true, .region = S("us-east-1"), .account = S("000000000000") } };
	struct cmd *c = cmd_new(&op_rest_local);
	struct api_call *call = ARENA_NEW(c->arena, struct api_call);

	call->c = c;
	c->api = call;
	c->caller.principal = S("taro");
	c->caller.person = true;
	call->form = API_REST;
	call->route = r;
	call->action = str_of(r->action);
	call->resource = own ? S("taro") : S("hanako");
	call->grant = g;
	api_authorise(&api, c, call->action, call->resource);
	const char *said = refusal_name(c->refused.why);
	cmd_free(c);
	return said;
}

static void the_door_lets_in_whom_the_table_says(void **state)
{
	struct arena *a = arena_open();
	struct roster *roster = roster_new(a, NULL);

	(void)state;
	for (const struct rest_route *r = rest_routes; r->path != NULL; r++)
		for (int i = 0; i < ROLE_COUNT; i++)
			for (int own = 0; own < 2; own++) {
				const struct grant *g = grant_of(roster, i);
				struct str what = cell(r, g)[0] == 'd' ? S("no") : str_of(cell(r, g));
				bool in = str_is(what, "open") || str_is(what, "yes") ||
				          (str_is(what, "own") && r->person && own);
				if (strcmp(asked(r, g, own), in ? "NONE" : "NOT_ALLOWED") != 0)
					fail_msg("%s %s, %s, %s", methods[r->method], r->path, role_names[i],
					         own ? "own" : "foreign");
			}
	roster_close(roster);
	arena_close(a);
}

static void everybody_has_the_role_person_and_nobody_more(void **state)
{
	struct arena *a = arena_open();
	struct role_grant grants[] = { { S("group:clerks"), S("operator") },
		                           { S("user:hanako"), S("administrator") },
		                           { S("user:taro"), S("gone") } };
	struct accounts accounts = { .grants = grants, .grant_count = 3 };
	struct roster *roster = roster_new(a, &accounts);

	(void)state;
	assert_int_equal(roster_person(roster, S("jiro"))->role_count, 1);
	assert_int_equal(roster_person(roster, S("taro"))->role_count, 1);
	assert_int_equal(roster_person(roster, S("clerks"))->role_count, 1);
	const struct roster_person *hanako = roster_person(roster, S("hanako"));
	assert_int_equal(hanako->role_count, 2);
	check_text(hanako->role_of[0]->name, "administrator");
	check_text(hanako->role_of[hanako->grant.count - 1]->name, "person");
	roster_close(roster);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_and_role_is_as_the_table_says),
		cmocka_unit_test(the_door_lets_in_whom_the_table_says),
		cmocka_unit_test(everybody_has_the_role_person_and_nobody_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
