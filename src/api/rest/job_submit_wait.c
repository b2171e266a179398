/* job_submit_wait.c - a submit with ?wait=: behind it, when it is on disk, the call asks for the
 * end of its job.
 *
 *     submitted -> waits --it ends-----------------------> 201, as it ended
 *                    |  '--the time is over, a stop------> 202, as it is then
 *                    '-----no room to wait, it is gone---> 202, as it was submitted
 *
 * The job is never denied any more: whoever gets no end has its id. A request that is repeated
 * with its Idempotency-Key waits for the job of the first one. Who waits holds nothing of the
 * request: the command that waits is another, small one, which takes over its place. */
#include "api/rest/job.h"
#include "api/state.h"
#include "domain/idempotency/idempotency.h"
#include "domain/key/rule.h"

/* In the call's `extra`: what is left of the submit. */
struct submitted {
	struct str answer; /* the bytes that a submit is answered with */
	struct str came_with;
	bool duplicate, repeated;
};

static void replayed(const struct submitted *s, struct buf *headers)
{
	if (s->repeated)
		buf_add(headers, S("Idempotency-Replayed: true\r\n"));
}

/* ---- the job, as it is at the end of the wait */

static void waited_render(const struct api_call *call, struct out *o)
{
	const struct submitted *s = call->extra;

	rest_job_get_render(call, o);
	if (s->duplicate)
		out_bool(o, S("duplicate"), true);
}

static int waited_status(const struct api_call *call)
{
	const struct job_named *in = call->c->in;

	return job_state_final(in->row->state) ? 201 : 202;
}

static void waited_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct submitted *s = call->extra;

	replayed(s, headers);
	rest_job_place(call->c->arena, s->answer, s->came_with, headers);
	rest_job_get_headers(call, body, headers);
}

/* ---- as if it had not waited */

static void kept_write(const struct api_call *call, struct buf *body)
{
	const struct submitted *s = call->extra;

	buf_add(body, s->answer);
}

static void kept_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct submitted *s = call->extra;

	(void)body;
	replayed(s, headers);
	rest_job_place(call->c->arena, s->answer, s->came_with, headers);
	rest_job_ask_headers(headers);
}

static void wait_stands(struct api_call *call)
{
	static const struct rest_route kept = {
		.op = &op_rest_local,
		.write = kept_write,
		.content_type = "application/json",
		.headers = kept_headers,
		.status = 202,
	};

	call->route = &kept;
	call->c->refused = (struct refused){ .why = REFUSED_NONE };
	call->c->fault = OK;
}

static const struct rest_route waited = {
	.op = &op_job_wait,
	.render = waited_render,
	.status_of = waited_status,
	.headers = waited_headers,
	.stands = wait_stands,
};

/* ---- from one to the other */

static struct caller caller_copy(struct arena *a, const struct caller *who)
{
	return (struct caller){
		.principal = arena_str(a, who->principal),
		.key_id = arena_str(a, who->key_id),
		.via = arena_str(a, who->via),
		.session = arena_str(a, who->session),
		.person = who->person,
	};
}

/* Who asks, and where the answer goes. */
static struct cmd *taking_over(const struct api_call *call)
{
	const struct cmd *was = call->c;
	struct cmd *c = cmd_new(waited.op);
	struct api_call *small = ARENA_NEW(c->arena, struct api_call);

	*small = (struct api_call){
		.api = call->api,
		.c = c,
		.route = &waited,
		.form = API_REST,
		.tls = call->tls,
		.started_mono_ns = call->started_mono_ns,
	};
	c->api = small;
	c->reply_to = was->reply_to;
	c->caller = caller_copy(c->arena, &was->caller);
	c->grant = was->grant == NULL ? NULL : grant_copy(c->arena, was->grant);
	c->request_id = arena_str(c->arena, was->request_id);
	return c;
}

/* NULL: there was no memory for it. */
static struct submitted *left_of(const struct api_call *call, struct arena *a)
{
	const struct idempotent *i = call->c->idempotent;
	const struct job_submit *in = call->c->in;
	struct submitted *s = ARENA_NEW(a, struct submitted);
	struct buf body = { 0 };

	if (i == NULL)
		(void)rest_write_result(call, &body);
	*s = (struct submitted){
		.answer = arena_str(a, i == NULL ? buf_str(&body) : i->answer),
		.came_with = arena_str(a, in->entries[0].send.trace_header),
		.duplicate = in->entries[0].send.duplicate,
		.repeated = i != NULL && i->repeated,
	};
	bool whole = !body.failed;
	buf_free(&body);
	return whole ? s : NULL;
}

bool rest_job_submit_begin(struct api_call *call)
{
	const struct job_submit *in = call->c->in;
	struct api *api = call->api;
	uint8_t trace[16];

	if (in->wait_ms == 0)
		return false;
	must(!in->many && call->c->answer_bytes == 0);
	struct cmd *c = taking_over(call);
	struct submitted *s = left_of(call, c->arena);
	if (s == NULL) {
		cmd_free(c);
		return false;
	}
	struct job_named *wait = ARENA_NEW(c->arena, struct job_named);
	wait->wait_ms = in->wait_ms;
	wait->id = rest_job_answered(c->arena, s->answer, trace);
	api_call_of(c)->extra = s;
	c->in = wait;
	http_let_go(*api->config.http,
	            (struct conn_name){ c->reply_to.loop, c->reply_to.slot, c->reply_to.generation });
	cmd_free(call->c);
	api_go_on(api, c);
	return true;
}
