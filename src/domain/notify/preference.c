/* preference.c - what somebody wants: checked here, read in recipient.c, where its form is. */
#include "domain/audit/audit.h"
#include "domain/notify/inside.h"
#include "domain/notify/manage.h"

#define BAD(field, ...) return refuse_field(c, REFUSED_INVALID_PARAMETER, field, __VA_ARGS__)

static enum err check_channels(struct batch *b, struct cmd *c, const struct json *list)
{
	struct channels channels;

	if (list == NULL)
		return OK;
	if (list->kind != JSON_ARRAY || list->count > NOTIFY_STEPS_MAX)
		BAD("channels", "channels is a list of at most %d {\"channel\", \"address\"}.",
		    NOTIFY_STEPS_MAX);
	TRY(channels_read(b->store, b->arena, &channels));
	JSON_EACH (list, v) {
		struct str name = json_get_text(v, "channel"), address = json_get_text(v, "address");
		if (channel_named(&channels, name) == NULL)
			BAD("channels", "There is no channel named '%.*s' that is in use.",
			    (int)(name.len > 64 ? 64 : name.len), name.at);
		if (address.len > NOTIFY_ADDRESS_MAX)
			BAD("channels", "An address has at most %d bytes.", NOTIFY_ADDRESS_MAX);
		JSON_EACH (v, member)
			if (!str_is(member->key, "channel") && !str_is(member->key, "address"))
				BAD("channels", "An entry of channels has channel and address, no %.*s.",
				    S_ARG(member->key));
	}
	return OK;
}

static enum err check_kinds(struct cmd *c, const struct json *kinds)
{
	enum notify_kind kind;

	if (kinds != NULL && kinds->kind != JSON_OBJECT)
		BAD("kinds", "kinds is an object such as {\"approval.decided\": \"digest\"}.");
	JSON_EACH (kinds, v) {
		struct str how = json_text(v);
		if (!notify_kind_read(v->key, &kind))
			BAD("kinds", "There is no kind of notifications named '%.*s'.",
			    (int)(v->key.len > 64 ? 64 : v->key.len), v->key.at);
		if (!str_is(how, "now") && !str_is(how, "digest") && !str_is(how, "off"))
			BAD("kinds", "kinds.%.*s is now, digest or off.", S_ARG(v->key));
	}
	return OK;
}

static enum err check_digest(struct cmd *c, const struct json *times)
{
	int64_t at;

	if (times == NULL)
		return OK;
	if (times->kind != JSON_ARRAY || times->count > NOTIFY_DIGEST_TIMES_MAX)
		BAD("digest", "digest is a list of at most %d times of day such as \"09:00\".",
		    NOTIFY_DIGEST_TIMES_MAX);
	JSON_EACH (times, v)
		if (!notify_time_of_day(json_text(v), &at))
			BAD("digest", "A time of day is written as 09:00, from 00:00 to 23:59.");
	return OK;
}

static enum err check_quiet(struct cmd *c, const struct json *quiet)
{
	int64_t at;
	bool seen[7] = { false };
	int days = 0;

	JSON_EACH (quiet, v)
		if (!str_is(v->key, "from") && !str_is(v->key, "to") && !str_is(v->key, "days"))
			BAD("quiet", "quiet has from, to and days, no %.*s.", S_ARG(v->key));
	if (quiet != NULL && quiet->kind != JSON_OBJECT)
		BAD("quiet", "quiet is an object such as {\"from\": \"22:00\", \"to\": \"07:00\"}.");
	bool from = json_get(quiet, "from") != NULL, to = json_get(quiet, "to") != NULL;
	if (from != to)
		BAD("quiet", "quiet.from and quiet.to go together.");
	if (from && (!notify_time_of_day(json_get_text(quiet, "from"), &at) ||
	             !notify_time_of_day(json_get_text(quiet, "to"), &at)))
		BAD("quiet", "quiet.from and quiet.to are times of day such as 22:00.");
	JSON_EACH (json_get(quiet, "days"), v) {
		int day = notify_weekday(json_text(v));
		if (day < 0)
			BAD("quiet", "quiet.days is a list of MON, TUE, WED, THU, FRI, SAT and SUN.");
		days += !seen[day];
		seen[day] = true;
	}
	if (days == 7)
		BAD("quiet", "quiet.days can't be all days: nothing would ever leave.");
	return OK;
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	const struct wants *p = c->in;
	const struct json *locale = json_get(p->wants, "locale");

	must(p->person.len > 0 && json_is(p->wants, JSON_OBJECT));
	JSON_EACH (p->wants, v)
		if (!str_is(v->key, "locale") && !str_is(v->key, "channels") && !str_is(v->key, "kinds") &&
		    !str_is(v->key, "digest") && !str_is(v->key, "quiet"))
			BAD("body",
			    "There is no preference %.*s; there are locale, channels, kinds, digest and "
			    "quiet.",
			    S_ARG(v->key));
	if (locale != NULL && !str_is(json_text(locale), "ja") && !str_is(json_text(locale), "en"))
		BAD("locale", "locale is ja or en.");
	TRY(check_channels(b, c, json_get(p->wants, "channels")));
	TRY(check_kinds(c, json_get(p->wants, "kinds")));
	TRY(check_digest(c, json_get(p->wants, "digest")));
	return check_quiet(c, json_get(p->wants, "quiet"));
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct wants *p = c->in;

	p->text = json_written(c->arena, p->wants);
	TRY(store_run(b->store, STMT_NOTIFY_WANTS_PUT,
	              VALUES(value_text(p->person), value_text(p->text), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return audit_write(b, c, "notify.preferences", audit_name(b, "person", p->person), S_NONE);
}

const struct op op_wants_put = { .name = "wants_put",
	                             .lane = LANE_WRITE,
	                             .check = put_check,
	                             .write = put_write };

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

static enum err get_read(struct store *store, struct cmd *c, struct now now)
{
	struct wants *p = c->in;
	struct reading r = { c->arena, S("{}") };

	(void)now;
	TRY(store_run(store, STMT_NOTIFY_WANTS_ONE, VALUES(value_text(p->person)), take_text, &r));
	p->text = r.text;
	return OK;
}

const struct op op_wants_get = { .name = "wants_get", .lane = LANE_READ, .read = get_read };
