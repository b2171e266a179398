/* send.c - what a notification is on the wire: texts filled in, secrets opened, one channel. */
#include "domain/notify/send.h"

#include "base/limits.h"
#include "wire/hash.h"
#include "wire/mustache.h"
#include "wire/seal.h"

bool sending_bad(struct sending *s, const char *why)
{
	s->why = str_of(why);
	return false;
}

struct str sending_setting(const struct sending *s, const char *name)
{
	return json_get_text(s->settings, name);
}

struct str sending_secret(struct sending *s, const char *name)
{
	struct str sealed = json_get_text(s->sealed, name);

	if (sealed.len == 0)
		return S_NONE;
	return seal_text_open(s->arena, s->master_key, channel_seal_name(s->arena, s->of->channel),
	                      base64_read(s->arena, sealed));
}

void sending_headers(struct sending *s, struct str *headers, int count)
{
	must(count <= OUTBOX_HEADERS_MAX);
	s->call.headers = headers;
	s->call.header_count = count;
}

/* ---- texts */

static struct str filled(struct sending *s, struct str text, enum mustache_medium medium)
{
	struct buf b = { 0 };

	mustache_write(&b, text, s->facts, medium);
	must(!b.failed);
	arena_adopt(s->arena, b.at);
	return buf_str(&b);
}

static void add_html(struct buf *b, struct str text)
{
	struct json value = { .kind = JSON_STRING, .key = S("t"), .text = text };
	struct json all = { .kind = JSON_OBJECT, .count = 1, .first = &value, .last = &value };

	mustache_write(b, S("{{t}}"), &all, MUSTACHE_HTML);
}

/* Lines of the text; those that are a link become one. */
static struct str html_of(struct sending *s, struct str text)
{
	struct buf b = { 0 };

	buf_add(&b, S("<!doctype html><html><body style=\"font-family:sans-serif\"><p>"));
	while (str_given(text)) {
		struct str line = str_cut(&text, '\n');
		bool link = str_starts(line, S("https://")) || str_starts(line, S("http://"));
		if (link)
			buf_add(&b, S("<a href=\""));
		add_html(&b, line);
		if (link) {
			buf_add(&b, S("\">"));
			add_html(&b, line);
			buf_add(&b, S("</a>"));
		}
		buf_add(&b, S("<br>\r\n"));
	}
	buf_add(&b, S("</p></body></html>\r\n"));
	must(!b.failed);
	arena_adopt(s->arena, b.at);
	return buf_str(&b);
}

static void fill(struct sending *s)
{
	const struct notify_call *of = s->of;

	s->subject = filled(s, of->subject, MUSTACHE_LINE);
	s->text = filled(s, of->text, MUSTACHE_TEXT);
	s->chat = of->chat.len > 0 ? filled(s, of->chat, MUSTACHE_TEXT) : s->text;
	s->html = of->html.len > 0 ? filled(s, of->html, MUSTACHE_HTML) : html_of(s, s->text);
}

/* ---- channels */

static const struct {
	const char *type;
	bool (*render)(struct sending *);
} types[] = {
	{ "smtp", send_mail },           { "slack", send_slack },     { "teams", send_teams },
	{ "lineworks", send_lineworks }, { "webpush", send_webpush }, { "webhook", send_webhook },
};

bool notify_render(struct sending *s)
{
	struct str why;

	s->settings = json_read(s->arena, s->of->settings, &why);
	s->sealed = json_read(s->arena, s->of->sealed, &why);
	s->facts = json_read(s->arena, s->of->facts, &why);
	s->call = (struct outbox_call){ 0 };
	s->remote = s->why = S_NONE;
	if (s->settings == NULL || s->facts == NULL)
		return sending_bad(s, "the row is not understood");
	fill(s);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_is(s->of->type, types[i].type))
			return types[i].render(s);
	return sending_bad(s, "there is no such kind of channel");
}

struct str notify_address_shown(struct arena *a, struct str type, struct str address)
{
	struct str why;

	if (!str_is(type, "webpush"))
		return arena_str(a, address.len > 0 ? address : S("-"));
	/* What follows the host names a browser, and lets others write to it. */
	struct str url = json_get_text(json_read(a, address, &why), "endpoint");
	struct str rest = str_from(url, 8), host = str_cut(&rest, '/');
	return arena_str(a, host);
}
