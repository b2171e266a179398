/* mail.h - a mail as text (RFC 5322): two alternatives of one message, text and HTML.
 *
 * What comes from people can do no harm in a header: control characters become blanks, and what
 * is not plain ASCII is written as encoded words (RFC 2047). Bodies are UTF-8 in base64. Pure. */
#ifndef RINGI_WIRE_MAIL_H
#define RINGI_WIRE_MAIL_H

#include "base/buf.h"
#include "base/str.h"

enum { MAIL_ADDRESS_MAX = 254 };

struct mail {
	struct str from, from_name; /* address; name: absent: none */
	struct str to, reply_to;    /* reply_to absent: none */
	struct str subject, text, html;
	struct str message_id;  /* without < > */
	struct str thread;      /* message id that this one belongs to; absent: none */
	struct str unsubscribe; /* URL; absent: none */
	int64_t at;             /* wall */
};

/* name@host in plain ASCII without comments, quotes, blanks: what may stand in RCPT TO. */
bool mail_address_valid(struct str);
/* Addresses and ids are valid. */
void mail_write(struct buf *, const struct mail *);

#endif
