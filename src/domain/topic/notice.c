/* notice.c - the envelope around a published message: written, signed, kept. */
#include "domain/topic/notice.h"

#include "wire/form.h"
#include "wire/json.h"

static struct str kept(struct arena *a, struct buf *b)
{
	arena_adopt(a, b->at);
	return buf_str(b);
}

static struct str attributes_text(struct arena *a, const struct attribute_value *v, int count,
                                  const char *type, const char *value)
{
	struct buf b = { 0 };

	if (count == 0)
		return S_NONE;
	for (int i = 0; i < count; i++) {
		buf_add_byte(&b, i == 0 ? '{' : ',');
		json_write_text(&b, v[i].name);
		buf_add(&b, S(":{"));
		json_write_member(&b, type, v[i].type);
		json_write_member(&b, value, v[i].value);
		buf_add_byte(&b, '}');
	}
	buf_add_byte(&b, '}');
	return kept(a, &b);
}

struct str attributes_for_envelope(struct arena *a, const struct attribute_value *v, int count)
{
	return attributes_text(a, v, count, "Type", "Value");
}

struct str attributes_for_queue(struct arena *a, const struct attribute_value *v, int count)
{
	return attributes_text(a, v, count, "type", "value");
}

static struct str type_of(const struct notice *n)
{
	return n->confirmation ? S("SubscriptionConfirmation") : S("Notification");
}

/* "http://host/?Action=NAME&...=": the part that both URLs share. */
static void begin_url(struct buf *b, const struct notice *n, const char *action)
{
	buf_add(b, n->origin);
	buf_printf(b, "/?Action=%s&Version=2010-03-31", action);
}

static struct str subscribe_url(struct arena *a, const struct notice *n)
{
	struct buf b = { 0 };

	begin_url(&b, n, "ConfirmSubscription");
	buf_add(&b, S("&TopicArn="));
	form_encode(&b, n->topic);
	buf_add(&b, S("&Token="));
	form_encode(&b, n->token);
	return kept(a, &b);
}

static void signed_line(struct buf *b, const char *name, struct str value)
{
	if (str_given(value))
		buf_printf(b, "%s\n%.*s\n", name, S_ARG(value));
}

struct str notice_sign(struct arena *a, const struct notice *n, const struct signer *signer)
{
	struct buf b = { 0 };

	if (signer == NULL)
		return S_NONE;
	signed_line(&b, "Message", n->message);
	signed_line(&b, "MessageId", n->id);
	if (n->confirmation)
		signed_line(&b, "SubscribeURL", subscribe_url(a, n));
	else
		signed_line(&b, "Subject", n->subject);
	signed_line(&b, "Timestamp", n->time);
	if (n->confirmation)
		signed_line(&b, "Token", n->token);
	signed_line(&b, "TopicArn", n->topic);
	signed_line(&b, "Type", type_of(n));
	return signer->sign(signer->context, a, n->version, kept(a, &b));
}

static void signature_members(struct buf *b, struct arena *a, const struct notice *n,
                              struct str signature)
{
	if (!str_given(signature))
		return;
	json_write_member(b, "SignatureVersion", n->version == 2 ? S("2") : S("1"));
	json_write_member(b, "Signature", signature);
	json_write_member(b, "SigningCertURL",
	                  arena_printf(a, "%.*s/sns/certificate.pem", S_ARG(n->origin)));
}

void notice_envelope(struct buf *b, const struct notice *n, struct str signature)
{
	struct arena *a = arena_open();

	buf_add_byte(b, '{');
	json_write_member(b, "Type", type_of(n));
	json_write_member(b, "MessageId", n->id);
	json_write_member(b, "SequenceNumber", n->sequence);
	json_write_member(b, "Token", n->token);
	json_write_member(b, "TopicArn", n->topic);
	json_write_member(b, "Subject", n->subject);
	json_write_member(b, "Message", n->message);
	if (n->confirmation)
		json_write_member(b, "SubscribeURL", subscribe_url(a, n));
	json_write_member(b, "Timestamp", n->time);
	signature_members(b, a, n, signature);
	if (!n->confirmation) {
		struct buf url = { 0 };
		begin_url(&url, n, "Unsubscribe");
		buf_add(&url, S("&SubscriptionArn="));
		form_encode(&url, n->subscription);
		json_write_member(b, "UnsubscribeURL", kept(a, &url));
	}
	json_write_member_raw(b, "MessageAttributes", n->attributes);
	buf_add_byte(b, '}');
	arena_close(a);
}

void notice_write(struct buf *b, const struct notice *n)
{
	must(n->id.len > 0 && n->topic.len > 0 &&
	     str_given(n->message)); /* or notice_read refuses it */
	buf_add_byte(b, '{');
	json_write_member(b, "type", type_of(n));
	json_write_member(b, "raw", n->raw ? S("true") : S_NONE);
	json_write_member(b, "version", n->version == 2 ? S("2") : S("1"));
	json_write_member(b, "id", n->id);
	json_write_member(b, "topic", n->topic);
	json_write_member(b, "subscription", n->subscription);
	json_write_member(b, "message", n->message);
	json_write_member(b, "subject", n->subject);
	json_write_member(b, "time", n->time);
	json_write_member(b, "sequence", n->sequence);
	json_write_member(b, "attributes", n->attributes);
	json_write_member(b, "token", n->token);
	json_write_member(b, "origin", n->origin);
	buf_add_byte(b, '}');
}

bool notice_read(struct arena *a, struct str text, struct notice *n)
{
	struct str why;
	const struct json *tree = json_read(a, text, &why);

	*n = (struct notice){
		.confirmation = str_is(json_get_text(tree, "type"), "SubscriptionConfirmation"),
		.raw = str_is(json_get_text(tree, "raw"), "true"),
		.version = str_is(json_get_text(tree, "version"), "2") ? 2 : 1,
		.id = json_get_text(tree, "id"),
		.topic = json_get_text(tree, "topic"),
		.subscription = json_get_text(tree, "subscription"),
		.message = json_get_text(tree, "message"),
		.subject = json_get_text(tree, "subject"),
		.time = json_get_text(tree, "time"),
		.sequence = json_get_text(tree, "sequence"),
		.attributes = json_get_text(tree, "attributes"),
		.token = json_get_text(tree, "token"),
		.origin = json_get_text(tree, "origin"),
	};
	return str_given(n->id) && str_given(n->topic) && str_given(n->message) && str_given(n->time);
}
