/* import_test.c - stories of files of people: all or nothing, told line by line, and back out as
 * they came in. */
#include "domain/directory/people_csv.h"
#include "directory/stories.h"

static struct world *a_company(void)
{
	struct world *w = world_at("2026-11-22 00:00");

	is(post(w, "manager", 3), "NONE");
	is(department(w, "HQ", NULL, NULL), "NONE");
	is(department(w, "SALES", "HQ", NULL), "NONE");
	is(people_group(w, "legal", ""), "NONE");
	return w;
}

static void the_company_ends(struct world *w)
{
	world_check_rows(w);
	the_end(w);
}

static struct people_import *file_of(struct world *w, const char *csv)
{
	struct people_import *p = ARENA_NEW(w->arena, struct people_import);

	p->file = people_csv_read(w->arena, str_of(csv));
	return p;
}

static const char *import(struct world *w, const char *csv)
{
	return does(w, &op_people_import, file_of(w, csv));
}

/* "2 added, 1 changed, 0 removed, 0 same"; or the first mistake. */
static const char *dry(struct world *w, const char *csv)
{
	struct people_import *p = file_of(w, csv);

	p->dry_run = true;
	is(does(w, &op_people_import, p), "NONE");
	const struct csv_mistake *m = &p->file->mistakes->all[0];
	if (p->file->mistakes->count > 0)
		return arena_printf(w->arena, "%d:%.*s %.*s", m->line, S_ARG(m->column), S_ARG(m->text)).at;
	return arena_printf(w->arena, "%d added, %d changed, %d removed, %d same", (int)p->added,
	                    (int)p->changed, (int)p->removed, (int)p->same)
	    .at;
}

static const char *export(struct world *w)
{
	struct people_export *p = ARENA_NEW(w->arena, struct people_export);
	struct cmd *c = world_cmd(w, &op_people_export, p);

	p->max = 100;
	must(op_people_export.read(w->store, c, w->now) == OK);
	const char *text = arena_str(w->arena, p->csv).at;
	cmd_free(c);
	return text;
}

static const char staff[] =
	"id,name,kana,email,zone,appointments,groups,attr:office\r\n"
	"sato,\"佐藤, 𠮷子\",サトウ,sato@example.com,,*SALES/manager@2026-04-01..;HQ,legal,=1+1\r\n"
	"高橋,髙橋 😀,,,,SALES,,\r\n";

STORY(a_file_is_imported_and_the_same_file_again_changes_nothing)
{
	struct world *w = a_company();
	struct person p;

	(void)state;
	is(dry(w, staff), "2 added, 0 changed, 0 removed, 0 same");
	is(import(w, staff), "NONE");
	is(dry(w, staff), "0 added, 0 changed, 0 removed, 2 same");
	assert_int_equal(directory_person(w->store, w->arena, S("sato"), &p), OK);
	check_text(p.name, "佐藤, 𠮷子");
	check_text(p.attributes, "{\"office\":\"=1+1\"}");
	is(holders_at(w, "manager", "SALES", w->now.wall_ms), "sato");
	is(in_group_at(w, "legal", w->now.wall_ms), "sato");
	is(dry(w, "id,groups\nsato,\n高橋,legal\n"), "0 added, 2 changed, 0 removed, 0 same");
	the_company_ends(w);
}

STORY(what_is_exported_is_imported_as_it_was)
{
	struct world *w = a_company(), *other = a_company();

	(void)state;
	is(import(w, staff), "NONE");
	is(person(w, "suzuki", (struct being){ .name = "-x", .until = "2027-01-01", .active = "no" }),
	   "NONE");
	const char *csv = export(w);
	assert_non_null(strstr(csv, "\"'-x\""));
	is(dry(w, csv), "0 added, 0 changed, 0 removed, 3 same");
	is(import(other, csv), "NONE");
	is(export(other), csv);
	the_company_ends(w);
	the_company_ends(other);
}

