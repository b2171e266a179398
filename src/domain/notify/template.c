/* template.c - texts instead of those that are built in: versions, and what they look like. */
#include "domain/audit/audit.h"
#include "domain/notify/inside.h"
#include "domain/notify/manage.h"
#include "wire/mustache.h"

#define BAD(field, ...) return refuse_field(c, REFUSED_INVALID_PARAMETER, field, __VA_ARGS__)

const struct json *notify_sample(struct arena *a, enum notify_kind kind, struct str locale)
{
	bool ja = str_is(locale, "ja");
	struct str why;

	return json_read(
		a,
		arena_printf(
			a,
			"{\"id\":\"019aa000-0000-7000-8000-000000000001\",\"kind\":\"%s\","
			"\"person\":\"%s\",\"applicant\":\"%s\",\"by\":\"%s\",\"behalf\":\"%s\","
			"\"subject\":\"%s\",\"outcome\":\"%s\",\"comment\":\"%s\",\"amount\":\"120,000\","
			"\"due\":\"2026-11-30 17:00 JST\",\"from\":\"2026-12-01 00:00 JST\","
			"\"until\":\"2026-12-08 00:00 JST\",\"at\":\"2026-11-23 09:00 JST\","
			"\"otherwise\":\"%.*s\",\"round\":1,\"approval\":"
			"\"019aa000-0000-7000-8000-000000000002\",\"channel\":\"mail\",\"count\":2,"
			"\"url\":\"https://ringi.example/approvals/019aa000\","
			"\"decide_url\":\"https://ringi.example/links/0123\","
			"\"items\":[{\"title\":\"%s\",\"url\":\"https://ringi.example/a\"},"
			"{\"title\":\"%s\"}],\"more\":3}",
			notify_kind_name(kind), ja ? "佐藤 雪" : "Yuki Sato", ja ? "田中 太郎" : "Taro Tanaka",
			ja ? "鈴木 一" : "Hajime Suzuki", ja ? "高橋 花" : "Hana Takahashi",
			ja ? "椅子の購入" : "A new chair", ja ? "承認" : "Approved",
			ja ? "お願いします" : "Please have a look",
			S_ARG(notify_word(locale, "otherwise", S("reject"))), ja ? "椅子の購入" : "A new chair",
			ja ? "机の購入" : "A new desk"),
		&why);
}

/* ---- what is wrong */

static enum err check_names(struct cmd *c, struct str kind, struct str locale,
                            enum notify_kind *which)
{
	if (!notify_kind_read(kind, which))
		return refuse_field(c, REFUSED_NOT_FOUND, "kind",
		                    "There is no kind of notifications named '%.*s'.",
		                    (int)(kind.len > 64 ? 64 : kind.len), kind.at);
	if (!str_is(locale, "ja") && !str_is(locale, "en"))
		return refuse_field(c, REFUSED_NOT_FOUND, "locale", "Texts are in ja and en.");
	return OK;
}

static enum err check_texts(struct cmd *c, const struct json *texts)
{
	static const char *const members[] = { "subject", "text", "html", "chat" };
	struct str why;

	JSON_EACH (texts, v) {
		bool known = false;
		for (size_t i = 0; i < sizeof members / sizeof *members; i++)
			known = known || str_is(v->key, members[i]);
		if (!known || v->kind != JSON_STRING)
			BAD("texts", "A template has the texts subject, text, html and chat, not %.*s.",
			    S_ARG(v->key));
		if (v->text.len == 0 || v->text.len > NOTIFY_TEMPLATE_MAX)
			BAD("texts", "%.*s has 1 to %d bytes.", S_ARG(v->key), NOTIFY_TEMPLATE_MAX);
		if (!mustache_check(c->arena, v->text, notify_fields, &why))
			BAD("texts", "%.*s: %.*s", S_ARG(v->key), S_ARG(why));
	}
	if (json_get_text(texts, "subject").len == 0 || json_get_text(texts, "text").len == 0)
		return refuse_field(c, REFUSED_MISSING_PARAMETER, "texts",
		                    "A template needs subject and text.");
	return OK;
}

/* ---- rows */

struct reading {
	struct arena *arena;
	struct template_view *to;
	int count, max;
};

static enum err take_view(void *context, const struct value *v, int count)
{
	struct reading *r = context;
	struct arena *a = r->arena;

	must(count == 6 && r->count < r->max);
	r->to[r->count++] = (struct template_view){ .kind = arena_str(a, v[0].bytes),
		                                        .locale = arena_str(a, v[1].bytes),
		                                        .texts = arena_str(a, v[2].bytes),
		                                        .set_by = arena_str(a, v[3].bytes),
		                                        .version = v[4].number,
		                                        .set_at = v[5].number };
	return OK;
}

static enum err view_read(struct store *store, struct arena *a, struct str kind, struct str locale,
                          int64_t version, struct template_view *view)
{
	struct reading r = { a, view, 0, 1 };

	*view = (struct template_view){ .kind = kind, .locale = locale, .texts = S("") };
	return store_run(store, STMT_NOTIFY_TEMPLATE_ONE,
	                 VALUES(value_text(kind), value_text(locale), value_int(version)), take_view,
	                 &r);
}

