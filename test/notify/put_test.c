/* put_test.c - who is told what, and when it leaves the server. */
#include <stdio.h>

#include "notify/stories.h"

#define ASKED ((struct notification){ .kind = NOTIFY_ASKED, .subject = S("a chair") })
#define ABOUT(text, k) ((struct notification){ .kind = NOTIFY_##k, .about = S(text) })

static struct world *world_with_mail(void)
{
	struct world *w = world_open(7);

	row_channel(w, "mail", "smtp", 1, "{}");
	row_person(w, "yuki", "yuki@example.com", "en");
	return w;
}

STORY(somebody_is_told_once)
{
	struct world *w = world_with_mail();
	struct uuid id = { { 1 } }, other = { { 2 } };
	struct notification n = { .kind = NOTIFY_ASKED, .approval = &id, .round = 1, .slot = 1 };

	(void)state;
	assert_int_equal(told(w, n), OK);
	assert_int_equal(told(w, n), OK);
	is(told_of(w, "yuki"), "approval.asked WAITING 0");
	is(world_counts(w, "ringi-notifications"), "1/0/0");
	n.round = 2;
	assert_int_equal(told(w, n), OK);
	n.approval = &other;
	assert_int_equal(told(w, n), OK);
	n.n = 1;
	n.kind = NOTIFY_REMINDER;
	assert_int_equal(told(w, n), OK);
	is(world_counts(w, "ringi-notifications"), "4/0/0");
	is(world_counts(w, "ringi-notifications-dead"), "0/0/0");
	world_check_rows(w);
	the_end(w);
}

STORY(without_a_channel_it_is_kept)
{
	struct world *w = world_open(7);

	(void)state;
	assert_int_equal(told(w, ASKED), OK);
	is(told_of(w, "yuki"), "approval.asked KEPT 0");
	row_channel(w, "mail", "smtp", 1, "{}");
	assert_int_equal(told(w, ABOUT("1", ASKED)), OK); /* but the directory has no address */
	row_person(w, "yuki", "yuki@example.com", "en");
	row_wants(w, "yuki", "{\"kinds\":{\"approval.asked\":\"off\"}}");
	assert_int_equal(told(w, ABOUT("2", ASKED)), OK);
	is(told_of(w, "yuki"), "approval.asked KEPT 0, approval.asked KEPT 0, approval.asked KEPT 0");
	world_check_rows(w);
	the_end(w);
}

/* Stories begin on 2026-01-01 or so at some time of day: go to midnight UTC of a Monday. */
static void go_to_monday(struct world *w)
{
	int64_t day = w->now.wall_ms / DAY_MS + 1;

	while ((day % 7 + 7) % 7 != 4)
		day++;
	world_pass_ms(w, day * DAY_MS - w->now.wall_ms);
}

STORY(nothing_leaves_in_quiet_hours)
{
	struct world *w = world_with_mail();

	(void)state;
	row_wants(w, "yuki", "{\"quiet\":{\"from\":\"22:00\",\"to\":\"07:00\",\"days\":[\"TUE\"]}}");
	go_to_monday(w);
	assert_int_equal(told(w, ABOUT("1", ASKED)), OK);
	world_pass_ms(w, 12 * HOUR_MS);
	assert_int_equal(told(w, ABOUT("2", ASKED)), OK);
	world_pass_ms(w, 11 * HOUR_MS); /* 23:00, and tomorrow is Tuesday */
	assert_int_equal(told(w, ABOUT("3", ASKED)), OK);
	is(told_of(w, "yuki"), "approval.asked WAITING -960, approval.asked WAITING -660, "
	                       "approval.asked WAITING 1920");
	is(world_counts(w, "ringi-notifications"), "2/0/1");
	world_pass_ms(w, 32 * HOUR_MS);
	is(world_counts(w, "ringi-notifications"), "3/0/0");
	the_end(w);
}

STORY(what_is_wanted_together_goes_together)
{
	struct world *w = world_with_mail();

	(void)state;
	row_wants(w, "yuki",
	          "{\"kinds\":{\"approval.decided\":\"digest\"},"
	          "\"digest\":[\"17:00\",\"09:00\"]}");
	go_to_monday(w);
	assert_int_equal(told(w, ABOUT("1", DECIDED)), OK);
	assert_int_equal(told(w, ABOUT("2", DECIDED)), OK);
	is(world_counts(w, "ringi-notifications"), "0/0/1");
	world_pass_ms(w, 9 * HOUR_MS);
	assert_int_equal(told(w, ABOUT("3", DECIDED)), OK);
	is(told_of(w, "yuki"),
	   "approval.decided COLLECTED 0, digest WAITING 0, approval.decided COLLECTED 0, "
	   "approval.decided COLLECTED 480, digest WAITING 480");
	is(world_counts(w, "ringi-notifications"), "1/0/1");
	world_check_rows(w);
	the_end(w);
}

