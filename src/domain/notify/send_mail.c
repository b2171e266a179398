/* send_mail.c - a notification as a mail. */
#include "base/limits.h"
#include "domain/notify/send.h"
#include "wire/mail.h"

enum { PORT = 587, PORT_TLS = 465 };

static struct str domain_of(struct str address)
{
	(void)str_cut(&address, '@');
	return address;
}

static struct str server_url(struct sending *s, struct str tls, struct str domain)
{
	struct str host = sending_setting(s, "host");
	bool at_once = str_is(tls, "tls");
	const struct json *port = json_get(s->settings, "port");
	int64_t n = at_once ? PORT_TLS : PORT;

	if (port != NULL)
		(void)str_i64(port->text, 1, 65535, &n);
	return arena_printf(s->arena, "%s://%.*s:%lld/%.*s", at_once ? "smtps" : "smtp", S_ARG(host),
	                    (long long)n, S_ARG(domain));
}

/* One thread for each approval: its root is a mail that nobody has. */
static struct str thread_of(struct sending *s, struct str domain)
{
	return s->of->approval.len == 0 ? S_NONE
	                                : arena_printf(s->arena, "approval-%.*s@%.*s",
	                                               S_ARG(s->of->approval), S_ARG(domain));
}

static struct str unsubscribe(struct sending *s)
{
	struct str said = sending_setting(s, "unsubscribe");

	if (said.len > 0 || s->of->public_url.len == 0)
		return said;
	return arena_printf(s->arena, "%.*s/v1/people/%.*s/notification-preferences",
	                    S_ARG(s->of->public_url), S_ARG(s->of->person));
}

static bool plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || (unsigned char)s.at[i] > '~' || s.at[i] == '>' ||
		    s.at[i] == '<')
			return false;
	return true;
}

static struct str written(struct sending *s, struct str from, struct str domain)
{
	struct buf b = { 0 };
	char id[37];

	uuid_text(s->of->uuid, id);
	s->remote = arena_printf(s->arena, "%s@%.*s", id, S_ARG(domain));
	struct mail m = { .from = from,
		              .from_name = sending_setting(s, "from_name"),
		              .to = s->of->address,
		              .reply_to = sending_setting(s, "reply_to"),
		              .subject = s->subject,
		              .text = s->text,
		              .html = s->html,
		              .message_id = s->remote,
		              .thread = thread_of(s, domain),
		              .unsubscribe = unsubscribe(s),
		              .at = s->of->now_ms };
	if (!plain(m.unsubscribe))
		m.unsubscribe = S_NONE;
	if (m.reply_to.len > 0 && !mail_address_valid(m.reply_to))
		m.reply_to = S_NONE;
	mail_write(&b, &m);
	must(!b.failed);
	arena_adopt(s->arena, b.at);
	return buf_str(&b);
}

bool send_mail(struct sending *s)
{
	struct outbox_mail *mail = ARENA_NEW(s->arena, struct outbox_mail);
	struct str tls = sending_setting(s, "tls"), from = sending_setting(s, "from");
	struct str domain = domain_of(from);
	const struct json *verify = json_get(s->settings, "verify");

	if (!mail_address_valid(s->of->address))
		return sending_bad(s, "the address is no mail address");
	if (!mail_address_valid(from))
		return sending_bad(s, "the channel's from is no mail address");
	*mail = (struct outbox_mail){ .from = from,
		                          .to = s->of->address,
		                          .user = sending_setting(s, "user"),
		                          .ca = sending_setting(s, "ca"),
		                          .tls = !str_is(tls, "none"),
		                          .verify = verify == NULL || verify->kind != JSON_FALSE };
	if (mail->user.len > 0) {
		mail->password = sending_secret(s, "password");
		if (!str_given(mail->password))
			return sending_bad(s, "its password cannot be opened with this master key");
	}
	must(mail->tls || mail->user.len == 0); /* a password never goes in the clear */
	s->call.url = server_url(s, tls, domain);
	s->call.body = written(s, from, domain);
	s->call.mail = mail;
	return true;
}
