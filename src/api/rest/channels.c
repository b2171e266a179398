/* channels.c - /v1/channels and /v1/notification-templates.
 *
 * Secrets are sealed here, before anybody else sees them; of what is set, names are shown. */
#include "api/rest/job.h"
#include "api/rest/secret.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/notify/manage.h"
#include "domain/notify/notify.h"
#include "domain/outbox/address.h"
#include "wire/hash.h"
#include "wire/webpush.h"

/* ---- secrets */

static void add_sealed(struct api_call *call, struct json *all, struct str name, struct str text)
{
	struct arena *a = call->c->arena;
	uint8_t nonce[SEAL_NONCE_SIZE];
	struct buf b = { 0 };

	call->api->config.random(nonce, sizeof nonce);
	base64_write(&b, seal_text(a, call->api->config.master_key, nonce,
	                           channel_seal_name(a, call->resource), text));
	arena_adopt(a, b.at);
	json_add(all, name, json_new_text(a, JSON_STRING, buf_str(&b)));
}

/* The secrets of a webhook: bytes, one or two of them. */
static void add_signing(struct api_call *call, struct json *all, const struct json *v)
{
	struct arena *a = call->c->arena;
	struct str sealed[PUSH_SECRETS_MAX];
	int count = rest_secrets(call, v, "secrets.secret", channel_seal_name(a, call->resource),
	                         sealed);
	struct json *list = json_new(a, JSON_ARRAY);

	for (int i = 0; i < count && !cmd_refused(call->c); i++)
		json_add(list, S_NONE, json_new_text(a, JSON_STRING, sealed[i]));
	json_add(all, S("secret"), list);
}

static bool may_call(struct api_call *call, struct str name, struct str url)
{
	struct str host = url_host(url);

	if (!str_given(host))
		(void)refuse_field(
			call->c, REFUSED_INVALID_PARAMETER, "secrets",
			"secrets.%.*s must be an http or https URL with a host and without a user.",
			S_ARG(name));
	else if (!call->api->config.private_webhooks && !host_may_be_called(host))
		(void)
			refuse_field(call->c, REFUSED_INVALID_PARAMETER, "secrets",
		                 "secrets.%.*s: %.*s is an address of a private network; start the server "
		                 "with --allow-private-webhooks to allow it.",
		                 S_ARG(name), S_ARG(host));
	return !cmd_refused(call->c);
}

static void add_secret(struct api_call *call, struct str type, struct json *all,
                       const struct json *v)
{
	struct arena *a = call->c->arena;

	if (v->kind == JSON_NULL)
		json_add(all, v->key, json_new(a, JSON_NULL));
	else if (str_is(type, "webhook"))
		add_signing(call, all, v);
	else if (v->kind != JSON_STRING || v->text.len == 0 || v->text.len > CHANNEL_SETTING_MAX)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "secrets",
		                   "secrets.%.*s is a text of 1 to %d bytes, or null.", S_ARG(v->key),
		                   CHANNEL_SETTING_MAX);
	else if (!str_is(v->key, "url") || may_call(call, v->key, v->text))
		add_sealed(call, all, v->key, v->text);
}

/* The key that browsers subscribe with follows from the private one. A new channel without a key
 * gets one. */
static struct str push_key(struct api_call *call, const struct json *secrets)
{
	struct arena *a = call->c->arena;
	struct str said = json_get_text(secrets, "private_key"), bytes = webpush_key_read(a, said);
	uint8_t key[WEBPUSH_PRIVATE];

	if (said.len == 0)
		return S_NONE;
	struct str public_key = S_NONE;
	if (bytes.len == sizeof key) {
		memcpy(key, bytes.at, sizeof key);
		public_key = vapid_public(a, key);
	}
	if (!str_given(public_key))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "secrets",
		                   "secrets.private_key is a private key of P-256: 32 bytes in base64url.");
	return public_key;
}

/* ---- put */

static void read_settings(struct api_call *call, struct channel_put *in, const struct json *body)
{
	struct arena *a = call->c->arena;
	const struct json *given = param_map(call, body, "settings");
	struct json *all = json_new(a, JSON_OBJECT);
	struct str key = str_is(in->type, "webpush") ? push_key(call, param_map(call, body, "secrets"))
	                                             : S_NONE;

	JSON_EACH (given, v) {
		if (v->kind == JSON_NULL || (str_given(key) && str_is(v->key, "public_key")))
			continue;
		json_add(all, v->key, json_share(a, v));
	}
	if (str_given(key))
		json_add(all, S("public_key"), json_new_text(a, JSON_STRING, key));
	in->settings = all;
	in->settings_text = json_written(a, all);
}

void rest_channel_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct channel_put *in = CALL_NEW(call, struct channel_put);
	struct json *sealed = json_new(call->c->arena, JSON_OBJECT);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	in->sealed = sealed;
	(void)rest_only(call, rest->body, "type settings secrets position enabled");
	in->type = param_text_needed(call, rest->body, "type");
	in->position = rest_bounded(call, rest->body, "position", 0, 1000, 100);
	in->enabled = param_bool(call, rest->body, "enabled", true);
	if (cmd_refused(call->c))
		return;
	read_settings(call, in, rest->body);
	JSON_EACH (param_map(call, rest->body, "secrets"), v)
		if (!cmd_refused(call->c))
			add_secret(call, in->type, sealed, v);
}

