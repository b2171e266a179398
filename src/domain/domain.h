/* domain.h - the memory of one partition: a copy of its rows, arranged for speed. */
#ifndef RINGI_DOMAIN_DOMAIN_H
#define RINGI_DOMAIN_DOMAIN_H

#include "base/str.h"

struct queues;
struct topics;

/* What is told at start and never changes. */
struct domain_config {
	struct str account; /* "000000000000" */
	struct str region;  /* "us-east-1" */
	uint8_t receipt_key[16];
	bool private_webhooks; /* HTTP subscriptions may point into private networks */
};

struct domain {
	struct domain_config config;
	struct queues *queues;
	struct topics *topics;
};

#endif
