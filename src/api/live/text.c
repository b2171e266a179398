/* text.c - events as text: JSON, and JSON inside Server-Sent Events. */
#include "api/live/hub.h"
#include "wire/json.h"
#include "wire/sse.h"

static const char *const types[] = {
	"job.pending", "job.running", "job.succeeded", "job.failed", "job.canceled", "job.progress",
};
enum { TYPES = sizeof types / sizeof *types };
static_assert(TYPES == JOB_STATES + 1, "a type for each state and one for progress");

static void add_progress(struct buf *b, int of_1000)
{
	must(of_1000 >= 0 && of_1000 <= 1000);
	if (of_1000 % 1000 == 0)
		buf_printf(b, "%d", of_1000 / 1000);
	else
		buf_printf(b, "0.%03d", of_1000);
}

static void add_uuid(struct buf *b, struct uuid id)
{
	char text[37];

	uuid_text(id, text);
	buf_add(b, (struct str){ text, 36 });
}

static void add_id(struct buf *b, struct feed_position p)
{
	char text[FEED_POSITION_TEXT];

	feed_position_text(p, text);
	buf_add(b, S("\"id\":\""));
	buf_add_text(b, text);
	buf_add(b, S("\","));
}

void text_ending(struct buf *b, int progress, int64_t at_ms)
{
	if (progress >= 0) {
		buf_add(b, S(",\"progress\":"));
		add_progress(b, progress);
	}
	buf_add(b, S(",\"at\":\""));
	time_rfc3339(b, at_ms);
	buf_add(b, S("\"}"));
}

void text_event_json(struct buf *b, const struct feed_event *e, const struct feed_position *id)
{
	buf_add(b, S("{"));
	if (id != NULL)
		add_id(b, *id);
	buf_add(b, S("\"type\":\""));
	buf_add_text(b, types[feed_is_progress(e) ? JOB_STATES : e->state]);
	buf_add(b, S("\",\"job\":\""));
	add_uuid(b, e->job);
	buf_add(b, S("\",\"queue\":"));
	json_write_text(b, (struct str){ e->queue, e->queue_len });
	buf_add(b, S(",\"state\":\""));
	buf_add(b, job_state_name((enum job_state)e->state));
	buf_add(b, S("\""));
	text_ending(b, e->progress, e->at_ms);
}

void text_event_sse(struct buf *b, struct buf *scratch, const struct feed_event *e, uint32_t start)
{
	char id[FEED_POSITION_TEXT];

	feed_position_text((struct feed_position){ start, e->number }, id);
	buf_clear(scratch);
	text_event_json(scratch, e, NULL);
	sse_write(b, &(struct sse_event){ str_of(id), S("job"), buf_str(scratch) });
}

void text_position_sse(struct buf *b, struct feed_position p)
{
	char id[FEED_POSITION_TEXT];

	feed_position_text(p, id);
	sse_write_position(b, str_of(id));
}

/* Without an id: the client's position is that of the snapshot behind it. */
void text_reset_sse(struct buf *b)
{
	sse_write(b, &(struct sse_event){
					 S_NONE, S("reset"),
					 S("{\"why\":\"Changes were missed that are not kept any more.\"}") });
}

void text_bye_sse(struct buf *b, const char *why)
{
	struct buf json = { 0 };

	buf_add(&json, S("{\"why\":"));
	json_write_text(&json, str_of(why));
	buf_add(&json, S("}"));
	sse_write(b, &(struct sse_event){ S_NONE, S("bye"), buf_str(&json) });
	buf_free(&json);
}

bool text_kinds_read(struct str text, unsigned *kinds, struct str *wrong)
{
	*kinds = 0;
	while (str_given(text)) {
		struct str name = str_trim(str_cut(&text, ','));
		int i = 0;
		while (i < TYPES && !str_is(name, types[i]))
			i++;
		if (i == TYPES) {
			*wrong = name;
			return false;
		}
		*kinds |= i == JOB_STATES ? (unsigned)FEED_PROGRESS : 1u << i;
	}
	return true;
}
