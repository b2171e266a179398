/* directory_test.c - stories of people: who holds a post, who is above whom, at which moment. */
#include "directory/stories.h"

/* HQ > SALES > EAST, with posts; the president heads HQ, the sales director SALES. */
static struct world *a_company(void)
{
	struct world *w = world_at("2026-11-22 00:00");

	is(post(w, "president", 1), "NONE");
	is(post(w, "director", 2), "NONE");
	is(post(w, "manager", 3), "NONE");
	is(department(w, "HQ", NULL, NULL), "NONE");
	is(department(w, "SALES", "HQ", NULL), "NONE");
	is(department(w, "EAST", "SALES", NULL), "NONE");
	is(person(w, "boss", (struct being){ .name = "髙﨑 一郎", .at = "*HQ/president" }), "NONE");
	is(person(w, "suzuki", (struct being){ .at = "*SALES/director" }), "NONE");
	is(person(w, "tanaka", (struct being){ .at = "*EAST/manager;SALES" }), "NONE");
	is(person(w, "sato", (struct being){ .at = "*EAST" }), "NONE");
	is(department(w, "HQ", NULL, "boss"), "NONE");
	is(department(w, "SALES", NULL, "suzuki"), "NONE");
	return w;
}

static void the_company_ends(struct world *w)
{
	world_check_rows(w);
	the_end(w);
}

STORY(a_person_is_put_and_keeps_what_is_not_given)
{
	struct world *w = a_company();
	struct person p;

	(void)state;
	is(person(w, "sato",
	          (struct being){ .name = "佐藤 𠮷子",
	                          .email = "sato@example.com",
	                          .attributes = "{\"office\":\"Osaka\",\"cost\":\"100\"}" }),
	   "NONE");
	is(person(w, "sato", (struct being){ .attributes = "{\"office\":null}", .active = "no" }),
	   "NONE");
	assert_int_equal(directory_person(w->store, w->arena, S("sato"), &p), OK);
	check_text(p.name, "佐藤 𠮷子");
	check_text(p.email, "sato@example.com");
	check_text(p.attributes, "{\"cost\":\"100\"}");
	check_text(p.locale, "ja");
	assert_false(p.active);
	is(person(w, "sato", (struct being){ .email = "", .active = "yes" }), "NONE");
	assert_int_equal(directory_person(w->store, w->arena, S("sato"), &p), OK);
	check_text(p.email, NULL);
	assert_int_equal(person_standing(&p, w->now.wall_ms), STANDING_ACTIVE);
	assert_int_equal(directory_display_name(w->store, w->arena, S("boss"), &p.name), OK);
	check_text(p.name, "髙﨑 一郎");
	assert_int_equal(directory_display_name(w->store, w->arena, S("stranger"), &p.name), OK);
	check_text(p.name, "stranger");
	the_company_ends(w);
}

STORY(a_vacant_post_is_looked_for_further_up)
{
	struct world *w = a_company();
	int64_t now = w->now.wall_ms;

	(void)state;
	is(holders_at(w, "manager", "EAST", now), "tanaka");
	is(holders_at(w, "director", "EAST", now), "suzuki");
	is(holders_at(w, "president", "EAST", now), "boss");
	is(holders_at(w, "manager", "SALES", now), "");
	is(person(w, "suzuki", (struct being){ .active = "no" }), "NONE");
	is(holders_at(w, "director", "EAST", now), "");
	is(holders_at(w, "director", "NOWHERE", now), "");
	the_company_ends(w);
}

STORY(who_has_a_post_as_their_main_one_comes_first)
{
	struct world *w = a_company();

	(void)state;
	is(person(w, "aoki", (struct being){ .at = "*HQ;EAST/manager" }), "NONE");
	is(holders_at(w, "manager", "EAST", w->now.wall_ms), "tanaka aoki");
	the_company_ends(w);
}

