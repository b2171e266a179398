/* channel_put.c - channels as a resource: made, changed, shown, tested.
 *
 * What each type may and must have is in one table. A secret goes one way: it comes sealed from
 * the front door, and what is shown of it is its name. */
#include "domain/audit/audit.h"
#include "domain/domain.h"
#include "domain/notify/inside.h"
#include "domain/notify/manage.h"
#include "domain/outbox/address.h"
#include "wire/mail.h"
#include "wire/mustache.h"

static const struct {
	const char *type, *settings, *needed, *secrets, *secrets_needed;
} types[] = {
	{ "smtp", "host port tls verify ca user from from_name reply_to unsubscribe for_all",
	  "host from", "password", "" },
	{ "slack", "api for_all", "", "url token", "" },
	{ "teams", "for_all", "", "url", "url" },
	{ "lineworks", "bot_id client_id service_account api auth_url for_all",
	  "bot_id client_id service_account", "client_secret private_key",
	  "client_secret private_key" },
	{ "webpush", "subject public_key for_all", "subject", "private_key", "private_key" },
	{ "webhook", "url body for_all", "url", "secret", "" },
};
enum { TYPES = sizeof types / sizeof *types };

/* ---- rows */

struct reading {
	struct arena *arena;
	struct channel_view *to;
	int count, max;
};

static enum err take_view(void *context, const struct value *v, int count)
{
	struct reading *r = context;
	struct arena *a = r->arena;

	must(count == 9);
	if (r->count == r->max)
		return OK;
	r->to[r->count++] = (struct channel_view){
		.name = arena_str(a, v[0].bytes),
		.type = arena_str(a, v[1].bytes),
		.position = v[2].number,
		.enabled = v[3].number != 0,
		.settings = arena_str(a, v[4].bytes),
		.sealed = arena_str(a, v[5].bytes),
		.version = v[6].number,
		.created_at = v[7].number,
		.changed_at = v[8].number,
	};
	return OK;
}

/* Absent name: there is none. */
static enum err view_read(struct store *store, struct arena *a, struct str name,
                          struct channel_view *view)
{
	struct reading r = { a, view, 0, 1 };

	*view = (struct channel_view){ 0 };
	return store_run(store, STMT_NOTIFY_CHANNEL_ONE, VALUES(value_text(name)), take_view, &r);
}

static enum err no_such(struct cmd *c, struct str name)
{
	return refuse(c, REFUSED_NOT_FOUND, "There is no channel named %.*s.", S_ARG(name));
}

/* ---- put: what is wrong */

static bool in_words(const char *words, struct str word)
{
	struct str rest = str_of(words);

	while (str_given(rest))
		if (str_eq(str_cut(&rest, ' '), word))
			return true;
	return false;
}

static int type_of(struct str type)
{
	for (int i = 0; i < TYPES; i++)
		if (str_is(type, types[i].type))
			return i;
	return -1;
}

#define BAD(field, ...) return refuse_field(c, REFUSED_INVALID_PARAMETER, field, __VA_ARGS__)

static bool clean(struct str s, bool lines)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.at[i] < ' ' && !(lines && (s.at[i] == '\n' || s.at[i] == '\r'))) ||
		    s.at[i] == 0x7f)
			return false;
	return true;
}

static enum err check_setting(struct cmd *c, const struct channel_put *p, const struct json *v)
{
	bool flag = in_words("verify for_all", v->key), lines = in_words("ca body", v->key);
	int64_t port;

	if (flag && v->kind != JSON_TRUE && v->kind != JSON_FALSE)
		BAD("settings", "settings.%.*s is true or false.", S_ARG(v->key));
	if (str_is(v->key, "port") && !(v->kind == JSON_NUMBER && str_i64(v->text, 1, 65535, &port)))
		BAD("settings", "settings.port is a number from 1 to 65535.");
	if (!flag && !str_is(v->key, "port") && v->kind != JSON_STRING)
		BAD("settings", "settings.%.*s is a text.", S_ARG(v->key));
	if (v->text.len > CHANNEL_SETTING_MAX)
		BAD("settings", "settings.%.*s is longer than %d bytes.", S_ARG(v->key),
		    CHANNEL_SETTING_MAX);
	if (!clean(v->text, lines))
		BAD("settings", "settings.%.*s has control characters in it.", S_ARG(v->key));
	(void)p;
	return OK;
}

static enum err check_settings(struct cmd *c, const struct channel_put *p, int type)
{
	struct str needed = str_of(types[type].needed);

	JSON_EACH (p->settings, v) {
		if (!in_words(types[type].settings, v->key))
			BAD("settings", "A channel of type %s has no setting %.*s; it may have: %s.",
			    types[type].type, S_ARG(v->key), types[type].settings);
		TRY(check_setting(c, p, v));
	}
	while (needed.len > 0) {
		struct str name = str_cut(&needed, ' ');
		const struct json *v = p->settings == NULL ? NULL : p->settings->first;
		while (v != NULL && !str_eq(v->key, name))
			v = v->next;
		if (json_text(v).len == 0)
			return refuse_field(c, REFUSED_MISSING_PARAMETER, "settings",
			                    "A channel of type %s needs settings.%.*s.", types[type].type,
			                    S_ARG(name));
	}
	return OK;
}