int rest_channel_put_status(const struct api_call *call)
{
	const struct channel_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_channel_put_render(const struct api_call *call, struct out *o)
{
	const struct channel_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_bool(o, S("created"), !in->existed);
}

/* ---- shown */

static void show(const struct api_call *call, struct out *o, const struct channel_view *v)
{
	struct str why;

	out_text(o, S("name"), v->name);
	out_text(o, S("type"), v->type);
	out_number(o, S("position"), v->position);
	out_bool(o, S("enabled"), v->enabled);
	out_json(o, S("settings"), v->settings);
	out_list(o, S("secrets"), S_NONE);
	JSON_EACH (json_read(call->c->arena, v->sealed, &why), secret)
		out_item_text(o, S_NONE, secret->key);
	out_end(o);
	out_number(o, S("version"), v->version);
	rest_time(o, S("created_at"), v->created_at);
	rest_time(o, S("changed_at"), v->changed_at);
}

void rest_channel_named_parse(struct api_call *call, const struct rest_in *rest)
{
	struct channel_named *in = CALL_NEW(call, struct channel_named);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
}

void rest_channel_get_render(const struct api_call *call, struct out *o)
{
	const struct channel_named *in = call->c->in;

	show(call, o, &in->view);
}

void rest_channel_list_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	call->c->in = CALL_NEW(call, struct channel_list);
}

void rest_channel_list_render(const struct api_call *call, struct out *o)
{
	const struct channel_list *in = call->c->in;

	out_list(o, S("channels"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show(call, o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
}

/* ---- tested */

void rest_channel_test_parse(struct api_call *call, const struct rest_in *rest)
{
	struct channel_test *in = CALL_NEW(call, struct channel_test);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	(void)rest_only(call, rest->body, "address person");
	in->person = rest_short(call, rest->body, "person", PERSON_ID_MAX);
	if (in->person.len == 0)
		in->person = call->c->caller.principal;
	in->address = rest_short(call, rest->body, "address", NOTIFY_ADDRESS_MAX);
	if (!str_given(in->address))
		in->address = S("");
}

void rest_channel_test_render(const struct api_call *call, struct out *o)
{
	const struct channel_test *in = call->c->in;

	rest_uuid(o, S("notification"), in->id);
}

/* ---- templates */

static void show_template(struct out *o, const struct template_view *v)
{
	out_text(o, S("kind"), v->kind);
	out_text(o, S("locale"), v->locale);
	out_number(o, S("version"), v->version);
	out_bool(o, S("built_in"), v->version == 0);
	out_json(o, S("texts"), v->texts);
	rest_given(o, "set_by", v->set_by);
	rest_time(o, S("set_at"), v->set_at);
}

static struct str read_names(struct api_call *call, const struct rest_in *rest, struct str *locale)
{
	*locale = rest->args[1];
	call->resource = rest->args[0];
	return rest->args[0];
}

void rest_notify_template_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct template_put *in = CALL_NEW(call, struct template_put);

	call->c->in = in;
	in->kind = read_names(call, rest, &in->locale);
	in->texts = rest->body;
}

void rest_notify_template_reset_parse(struct api_call *call, const struct rest_in *rest)
{
	struct template_put *in = CALL_NEW(call, struct template_put);

	call->c->in = in;
	in->kind = read_names(call, rest, &in->locale);
}

void rest_notify_template_put_render(const struct api_call *call, struct out *o)
{
	const struct template_put *in = call->c->in;

	out_text(o, S("kind"), in->kind);
	out_text(o, S("locale"), in->locale);
	out_number(o, S("version"), in->version);
}

void rest_notify_template_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct template_get *in = CALL_NEW(call, struct template_get);
	struct str version = form_get(&rest->query, "version");

	call->c->in = in;
	in->kind = read_names(call, rest, &in->locale);
	if (str_given(version) && !str_i64(version, 1, INT64_MAX, &in->version))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "version",
		                   "version is a number from 1.");
}

void rest_notify_template_get_render(const struct api_call *call, struct out *o)
{
	const struct template_get *in = call->c->in;

	show_template(o, &in->view);
}

void rest_notify_template_list_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	call->c->in = CALL_NEW(call, struct template_list);
}

void rest_notify_template_list_render(const struct api_call *call, struct out *o)
{
	const struct template_list *in = call->c->in;

	out_list(o, S("templates"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show_template(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
}

void rest_notify_template_preview_parse(struct api_call *call, const struct rest_in *rest)
{
	struct template_preview *in = CALL_NEW(call, struct template_preview);

	call->c->in = in;
	(void)rest_only(call, rest->body, "kind locale texts");
	in->kind = param_text_needed(call, rest->body, "kind");
	in->locale = param_text_needed(call, rest->body, "locale");
	in->texts = param_map(call, rest->body, "texts");
}

void rest_notify_template_preview_render(const struct api_call *call, struct out *o)
{
	const struct template_preview *in = call->c->in;

	out_text(o, S("subject"), in->subject);
	out_text(o, S("text"), in->text);
	rest_given(o, "html", in->html);
	rest_given(o, "chat", in->chat);
}
