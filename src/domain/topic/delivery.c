/* delivery.c - deliveries to HTTP endpoints: rendered, tried again, given up. */
#include "domain/topic/delivery.h"

#include "domain/topic/memory.h"
#include "domain/topic/notice.h"
#include "domain/topic/retry.h"
#include "wire/hash.h"

/* Unsubscribed, or its topic deleted: nobody wants it. */
static bool wanted(struct batch *b, const struct outbox_row *row)
{
	return subscription_find(b->domain, row->owner) != NULL;
}

static int64_t retry_ms(struct batch *b, const struct outbox_row *row, int failures)
{
	const struct subscription *s = subscription_find(b->domain, row->owner);

	must(s != NULL);
	struct retry_policy p = retry_policy_of(b->arena,
	                                        props_get(&s->topic->attributes, S("DeliveryPolicy")),
	                                        props_get(&s->attributes, S("DeliveryPolicy")));
	return retry_delay_ms(&p, failures);
}

static struct str body_of(struct arena *a, const struct notice *n, const struct signer *signer)
{
	struct buf b = { 0 };

	if (n->raw && !n->confirmation)
		return n->message;
	notice_envelope(&b, n, notice_sign(a, n, signer));
	arena_adopt(a, b.at);
	return buf_str(&b);
}

/* What could not be delivered goes to the dead-letter queue as it would have been sent. */
static enum err give_up(struct batch *b, struct subscription *s, const struct outbox_row *row)
{
	struct notice n;

	if (!notice_read(b->arena, row->payload, &n))
		return ERR_CORRUPT;
	if (n.confirmation)
		return OK;
	struct send_entry e = { .body = body_of(b->arena, &n, b->domain->config.signer),
		                    .priority = -1 };
	return subscription_give_up(b, s, &e, b->domain->config.account);
}

static enum err ended(struct batch *b, const struct outbox_row *row, bool well)
{
	struct subscription *s = subscription_find(b->domain, row->owner);

	if (s == NULL)
		return OK;
	topics_touch(b);
	if (s->waiting > 0) {
		s->waiting--;
		b->domain->topics->figures.waiting--;
		must(b->domain->topics->figures.waiting >= 0);
	}
	if (!well)
		return give_up(b, s, row);
	b->domain->topics->figures.delivered++;
	return OK;
}

static bool render(struct arena *a, const struct outbox_row *row, const struct outbox_means *means,
                   struct outbox_call *out)
{
	struct notice n;
	int i = 0;

	if (!notice_read(a, row->payload, &n))
		return false;
	out->url = row->url;
	out->body = body_of(a, &n, means->signer);
	out->headers = ARENA_ARRAY(a, struct str, OUTBOX_HEADERS_MAX);
	out->headers[i++] = S("Content-Type: text/plain; charset=UTF-8");
	out->headers[i++] = S("User-Agent: Amazon Simple Notification Service Agent");
	out->headers[i++] = arena_printf(a, "x-amz-sns-message-type: %s",
	                                 n.confirmation ? "SubscriptionConfirmation" : "Notification");
	out->headers[i++] = arena_printf(a, "x-amz-sns-message-id: %.*s", S_ARG(n.id));
	out->headers[i++] = arena_printf(a, "x-amz-sns-topic-arn: %.*s", S_ARG(n.topic));
	if (!n.confirmation)
		out->headers[i++] = arena_printf(a, "x-amz-sns-subscription-arn: %.*s",
		                                 S_ARG(n.subscription));
	if (n.raw && !n.confirmation)
		out->headers[i++] = S("x-amz-sns-rawdelivery: true");
	out->header_count = i;
	must(i <= OUTBOX_HEADERS_MAX);
	return true;
}

const struct outbox_kind topic_delivery_kind = {
	.name = "sns",
	.wanted = wanted,
	.retry_ms = retry_ms,
	.ended = ended,
	.render = render,
};
