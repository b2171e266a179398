/* apply_run.c - one step of `ringi apply` against the server: queues, schedules and calendars
 * by ringi's own API, topics and subscriptions by that of SNS. */
#include "cli/apply.h"
#include "cli/client.h"
#include "wire/form.h"

/* ---- small things */

static struct str path_of(struct apply *a, const char *folder, struct str name)
{
	struct buf path = { 0 };

	buf_printf(&path, "/v1/%s/", folder);
	form_encode(&path, name);
	arena_adopt(a->cli->arena, path.at);
	return buf_str(&path);
}

static int put(struct apply *a, const char *folder, const struct step *s, const struct json *body)
{
	struct answer answer;

	return cli_rest(a->cli, "PUT", path_of(a, folder, s->name), body, &answer);
}

static int remove_by_path(struct apply *a, const char *folder, const struct step *s)
{
	struct answer answer;

	return cli_rest(a->cli, "DELETE", path_of(a, folder, s->name), NULL, &answer);
}

/* "tags.team" -> "team"; absent: it is no tag. */
static struct str tag_of(struct str member)
{
	return str_starts(member, S("tags.")) ? str_from(member, 5) : S_NONE;
}

/* ---- queues */

static bool is_changed(const struct step *s, const char *member)
{
	JSON_EACH (s->changes, change)
		if (str_is(json_get_text(change, "member"), member))
			return true;
	return false;
}

/* Both members: what the file wants, else nothing where that is a change, else as it is. */
static void add_policy(struct apply *a, const struct step *s, struct json *body)
{
	static const char *const policy[] = { "dead_letter_queue", "max_receives" };
	struct arena *arena = a->cli->arena;

	for (int i = 0; i < 2; i++) {
		const struct json *v = json_get(s->wanted, policy[i]);
		if (v == NULL && !is_changed(s, policy[i]))
			v = json_get(s->there, policy[i]);
		if (v != NULL || is_changed(s, policy[i]))
			json_add(body, str_of(policy[i]),
			         v == NULL ? json_new(arena, JSON_NULL) : json_share(arena, v));
	}
}

/* Of the file itself: what is told of a change has no secret in it. */
static struct json *queue_value(struct apply *a, const struct step *s, struct str member)
{
	const struct json *v = json_member(s->wanted, member);

	return v == NULL ? json_new(a->cli->arena, JSON_NULL) : json_share(a->cli->arena, v);
}

/* What changed, as PUT takes it. The two members of a redrive policy go together. */
static struct json *queue_body(struct apply *a, const struct step *s)
{
	struct arena *arena = a->cli->arena;
	struct json *body = json_new(arena, JSON_OBJECT), *tags = json_new(arena, JSON_OBJECT);
	bool redrive = false;

	JSON_EACH (s->changes, change) {
		struct str member = json_get_text(change, "member"), tag = tag_of(member);
		const struct json *to = json_get(change, "to");
		bool of_policy = str_is(member, "dead_letter_queue") || str_is(member, "max_receives");
		redrive = redrive || of_policy;
		if (str_given(tag) && to->kind != JSON_NULL)
			json_add(tags, tag, json_share(arena, to));
		else if (!str_given(tag) && !of_policy)
			json_add(body, member, queue_value(a, s, member));
	}
	if (tags->count > 0)
		json_add(body, S("tags"), tags);
	if (redrive)
		add_policy(a, s, body);
	return body;
}

static int untag_queue(struct apply *a, const struct step *s)
{
	struct arena *arena = a->cli->arena;
	struct json *p = json_new(arena, JSON_OBJECT), *keys = json_new(arena, JSON_ARRAY);
	struct answer answer;

	JSON_EACH (s->changes, change) {
		struct str tag = tag_of(json_get_text(change, "member"));
		if (str_given(tag) && json_is(json_get(change, "to"), JSON_NULL))
			json_add(keys, S_NONE, json_new_text(arena, JSON_STRING, tag));
	}
	if (keys->count == 0)
		return CLI_DONE;
	int code = cli_put_queue(a->cli, p, s->name.at);
	json_add(p, S("TagKeys"), keys);
	return code == CLI_DONE ? cli_sqs(a->cli, "UntagQueue", p, &answer) : code;
}

