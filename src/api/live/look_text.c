/* look_text.c - approvals and inboxes as Server-Sent Events, as the answers of GET tell of them. */
#include <stdio.h>

#include "api/live/look.h"
#include "api/rest/approval.h"
#include "wire/sse.h"

static void write_event(struct buf *b, const char *id, const char *name, struct buf *json)
{
	must(!json->failed);
	sse_write(b, &(struct sse_event){ str_of(id), str_of(name), buf_str(json) });
	buf_free(json);
}

/* ---- an approval */

static void number_text(int64_t n, char text[FEED_POSITION_TEXT])
{
	snprintf(text, FEED_POSITION_TEXT, "%lld", (long long)n);
}

static void changed(struct out *o, const struct approval_view *v)
{
	rest_approval(o, &v->a);
	out_text(o, S("why"), v->why);
	out_text(o, S("why_ja"), v->why_ja);
	rest_slots(o, v);
	out_json(o, S("progress"), v->progress);
	rest_events(o, v);
}

void text_approval_sse(struct buf *b, const struct approval_watch *in)
{
	struct buf json = { 0 };
	struct out o = out_start(OUT_JSON, &json);
	char id[FEED_POSITION_TEXT];

	if (!in->whole && in->view->event_count == 0 && in->view->slot_count == 0)
		return;
	number_text(in->newest, id);
	out_object(&o, S_NONE);
	if (in->whole)
		rest_approval_view(&o, in->view);
	else
		changed(&o, in->view);
	out_end(&o);
	write_event(b, id, in->whole ? "snapshot" : "changed", &json);
}

void text_approval_position_sse(struct buf *b, int64_t told)
{
	char id[FEED_POSITION_TEXT];

	number_text(told, id);
	sse_write_position(b, str_of(id));
}

/* ---- an inbox */

enum { WHO_DIGITS = 8, INBOX_POSITION_TEXT = FEED_POSITION_TEXT + 1 + WHO_DIGITS };

uint32_t text_who(const struct uuid *who)
{
	const uint8_t *b = who->bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void inbox_position(struct feed_position at, const struct uuid *who,
                           char text[INBOX_POSITION_TEXT])
{
	char position[FEED_POSITION_TEXT];

	feed_position_text(at, position);
	snprintf(text, INBOX_POSITION_TEXT, "%s-%u", position, text_who(who));
}

bool text_inbox_position_read(struct str text, struct feed_position *at, uint32_t *who)
{
	size_t cut = text.len;
	uint64_t n;

	while (cut > 0 && text.at[cut - 1] != '-')
		cut--;
	if (cut == 0 || !str_u64(str_from(text, cut), UINT32_MAX, &n))
		return false;
	*who = (uint32_t)n;
	return feed_position_read((struct str){ text.at, cut - 1 }, at);
}

static void gone(struct out *o, const struct inbox_watch *in)
{
	char id[37];

	out_list(o, S("gone"), S_NONE);
	for (int i = 0; i < in->gone_count; i++) {
		uuid_text(in->gone[i], id);
		out_item_text(o, S_NONE, (struct str){ id, 36 });
	}
	out_end(o);
}

void text_inbox_sse(struct buf *b, const struct inbox_watch *in, struct feed_position at)
{
	struct buf json = { 0 };
	struct out o = out_start(OUT_JSON, &json);
	char id[INBOX_POSITION_TEXT];

	if (in->holders_only || (!in->whole && in->page.count == 0 && in->gone_count == 0))
		return;
	inbox_position(at, &in->who, id);
	out_object(&o, S_NONE);
	rest_inbox_items(&o, &in->page);
	if (in->whole)
		out_bool(&o, S("more"), in->page.more);
	else
		gone(&o, in);
	out_end(&o);
	write_event(b, id, in->whole ? "snapshot" : "changed", &json);
}

void text_inbox_position_sse(struct buf *b, struct feed_position at, const struct uuid *who)
{
	char id[INBOX_POSITION_TEXT];

	inbox_position(at, who, id);
	sse_write_position(b, str_of(id));
}