STORY(the_superior_is_the_next_head_who_takes_part)
{
	struct world *w = a_company();
	int64_t now = w->now.wall_ms;

	(void)state;
	is(superior_at(w, "sato", now), "suzuki"); /* EAST has no head */
	is(superior_at(w, "suzuki", now), "boss"); /* is the head of SALES */
	is(superior_at(w, "boss", now), "nobody");
	is(superior_at(w, "stranger", now), "nobody");
	is(person(w, "suzuki", (struct being){ .active = "no" }), "NONE");
	is(superior_at(w, "sato", now), "boss");
	the_company_ends(w);
}

STORY(posts_are_told_relative_to_the_applicant)
{
	struct world *w = a_company();

	(void)state;
	is(of_department(w, NULL, "sato"), "EAST");
	is(of_department(w, "applicant.department", "sato"), "EAST");
	is(of_department(w, "applicant.department.parent", "sato"), "SALES");
	is(of_department(w, "applicant.department.parent.parent.parent", "sato"), "none");
	is(of_department(w, "applicant.departmental", "sato"), "none");
	is(of_department(w, "HQ", "sato"), "HQ");
	is(of_department(w, NULL, "stranger"), "none");
	the_company_ends(w);
}

STORY(a_reorganisation_is_entered_ahead)
{
	struct world *w = a_company();
	int64_t april = when("2027-03-31 15:00"); /* midnight in Tokyo */

	(void)state;
	is(person(w, "sato",
	          (struct being){ .zone = "Asia/Tokyo",
	                          .at = "*EAST@..2027-04-01;*SALES/manager@2027-04-01.." }),
	   "NONE");
	is(holders_at(w, "manager", "SALES", april - 1), "");
	is(holders_at(w, "manager", "SALES", april), "sato");
	is(superior_at(w, "sato", april), "suzuki");
	is(people_group(w, "legal", "sato@2027-01-01..2027-04-01;tanaka"), "NONE");
	is(in_group_at(w, "legal", w->now.wall_ms), "tanaka");
	is(in_group_at(w, "legal", april - 1), "sato tanaka");
	is(in_group_at(w, "legal", april), "tanaka");
	bool member;
	assert_int_equal(directory_in_group(w->store, S("sato"), S("legal"), april - 1, &member), OK);
	assert_true(member);
	assert_int_equal(directory_in_group(w->store, S("sato"), S("legal"), april, &member), OK);
	assert_false(member);
	the_company_ends(w);
}

STORY(groups_are_set_from_both_sides)
{
	struct world *w = a_company();
	struct people p;

	(void)state;
	is(people_group(w, "legal", "sato;tanaka"), "NONE");
	is(people_group(w, "audit", ""), "NONE");
	is(person(w, "sato", (struct being){ .groups = "audit" }), "NONE");
	is(in_group_at(w, "legal", w->now.wall_ms), "tanaka");
	is(in_group_at(w, "audit", w->now.wall_ms), "sato");
	is(person(w, "sato", (struct being){ .active = "no" }), "NONE");
	is(in_group_at(w, "audit", w->now.wall_ms), "");
	assert_int_equal(directory_groups_of(w->store, w->arena, S("sato"), w->now.wall_ms, &p), OK);
	is(ids(w, &p), "audit");
	is(does(w, &op_people_group_delete, &(struct directory_named){ S("audit") }), "NONE");
	is(does(w, &op_people_group_delete, &(struct directory_named){ S("audit") }), "NOT_FOUND");
	the_company_ends(w);
}

