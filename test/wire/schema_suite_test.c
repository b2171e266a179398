/* schema_suite_test.c - the official JSON Schema Test Suite (Debian's json-schema-test-suite),
 * draft 7: we say what it says. Left out is only what needs documents from elsewhere. */
#include <dirent.h>

#include "check.h"
#include "os/os.h"
#include "wire/schema.h"

#define SUITE "/usr/share/json-schema-test-suite/tests/draft7"
enum { FILE_MAX = 1024 * 1024 };

/* They refer to documents on the network, which are refused. */
static const char *const remote[] = {
	"definitions.json",
	"refRemote.json",
	"remote ref, containing refs itself",
	/* optional formats that are not checked */
	"idn-email.json",
	"hostname.json",
	"idn-hostname.json",
	"iri.json",
	"iri-reference.json",
	"json-pointer.json",
	"regex.json",
	"relative-json-pointer.json",
	"uri-reference.json",
	"uri-template.json",
	"content.json",
	"ECMA 262 regex non-compliance", /* of the format regex */
	NULL,
};

static bool left_out(const char *name)
{
	for (int i = 0; remote[i] != NULL; i++)
		if (strcmp(remote[i], name) == 0)
			return true;
	return false;
}

struct tally {
	int right, wrong;
};

static struct str text_of(struct arena *a, const struct json *v)
{
	struct buf b = { 0 };

	json_write(&b, v);
	struct str text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

static void try_group(struct arena *a, const char *file, const struct json *group, struct tally *t)
{
	struct str what = json_get_text(group, "description"), why = S_NONE;
	struct schema *s;

	if (left_out(arena_str(a, what).at))
		return;
	s = schema_read(a, text_of(a, json_get(group, "schema")), &why);
	if (s == NULL)
		print_error("%s: %.*s: %.*s\n", file, S_ARG(what), S_ARG(why));
	JSON_EACH (json_get(group, "tests"), one) {
		struct schema_fault fault = { 0 };
		bool valid = json_is(json_get(one, "valid"), JSON_TRUE);
		bool said = s != NULL && schema_fits(s, json_get(one, "data"), a, &fault);
		if (s != NULL && said == valid) {
			assert_true(valid || (str_given(fault.path) && fault.rule.len > 0));
			t->right++;
			continue;
		}
		t->wrong++;
		print_error("%s: %.*s: %.*s: we say %d (%.*s %.*s)\n", file, S_ARG(what),
		            S_ARG(json_get_text(one, "description")), said, S_ARG(fault.rule),
		            S_ARG(fault.text));
	}
	schema_free(s);
}

static void try_file(const char *folder, const char *name, struct tally *t)
{
	struct arena *a = arena_open();
	struct str text = S_NONE, why = S_NONE;

	assert_int_equal(os_file_read(a, arena_printf(a, "%s/%s", folder, name).at, FILE_MAX, &text),
	                 OK);
	const struct json *groups = json_read(a, text, &why);
	if (groups == NULL)
		fail_msg("%s: %.*s", name, S_ARG(why));
	JSON_EACH (groups, group)
		try_group(a, name, group, t);
	arena_close(a);
}

static struct tally try_folder(const char *folder)
{
	struct tally t = { 0 };
	DIR *dir = opendir(folder);
	struct dirent *e;

	if (dir == NULL)
		fail_msg("%s is missing: make deps", folder);
	while ((e = readdir(dir)) != NULL)
		if (str_ends(str_of(e->d_name), S(".json")) && !left_out(e->d_name))
			try_file(folder, e->d_name, &t);
	closedir(dir);
	return t;
}

static void the_suite_agrees(void **state)
{
	struct tally t = try_folder(SUITE);

	(void)state;
	assert_int_equal(t.wrong, 0);
	assert_in_range(t.right, 400, 10000);
}

static void the_optional_parts_agree(void **state)
{
	struct tally t = try_folder(SUITE "/optional"), formats = try_folder(SUITE "/optional/format");

	(void)state;
	assert_int_equal(t.wrong + formats.wrong, 0);
	assert_in_range(t.right + formats.right, 50, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_suite_agrees),
		cmocka_unit_test(the_optional_parts_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
