/* rule.h - what a caller may do, and whether that covers a request. Pure.
 *
 * A rule is text of three patterns, SERVICE:ACTION:RESOURCE, in which '*' stands for
 * anything, and maybe a scope:
 *
 *     sqs:SendMessage:orders-*       send to queues whose names begin with orders-
 *     sns:Publish:news               publish to one topic
 *     ringi:*:*                      everything under /v1
 *     ringi:GetApproval:*@own        approvals that the caller has to do with
 *     ringi:GetApproval:expense-*@department   those by such a policy, of the own department
 *
 * What no rule allows is denied; there are no rules that deny. The right to one
 * message is the right to a batch of them: SendMessageBatch asks for SendMessage. An
 * action that is about no queue or topic, or about all (ListQueues), needs a rule whose
 * resource is '*'.
 *
 * A rule with a scope allows only what the caller has that to do with: who asks the
 * question says so, as facts. To add a scope: a line in `scopes` (rule.c), a fact, and
 * whoever knows the resource tells it. */
#ifndef RINGI_DOMAIN_KEY_RULE_H
#define RINGI_DOMAIN_KEY_RULE_H

#include "base/arena.h"
#include "base/str.h"

enum { RULE_TEXT_MAX = 256 };

/* What the caller has to do with a resource. */
enum {
	FACT_OWN = 1,        /* it is theirs: they made it, or are asked by it, or it is them */
	FACT_DEPARTMENT = 2, /* it is of a department of theirs */
};

struct rule {
	struct str service, action, resource; /* patterns; views into the text */
	unsigned scope;                       /* the fact that it needs; 0: none, it is for all */
};

/* False when the text is no rule; `why` is a piece of a sentence, static. */
bool rule_read(struct str text, struct rule *, const char **why);

struct verdict {
	bool allowed;
	int by;             /* the rule that allows it; -1 */
	const char *reason; /* "no rule allows this action", static */
};

/* The one evaluation. `resource` absent: no particular one. `facts`: FACT_*, what is true of
 * the caller and that resource. */
struct verdict allowed(const struct rule *, int count, struct str service, struct str action,
                       struct str resource, unsigned facts);

/* What a caller has been given. Also taken along by a command that learns only from rows what
 * it is about (domain/cmd.h: cmd_may). A program that acts as a person has two: what the
 * person may, and what its key may; both must allow. */
struct grant {
	const struct rule *rules;
	int count;
	const struct grant *also; /* NULL: nothing further to ask */
};

struct verdict grant_allows(const struct grant *, struct str service, struct str action,
                            struct str resource, unsigned facts);
/* With which facts alone it would be allowed: bits of FACT_*; FACTS_NONE_NEEDED: with none. For
 * lists, which leave out what may not be seen. */
enum { FACTS_NONE_NEEDED = 1 << 8 };
unsigned grant_facts(const struct grant *, struct str service, struct str action,
                     struct str resource);
/* Whether some rule is about the action, whatever the resource. */
bool grant_names(const struct grant *, struct str service, struct str action);
/* Whether the caller has all that the rule allows, so that they may give it. */
bool grant_covers(const struct grant *, const struct rule *);
/* A copy that lives as long as the arena. */
const struct grant *grant_copy(struct arena *, const struct grant *);

/* Whether everything that `inner` allows is allowed by one of the rules. (May say no
 * where several rules together would cover it.) */
bool rules_cover(const struct rule *, int count, const struct rule *inner);

/* Whether the rule's action pattern matches the action: is it not misspelt? */
bool rule_names(const struct rule *, struct str service, struct str action);

#endif
