/* send.h - what a notification is on the wire of each channel: an HTTP request or a mail. Pure; on
 * egress's thread.
 *
 *     smtp       a mail, in text and HTML; thread headers tie those of one approval together
 *     slack      Block Kit: to an incoming webhook, or by chat.postMessage to a person or channel
 *     teams      an Adaptive Card, to the URL of a Workflows flow
 *     lineworks  a bot's message; a token is asked for first (notify_token_request)
 *     webpush    RFC 8030, 8291, 8292
 *     webhook    JSON, signed as Standard Webhooks has it, or a body of one's own
 *
 * Texts of people are data wherever they go: plain_text blocks, text runs, escaped values. */
#ifndef RINGI_DOMAIN_NOTIFY_SEND_H
#define RINGI_DOMAIN_NOTIFY_SEND_H

#include "domain/notify/notify.h"
#include "domain/outbox/outbox.h"
#include "wire/json.h"

struct sending {
	struct arena *arena;
	const struct notify_call *of;
	const uint8_t *master_key;
	struct str token;   /* lineworks: of notify_token_read; absent: none yet */
	uint8_t random[48]; /* webpush: fresh */
	/* filled by notify_render */
	const struct json *settings, *sealed, *facts;
	struct str subject, text, html, chat; /* without gaps */
	/* out */
	struct outbox_call call;
	struct str remote; /* what it will be called there, where that is known before; absent */
	struct str why;    /* a sentence, when it returns false */
};

/* False: it can't be sent so, now or later. */
bool notify_render(struct sending *);
/* What may be shown of an address. */
struct str notify_address_shown(struct arena *, struct str type, struct str address);
/* lineworks: the request for a token; and the token in the answer, absent when it has none. */
bool notify_token_request(struct sending *);
struct str notify_token_read(struct arena *, struct str body, int64_t *seconds);
/* Whether the body of a 2xx says that it was taken; *again: it may be later. */
bool notify_taken(struct arena *, const struct notify_call *, struct str body, bool *again,
                  struct str *remote, struct str *error);

/* ---- for the files of the channels */
struct str sending_secret(struct sending *, const char *name); /* opened; absent: none */
struct str sending_setting(const struct sending *, const char *name);
bool sending_bad(struct sending *, const char *why); /* false */
void sending_headers(struct sending *, struct str *headers, int count);

bool send_mail(struct sending *);
bool send_slack(struct sending *);
bool send_teams(struct sending *);
bool send_lineworks(struct sending *);
bool send_webpush(struct sending *);
bool send_webhook(struct sending *);

#endif