int apply_removable(struct apply *a, const struct step *s)
{
	struct answer answer;

	if (s->what != STEP_REMOVE || s->kind != OF_QUEUE)
		return CLI_DONE;
	int code = cli_rest(a->cli, "GET", path_of(a, "queues", s->name), NULL, &answer);
	if (code != CLI_DONE)
		return code;
	int64_t held = json_number(json_get(answer.json, "visible")) +
	               json_number(json_get(answer.json, "in_flight")) +
	               json_number(json_get(answer.json, "delayed"));
	if (held > 0)
		return cli_fail(CLI_REFUSED,
		                "The queue %.*s is not in the file, but holds %lld messages; it stays. "
		                "Purge or delete it yourself, or put it into the file.",
		                S_ARG(s->name), (long long)held);
	return CLI_DONE;
}

/* Asked again, since a message may have come meanwhile. */
static int remove_queue(struct apply *a, const struct step *s)
{
	int code = apply_removable(a, s);

	return code == CLI_DONE ? remove_by_path(a, "queues", s) : code;
}

static int run_queue(struct apply *a, const struct step *s)
{
	if (s->what == STEP_REMOVE)
		return remove_queue(a, s);
	int code = put(a, "queues", s, queue_body(a, s));
	return code == CLI_DONE ? untag_queue(a, s) : code;
}

/* ---- topics and subscriptions: forms of SNS */

static void field(struct buf *form, const char *name, struct str value)
{
	buf_printf(form, "&%s=", name);
	form_encode(form, value);
}

static int send_form(struct apply *a, const char *action, struct buf *form)
{
	struct answer answer;
	int code = cli_sns(a->cli, action, buf_str(form), &answer);

	buf_free(form);
	return code;
}

/* "filter_policy" -> "FilterPolicy" */
static struct str camel(struct arena *a, struct str name)
{
	struct buf b = { 0 };
	bool up = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		if (c != '_')
			buf_add_byte(&b, up && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
		up = c == '_';
	}
	struct str text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

static struct str arn(struct apply *a, const char *service, struct str name)
{
	const struct json *server = json_get(a->server, "server");

