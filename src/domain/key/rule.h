/* rule.h - what a key may do, and whether that covers a request. Pure.
 *
 * A rule is text of three patterns, SERVICE:ACTION:RESOURCE, in which '*' stands for
 * anything:
 *
 *     sqs:SendMessage:orders-*     send to queues whose names begin with orders-
 *     sns:Publish:news             publish to one topic
 *     ringi:*:*                    everything under /v1
 *
 * What no rule allows is denied; there are no rules that deny. The right to one
 * message is the right to a batch of them: SendMessageBatch asks for SendMessage. An
 * action that is about no queue or topic, or about all (ListQueues), needs a rule whose
 * resource is '*'. */
#ifndef RINGI_DOMAIN_KEY_RULE_H
#define RINGI_DOMAIN_KEY_RULE_H

#include "base/str.h"

enum { RULE_TEXT_MAX = 256 };

struct rule {
	struct str service, action, resource; /* patterns; views into the text */
};

/* False when the text is no rule; `why` is a piece of a sentence, static. */
bool rule_read(struct str text, struct rule *, const char **why);

struct verdict {
	bool allowed;
	int by;             /* the rule that allows it; -1 */
	const char *reason; /* "no rule of the key allows this action", static */
};

/* The one evaluation. `resource` absent: no particular one. */
struct verdict allowed(const struct rule *, int count, struct str service, struct str action,
                       struct str resource);

/* What an access key allows, taken along by a command that learns only from rows which queue
 * it is about (domain/cmd.h: cmd_may). */
struct grant {
	const struct rule *rules;
	int count;
};

/* Whether everything that `inner` allows is allowed by one of the rules. (May say no
 * where several rules together would cover it.) */
bool rules_cover(const struct rule *, int count, const struct rule *inner);

/* Whether the rule's action pattern matches the action: is it not misspelt? */
bool rule_names(const struct rule *, struct str service, struct str action);

#endif