STORY(what_does_not_exist_is_refused_by_name)
{
	struct world *w = a_company();

	(void)state;
	is(person(w, "x", (struct being){ .at = "NOWHERE" }), "UNKNOWN_DEPARTMENT");
	is(person(w, "x", (struct being){ .at = "HQ/emperor" }), "UNKNOWN_POST");
	is(person(w, "x", (struct being){ .groups = "nobody" }), "UNKNOWN_PEOPLE_GROUP");
	is(person(w, "x", (struct being){ .merged_into = "y" }), "UNKNOWN_PERSON");
	is(department(w, "EAST", NULL, "nobody"), "UNKNOWN_PERSON");
	is(department(w, "EAST", "NOWHERE", NULL), "UNKNOWN_DEPARTMENT");
	is(people_group(w, "legal", "nobody"), "UNKNOWN_PERSON");
	is(does(w, &op_department_delete, &(struct directory_named){ S("X") }), "NOT_FOUND");
	is(does(w, &op_post_delete, &(struct directory_named){ S("X") }), "NOT_FOUND");
	is(does(w, &op_person_delete, &(struct person_named){ S("X") }), "NOT_FOUND");
	struct cmd *c = world_run(w, &op_person_put,
	                          being_of(w, "x", (struct being){ .name = "x", .at = "NOWHERE" }));
	check_text(c->refused.text, "There is no department NOWHERE. Put /v1/departments/NOWHERE "
	                            "first, or correct the code.");
	check_text(c->refused_field, "appointments");
	the_company_ends(w);
}

STORY(a_circle_of_departments_is_refused_and_so_is_a_tree_too_deep)
{
	struct world *w = a_company();
	const char *above = "HQ";

	(void)state;
	is(department(w, "HQ", "EAST", NULL), "CONFLICT");
	is(department(w, "SALES", "SALES", NULL), "CONFLICT");
	for (int i = 2; i <= DEPARTMENT_DEPTH_MAX; i++) {
		const char *below = arena_printf(w->arena, "D%d", i).at;
		is(department(w, below, above, NULL), "NONE");
		above = below;
	}
	is(department(w, "TOO-DEEP", above, NULL), "OVER_LIMIT");
	is(department(w, "TOP", NULL, NULL), "NONE");
	is(department(w, "HQ", "TOP", NULL), "OVER_LIMIT"); /* what is below comes along */
	is(superior_at(w, "sato", w->now.wall_ms), "suzuki");
	the_company_ends(w);
}

STORY(what_is_still_used_is_not_deleted)
{
	struct world *w = a_company();

	(void)state;
	is(does(w, &op_department_delete, &(struct directory_named){ S("SALES") }), "CONFLICT");
	is(does(w, &op_post_delete, &(struct directory_named){ S("manager") }), "CONFLICT");
	is(does(w, &op_person_delete, &(struct person_named){ S("suzuki") }), "CONFLICT");
	is(person(w, "suzuki", (struct being){ .active = "no" }), "NONE");
	is(does(w, &op_person_delete, &(struct person_named){ S("suzuki") }), "CONFLICT"); /* head */
	is(department(w, "SALES", NULL, ""), "NONE");
	is(does(w, &op_person_delete, &(struct person_named){ S("suzuki") }), "NONE");
	is(post(w, "clerk", 9), "NONE");
	is(does(w, &op_post_delete, &(struct directory_named){ S("clerk") }), "NONE");
	is(department(w, "WEST", "SALES", NULL), "NONE");
	is(does(w, &op_department_delete, &(struct directory_named){ S("WEST") }), "NONE");
	the_company_ends(w);
}

STORY(two_rows_of_one_human_being_are_merged_and_keep_their_ids)
{
	struct world *w = a_company();
	struct person p;

	(void)state;
	is(person(w, "sato", (struct being){ .merged_into = "tanaka", .active = "yes" }), "CONFLICT");
	is(person(w, "sato", (struct being){ .merged_into = "sato" }), "UNKNOWN_PERSON");
	is(person(w, "sato", (struct being){ .merged_into = "tanaka" }), "NONE");
	assert_int_equal(directory_person(w->store, w->arena, S("sato"), &p), OK);
	check_text(p.merged_into, "tanaka");
	assert_false(p.active);
	is(person(w, "boss", (struct being){ .merged_into = "sato" }), "CONFLICT");
	is(person(w, "tanaka", (struct being){ .active = "no" }), "NONE");
	is(does(w, &op_person_delete, &(struct person_named){ S("tanaka") }), "CONFLICT");
	the_company_ends(w);
}