	return arena_printf(a->cli->arena, "arn:aws:%s:%.*s:%.*s:%.*s", service,
	                    S_ARG(json_get_text(server, "region")),
	                    S_ARG(json_get_text(server, "account")), S_ARG(name));
}

/* An attribute of SNS from a member: its name and its text. */
static void sns_attribute(struct apply *a, enum apply_kind kind, struct str member,
                          const struct json *to, struct str *name, struct str *value)
{
	struct arena *arena = a->cli->arena;

	*name = str_is(member, "dead_letter_queue") ? S("RedrivePolicy") : camel(arena, member);
	if (to == NULL || to->kind == JSON_NULL)
		to = json_member(apply_defaults(a, kind), member);
	if (to == NULL)
		*value = S("");
	else if (str_is(member, "dead_letter_queue"))
		*value = arena_printf(arena, "{\"deadLetterTargetArn\":\"%.*s\"}",
		                      S_ARG(arn(a, "sqs", json_text(to))));
	else if (to->kind == JSON_STRING || to->kind == JSON_NUMBER)
		*value = to->text;
	else
		*value = json_written(arena, to);
}

/* Of a subscription: no attribute, but which one it is. */
static bool is_end(const struct step *s, struct str member)
{
	return s->kind == OF_SUBSCRIPTION && (str_is(member, "topic") || str_is(member, "protocol") ||
	                                      str_is(member, "queue") || str_is(member, "endpoint"));
}

/* All changes at once, for what is made. */
static void put_attributes(struct apply *a, const struct step *s, struct buf *form)
{
	int attributes = 0, tags = 0;

	JSON_EACH (s->changes, change) {
		struct str member = json_get_text(change, "member"), tag = tag_of(member), name, value;
		const struct json *to = json_get(change, "to");
		if (str_given(tag)) {
			tags++;
			buf_printf(form, "&Tags.member.%d.Key=", tags);
			form_encode(form, tag);
			buf_printf(form, "&Tags.member.%d.Value=", tags);
			form_encode(form, json_text(to));
			continue;
		}
		if (is_end(s, member))
			continue;
		sns_attribute(a, s->kind, member, to, &name, &value);
		attributes++;
		buf_printf(form, "&Attributes.entry.%d.key=", attributes);
		form_encode(form, name);
		buf_printf(form, "&Attributes.entry.%d.value=", attributes);
		form_encode(form, value);
	}
	if (s->kind == OF_TOPIC && str_ends(s->name, S(".fifo"))) {
		attributes++;
		buf_printf(form, "&Attributes.entry.%d.key=FifoTopic&Attributes.entry.%d.value=true",
		           attributes, attributes);
	}
}

static int set_one(struct apply *a, const struct step *s, struct str resource,
                   const struct json *change)
{
	bool topic = s->kind == OF_TOPIC;
	struct str member = json_get_text(change, "member"), tag = tag_of(member), name, value;
	const struct json *to = json_get(change, "to");
	struct buf form = { 0 };

	if (str_given(tag)) {
		field(&form, "ResourceArn", resource);
		if (to->kind == JSON_NULL) {
			field(&form, "TagKeys.member.1", tag);
			return send_form(a, "UntagResource", &form);
		}
		field(&form, "Tags.member.1.Key", tag);
		field(&form, "Tags.member.1.Value", json_text(to));
		return send_form(a, "TagResource", &form);
	}
	sns_attribute(a, s->kind, member, to, &name, &value);
	field(&form, topic ? "TopicArn" : "SubscriptionArn", resource);
	field(&form, "AttributeName", name);
	field(&form, "AttributeValue", value);
	return send_form(a, topic ? "SetTopicAttributes" : "SetSubscriptionAttributes", &form);
}

/* A filter must fit its scope at every moment: the wider scope goes first, the narrower last. */
static int set_all(struct apply *a, const struct step *s, struct str resource)
{
	int code = CLI_DONE;

	for (int turn = 0; turn < 3; turn++)
		JSON_EACH (s->changes, change) {
			bool scope = str_is(json_get_text(change, "member"), "filter_policy_scope");
			bool wider = str_is(json_get_text(change, "to"), "MessageBody");
			if (turn == (!scope ? 1 : wider ? 0 : 2) && code == CLI_DONE)
				code = set_one(a, s, resource, change);
		}
	return code;
}

static int run_topic(struct apply *a, const struct step *s)
{
	struct buf form = { 0 };

	if (s->what == STEP_CHANGE)
		return set_all(a, s, arn(a, "sns", s->name));
	if (s->what == STEP_REMOVE) {
		field(&form, "TopicArn", arn(a, "sns", s->name));
		return send_form(a, "DeleteTopic", &form);
	}
	field(&form, "Name", s->name);
	put_attributes(a, s, &form);
	return send_form(a, "CreateTopic", &form);
}

static int run_subscription(struct apply *a, const struct step *s)
{
	const struct json *one = s->there == NULL ? s->wanted : s->there;
	struct str topic = arn(a, "sns", json_get_text(one, "topic")),
			   target = subscription_target(one);
	struct str there = arena_printf(a->cli->arena, "%.*s:%.*s", S_ARG(topic),
	                                S_ARG(json_get_text(one, "id")));
	struct buf form = { 0 };

	if (s->what == STEP_CHANGE)
		return set_all(a, s, there);
	if (s->what == STEP_REMOVE) {
		field(&form, "SubscriptionArn", there);
		return send_form(a, "Unsubscribe", &form);
	}
	field(&form, "TopicArn", topic);
	field(&form, "Protocol", json_get_text(one, "protocol"));
	field(&form, "Endpoint",
	      str_given(json_get_text(one, "queue")) ? arn(a, "sqs", target) : target);
	put_attributes(a, s, &form);
	return send_form(a, "Subscribe", &form);
}

/* ---- schedules and calendars: put as a whole */

static int run_whole(struct apply *a, const struct step *s)
{
	const char *folder = apply_members[s->kind];

	return s->what == STEP_REMOVE ? remove_by_path(a, folder, s) : put(a, folder, s, s->wanted);
}

int apply_step(struct apply *a, const struct step *s)
{
	switch (s->kind) {
	case OF_QUEUE:
		return run_queue(a, s);
	case OF_TOPIC:
		return run_topic(a, s);
	case OF_SUBSCRIPTION:
		return run_subscription(a, s);
	default:
		return run_whole(a, s);
	}
}
