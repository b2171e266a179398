/* notice.h - what one subscription is told: the envelope around a published message, or
 * the question whether an endpoint wants to be subscribed. Pure. */
#ifndef RINGI_DOMAIN_TOPIC_NOTICE_H
#define RINGI_DOMAIN_TOPIC_NOTICE_H

#include "base/arena.h"
#include "base/buf.h"
#include "domain/outbox/outbox.h"
#include "domain/topic/filter.h"

struct notice {
	bool confirmation; /* SubscriptionConfirmation; else Notification */
	bool raw;
	int version;                    /* of the signature */
	struct str id;                  /* UUID text */
	struct str topic, subscription; /* ARNs */
	struct str message, subject;    /* subject may be absent */
	struct str time;                /* RFC 3339 */
	struct str sequence;            /* FIFO topics; absent else */
	struct str attributes; /* JSON, {"name": {"Type": ..., "Value": ...}}; absent without any */
	struct str token;      /* confirmation */
	struct str origin;     /* "http://host:port", where the URLs in it begin */
};

/* The attributes in the two forms they are written in; absent without any. */
struct str attributes_for_envelope(struct arena *, const struct attribute_value *, int count);
struct str attributes_for_queue(struct arena *, const struct attribute_value *, int count);

/* Base64; absent without a signer. The same for all subscriptions of one message. */
struct str notice_sign(struct arena *, const struct notice *, const struct signer *);
/* The JSON that is sent. */
void notice_envelope(struct buf *, const struct notice *, struct str signature);

/* As it stands in the outbox, and back; false when it is not one. */
void notice_write(struct buf *, const struct notice *);
bool notice_read(struct arena *, struct str text, struct notice *);

#endif