STORY(an_id_is_made_of_letters_and_never_looks_like_another)
{
	(void)state;
	assert_true(person_id_valid(S("a.b_c-d@example.com")));
	assert_true(person_id_valid(S("髙﨑")));
	assert_true(person_id_valid(S("𠮷田")));
	assert_true(person_id_valid(S("佐々木")));
	assert_true(person_id_valid(S("müller")));
	assert_true(person_id_valid(S("タナカー")));
	assert_false(person_id_valid(S("")));
	assert_false(person_id_valid(S("ｔａｎａｋａ")));
	assert_false(person_id_valid(S("ﾀﾅｶ")));
	assert_false(person_id_valid(S("田中　太郎")));
	assert_false(person_id_valid(S("a b")));
	assert_false(person_id_valid(S("a/b")));
	assert_false(person_id_valid(S("key:a")));
	assert_false(person_id_valid(S("😀")));
	assert_false(person_id_valid(S("a\xe2\x80\x8b"))); /* zero width */
	assert_false(person_id_valid(S("a\xe2\x80\xae"))); /* written backwards */
	assert_false(person_id_valid(S("葛\xf3\xa0\x84\x80")));
	assert_false(person_id_valid(S("\xff")));
	assert_false(person_id_valid(S("..")));
	assert_false(person_id_valid(S("ringi")));
	assert_false(person_id_valid(S("anonymous")));
	assert_false(directory_code_valid(S("a@b")));
	char long_id[PERSON_ID_MAX + 1];
	memset(long_id, 'a', sizeof long_id);
	assert_true(person_id_valid((struct str){ long_id, PERSON_ID_MAX }));
	assert_false(person_id_valid((struct str){ long_id, PERSON_ID_MAX + 1 }));
	assert_true(directory_code_valid((struct str){ long_id, DIRECTORY_CODE_MAX }));
	assert_false(directory_code_valid((struct str){ long_id, DIRECTORY_CODE_MAX + 1 }));
}

STORY(moments_are_read_on_the_clocks_of_their_zone)
{
	struct world *w = world_open(1);
	struct str bytes, why;
	int64_t at;

	(void)state;
	assert_int_equal(os_zone_read(w->arena, os_zone_folder(), S("Europe/Berlin"), &bytes, &why),
	                 OK);
	const struct zone *berlin = zone_read(w->arena, bytes, &why);
	assert_true(moment_read(berlin, S("2026-11-22"), &at));
	assert_int_equal(at, when("2026-11-21 23:00"));
	check_text(moment_text(w->arena, berlin, at), "2026-11-22");
	assert_true(moment_read(berlin, S("2026-03-29T02:30"), &at)); /* skipped */
	assert_int_equal(at, when("2026-03-29 01:00"));
	assert_true(moment_read(berlin, S("2026-10-25T02:30"), &at)); /* comes twice */
	assert_int_equal(at, when("2026-10-25 00:30"));
	check_text(moment_text(w->arena, berlin, at), "2026-10-25T02:30:00+02:00");
	assert_true(moment_read(berlin, S("2026-10-25T02:30:00+01:00"), &at));
	assert_int_equal(at, when("2026-10-25 01:30"));
	static const char *const none[] = {
		"",         "2026-02-30",    "2026-11-22T24:00", "2026-11-22 09:00",
		"tomorrow", "2026-11-22T09", "2026-11-22T09:60"
	};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(moment_read(berlin, str_of(none[i]), &at));
	world_close(w);
}

/* ---- who left */

static struct str left_seen[8];
static int left_count;

static enum err look_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err look_write(struct batch *b, struct cmd *c)
{
	struct world *w = c->in;

