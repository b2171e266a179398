/* callback_test.c - stories about URLs that are called when jobs end: the outbox's side of it. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/domain.h"
#include "domain/job/callback.h"
#include "domain/job/job.h"
#include "domain/outbox/outbox.h"
#include "job/stories.h"
#include "wire/hash.h"
#include "wire/seal.h"

#define URL "https://shop.example/done"
#define WEBHOOK "{\"webhook\":{\"url\":\"" URL "\"}}"

static struct cmd *submit(struct world *w, const char *on_done)
{
	struct job_submit *p = ARENA_NEW(w->arena, struct job_submit);
	struct job_entry *e = p->entries = ARENA_NEW(w->arena, struct job_entry);
	uint8_t *digest = arena_get(w->arena, MD5_SIZE);

	p->queue = e->queue = S("work");
	p->count = 1;
	e->extra.on_done = str_of(on_done);
	e->send.body = S("{}");
	e->send.size = e->send.body.len;
	e->send.delay_s = -1;
	e->send.priority = -1;
	md5(e->send.body, digest);
	e->send.body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	return world_run(w, &op_job_submit, p);
}

static struct world *with_job(const char *on_done)
{
	struct world *w = world_open(1);

	is(world_queue(w, "work", "track", "true", NULL), "NONE");
	struct cmd *c = submit(w, on_done);
	must(c->refused.why == REFUSED_NONE && c->fault == OK);
	return w;
}

static void succeed(struct world *w)
{
	is(world_receive(w, "work"), "{}");
	is(world_delete(w, "work", world_receipt(w)), "NONE");
}

static struct outbox_take *take(struct world *w)
{
	struct outbox_take *p = ARENA_NEW(w->arena, struct outbox_take);

	p->max = OUTBOX_TAKE_MAX;
	world_run(w, &op_outbox_take, p);
	return p;
}

static int64_t report(struct world *w, const struct outbox_row *row, enum outbox_result result,
                      int64_t retry_after_ms)
{
	struct outbox_done *p = ARENA_NEW(w->arena, struct outbox_done);

	*p = (struct outbox_done){
		.id = row->id, .lease = row->lease, .result = result, .retry_after_ms = retry_after_ms
	};
	world_run(w, &op_outbox_done, p);
	return p->wait_ms;
}

static int64_t waiting(struct world *w)
{
	return engine_domain(w->engine)->callbacks;
}

/* The audit records of untold ends, one a line: "host detail". Nothing in the server reads them. */
static const char *untold(struct world *w)
{
	struct buf text = { 0 };
	sqlite3 *db = NULL;
	sqlite3_stmt *rows = NULL;
	const char *sql = "select resource || ' ' || detail from audit where action = 'job.untold'";

	const char *path = arena_printf(w->arena, "%s/ringi.db", w->place.folder).at;
	must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	must(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK);
	while (sqlite3_step(rows) == SQLITE_ROW)
		buf_printf(&text, "%s\n", (const char *)sqlite3_column_text(rows, 0));
	sqlite3_finalize(rows);
	sqlite3_close(db);
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at;
}

STORY(the_call_is_a_row_from_the_end_of_the_job_until_it_is_answered)
{
	struct world *w = with_job(WEBHOOK);

	(void)state;
	assert_int_equal(take(w)->count, 0);
	succeed(w);
	assert_true(w->last_turn.outbox_grew);
	assert_int_equal(waiting(w), 1);
	world_restart(w);
	assert_int_equal(waiting(w), 1);
	struct outbox_take *p = take(w);
	assert_int_equal(p->count, 1);
	check_text(p->rows[0].url, URL);
	check_text(p->rows[0].owner, "callback:shop.example");
	assert_int_equal(report(w, &p->rows[0], OUTBOX_DONE, 0), NEVER);
	assert_int_equal(waiting(w), 0);
	is(untold(w), "");
	the_end(w);
}

STORY(an_end_that_was_rolled_back_calls_nobody_and_every_end_calls_once)
{
	(void)state;
	for (int nth = 1;; nth++) {
		struct world *w = with_job(WEBHOOK);
		store_fail_at(w->store, nth, ERR_BUSY);
		succeed(w);
		struct outbox_take *p = take(w);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		if (p->count == 0)
			p = take(w);
		assert_int_equal(p->count, 1);
		assert_int_equal(waiting(w), 1);
		report(w, &p->rows[0], OUTBOX_DONE, 0);
		assert_int_equal(waiting(w), 0);
		the_end(w);
		if (!failed)
			break;
	}
}

