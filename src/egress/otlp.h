/* otlp.h - traces of jobs, sent to a collector: OTLP over HTTP with JSON. Off unless an endpoint
 * is given; nothing else is ever sent there.
 *
 *     feed --changes--> job_spans (a reader) --rows--> JSON --> POST --2xx--> the next ones
 *                                                       ^         '-429, 502 to 504, none-.
 *                                                       '-- later (Retry-After, doubled) -'
 *
 * T1  It is behind the commit and beside the engine: what a collector does costs no client time.
 * T2  One request at a time, of OTLP_LOOK_MAX changes. What happens meanwhile stays in the feed;
 *     what the feed does not hold any more was dropped, and is counted.
 * T3  Told at most as often as a collector says that it has not got them: what it refuses, and
 *     what it did not take in OTLP_TRIES_MAX requests, is dropped and counted. */
#ifndef RINGI_EGRESS_OTLP_H
#define RINGI_EGRESS_OTLP_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <uv.h>

#include "base/buf.h"
#include "base/limits.h"
#include "domain/job/spans.h"
#include "egress/egress.h"
#include "engine/feed.h"

struct otlp {
	struct egress *egress;
	struct egress_traces config; /* endpoint NULL: off */
	struct feed_position at;
	uv_timer_t timer;
	bool ended, looking, full; /* full: the feed has more */
	/* the request */
	struct buf body, answer;
	int spans; /* in it; 0: there is none */
	int tries;
	int64_t retry_after_s;
	bool failing; /* it was told in the log */
	CURL *easy;   /* NULL: it is not on its way */
	struct curl_slist *headers;
	_Atomic int64_t sent, dropped, rejected, failed;
};

/* Loop thread, but for otlp_figures. */
void otlp_open(struct otlp *, struct egress *, uv_loop_t *, const struct egress_traces *);
void otlp_begin(struct otlp *);                      /* its thread runs */
void otlp_answered(struct otlp *, struct cmd *);     /* of op_job_spans; takes it */
bool otlp_finished(struct otlp *, CURL *, CURLcode); /* false: it is not its request */
void otlp_close(struct otlp *);                      /* what is under way is dropped */
struct egress_trace_figures otlp_figures(
	struct otlp *); /* dropped: of what the feed lost, changes */

/* otlp_json.c: an ExportTraceServiceRequest. Pure. */
void otlp_write(struct buf *, const struct egress_traces *, const struct span *, int count);

#endif
