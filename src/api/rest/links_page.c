/* links_page.c - what somebody sees who follows a mail's link: what it is about, and what to do.
 *
 * A page without scripts, in the language of the person, that works under any path (its addresses
 * are relative) and on a phone. What people wrote is escaped by the template. */
#include "api/rest/links.h"
#include "api/rest/routes.h"
#include "base/limits.h"
#include "wire/hash.h"
#include "wire/mustache.h"

enum { ROWS_MAX = 40, VALUE_MAX = 500 };

/* ---- words */

struct words {
	const char *code, *en, *ja;
};

static const struct words words[] = {
	{ "title", "Your decision", "決裁" },
	{ "subject", "Subject", "件名" },
	{ "applicant", "Requested by", "申請者" },
	{ "amount", "Amount", "金額" },
	{ "due", "Decide by", "期限" },
	{ "you", "You decide as", "決裁者" },
	{ "comment", "Comment", "コメント" },
	{ "approve", "Approve", "承認する" },
	{ "reject", "Reject", "却下する" },
	{ "return", "Send back", "差し戻す" },
	{ "more", "There is more than is shown here. See all of it in ringi.",
	  "すべては表示されていません。残りは ringi で確認してください。" },
	{ "see", "See it in ringi", "ringi で見る" },
	{ "ask", "Nothing is decided until you press a button. The link works once, and for you only.",
	  "ボタンを押すまで何も決まりません。このリンクはご本人のみ、一度だけ使えます。" },
	{ "DONE_APPROVE", "Your approval is recorded.", "承認を記録しました。" },
	{ "DONE_REJECT", "Your rejection is recorded.", "却下を記録しました。" },
	{ "DONE_RETURN", "It was sent back to who asked for it.", "申請者に差し戻しました。" },
	{ "UNKNOWN", "This link is not valid (any more). Sign in to ringi to see what waits for you.",
	  "このリンクは無効です。ringi にサインインして確認してください。" },
	{ "USED", "This link was used already. A link decides once.",
	  "このリンクは使用済みです。リンクで決裁できるのは一度だけです。" },
	{ "EXPIRED", "This link has expired. Sign in to ringi to decide.",
	  "このリンクの有効期限が切れています。ringi にサインインして決裁してください。" },
	{ "ROUND", "It was sent back since this mail: its link belongs to a round that is over.",
	  "このメールの後に差し戻されたため、このリンクの回は終了しています。" },
	{ "CLOSED", "Nothing is to be decided any more: it is closed.",
	  "すでに終了しています。決裁は不要です。" },
	{ "ASKED_NOT", "You are not asked any more: it was decided, or somebody else is asked now.",
	  "すでに決裁されたか、別の人に依頼されているため、あなたの決裁は不要です。" },
	{ "OFF", "This server takes no decisions by links. Sign in to ringi to decide.",
	  "このサーバーではリンクによる決裁はできません。ringi にサインインして決裁してください。" },
	{ "FORM", "Nothing was recorded: press one of the buttons.",
	  "記録されませんでした。ボタンを押してください。" },
	{ "TOO_LONG", "Nothing was recorded: the comment is too long.",
	  "記録されませんでした。コメントが長すぎます。" },
	{ "MISSING_PARAMETER", "Nothing was recorded: this decision needs a comment. Say why.",
	  "記録されませんでした。この決裁にはコメントが必要です。理由を入力してください。" },
	{ "STALE", "Nothing was recorded: the data was changed. Look at it again.",
	  "記録されませんでした。内容が変更されています。もう一度確認してください。" },
	{ "SELF_APPROVAL", "You asked for this yourself, or entered it, and may not decide about it.",
	  "ご自身の申請のため、決裁できません。" },
	{ "SAME_PERSON", "You have decided about this already, in another place.",
	  "すでに別の立場で決裁しています。" },
	{ "NOT_ALLOWED", "You may not decide about this.", "この決裁を行う権限がありません。" },
	{ "THROTTLED", "There were too many tries. Wait a while, then follow the link again.",
	  "試行回数が多すぎます。しばらく待ってからもう一度お試しください。" },
	{ "FAULT", "This cannot be done at the moment, and nothing was recorded. Try again.",
	  "現在処理できません。記録されていません。もう一度お試しください。" },
};

static struct str word(struct str language, const char *code)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].code, code) == 0)
			return str_of(str_is(language, "ja") ? words[i].ja : words[i].en);
	return S_NONE;
}

/* ---- what it says */

struct saying {
	int status;
	const char *code; /* of `words` */
	bool asks;        /* the form is shown */
};