static struct str builtin_json(struct arena *a, enum notify_kind kind, struct str locale)
{
	struct notify_texts t = notify_texts_builtin(kind, locale);
	struct buf b = { 0 };

	buf_add_byte(&b, '{');
	json_write_member(&b, "subject", t.subject);
	json_write_member(&b, "text", t.text);
	buf_add_byte(&b, '}');
	arena_adopt(a, b.at);
	return buf_str(&b);
}

/* ---- commands */

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct template_put *p = c->in;
	struct template_view now;
	enum notify_kind kind;

	TRY(check_names(c, p->kind, p->locale, &kind));
	if (cmd_refused(c))
		return OK;
	if (p->texts != NULL)
		TRY(check_texts(c, p->texts));
	TRY(view_read(b->store, c->arena, p->kind, p->locale, 0, &now));
	p->version = now.version + 1;
	if (p->version > NOTIFY_TEMPLATE_VERSIONS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "A template has at most %d versions.",
		              NOTIFY_TEMPLATE_VERSIONS_MAX);
	return OK;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct template_put *p = c->in;
	struct buf text = { 0 };

	must(p->version > 0);
	if (p->texts != NULL)
		json_write(&text, p->texts);
	enum err fault = store_run(b->store, STMT_NOTIFY_TEMPLATE_PUT,
	                           VALUES(value_text(p->kind), value_text(p->locale),
	                                  value_int(p->version), value_text(buf_str(&text)),
	                                  value_text(c->caller.principal), value_int(b->now.wall_ms)),
	                           NULL, NULL);
	buf_free(&text);
	TRY(fault);
	return audit_write(b, c, p->texts == NULL ? "template.reset" : "template.set",
	                   audit_name(b, "notification-template",
	                              arena_printf(b->arena, "%.*s/%.*s", S_ARG(p->kind),
	                                           S_ARG(p->locale))),
	                   AUDIT_JSON(b, audit_number("version", p->version)));
}

const struct op op_notify_template_put = { .name = "notify_template_put",
	                                       .lane = LANE_WRITE,
	                                       .check = put_check,
	                                       .write = put_write };

static enum err get_read(struct store *store, struct cmd *c, struct now now)
{
	struct template_get *p = c->in;
	enum notify_kind kind;

	(void)now;
	TRY(check_names(c, p->kind, p->locale, &kind));
	if (cmd_refused(c))
		return OK;
	TRY(view_read(store, c->arena, p->kind, p->locale, p->version, &p->view));
	if (p->version > 0 && p->view.version == 0)
		return refuse(c, REFUSED_NOT_FOUND, "The template has no version %lld.",
		              (long long)p->version);
	if (p->view.texts.len == 0)
		p->view.texts = builtin_json(c->arena, kind, p->locale);
	return OK;
}

const struct op op_notify_template_get = { .name = "notify_template_get",
	                                       .lane = LANE_READ,
	                                       .read = get_read };

static enum err list_read(struct store *store, struct cmd *c, struct now now)
{
	struct template_list *p = c->in;
	struct template_view *view = ARENA_ARRAY(c->arena, struct template_view,
	                                         2 * NOTIFY_KINDS_COUNT);

	(void)now;
	p->all = view;
	p->count = 0;
	for (int i = 0; i < 2 * NOTIFY_KINDS_COUNT; i++) {
		enum notify_kind kind = (enum notify_kind)(i / 2);
		struct str locale = i % 2 == 0 ? S("en") : S("ja");
		TRY(view_read(store, c->arena, str_of(notify_kind_name(kind)), locale, 0, &view[i]));
		if (view[i].texts.len == 0)
			view[i].texts = builtin_json(c->arena, kind, locale);
		p->count++;
	}
	return OK;
}

const struct op op_notify_template_list = { .name = "notify_template_list",
	                                        .lane = LANE_READ,
	                                        .read = list_read };

static struct str filled(struct arena *a, struct str text, const struct json *facts,
                         enum mustache_medium medium)
{
	struct buf b = { 0 };

	if (text.len == 0)
		return S_NONE;
	mustache_write(&b, text, facts, medium);
	arena_adopt(a, b.at);
	return buf_str(&b);
}

static enum err preview_read(struct store *store, struct cmd *c, struct now now)
{
	struct template_preview *p = c->in;
	struct arena *a = c->arena;
	struct notify_texts t;
	enum notify_kind kind;

	(void)now;
	TRY(check_names(c, p->kind, p->locale, &kind));
	if (!cmd_refused(c) && p->texts != NULL)
		TRY(check_texts(c, p->texts));
	if (cmd_refused(c))
		return OK;
	TRY(texts_read(store, a, kind, p->locale, &t));
	if (p->texts != NULL)
		t = notify_texts_read(p->texts, kind, p->locale);
	const struct json *facts = notify_sample(a, kind, p->locale);
	must(facts != NULL);
	p->subject = filled(a, t.subject, facts, MUSTACHE_LINE);
	p->text = filled(a, t.text, facts, MUSTACHE_TEXT);
	p->html = filled(a, t.html, facts, MUSTACHE_HTML);
	p->chat = filled(a, t.chat, facts, MUSTACHE_TEXT);
	return OK;
}

const struct op op_notify_template_preview = { .name = "notify_template_preview",
	                                           .lane = LANE_READ,
	                                           .read = preview_read };
