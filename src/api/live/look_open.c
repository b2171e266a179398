/* look_open.c - GET /v1/approvals/{id}/events and /v1/inbox/events: streams that begin.
 *
 *     parse   where the client was
 *     read    the first look: may they; a snapshot, or what has changed since
 *     begin   head, what was read; then look.c's */
#include "api/live/look.h"
#include "api/rest/approval.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "wire/sse.h"

static struct watch *new_watch(struct api_call *call, const struct rest_in *in)
{
	struct watch *w = CALL_NEW(call, struct watch);

	call->extra = w;
	w->head = in->request->method == HTTP_HEAD_;
	if (call->api->live == NULL) {
		(void)refuse(call->c, REFUSED_UNSUPPORTED_OPERATION, "This server has no live events.");
		return w;
	}
	w->at = feed_head(call->api->live->feed); /* before anything is read */
	return w;
}

/* Where the client was; absent: it begins. `header`: from a browser that comes again, which
 * would give up for good if it were refused. */
static struct str last_id(const struct rest_in *in, bool *header)
{
	struct str last = http_header(in->request, "Last-Event-ID");

	*header = last.len > 0;
	return *header ? last : form_get(&in->query, "after");
}

static void refuse_after(struct api_call *call, struct str after)
{
	(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "after must be the id of an event, not %.*s.",
	             (int)(after.len > 64 ? 64 : after.len), after.at);
}

void live_approval_parse(struct api_call *call, const struct rest_in *in)
{
	struct approval_watch *p = CALL_NEW(call, struct approval_watch);
	bool header;
	struct str last = last_id(in, &header);

	(void)new_watch(call, in);
	call->c->in = p;
	p->id = rest_approval_id(call, in->args[0]);
	if (!str_given(last) || str_i64(last, 1, INT64_MAX - 1, &p->after))
		return;
	p->after = INT64_MAX - 1; /* no record: it is lost, and told so */
	if (!header)
		refuse_after(call, last);
}

static void read_inbox_position(struct api_call *call, const struct rest_in *in, struct watch *w)
{
	struct feed_position at = { 0 };
	bool header, read;
	struct str last = last_id(in, &header);

	if (!str_given(last))
		return;
	read = text_inbox_position_read(last, &at, &w->who);
	if (!read && !header)
		refuse_after(call, last);
	struct feed_event one;
	struct feed_position from = at;
	w->resumed = read && feed_read(call->api->live->feed, &from, NULL, &one, 1) != FEED_LOST;
	w->reset = !w->resumed;
	if (w->resumed)
		w->at = at;
}

void live_inbox_parse(struct api_call *call, const struct rest_in *in)
{
	struct inbox_watch *p = CALL_NEW(call, struct inbox_watch);
	struct watch *w = new_watch(call, in);

	rest_inbox_parse(call, in);
	p->page = *(const struct approval_inbox *)call->c->in;
	call->c->in = p;
	if (p->page.has_after)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "A stream begins at the front of the inbox: it takes no cursor.");
	if (cmd_refused(call->c))
		return;
	read_inbox_position(call, in, w);
	p->holders_only = w->resumed;
	p->whole = !w->resumed;
}

/* ---- begun */

/* The feed has all that came behind its position, and asked the same of them. */
static void check_inbox(struct api_call *call, struct watch *w)
{
	const struct inbox_watch *in = call->c->in;

	if (w->resumed && w->who != text_who(&in->who))
		w->reset = true;
}

static void write_first(struct api_call *call, const struct watch *w, struct buf *b)
{
	const struct approval_watch *approval = call->c->in;
	const struct inbox_watch *inbox = call->c->in;
	bool of_inbox = call->c->op == &op_inbox_watch;

	text_retry_sse(call, b);
	if (of_inbox ? w->reset : approval->lost)
		text_reset_sse(b);
	if (!of_inbox) {
		size_t before = b->len;
		text_approval_sse(b, approval);
		if (b->len == before)
			text_approval_position_sse(b, approval->newest);
	} else if (inbox->whole) {
		text_inbox_sse(b, inbox, w->at);
	} else if (!w->reset) {
		text_inbox_position_sse(b, w->at, &inbox->who);
	}
}

bool live_look_begin(struct api_call *call)
{
	struct watch *w = watch_of(call);
	struct buf body = { 0 };

	if (atomic_load(&call->api->live->stopping)) {
		(void)refuse(call->c, REFUSED_UNAVAILABLE, "The server stops.");
		return false;
	}
	if (!w->head && !hub_room(call))
		return false;
	if (call->c->op == &op_inbox_watch)
		check_inbox(call, w);
	write_first(call, w, &body);
	if (hub_start(call, w, buf_str(&body)))
		look_begin(call, w);
	buf_free(&body);
	cmd_free(call->c);
	return true;
}