	left_count = 0;
	LIST_EACH (&b->people_left, struct person_left, node, left)
		left_seen[left_count++] = arena_str(w->arena, left->id);
	return OK;
}

static const struct op op_look = { .name = "look",
	                               .lane = LANE_WRITE,
	                               .check = look_check,
	                               .write = look_write };

static const char *who_left(struct world *w, struct person_put *put)
{
	struct cmd *both[] = { world_cmd(w, &op_person_put, put), world_cmd(w, &op_look, w) };

	world_run_batch(w, both, 2);
	is(outcome_of(both[0]), "NONE");
	return left_count == 0 ? "nobody" : left_seen[0].at;
}

STORY(who_becomes_inactive_is_told_in_the_same_batch)
{
	struct world *w = a_company();

	(void)state;
	is(who_left(w, being_of(w, "sato", (struct being){ .email = "a@b" })), "nobody");
	is(who_left(w, being_of(w, "sato", (struct being){ .active = "no" })), "sato");
	is(who_left(w, being_of(w, "sato", (struct being){ .active = "no" })), "nobody");
	is(who_left(w, being_of(w, "tanaka", (struct being){ .merged_into = "suzuki" })), "tanaka");
	is(who_left(w, being_of(w, "suzuki", (struct being){ .until = "2026-11-22" })), "suzuki");
	is(who_left(w, being_of(w, "boss", (struct being){ .until = "2027-11-22" })), "nobody");
	the_company_ends(w);
}

STORY(who_leaves_by_date_is_told_at_that_moment_and_once)
{
	struct world *w = a_company();
	struct domain *d;

	(void)state;
	is(person(w, "sato", (struct being){ .until = "2026-11-23" }), "NONE");
	is(person(w, "tanaka", (struct being){ .until = "2026-11-24" }), "NONE");
	world_restart(w);
	d = engine_domain(w->engine);
	assert_int_equal(d->people_leave_at, when("2026-11-23 00:00"));
	until(w, "2026-11-23 00:00");
	assert_int_equal(d->people_leave_at, when("2026-11-24 00:00"));
	is(holders_at(w, "manager", "EAST", w->now.wall_ms), "tanaka");
	stopped_until(w, "2026-11-25 00:00");
	world_pass_ms(w, 1);
	d = engine_domain(w->engine);
	assert_int_equal(d->people_leave_at, NEVER);
	is(holders_at(w, "manager", "EAST", w->now.wall_ms), "");
	is(person(w, "tanaka", (struct being){ .until = "2026-12-01" }), "NONE"); /* came back */
	assert_int_equal(d->people_leave_at, when("2026-12-01 00:00"));
	the_company_ends(w);
}

/* ---- bounds */

STORY(one_over_each_bound_is_refused)
{
	struct world *w = a_company();
	struct buf text = { 0 };
	char long_text[PERSON_NAME_MAX + 2];

	(void)state;
	memset(long_text, 'x', sizeof long_text);
	long_text[PERSON_NAME_MAX + 1] = '\0';
	is(person(w, "x", (struct being){ .name = long_text }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .name = long_text + 1 }), "NONE");
	is(person(w, "x", (struct being){ .kana = long_text }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .email = long_text }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .email = "a@b@c" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .locale = "fr" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .name = "" }), "MISSING_PARAMETER");
	is(person(w, "x", (struct being){ .name = "a\nb" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .from = "soon" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .from = "2026-01-02", .until = "2026-01-02" }),
	   "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .at = "HQ@2026-01-02..2026-01-02" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .at = "*HQ;*SALES" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .at = "HQ;HQ" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .attributes = "{\"a b\":\"\"}" }), "INVALID_PARAMETER");
	is(person(w, "x", (struct being){ .attributes = "{\"a\":1}" }), "INVALID_PARAMETER");
	for (int i = 0; i <= APPOINTMENTS_MAX; i++)
		buf_printf(&text, "%sHQ@2%03d-01-01..2%03d-06-01", i == 0 ? "" : ";", i, i);
	buf_add_byte(&text, '\0');
	is(person(w, "x", (struct being){ .at = text.at }), "OVER_LIMIT");
	text.at[strrchr(text.at, ';') - text.at] = '\0';
	is(person(w, "x", (struct being){ .at = text.at }), "NONE");
	buf_clear(&text);
	buf_add_byte(&text, '{');
	for (int i = 0; i <= PERSON_ATTRIBUTES_MAX; i++)
		buf_printf(&text, "%s\"a%d\":\"\"", i == 0 ? "" : ",", i);
	buf_add_text(&text, "}");
	buf_add_byte(&text, '\0');
	is(person(w, "x", (struct being){ .attributes = text.at }), "OVER_LIMIT");
	buf_free(&text);
	is(post(w, "low", POST_RANK_MAX + 1), "INVALID_PARAMETER");
	is(post(w, "low", 0), "INVALID_PARAMETER");
	the_company_ends(w);
}