STORY(it_is_tried_for_hours_and_then_given_up_on_the_record)
{
	struct world *w = with_job(WEBHOOK);
	int64_t waited = 0, last = 0;

	(void)state;
	succeed(w);
	for (int i = 1; i <= CALLBACK_TRIES_MAX; i++) {
		struct outbox_take *p = take(w);
		assert_int_equal(p->count, 1);
		last = report(w, &p->rows[0], OUTBOX_FAILED, 0);
		if (i == CALLBACK_TRIES_MAX)
			break;
		assert_in_range(last, 1, CALLBACK_RETRY_MAX_MS * 6 / 5);
		waited += last;
		world_pass_ms(w, last);
	}
	assert_int_equal(last, NEVER);
	assert_in_range(waited, 8 * HOUR_MS, 14 * HOUR_MS);
	assert_int_equal(waiting(w), 0);
	assert_non_null(strstr(untold(w), "host:shop.example {\"of\":\"job="));
	assert_non_null(strstr(untold(w), "did not take the call"));
	the_end(w);
}

STORY(retry_after_is_kept)
{
	struct world *w = with_job(WEBHOOK);

	(void)state;
	succeed(w);
	struct outbox_take *p = take(w);
	assert_int_equal(report(w, &p->rows[0], OUTBOX_FAILED, 10 * MINUTE_MS), 10 * MINUTE_MS);
	world_pass_ms(w, 10 * MINUTE_MS - 1);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	assert_int_equal(take(w)->count, 1);
	the_end(w);
}

STORY(one_more_than_may_wait_is_given_up_at_once)
{
	struct world *w = with_job(WEBHOOK);

	(void)state;
	engine_domain(w->engine)->callbacks = CALLBACKS_MAX;
	succeed(w);
	assert_int_equal(waiting(w), CALLBACKS_MAX);
	assert_int_equal(take(w)->count, 0);
	assert_non_null(strstr(untold(w), "too many calls wait"));
	engine_domain(w->engine)->callbacks = 0;
	the_end(w);
}

static bool has_header(const struct outbox_call *call, const char *start)
{
	for (int i = 0; i < call->header_count; i++)
		if (str_starts(call->headers[i], str_of(start)))
			return true;
	return false;
}

STORY(the_secret_opens_for_its_url_only_and_with_its_key_only)
{
	struct world *w = world_open(1);
	static const uint8_t key[SEAL_KEY_SIZE] = { 1 }, other[SEAL_KEY_SIZE] = { 2 };
	static const uint8_t nonce[SEAL_NONCE_SIZE];
	struct outbox_means means = { .master_key = key };
	struct outbox_call call = { 0 };
	struct buf b = { 0 };

	(void)state;
	world_queue(w, "work", "track", "true", NULL);
	base64_write(&b, seal(w->arena, key, nonce, callback_seal_name(w->arena, S(URL)),
	                      S("0123456789abcdef0123456789abcdef")));
	submit(w, arena_printf(w->arena, "{\"webhook\":{\"url\":\"" URL "\",\"sealed\":[\"%.*s\"]}}",
	                       S_ARG(buf_str(&b)))
	              .at);
	buf_free(&b);
	succeed(w);
	struct outbox_row row = take(w)->rows[0];
	assert_true(callback_kind.render(w->arena, &row, &means, &call));
	assert_true(has_header(&call, "webhook-signature: v1,"));
	assert_true(has_header(&call, "webhook-id: "));
	means.master_key = other;
	assert_false(callback_kind.render(w->arena, &row, &means, &call));
	means.master_key = key;
	row.url = S("https://elsewhere.example/");
	assert_false(callback_kind.render(w->arena, &row, &means, &call));
	row.payload = S("{}");
	assert_false(callback_kind.render(w->arena, &row, &means, &call));
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_call_is_a_row_from_the_end_of_the_job_until_it_is_answered),
		RUN(an_end_that_was_rolled_back_calls_nobody_and_every_end_calls_once),
		RUN(it_is_tried_for_hours_and_then_given_up_on_the_record),
		RUN(retry_after_is_kept),
		RUN(one_more_than_may_wait_is_given_up_at_once),
		RUN(the_secret_opens_for_its_url_only_and_with_its_key_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