static struct saying of_state(enum link_state state)
{
	switch (state) {
	case LINK_GOOD:
		return (struct saying){ 200, "ask", true };
	case LINK_USED:
		return (struct saying){ 410, "USED", false };
	case LINK_EXPIRED:
		return (struct saying){ 410, "EXPIRED", false };
	case LINK_ROUND:
		return (struct saying){ 410, "ROUND", false };
	case LINK_CLOSED:
		return (struct saying){ 410, "CLOSED", false };
	case LINK_ASKED_NOT:
		return (struct saying){ 410, "ASKED_NOT", false };
	default:
		return (struct saying){ 404, "UNKNOWN", false };
	}
}

/* What the vote was answered. */
static struct saying of_vote(const struct link_call *l)
{
	const struct approval_vote *v = &l->link.vote;
	enum refusal why = v->of.refused.why;

	switch (why) {
	case REFUSED_NONE:
		return (struct saying){ 200,
			                    v->decision == DECISION_APPROVE  ? "DONE_APPROVE"
			                    : v->decision == DECISION_REJECT ? "DONE_REJECT"
			                                                     : "DONE_RETURN",
			                    false };
	case REFUSED_MISSING_PARAMETER:
	case REFUSED_STALE:
		return (struct saying){ refusal_status(why), refusal_name(why), l->link.view != NULL };
	case REFUSED_SELF_APPROVAL:
	case REFUSED_SAME_PERSON:
	case REFUSED_CLOSED:
		return (struct saying){ refusal_status(why), refusal_name(why), false };
	case REFUSED_NO_SUCH_APPROVAL:
		return of_state(LINK_UNKNOWN);
	case REFUSED_ALREADY_VOTED:
	case REFUSED_NOT_AN_APPROVER:
		return of_state(LINK_ASKED_NOT);
	default:
		return (struct saying){ refusal_status(why), "NOT_ALLOWED", false };
	}
}

static struct saying saying_of(const struct api_call *call)
{
	const struct link_call *l = call->extra;
	enum refusal why = call->c->refused.why;

	if (call->c->fault != OK)
		return (struct saying){ 503, "FAULT", false };
	if (why == REFUSED_TOO_MANY_TRIES || why == REFUSED_THROTTLED)
		return (struct saying){ 429, "THROTTLED", false };
	if (l == NULL || why != REFUSED_NONE)
		return of_state(LINK_UNKNOWN);
	if (l->off)
		return (struct saying){ 404, "OFF", false };
	if (l->voted && (l->link.state == LINK_GOOD || l->link.state == LINK_CLOSED))
		return of_vote(l);
	if (l->wrong != NULL && l->link.state == LINK_GOOD)
		return (struct saying){ 400, l->wrong, true };
	return of_state(l->link.state);
}

/* ---- its values */

static struct str cut(struct str s)
{
	size_t max = VALUE_MAX;

	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.at[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.at, max };
}

static void add_row(struct arena *a, struct json *rows, struct str name, struct str value)
{
	struct json *row = json_add(rows, S_NONE, json_new(a, JSON_OBJECT));

	json_put_text(a, row, "name", name);
	json_put_text(a, row, "value", cut(value));
}

/* False: not all of it. */
static bool add_data(struct arena *a, struct json *rows, struct str data)
{
	bool all = true;
	struct str why;

	JSON_EACH (json_read(a, data, &why), v) {
		struct str text = json_is(v, JSON_STRING) ? json_text(v) : json_written(a, v);
		if (rows->count >= ROWS_MAX)
			return false;
		all = all && text.len <= VALUE_MAX;
		add_row(a, rows, cut(v->key), text);
	}
	return all;
}

static void add_approval(struct arena *a, struct json *values, const struct link_call *l,
                         struct str language)
{
	const struct approval *about = &l->link.view->a;
	struct json *rows = json_add(values, S("rows"), json_new(a, JSON_ARRAY));
	char amount[32];

	add_row(a, rows, word(language, "subject"), about->subject);
	add_row(a, rows, word(language, "applicant"), l->link.applicant);
	if (about->amount >= 0)
		add_row(a, rows, word(language, "amount"),
		        arena_str(a, approval_amount_text(about->amount, amount)));
	if (about->due_at != 0)
		add_row(a, rows, word(language, "due"), notify_moment(a, l->link.link.zone, about->due_at));
	add_row(a, rows, word(language, "you"), l->link.link.name);
	if (!add_data(a, rows, l->link.view->data))
		json_put_text(a, values, "more", word(language, "more"));
	json_put_number(a, values, "data_version", about->data_version);
}