STORY(a_file_with_one_mistake_changes_nothing)
{
	struct world *w = a_company();
	struct cmd *c;

	(void)state;
	const char *bad = "id,name,appointments\na,A,HQ\nb,B,NOWHERE\nc,,\n";
	is(import(w, bad), "INVALID_PARAMETER");
	c = world_run(w, &op_people_import, file_of(w, bad));
	check_text(c->refused.text,
	           "Nothing was imported: line 3, column appointments: There is no department NOWHERE. "
	           "Put /v1/departments/NOWHERE first, or correct the code. There are 2 mistakes; "
	           "dry_run tells them.");
	is(dry(w, "id,name\na,A\n"), "1 added, 0 changed, 0 removed, 0 same");
	is(dry(w, "id,name\na,A\na,B\n"), "3:id a stands in the file twice.");
	is(dry(w, "id,name\na\n"), "2: There are 1 cells, but 2 columns.");
	is(dry(w, "id,nmae\n"), "1:nmae There is no such column. Known are id, name, kana, email, "
	                        "locale, zone, active, from, until, appointments, groups, attributes "
	                        "and attr:NAME.");
	is(dry(w, "name\nA\n"), "1:id The column id is missing.");
	is(dry(w, "id,id\n"), "1:id This column stands twice.");
	is(dry(w, ""), "1: There is no line with the names of the columns.");
	is(dry(w, "id,active\na,maybe\n"), "2:active active is true, false, 1, 0 or empty.");
	is(dry(w, "id,attributes\na,5\n"),
	   "2:attributes attributes is a JSON object, as {\"office\":\"Osaka\"}.");
	is(dry(w, "id,name\na,\"A\n"), "2:2 In this cell a quote is not closed.");
	is(dry(w, "id,name\na,\xff\n"), "0: The text is not UTF-8. Files of other character sets are "
	                                "converted first: ringi people import --encoding cp932.");
	is(dry(w, "id,name\nＡ,A\n"), "2:id 'Ａ' is no id of a person: 1 to 64 bytes of letters, "
	                              "digits and . _ @ - are (no full-width forms, no signs), and "
	                              "neither ringi nor anonymous.");
	is(dry(w, "id,name,appointments\na,A,HQ@soon\n"),
	   "2:appointments 'HQ@soon' cannot be read. Write DEPARTMENT/post@2026-04-01..2027-04-01; "
	   "post and period may be left out.");
	the_company_ends(w);
}

STORY(who_is_missing_becomes_inactive_when_that_is_asked_for)
{
	struct world *w = a_company();
	struct people_import *p;
	bool active;

	(void)state;
	is(import(w, staff), "NONE");
	p = file_of(w, "id,name\n高橋,髙橋\n");
	p->remove_missing = true;
	is(does(w, &op_people_import, p), "NONE");
	assert_int_equal(p->removed, 1);
	assert_int_equal(p->changed, 1);
	assert_int_equal(directory_active(w->store, S("sato"), w->now.wall_ms, &active), OK);
	assert_false(active);
	assert_int_equal(directory_active(w->store, S("高橋"), w->now.wall_ms, &active), OK);
	assert_true(active);
	the_company_ends(w);
}

STORY(one_over_the_number_of_people_in_a_file_is_refused)
{
	struct world *w = a_company();
	struct buf text = { 0 };

	(void)state;
	buf_add_text(&text, "id,name\n");
	for (int i = 0; i < PEOPLE_IMPORT_MAX; i++)
		buf_printf(&text, "p%d,x\n", i);
	buf_add_byte(&text, '\0');
	is(dry(w, text.at), "10000 added, 0 changed, 0 removed, 0 same");
	text.len--;
	buf_add_text(&text, "more,x\n");
	buf_add_byte(&text, '\0');
	is(dry(w, text.at), "10002: A file has 10000 people at most. Split it.");
	buf_clear(&text);
	buf_add_text(&text, "id,name\n");
	for (int i = 0; i < PEOPLE_IMPORT_WRONG_MAX + 5; i++)
		buf_printf(&text, "p%d,\n", i);
	buf_add_byte(&text, '\0');
	struct people_import *p = file_of(w, text.at);
	p->dry_run = true;
	is(does(w, &op_people_import, p), "NONE");
	assert_int_equal(p->file->mistakes->count, PEOPLE_IMPORT_WRONG_MAX + 5);
	buf_clear(&text);
	buf_add_text(&text, "id,name,groups\n");
	for (int i = 0; i < PEOPLE_GROUP_MEMBERS_MAX; i++)
		buf_printf(&text, "p%d,x,legal\n", i);
	buf_add_byte(&text, '\0');
	is(dry(w, text.at), "10000 added, 0 changed, 0 removed, 0 same");
	is(person(w, "p0", (struct being){ .name = "x", .groups = "legal" }), "NONE");
	is(dry(w, text.at), "9999 added, 0 changed, 0 removed, 1 same");
	is(person(w, "z", (struct being){ .groups = "legal" }), "NONE");
	is(dry(w, text.at), "0:groups The group legal would have 10001 members; 10000 is the most.");
	buf_free(&text);
	the_company_ends(w);
}

STORY(a_fault_at_any_store_call_imports_nothing_or_all)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = a_company();
		store_fail_at(w->store, nth, ERR_IO);
		bool done = strcmp(import(w, staff), "NONE") == 0;
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		is(dry(w, staff), done ? "0 added, 0 changed, 0 removed, 2 same"
		                       : "2 added, 0 changed, 0 removed, 0 same");
		the_company_ends(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_file_is_imported_and_the_same_file_again_changes_nothing),
		RUN(what_is_exported_is_imported_as_it_was),
		RUN(a_file_with_one_mistake_changes_nothing),
		RUN(who_is_missing_becomes_inactive_when_that_is_asked_for),
		RUN(one_over_the_number_of_people_in_a_file_is_refused),
		RUN(a_fault_at_any_store_call_imports_nothing_or_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
