/* filter_rule.h - a compiled filter policy; for filter.c and filter_match.c only.
 *
 * A policy is a conjunction of clauses, one for each key; a clause is a list of rules
 * (any of them), a nested conjunction, or alternatives ($or). */
#ifndef RINGI_DOMAIN_TOPIC_FILTER_RULE_H
#define RINGI_DOMAIN_TOPIC_FILTER_RULE_H

#include "domain/topic/filter.h"

enum rule_kind {
	RULE_TEXT,
	RULE_NUMBER,
	RULE_TRUE,
	RULE_FALSE,
	RULE_NULL,
	RULE_PREFIX,
	RULE_SUFFIX,
	RULE_NOCASE,
	RULE_WILDCARD,
	RULE_RANGE,
	RULE_CIDR,
	RULE_EXISTS,
	RULE_MISSING,
	RULE_NONE_OF, /* anything-but: `values`, none of which may match */
};

struct rule {
	enum rule_kind kind;
	struct str text;             /* TEXT, PREFIX, SUFFIX, NOCASE */
	double number;               /* NUMBER */
	double bottom, top;          /* RANGE */
	bool above_only, below_only; /* RANGE: the bound itself is out */
	const struct str *pieces;    /* WILDCARD: what stands between the stars */
	int piece_count;
	uint8_t address[16]; /* CIDR; IPv4 in the first 4 */
	int address_size, bits;
	const struct rule *values; /* NONE_OF */
	int value_count;
};

enum clause_kind { CLAUSE_RULES, CLAUSE_NESTED, CLAUSE_OR };

struct clause {
	enum clause_kind kind;
	struct str key;
	const struct rule *rules; /* RULES */
	int rule_count;
	struct clause **groups; /* NESTED: one; OR: the alternatives. First clause of each */
	int group_count;
	struct clause *next; /* and */
};

struct filter {
	struct clause *first;
};

/* False when it is not a finite number that fits. */
bool filter_number(struct str text, double *out);
/* 4 or 16 bytes; 0 when it is not an address. */
int filter_address(struct str text, uint8_t to[16]);

#endif
