/* endpoint.c - what a subscription may point at: queues of this server, and URLs that
 * do not lead into its own network as far as can be told without asking for names.
 * Names are resolved, and every address tested, at each delivery (egress/). */
#include "domain/topic/endpoint.h"

#include "base/limits.h"
#include "domain/outbox/address.h"
#include "domain/topic/arn.h"

#define INVALID(arena, ...) refused_as((arena), REFUSED_INVALID_TOPIC_PARAMETER, __VA_ARGS__)
static const struct refused fine = { .why = REFUSED_NONE };

static bool is_queue_name(struct str name)
{
	if (str_ends(name, S(".fifo")))
		name.len -= 5;
	return name.len > 0 && name.len <= QUEUE_NAME_MAX && str_alphanumeric(name, "-_");
}

struct str endpoint_queue(const struct domain_config *config, struct str text)
{
	struct arn arn;
	int parts;

	if (!arn_read(text, &arn, &parts) || !str_is(arn.service, "sqs") ||
	    !str_eq(arn.region, config->region) || !str_eq(arn.account, config->account) ||
	    !is_queue_name(arn.resource))
		return S_NONE;
	return arn.resource;
}

static struct refused queue_check(struct arena *a, const struct domain_config *config,
                                  bool fifo_topic, struct str endpoint)
{
	struct str queue = endpoint_queue(config, endpoint);

	if (!str_given(queue))
		return INVALID(a, "SQS endpoint ARN");
	if (!fifo_topic && str_ends(queue, S(".fifo")))
		return INVALID(
			a, "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to "
			   "standard SNS topics");
	return fine;
}

static struct refused url_check(struct arena *a, const struct domain_config *config,
                                bool fifo_topic, enum protocol p, struct str url)
{
	struct str scheme = p == PROTOCOL_HTTP ? S("http://") : S("https://");

	if (fifo_topic)
		return INVALID(
			a, "Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only");
	if (url.len < scheme.len || !str_eq_nocase((struct str){ url.at, scheme.len }, scheme))
		return INVALID(a, "Endpoint must match the specified protocol");
	struct str host = url_host(url);
	if (!str_given(host))
		return INVALID(a, "Endpoint Reason: The URL has no valid host");
	if (!config->private_webhooks && !host_may_be_called(host))
		return INVALID(
			a,
			"Endpoint Reason: %.*s is an address of a private network; start the server with "
			"--allow-private-webhooks to allow it",
			S_ARG(host));
	return fine;
}

struct refused endpoint_check(struct arena *a, const struct domain_config *config, bool fifo_topic,
                              struct str protocol, struct str endpoint, enum protocol *p)
{
	static const char *const others[] = { "email",  "email-json", "sms",
		                                  "lambda", "firehose",   "application" };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (str_is(protocol, others[i]))
			return INVALID(
				a, "Protocol Reason: this server delivers to sqs, http and https, not to %s",
				others[i]);
	if (!protocol_read(protocol, p))
		return INVALID(a, "Amazon SNS does not support this protocol string: %.*s",
		               S_ARG(protocol));
	if (endpoint.len == 0 || endpoint.len > TOPIC_ENDPOINT_MAX)
		return INVALID(a, "Endpoint");
	return *p == PROTOCOL_SQS ? queue_check(a, config, fifo_topic, endpoint)
	                          : url_check(a, config, fifo_topic, *p, endpoint);
}