STORY(who_gets_too_many_gets_the_rest_together)
{
	struct world *w = world_with_mail();
	char about[16];

	(void)state;
	go_to_monday(w);
	for (int i = 0; i < NOTIFY_RATE_MAX + 5; i++) {
		snprintf(about, sizeof about, "%d", i);
		assert_int_equal(told(w, (struct notification){ .kind = NOTIFY_ASKED,
		                                                .about = str_of(about) }),
		                 OK);
	}
	is(world_counts(w, "ringi-notifications"), "30/0/1");
	world_pass_ms(w, HOUR_MS + 1);
	assert_int_equal(told(w, ABOUT("x", ASKED)), OK);
	is(world_counts(w, "ringi-notifications"), "32/0/0");
	world_check_rows(w);
	the_end(w);
}

static int kept_of(struct world *w, const char *person)
{
	int n = 0;

	for (const char *at = told_of(w, person); (at = strstr(at, "KEPT")) != NULL; at++)
		n++;
	return n;
}

static void tell_many(struct world *w, int from, int to)
{
	char about[16];

	for (int i = from; i < to; i++) {
		snprintf(about, sizeof about, "%d", i);
		assert_int_equal(told(w, (struct notification){ .kind = NOTIFY_ASKED,
		                                                .about = str_of(about) }),
		                 OK);
	}
}

STORY(the_oldest_are_forgotten)
{
	struct world *w = world_open(7);

	(void)state;
	tell_many(w, 0, NOTIFICATIONS_KEPT_MAX);
	assert_int_equal(kept_of(w, "yuki"), NOTIFICATIONS_KEPT_MAX);
	tell_many(w, NOTIFICATIONS_KEPT_MAX, NOTIFICATIONS_KEPT_MAX + 3);
	assert_int_equal(kept_of(w, "yuki"), NOTIFICATIONS_KEPT_MAX);
	tell_many(w, NOTIFICATIONS_KEPT_MAX, NOTIFICATIONS_KEPT_MAX + 3); /* once is enough */
	tell_many(w, 0, 3);                                               /* they were forgotten */
	assert_int_equal(kept_of(w, "yuki"), NOTIFICATIONS_KEPT_MAX);
	the_end(w);
}

/* More people than it is remembered of: somebody's count is taken by others meanwhile. */
STORY(the_bound_holds_whoever_else_is_told)
{
	struct world *w = world_open(7);
	char name[16];

	(void)state;
	tell_many(w, 0, NOTIFICATIONS_KEPT_MAX - 1);
	for (int i = 0; i <= NOTIFY_COUNTS; i++) {
		snprintf(name, sizeof name, "p%d", i);
		assert_int_equal(told(w, (struct notification){ .kind = NOTIFY_ASKED,
		                                                .person = str_of(name) }),
		                 OK);
	}
	tell_many(w, NOTIFICATIONS_KEPT_MAX, NOTIFICATIONS_KEPT_MAX + 3);
	assert_int_equal(kept_of(w, "yuki"), NOTIFICATIONS_KEPT_MAX);
	assert_int_equal(kept_of(w, "p0"), 1);
	the_end(w);
}

/* What is remembered is not what a failed batch had counted. */
STORY(the_bound_holds_after_faults)
{
	struct world *w = world_open(7);
	bool failed = true;

	(void)state;
	tell_many(w, 0, NOTIFICATIONS_KEPT_MAX - 2);
	for (int nth = 1; failed; nth++) {
		char about[32];
		snprintf(about, sizeof about, "fault %d", nth);
		store_fail_at(w->store, nth, ERR_FULL);
		(void)told(w, (struct notification){ .kind = NOTIFY_ASKED, .about = str_of(about) });
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		tell_many(w, NOTIFICATIONS_KEPT_MAX + nth, NOTIFICATIONS_KEPT_MAX + nth + 1);
	}
	assert_int_equal(kept_of(w, "yuki"), NOTIFICATIONS_KEPT_MAX);
	the_end(w);
}

/* Every call of the store fails once: nothing is half told. */
STORY(a_fault_tells_nobody_half)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = world_with_mail();
		row_wants(w, "yuki", "{\"kinds\":{\"approval.decided\":\"digest\"}}");
		store_fail_at(w->store, nth, ERR_IO);
		(void)told(w, ABOUT("1", DECIDED));
		(void)told(w, ABOUT("1", ASKED));
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		assert_int_equal(told(w, ABOUT("1", DECIDED)), OK);
		assert_int_equal(told(w, ABOUT("1", ASKED)), OK);
		assert_non_null(strstr(told_of(w, "yuki"), "approval.decided COLLECTED"));
		assert_non_null(strstr(told_of(w, "yuki"), "approval.asked WAITING"));
		is(world_counts(w, "ringi-notifications"), "1/0/1");
		world_check_rows(w);
		the_end(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(somebody_is_told_once),
		RUN(without_a_channel_it_is_kept),
		RUN(nothing_leaves_in_quiet_hours),
		RUN(what_is_wanted_together_goes_together),
		RUN(who_gets_too_many_gets_the_rest_together),
		RUN(the_oldest_are_forgotten),
		RUN(the_bound_holds_whoever_else_is_told),
		RUN(the_bound_holds_after_faults),
		RUN(a_fault_tells_nobody_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
