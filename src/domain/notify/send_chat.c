/* send_chat.c - notifications as messages of Slack, Teams and LINE WORKS. */
#include "base/limits.h"
#include "domain/notify/send.h"
#include "wire/form.h"
#include "wire/hash.h"
#include "wire/jwt.h"

enum { SLACK_HEADER = 140, SLACK_TEXT = 2900, WORKS_TEXT = 900 }; /* characters that they take */

/* Cut at the end of a character: bytes are at least as many as characters. */
static struct str cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.at[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.at, max };
}

static struct str finish(struct sending *s, struct buf *b)
{
	must(!b->failed);
	arena_adopt(s->arena, b->at);
	return buf_str(b);
}

static struct str link_of(const struct sending *s)
{
	struct str decide = json_get_text(s->facts, "decide_url");

	return decide.len > 0 ? decide : json_get_text(s->facts, "url");
}

static const char *label(const struct sending *s)
{
	bool ja = str_is(s->of->locale, "ja"), decide = json_get_text(s->facts, "decide_url").len > 0;

	return decide ? ja ? "決裁する" : "Decide" : ja ? "ringi で見る" : "Open in ringi";
}

static void json_headers(struct sending *s, struct str bearer)
{
	struct str *h = ARENA_ARRAY(s->arena, struct str, OUTBOX_HEADERS_MAX);
	int n = 0;

	h[n++] = S("Content-Type: application/json; charset=utf-8");
	h[n++] = S("User-Agent: ringi/" RINGI_VERSION);
	if (bearer.len > 0)
		h[n++] = arena_printf(s->arena, "Authorization: Bearer %.*s", S_ARG(bearer));
	sending_headers(s, h, n);
}

/* ---- Slack */

/* The text beside the blocks is read as mrkdwn: < > & would mention people and make links. */
static void add_mrkdwn(struct buf *json, struct str text)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '<')
			buf_add(&b, S("&lt;"));
		else if (text.at[i] == '>')
			buf_add(&b, S("&gt;"));
		else if (text.at[i] == '&')
			buf_add(&b, S("&amp;"));
		else
			buf_add_byte(&b, text.at[i]);
	json_write_text(json, buf_str(&b));
	buf_free(&b);
}

static struct str slack_body(struct sending *s)
{
	struct buf b = { 0 };
	struct str link = link_of(s);

	buf_add_byte(&b, '{');
	if (s->of->address.len > 0)
		json_write_member(&b, "channel", s->of->address);
	json_write_name(&b, "text");
	add_mrkdwn(&b, s->subject);
	buf_add(&b, S(",\"unfurl_links\":false,\"blocks\":[{\"type\":\"header\",\"text\":"
	              "{\"type\":\"plain_text\",\"text\":"));
	json_write_text(&b, cut(s->subject, SLACK_HEADER));
	buf_add(&b, S("}},{\"type\":\"section\",\"text\":{\"type\":\"plain_text\",\"text\":"));
	json_write_text(&b, cut(s->chat, SLACK_TEXT));
	buf_add(&b, S("}}"));
	if (link.len > 0) {
		buf_add(&b, S(",{\"type\":\"actions\",\"elements\":[{\"type\":\"button\",\"text\":"
		              "{\"type\":\"plain_text\",\"text\":"));
		json_write_text(&b, str_of(label(s)));
		buf_add(&b, S("},\"url\":"));
		json_write_text(&b, link);
		buf_add(&b, S("}]}"));
	}
	buf_add(&b, S("]}"));
	return finish(s, &b);
}

bool send_slack(struct sending *s)
{
	struct str api = sending_setting(s, "api"), url = sending_secret(s, "url");
	struct str token = sending_secret(s, "token");

	if (url.len == 0 && token.len == 0)
		return sending_bad(s, "its secrets cannot be opened with this master key");
	if (url.len == 0 && s->of->address.len == 0)
		return sending_bad(s, "the person has no address in Slack");
	s->call.url = url.len > 0 ? url
	                          : arena_printf(s->arena, "%.*s/chat.postMessage",
	                                         S_ARG(api.len > 0 ? api : S("https://slack.com/api")));
	json_headers(s, token);
	s->call.body = slack_body(s);
	return true;
}

/* ---- Teams */

/* Text runs are not read as Markdown. */
static void add_run(struct buf *b, struct str text, bool heading)
{
	buf_add(b, S("{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\",\"text\":"));
	json_write_text(b, text);
	if (heading)
		buf_add(b, S(",\"size\":\"Medium\",\"weight\":\"Bolder\""));
	buf_add(b, S("}]}"));
}

bool send_teams(struct sending *s)
{
	struct str url = sending_secret(s, "url"), link = link_of(s);
	struct buf b = { 0 };

	if (url.len == 0)
		return sending_bad(s, "its URL cannot be opened with this master key");
	buf_add(&b,
	        S("{\"type\":\"message\",\"attachments\":[{\"contentType\":"
	          "\"application/vnd.microsoft.card.adaptive\",\"content\":{\"$schema\":"
	          "\"http://adaptivecards.io/schemas/adaptive-card.json\",\"type\":\"AdaptiveCard\","
	          "\"version\":\"1.4\",\"body\":["));
	add_run(&b, s->subject, true);
	buf_add_byte(&b, ',');
	add_run(&b, s->chat, false);
	buf_add_byte(&b, ']');
	if (link.len > 0) {
		buf_add(&b, S(",\"actions\":[{\"type\":\"Action.OpenUrl\",\"title\":"));
		json_write_text(&b, str_of(label(s)));
		buf_add(&b, S(",\"url\":"));
		json_write_text(&b, link);
		buf_add(&b, S("}]"));
	}
	buf_add(&b, S("}}]}"));
	s->call.url = url;
	json_headers(s, S_NONE);
	s->call.body = finish(s, &b);
	return true;
}