static const struct json *values_of(const struct api_call *call, const struct saying *s)
{
	static const char *const names[] = { "title", "comment", "approve", "reject", "see" };
	const struct link_call *l = call->extra;
	struct arena *a = call->c->arena;
	struct json *values = json_new(a, JSON_OBJECT);
	bool known = l != NULL && str_given(l->link.link.locale);
	struct str language = known ? l->link.link.locale : l != NULL ? l->language : S("ja");

	json_put_text(a, values, "language", language);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		json_put_text(a, values, names[i], word(language, names[i]));
	json_put_text(a, values, "says", word(language, s->code));
	if (!s->asks)
		return values;
	json_put_text(a, values, "asks", S("yes"));
	json_put_text(a, values, "typed", str_given(l->comment) ? l->comment : S(""));
	json_put_number(a, values, "max", APPROVAL_COMMENT_MAX);
	if (l->link.can_return)
		json_put_text(a, values, "return", word(language, "return"));
	add_approval(a, values, l, language);
	return values;
}

/* ---- the page */

#define STYLE \
	"*{box-sizing:border-box}" \
	"body{margin:0;font:1rem/1.6 system-ui,sans-serif;background:#f4f5f7;color:#1b1f24}" \
	"main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}" \
	"h1{font-size:1.4rem}" \
	".says{background:#fff;border-left:4px solid #2457a6;padding:.75rem 1rem}" \
	"dl{background:#fff;padding:.5rem 1rem;margin:1rem 0}" \
	"dt{font-size:.85rem;color:#4a5361;margin-top:.5rem}" \
	"dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}" \
	"label{display:block;font-weight:600}" \
	"textarea{width:100%;min-height:6rem;padding:.5rem;font:inherit;border:1px solid #6b7480}" \
	".buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}" \
	"button{font:inherit;font-weight:600;min-height:3rem;padding:.5rem 1.5rem;flex:1 1 9rem;" \
	"border:2px solid #1b1f24;border-radius:.4rem;background:#fff;color:#1b1f24}" \
	".yes{background:#176a37;border-color:#176a37;color:#fff}" \
	".no{background:#a3201d;border-color:#a3201d;color:#fff}" \
	"a{color:#1d4f9c}:focus-visible{outline:3px solid #2457a6;outline-offset:2px}"

static const char page[] =
	"<!doctype html>\n<html lang=\"{{language}}\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	"<meta name=\"robots\" content=\"noindex\"><title>{{title}} - ringi</title>"
	"<style>" STYLE "</style></head>\n<body><main><h1>{{title}}</h1>\n"
	"<p class=\"says\" role=\"status\">{{says}}</p>\n"
	"{{#asks}}<dl>{{#rows}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/rows}}</dl>\n"
	"{{#more}}<p>{{more}}</p>{{/more}}"
	"<form method=\"post\">"
	"<input type=\"hidden\" name=\"data_version\" value=\"{{data_version}}\">"
	"<label for=\"comment\">{{comment}}</label>"
	"<textarea id=\"comment\" name=\"comment\" maxlength=\"{{max}}\">{{typed}}</textarea>"
	"<div class=\"buttons\">"
	"<button class=\"yes\" name=\"do\" value=\"approve\">{{approve}}</button>"
	"<button class=\"no\" name=\"do\" value=\"reject\">{{reject}}</button>"
	"{{#return}}<button name=\"do\" value=\"return\">{{return}}</button>{{/return}}</div></form>\n"
	"{{/asks}}<p><a href=\"../\">{{see}}</a></p></main></body></html>\n";

static void write_headers(struct buf *headers)
{
	uint8_t digest[SHA256_SIZE];

	sha256(S(STYLE), digest);
	buf_add(headers, S("X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
	                   "Referrer-Policy: no-referrer\r\nX-Robots-Tag: noindex\r\n"
	                   "Cross-Origin-Opener-Policy: same-origin\r\n"
	                   "Content-Security-Policy: default-src 'none'; style-src 'sha256-"));
	base64_write(headers, (struct str){ (const char *)digest, sizeof digest });
	buf_add(headers, S("'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"));
}

struct api_answer_head rest_link_page(const struct api_call *call, struct buf *body,
                                      struct buf *headers)
{
	struct saying s = saying_of(call);

	must(str_given(word(S("en"), s.code)));
	write_headers(headers);
	call_write_retry(call, headers);
	mustache_write(body, str_of(page), values_of(call, &s), MUSTACHE_HTML);
	return (struct api_answer_head){ s.status, S("text/html; charset=utf-8") };
}
