/* definitions.h - what was set up: queues, topics, subscriptions, schedules, calendars.
 *
 * With all that was set on them, and nothing of what happens in them. One look at the rows
 * (read lane), so that all of it fits together. For documents made from what runs. */
#ifndef RINGI_DOMAIN_DEFINITIONS_DEFINITIONS_H
#define RINGI_DOMAIN_DEFINITIONS_DEFINITIONS_H

#include "domain/cmd.h"

/* Name and text, as in rows; sorted by name. */
struct setting {
	struct str name, value;
	struct setting *next;
};

struct definition {
	struct str name;                      /* of a subscription: its id */
	struct str topic, protocol, endpoint; /* of a subscription */
	struct setting *attributes, *tags;
	struct definition *next;
};

struct definition_list {
	struct definition *first, *last;
	int count;
};

struct definitions {
	struct str prefix; /* of names; "": all */
	/* out: queues and topics by name, subscriptions by topic and endpoint */
	struct definition_list queues, topics, subscriptions;
	/* by name; attributes of schedules are their columns, the one of a calendar is its
	 * body, JSON */
	struct definition_list schedules, calendars;
};
/* Refused beyond DEFINITIONS_MAX and DEFINITIONS_BYTES_MAX. */
extern const struct op op_definitions;

/* The value of that name; absent when it was not set. */
struct str setting_find(const struct setting *, const char *name);

#endif