static enum err check_url(struct batch *b, struct cmd *c, const char *name, struct str url)
{
	struct str host = url_host(url);

	if (url.len == 0)
		return OK;
	if (!str_given(host) || !clean(url, false))
		BAD("settings", "%s must be an http or https URL with a host and without a user.", name);
	if (!b->domain->config.private_webhooks && !host_may_be_called(host))
		BAD("settings",
		    "%s: %.*s is an address of a private network; start the server with "
		    "--allow-private-webhooks to allow it.",
		    name, S_ARG(host));
	return OK;
}

static enum err check_mail(struct cmd *c, const struct json *s)
{
	struct str tls = json_get_text(s, "tls"), host = json_get_text(s, "host");

	if (!mail_address_valid(json_get_text(s, "from")))
		BAD("settings", "settings.from must be a mail address such as ringi@example.com.");
	if (json_get_text(s, "reply_to").len > 0 && !mail_address_valid(json_get_text(s, "reply_to")))
		BAD("settings", "settings.reply_to must be a mail address.");
	if (!str_alphanumeric(host, ".-"))
		BAD("settings", "settings.host must be a host name or an IPv4 address.");
	if (tls.len > 0 && !in_words("starttls tls none", tls))
		BAD("settings", "settings.tls is starttls, tls or none.");
	if (str_is(tls, "none") && json_get_text(s, "user").len > 0)
		BAD("settings", "With settings.tls none there can be no user: its password would be sent "
		                "for everybody to read.");
	return OK;
}

/* With values that are made up it must be JSON. */
static enum err check_body(struct cmd *c, struct str body)
{
	struct buf b = { 0 };
	struct str why;

	if (body.len == 0)
		return OK;
	if (!mustache_check(c->arena, body, notify_fields, &why))
		BAD("settings", "settings.body: %.*s", S_ARG(why));
	mustache_write(&b, body, notify_sample(c->arena, NOTIFY_ASKED, S("en")), MUSTACHE_JSON);
	bool good = json_read(c->arena, buf_str(&b), &why) != NULL;
	buf_free(&b);
	if (!good)
		BAD("settings", "settings.body does not become JSON: %.*s", S_ARG(why));
	return OK;
}

static enum err check_type(struct batch *b, struct cmd *c, const struct channel_put *p)
{
	const struct json *s = p->settings;

	if (str_is(p->type, "smtp"))
		return check_mail(c, s);
	TRY(check_url(b, c, "settings.url", json_get_text(s, "url")));
	TRY(check_url(b, c, "settings.api", json_get_text(s, "api")));
	TRY(check_url(b, c, "settings.auth_url", json_get_text(s, "auth_url")));
	return check_body(c, json_get_text(s, "body"));
}

/* ---- put: secrets, those that are there and those that are given */

static const struct json *given(const struct json *sealed, struct str name)
{
	JSON_EACH (sealed, v)
		if (str_eq(v->key, name))
			return v;
	return NULL;
}

static struct str merge(struct arena *a, const struct json *old, const struct json *new)
{
	struct json *all = json_new(a, JSON_OBJECT);
	const struct json *both[] = { old, new };

	for (int i = 0; i < 2; i++)
		JSON_EACH (both[i], v) {
			if ((i == 0 && given(new, v->key) != NULL) || v->kind == JSON_NULL)
				continue;
			json_add(all, v->key, json_share(a, v));
		}
	return json_written(a, all);
}

static enum err check_secrets(struct cmd *c, struct channel_put *p, int type, struct str old)
{
	struct str why, needed = str_of(types[type].secrets_needed);
	const struct json *all;

	JSON_EACH (p->sealed, v)
		if (!in_words(types[type].secrets, v->key))
			BAD("secrets", "A channel of type %s has no secret %.*s; it may have: %s.",
			    types[type].type, S_ARG(v->key), types[type].secrets);
	p->all_sealed = merge(c->arena, str_given(old) ? json_read(c->arena, old, &why) : NULL,
	                      p->sealed);
	all = json_read(c->arena, p->all_sealed, &why);
	while (needed.len > 0) {
		struct str name = str_cut(&needed, ' ');
		if (given(all, name) == NULL)
			return refuse_field(c, REFUSED_MISSING_PARAMETER, "secrets",
			                    "A channel of type %s needs secrets.%.*s.", types[type].type,
			                    S_ARG(name));
	}
	if (str_is(p->type, "slack") &&
	    (json_get(all, "url") == NULL) == (json_get(all, "token") == NULL))
		BAD("secrets", "A channel of type slack has secrets.url, or secrets.token: one of them.");
	if (str_is(p->type, "smtp") && json_get_text(p->settings, "user").len > 0 &&
	    json_get(all, "password") == NULL)
		return refuse_field(c, REFUSED_MISSING_PARAMETER, "secrets",
		                    "settings.user needs secrets.password.");
	return OK;
}

