/* approval_figures.c - GET /v1/approval-figures: how approvals go, and whether that is within
 * what was promised.
 *
 * The targets are those of the guideline for parallel approvals: 95 of 100 votes are on disk and
 * answered within 200 ms, less than 2 % of deadlines pass, 5 % of notifications are sent again,
 * 1 % of votes are turned away. */
#include "domain/approval/figures.h"

#include <stdio.h>

#include "api/rest/job.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "domain/queue/hist.h"

#define IN_SYSTEM_P95_MS 200
#define TIMEOUT_RATIO 0.02
#define RETRY_RATIO 0.05
#define TURNED_AWAY_RATIO 0.01

void rest_approval_figures_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_figures *in = CALL_NEW(call, struct approval_figures);
	struct str policy = form_get(&rest->query, "policy");

	call->c->in = in;
	in->policy = policy.len > 0 ? policy : S_NONE;
	call->resource = in->policy;
	in->from = rest_time_asked(call, &rest->query, "from");
	in->to = rest_time_asked(call, &rest->query, "to");
}

/* Of this server, since it started. */
static struct hist votes_of(struct api *api)
{
	struct hist all = { 0 };

	for (int i = 0; i < api->loop_count; i++)
		for (int b = 0; b < HIST_BUCKETS; b++)
			all.at[b] += atomic_load_explicit(&api->loops[i].votes[b], memory_order_relaxed);
	return all;
}

static void decimal(struct out *o, struct str key, double value)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%.4f", value);

	out_json(o, key, (struct str){ text, (size_t)n });
}

static double ratio(int64_t part, int64_t whole)
{
	return whole <= 0 ? -1 : (double)part / (double)whole;
}

/* value below 0: nothing is known. `at`: the target itself is still good. */
static void alarm(struct out *o, struct str figure, double value, double target, bool at)
{
	bool good = at ? value <= target : value < target;

	out_item(o, S_NONE);
	out_text(o, S("figure"), figure);
	if (value >= 0)
		decimal(o, S("value"), value);
	decimal(o, S("target"), target);
	out_text(o, S("state"), value < 0 ? S("UNKNOWN") : good ? S("OK") : S("OVER"));
	out_end(o);
}

static void length(struct out *o, struct str key, int64_t ms)
{
	if (ms >= 0)
		out_number(o, key, ms);
}

static void write_closed(struct out *o, const struct approval_figures *f)
{
	out_object(o, S("closed"));
	for (int i = 0; i < APPROVAL_STATES; i++)
		if (approval_state_final((enum approval_state)i))
			out_number(o, approval_state_name((enum approval_state)i), f->closed[i]);
	out_end(o);
}

static void write_weeks(struct out *o, const struct approval_figures *f)
{
	out_list(o, S("weeks"), S_NONE);
	for (int i = 0; i < f->week_count; i++) {
		out_item(o, S_NONE);
		rest_time(o, S("begin"), f->weeks[i].begin);
		out_number(o, S("decided"), f->weeks[i].decided);
		out_number(o, S("p50_ms"), f->weeks[i].p50_ms);
		out_number(o, S("p95_ms"), f->weeks[i].p95_ms);
		out_end(o);
	}
	out_end(o);
}

static void write_alarms(struct out *o, const struct approval_figures *f, const struct hist *votes)
{
	out_list(o, S("alarms"), S_NONE);
	alarm(o, S("in_system_p95_ms"), (double)hist_percentile(votes, 95), IN_SYSTEM_P95_MS, true);
	alarm(o, S("timeout_ratio"), ratio(f->timeouts, f->deadlines), TIMEOUT_RATIO, false);
	alarm(o, S("retry_ratio"), ratio(f->retries, f->sent), RETRY_RATIO, false);
	alarm(o, S("turned_away_ratio"), ratio(f->turned_away, f->votes + f->turned_away),
	      TURNED_AWAY_RATIO, false);
	out_end(o);
}

void rest_approval_figures_render(const struct api_call *call, struct out *o)
{
	const struct approval_figures *f = call->c->in;
	struct hist votes = votes_of(call->api);

	rest_time(o, S("from"), f->from);
	rest_time(o, S("to"), f->to);
	out_number(o, S("open"), f->open);
	out_number(o, S("late"), f->late);
	write_closed(o, f);
	out_number(o, S("decided"), f->decided);
	length(o, S("p50_ms"), f->p50_ms);
	length(o, S("p95_ms"), f->p95_ms);
	out_number(o, S("deadlines"), f->deadlines);
	out_number(o, S("timeouts"), f->timeouts);
	out_number(o, S("votes"), f->votes);
	out_number(o, S("turned_away"), f->turned_away);
	out_number(o, S("notified"), f->sent);
	out_number(o, S("retries"), f->retries);
	out_object(o, S("in_system"));
	out_number(o, S("votes"), hist_count(&votes));
	length(o, S("p50_ms"), hist_percentile(&votes, 50));
	length(o, S("p95_ms"), hist_percentile(&votes, 95));
	out_end(o);
	write_alarms(o, f, &votes);
	write_weeks(o, f);
	out_bool(o, S("more"), f->more);
}
