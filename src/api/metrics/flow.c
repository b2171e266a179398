/* flow.c - the part of /metrics that tells how messages flow: lanes, rates, workers, waits. */
#include "api/metrics/flow.h"

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void sample(struct buf *b, const char *name, const struct queue_figures *f, double value)
{
	buf_printf(b, "%s{queue=\"%.*s\"} %g\n", name, S_ARG(f->name), value);
}

static void lanes(struct buf *b, const struct queue_metrics *in)
{
	head(b, "ringi_queue_lane_visible", "gauge",
	     "Messages that can be received, by priority; of queues with lanes.");
	for (int i = 0; i < in->count; i++)
		for (int p = 0; p <= MESSAGE_PRIORITY_MAX && in->figures[i].has_lanes; p++)
			buf_printf(b, "ringi_queue_lane_visible{queue=\"%.*s\",priority=\"%d\"} %lld\n",
			           S_ARG(in->figures[i].name), p, (long long)in->figures[i].lanes[p]);
}

/* ---- scaling */

typedef double flow_fn(const struct queue_figures *);

#define FLOW(name, expression) \
	static double name(const struct queue_figures *f) \
	{ \
		return (double)(expression); \
	}
FLOW(arrival_rate, f->arrival_rate)
FLOW(service_rate, f->service_rate)
FLOW(workers_now, f->workers_now)
FLOW(workers_wanted, f->workers_wanted)
FLOW(slo_state, f->slo.state)
FLOW(slo_target, (double)f->slo.wait_ms / 1000)

static const struct {
	const char *name, *help;
	flow_fn *figure;
	bool slo; /* only of queues with a target */
} gauges[] = {
	{ "ringi_queue_arrival_rate", "Messages that come in a second, over about a minute.",
	  arrival_rate, false },
	{ "ringi_queue_service_rate", "Messages that are done in a second, over about a minute.",
	  service_rate, false },
	{ "ringi_queue_workers", "Receivers seen in the last minute, about.", workers_now, false },
	{ "ringi_queue_workers_wanted", "Workers, of one message at a time, that the target asks for.",
	  workers_wanted, false },
	{ "ringi_queue_slo_state", "0: ok, 1: warning, 2: burning; of queues with slo_wait_ms.",
	  slo_state, true },
	{ "ringi_queue_slo_wait_seconds", "The target: 95 of 100 messages wait no longer.", slo_target,
	  true },
};

static void write_gauges(struct buf *b, const struct queue_metrics *in)
{
	for (size_t g = 0; g < sizeof gauges / sizeof *gauges; g++) {
		head(b, gauges[g].name, "gauge", gauges[g].help);
		for (int i = 0; i < in->count; i++)
			if (!gauges[g].slo || in->figures[i].slo.wait_ms > 0)
				sample(b, gauges[g].name, &in->figures[i], gauges[g].figure(&in->figures[i]));
	}
}

static void slo_shares(struct buf *b, const struct queue_metrics *in)
{
	head(b, "ringi_queue_slo_over_ratio", "gauge",
	     "Share of messages that waited longer than the target.");
	for (int i = 0; i < in->count; i++) {
		const struct queue_figures *f = &in->figures[i];
		if (f->slo.wait_ms > 0)
			buf_printf(b,
			           "ringi_queue_slo_over_ratio{queue=\"%.*s\",window=\"5m\"} %.4f\n"
			           "ringi_queue_slo_over_ratio{queue=\"%.*s\",window=\"1h\"} %.4f\n",
			           S_ARG(f->name), f->slo.last_5m, S_ARG(f->name), f->slo.last_1h);
	}
}

/* ---- how long things took */

static void histogram(struct buf *b, const char *name, struct str queue, const struct bounds *h)
{
	int64_t below = 0;

	for (int i = 0; i < HIST_BOUNDS; i++) {
		below += h->at[i];
		buf_printf(b, "%s_bucket{queue=\"%.*s\",le=\"%g\"} %lld\n", name, S_ARG(queue),
		           (double)stats_bound_ms(i) / 1000, (long long)below);
	}
	below += h->at[HIST_BOUNDS];
	buf_printf(b,
	           "%s_bucket{queue=\"%.*s\",le=\"+Inf\"} %lld\n%s_sum{queue=\"%.*s\"} %.3f\n"
	           "%s_count{queue=\"%.*s\"} %lld\n",
	           name, S_ARG(queue), (long long)below, name, S_ARG(queue), (double)h->sum_ms / 1000,
	           name, S_ARG(queue), (long long)below);
}

static void times(struct buf *b, const struct queue_metrics *in)
{
	head(b, "ringi_queue_wait_seconds", "histogram", "From sent, or due, to first received.");
	for (int i = 0; i < in->count; i++)
		if (in->figures[i].times != NULL)
			histogram(b, "ringi_queue_wait_seconds", in->figures[i].name,
			          &in->figures[i].times->wait);
	head(b, "ringi_queue_run_seconds", "histogram", "From received to deleted.");
	for (int i = 0; i < in->count; i++)
		if (in->figures[i].times != NULL)
			histogram(b, "ringi_queue_run_seconds", in->figures[i].name,
			          &in->figures[i].times->run);
}

void metrics_flow(struct buf *b, const struct queue_metrics *in)
{
	lanes(b, in);
	write_gauges(b, in);
	slo_shares(b, in);
	times(b, in);
}