static enum err take_count(void *context, const struct value *v, int count)
{
	(void)v, (void)count;
	++*(int *)context;
	return OK;
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct channel_put *p = c->in;
	struct channel_view old;
	int type = type_of(p->type), count = 0;

	if (p->name.len == 0 || p->name.len > CHANNEL_NAME_MAX || !str_alphanumeric(p->name, "._-"))
		BAD("name", "The name of a channel has 1 to %d letters, digits and . _ -.",
		    CHANNEL_NAME_MAX);
	if (type < 0)
		BAD("type", "type is smtp, slack, teams, lineworks, webpush or webhook, not '%.*s'.",
		    (int)(p->type.len > 64 ? 64 : p->type.len), p->type.at);
	TRY(view_read(b->store, c->arena, p->name, &old));
	p->existed = str_given(old.name);
	if (p->existed && !str_eq(old.type, p->type))
		return refuse_field(c, REFUSED_CONFLICT, "type",
		                    "The channel %.*s is of type %.*s; delete it to make one of another.",
		                    S_ARG(p->name), S_ARG(old.type));
	TRY(store_run(b->store, STMT_NOTIFY_CHANNEL_ALL, NO_VALUES, take_count, &count));
	if (!p->existed && count >= CHANNELS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "There are %d channels; more are not possible.",
		              CHANNELS_MAX);
	TRY(check_settings(c, p, type));
	if (!cmd_refused(c))
		TRY(check_type(b, c, p));
	return cmd_refused(c) ? OK : check_secrets(c, p, type, old.sealed);
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct channel_put *p = c->in;

	must(type_of(p->type) >= 0 && str_given(p->all_sealed));
	TRY(store_run(b->store, STMT_NOTIFY_CHANNEL_PUT,
	              VALUES(value_text(p->name), value_text(p->type), value_int(p->position),
	                     value_int(p->enabled), value_text(p->settings_text),
	                     value_text(p->all_sealed), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return audit_write(b, c, p->existed ? "channel.set" : "channel.create",
	                   audit_name(b, "channel", p->name),
	                   AUDIT_JSON(b, audit_text("type", p->type)));
}

const struct op op_channel_put = { .name = "channel_put",
	                               .lane = LANE_WRITE,
	                               .check = put_check,
	                               .write = put_write };

/* ---- shown, deleted */

static enum err get_read(struct store *store, struct cmd *c, struct now now)
{
	struct channel_named *p = c->in;

	(void)now;
	TRY(view_read(store, c->arena, p->name, &p->view));
	return str_given(p->view.name) ? OK : no_such(c, p->name);
}

const struct op op_channel_get = { .name = "channel_get", .lane = LANE_READ, .read = get_read };

static enum err list_read(struct store *store, struct cmd *c, struct now now)
{
	struct channel_list *p = c->in;
	struct reading r = { c->arena, ARENA_ARRAY(c->arena, struct channel_view, CHANNELS_MAX), 0,
		                 CHANNELS_MAX };

	(void)now;
	TRY(store_run(store, STMT_NOTIFY_CHANNEL_ALL, NO_VALUES, take_view, &r));
	p->all = r.to;
	p->count = r.count;
	return OK;
}

const struct op op_channel_list = { .name = "channel_list", .lane = LANE_READ, .read = list_read };

static enum err exists_check(struct batch *b, struct cmd *c)
{
	struct channel_named *p = c->in;
	struct channel_view view;

	TRY(view_read(b->store, c->arena, p->name, &view));
	return str_given(view.name) ? OK : no_such(c, p->name);
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	struct channel_named *p = c->in;

	TRY(store_run(b->store, STMT_NOTIFY_CHANNEL_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	return audit_write(b, c, "channel.delete", audit_name(b, "channel", p->name), S_NONE);
}

const struct op op_channel_delete = { .name = "channel_delete",
	                                  .lane = LANE_WRITE,
	                                  .check = exists_check,
	                                  .write = delete_write };

/* ---- tested */

static enum err test_check(struct batch *b, struct cmd *c)
{
	struct channel_test *p = c->in;
	struct channel_view view;

	TRY(view_read(b->store, c->arena, p->name, &view));
	if (!str_given(view.name))
		return no_such(c, p->name);
	if (!view.enabled)
		return refuse(c, REFUSED_CONFLICT, "The channel %.*s is not enabled.", S_ARG(p->name));
	if (p->address.len > NOTIFY_ADDRESS_MAX)
		BAD("address", "address is longer than %d bytes.", NOTIFY_ADDRESS_MAX);
	return OK;
}

static enum err test_write(struct batch *b, struct cmd *c)
{
	struct channel_test *p = c->in;

	TRY(notify_put_forced(b, p->person, p->name, p->address, &p->id));
	return audit_write(b, c, "channel.test", audit_name(b, "channel", p->name), S_NONE);
}

const struct op op_channel_test = { .name = "channel_test",
	                                .lane = LANE_WRITE,
	                                .check = test_check,
	                                .write = test_write };