/* ---- LINE WORKS */

static void add_form(struct buf *b, const char *name, struct str value)
{
	if (b->len > 0)
		buf_add_byte(b, '&');
	buf_add_text(b, name);
	buf_add_byte(b, '=');
	form_encode(b, value);
}

static struct str claims(struct sending *s)
{
	int64_t now = s->of->now_ms / SECOND_MS;
	struct buf b = { 0 };

	buf_add_byte(&b, '{');
	json_write_member(&b, "iss", sending_setting(s, "client_id"));
	json_write_member(&b, "sub", sending_setting(s, "service_account"));
	buf_printf(&b, ",\"iat\":%lld,\"exp\":%lld}", (long long)now, (long long)now + 1800);
	return finish(s, &b);
}

bool notify_token_request(struct sending *s)
{
	struct str why, url, jwt, secret, *headers = ARENA_ARRAY(s->arena, struct str, 2);
	struct buf b = { 0 };

	s->settings = json_read(s->arena, s->of->settings, &why);
	s->sealed = json_read(s->arena, s->of->sealed, &why);
	s->call = (struct outbox_call){ 0 };
	secret = sending_secret(s, "client_secret");
	jwt = jwt_rs256(s->arena, sending_secret(s, "private_key"), claims(s));
	if (!str_given(jwt) || secret.len == 0)
		return sending_bad(s, "its private key or client secret cannot be used");
	add_form(&b, "assertion", jwt);
	add_form(&b, "grant_type", S("urn:ietf:params:oauth:grant-type:jwt-bearer"));
	add_form(&b, "client_id", sending_setting(s, "client_id"));
	add_form(&b, "client_secret", secret);
	add_form(&b, "scope", S("bot"));
	url = sending_setting(s, "auth_url");
	s->call.url = url.len > 0 ? url : S("https://auth.worksmobile.com/oauth2/v2.0/token");
	headers[0] = S("Content-Type: application/x-www-form-urlencoded");
	headers[1] = S("User-Agent: ringi/" RINGI_VERSION);
	sending_headers(s, headers, 2);
	s->call.body = finish(s, &b);
	return true;
}

struct str notify_token_read(struct arena *a, struct str body, int64_t *seconds)
{
	struct str why;
	const struct json *v = json_read(a, body, &why), *lasts = json_get(v, "expires_in");
	struct str token = json_get_text(v, "access_token");

	*seconds = 600;
	if (lasts != NULL)
		(void)str_i64(lasts->text, 1, 7 * 86400, seconds);
	for (size_t i = 0; i < token.len; i++)
		if (token.at[i] <= ' ' || (unsigned char)token.at[i] > '~')
			return S_NONE;
	return token.len == 0 ? S_NONE : token;
}

static struct str works_body(struct sending *s)
{
	struct str link = link_of(s);
	struct buf b = { 0 };

	buf_add(&b, S("{\"content\":{\"type\":"));
	buf_add(&b, link.len > 0 ? S("\"button_template\",\"contentText\":") : S("\"text\",\"text\":"));
	json_write_text(&b, cut(s->chat, WORKS_TEXT));
	if (link.len > 0) {
		buf_add(&b, S(",\"actions\":[{\"type\":\"uri\",\"label\":"));
		json_write_text(&b, str_of(label(s)));
		buf_add(&b, S(",\"uri\":"));
		json_write_text(&b, link);
		buf_add(&b, S("}]"));
	}
	buf_add(&b, S("}}"));
	return finish(s, &b);
}

bool send_lineworks(struct sending *s)
{
	struct str api = sending_setting(s, "api");
	struct buf url = { 0 };

	must(s->token.len > 0);
	if (s->of->address.len == 0)
		return sending_bad(s, "the person has no address in LINE WORKS");
	buf_add(&url, api.len > 0 ? api : S("https://www.worksapis.com/v1.0"));
	buf_add(&url, S("/bots/"));
	form_encode(&url, sending_setting(s, "bot_id"));
	buf_add(&url, S("/users/"));
	form_encode(&url, s->of->address);
	buf_add(&url, S("/messages"));
	s->call.url = finish(s, &url);
	json_headers(s, s->token);
	s->call.body = works_body(s);
	return true;
}

/* ---- answers */

/* Slack answers 200 to everything; what it thinks is in the body. */
bool notify_taken(struct arena *a, const struct notify_call *of, struct str body, bool *again,
                  struct str *remote, struct str *error)
{
	static const char *const later[] = { "ratelimited", "internal_error", "fatal_error",
		                                 "service_unavailable", "request_timeout" };
	struct str why;

	*again = false;
	if (!str_is(of->type, "slack") || body.len == 0 || body.at[0] != '{')
		return true;
	const struct json *v = json_read(a, body, &why), *ok = json_get(v, "ok");
	if (ok == NULL || ok->kind == JSON_TRUE) {
		if (json_get_text(v, "ts").len > 0)
			*remote = json_get_text(v, "ts");
		return true;
	}
	struct str code = json_get_text(v, "error");
	for (size_t i = 0; i < sizeof later / sizeof *later; i++)
		*again = *again || str_is(code, later[i]);
	*error = arena_printf(a, "Slack says: %.*s", S_ARG(cut(code, 100)));
	return false;
}