STORY(nobody_stands_in_more_groups_than_one_may)
{
	struct world *w = a_company();

	(void)state;
	for (int i = 0; i < PERSON_GROUPS_MAX; i++)
		is(people_group(w, arena_printf(w->arena, "g%d", i).at, "sato"), "NONE");
	is(people_group(w, "more", "tanaka;sato"), "OVER_LIMIT");
	is(people_group(w, "more", "tanaka;tanaka"), "INVALID_PARAMETER");
	is(people_group(w, "g0", "sato@..2026-01-01;sato@2026-01-01.."), "OVER_LIMIT");
	is(people_group(w, "more", "tanaka@..2026-01-01;tanaka@2026-01-01.."), "NONE");
	the_company_ends(w);
}

/* ---- faults */

static void a_life(struct world *w)
{
	post(w, "manager", 3);
	department(w, "HQ", NULL, NULL);
	person(w, "a", (struct being){ .at = "*HQ/manager", .until = "2026-11-22T00:00:02" });
	people_group(w, "legal", "a");
	department(w, "HQ", NULL, "a");
	person(w, "a", (struct being){ .groups = "", .active = "no" });
	department(w, "HQ", NULL, "");
	person(w, "a", (struct being){ .at = "" });
	does(w, &op_person_delete, &(struct person_named){ S("a") });
}

STORY(a_fault_at_any_store_call_leaves_nothing_half_done)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = world_at("2026-11-22 00:00");
		store_fail_at(w->store, nth, ERR_IO);
		a_life(w);
		until(w, "2026-11-22 00:00:04");
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		the_company_ends(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_person_is_put_and_keeps_what_is_not_given),
		RUN(a_vacant_post_is_looked_for_further_up),
		RUN(who_has_a_post_as_their_main_one_comes_first),
		RUN(the_superior_is_the_next_head_who_takes_part),
		RUN(posts_are_told_relative_to_the_applicant),
		RUN(a_reorganisation_is_entered_ahead),
		RUN(groups_are_set_from_both_sides),
		RUN(what_does_not_exist_is_refused_by_name),
		RUN(a_circle_of_departments_is_refused_and_so_is_a_tree_too_deep),
		RUN(what_is_still_used_is_not_deleted),
		RUN(two_rows_of_one_human_being_are_merged_and_keep_their_ids),
		RUN(an_id_is_made_of_letters_and_never_looks_like_another),
		RUN(moments_are_read_on_the_clocks_of_their_zone),
		RUN(who_becomes_inactive_is_told_in_the_same_batch),
		RUN(who_leaves_by_date_is_told_at_that_moment_and_once),
		RUN(one_over_each_bound_is_refused),
		RUN(nobody_stands_in_more_groups_than_one_may),
		RUN(a_fault_at_any_store_call_leaves_nothing_half_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
