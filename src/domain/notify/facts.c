/* facts.c - what the texts may name: the facts of a row, in the words of who is told. */
#include "domain/notify/inside.h"
#include "wire/mustache.h"

struct str moment_words(struct arena *a, const struct zone *zone, int64_t at)
{
	struct zone_span span = zone_at(zone, at);
	struct buf iso = { 0 };

	time_rfc3339_local(&iso, at, span.offset_s); /* 2026-11-22T16:37:32+01:00 */
	must(iso.len >= 16);
	struct str words = arena_printf(a, "%.10s %.5s %.*s", iso.at, iso.at + 11,
	                                S_ARG(span.abbreviation));
	buf_free(&iso);
	return words;
}

/* ---- templates */

struct reading {
	struct arena *arena;
	struct str text;
};

static enum err take_text(void *context, const struct value *v, int count)
{
	struct reading *r = context;

	must(count == 1);
	r->text = arena_str(r->arena, v[0].bytes);
	return OK;
}

enum err texts_read(struct store *store, struct arena *a, enum notify_kind kind, struct str locale,
                    struct notify_texts *texts)
{
	struct reading r = { .arena = a };
	struct str why;

	TRY(store_run(store, STMT_NOTIFY_TEMPLATE_NOW,
	              VALUES(value_text(str_of(notify_kind_name(kind))), value_text(locale)), take_text,
	              &r));
	*texts = r.text.len == 0 ? notify_texts_builtin(kind, locale)
	                         : notify_texts_read(json_read(a, r.text, &why), kind, locale);
	return OK;
}

/* ---- the members */

static void add_time(struct arena *a, struct buf *json, const char *as, const struct zone *zone,
                     const struct json *v)
{
	int64_t at;

	if (v != NULL && str_i64(v->text, 1, INT64_MAX, &at))
		json_write_member(json, as, moment_words(a, zone, at));
}

static void add_word(struct buf *json, const char *as, struct str locale, struct str name)
{
	if (name.len > 0)
		json_write_member(json, as, notify_word(locale, as, name));
}

static void add_given(struct buf *json, const struct json *facts, const char *name)
{
	struct str text = json_get_text(facts, name);

	if (text.len > 0)
		json_write_member(json, name, text);
}

static struct str approval_url(const struct facts_of *b, const struct told *t)
{
	char id[37];

	if (!t->has_approval || b->public_url.len == 0)
		return S_NONE;
	uuid_text(t->approval, id);
	return arena_printf(b->arena, "%.*s/approvals/%s", S_ARG(b->public_url), id);
}

static void add_facts(const struct facts_of *b, struct buf *json, const struct told *t,
                      const struct recipient *r)
{
	static const char *const texts[] = { "subject",  "applicant", "by",    "behalf",
		                                 "delegate", "comment",   "amount" };
	struct str why;
	const struct json *facts = json_read(b->arena, t->facts, &why);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		add_given(json, facts, texts[i]);
	add_word(json, "outcome", r->locale, json_get_text(facts, "outcome"));
	add_word(json, "otherwise", r->locale, json_get_text(facts, "otherwise"));
	add_time(b->arena, json, "due", r->zone, json_get(facts, "due_at"));
	add_time(b->arena, json, "from", r->zone, json_get(facts, "from_at"));
	add_time(b->arena, json, "until", r->zone, json_get(facts, "until_at"));
	json_write_member(json, "url", approval_url(b, t));
}

/* ---- digests */

struct items {
	const struct facts_of *b;
	const struct recipient *recipient;
	struct told all[NOTIFY_DIGEST_SHOWN];
	int count;
	int64_t total;
};

static enum err take_item(void *context, const struct value *v, int count)
{
	struct items *items = context;

	must(items->count < NOTIFY_DIGEST_SHOWN && count == TOLD_COLUMNS);
	items->total = v[TOLD_COLUMNS - 1].number;
	return told_of_row(items->b->arena, v, count, &items->all[items->count++]);
}

static enum err add_item(const struct facts_of *b, struct buf *json, const struct told *t,
                         const struct recipient *r, bool first)
{
	struct notify_texts texts;
	struct buf facts = { 0 }, title = { 0 };
	struct str why;

	TRY(texts_read(b->store, b->arena, t->kind, r->locale, &texts));
	buf_add_byte(&facts, '{');
	add_facts(b, &facts, t, r);
	buf_add_byte(&facts, '}');
	mustache_write(&title, texts.subject, json_read(b->arena, buf_str(&facts), &why),
	               MUSTACHE_LINE);
	if (!first)
		buf_add_byte(json, ',');
	buf_add_byte(json, '{');
	json_write_member(json, "title", buf_str(&title));
	json_write_member(json, "url", approval_url(b, t));
	buf_add_byte(json, '}');
	buf_free(&facts);
	buf_free(&title);
	return OK;
}

static enum err add_items(const struct facts_of *b, struct buf *json, const struct told *digest,
                          const struct recipient *r)
{
	struct items *items = ARENA_NEW(b->arena, struct items);

	*items = (struct items){ .b = b, .recipient = r };
	TRY(store_run(b->store, STMT_NOTIFICATION_DIGEST_ITEMS,
	              VALUES(value_int(digest->id), value_int(NOTIFY_DIGEST_SHOWN)), take_item, items));
	json_write_member_raw(json, "count", arena_printf(b->arena, "%lld", (long long)items->total));
	json_write_name(json, "items");
	buf_add_byte(json, '[');
	for (int i = 0; i < items->count; i++)
		TRY(add_item(b, json, &items->all[i], r, i == 0));
	buf_add_byte(json, ']');
	if (items->total > items->count)
		json_write_member_raw(json, "more",
		                      arena_printf(b->arena, "%lld",
		                                   (long long)items->total - items->count));
	return OK;
}

/* ---- all of it */

enum err facts_write(const struct facts_of *b, const struct told *t, const struct recipient *r,
                     struct str channel, struct str token, struct str *json)
{
	struct buf out = { 0 };
	enum err fault = OK;
	char id[37];

	uuid_text(t->uuid, id);
	buf_add_byte(&out, '{');
	json_write_member(&out, "id", arena_str(b->arena, str_of(id)));
	json_write_member(&out, "kind", str_of(notify_kind_name(t->kind)));
	json_write_member(&out, "person", r->name);
	json_write_member(&out, "channel", channel);
	json_write_member(&out, "at", moment_words(b->arena, r->zone, t->created_at));
	add_facts(b, &out, t, r);
	if (t->has_approval)
		json_write_member(&out, "approval", t->about);
	if (t->round > 0)
		json_write_member_raw(&out, "round", arena_printf(b->arena, "%lld", (long long)t->round));
	if (token.len > 0)
		json_write_member(&out, "decide_url",
		                  arena_printf(b->arena, "%.*s/links/%.*s", S_ARG(b->public_url),
		                               S_ARG(token)));
	if (t->kind == NOTIFY_DIGEST)
		fault = add_items(b, &out, t, r);
	buf_add_byte(&out, '}');
	arena_adopt(b->arena, out.at);
	*json = buf_str(&out);
	return fault;
}
