/* delivery.h - deliveries to HTTP endpoints, as a kind of outbox calls. */
#ifndef RINGI_DOMAIN_TOPIC_DELIVERY_H
#define RINGI_DOMAIN_TOPIC_DELIVERY_H

#include "domain/outbox/outbox.h"

#define TOPIC_DELIVERY_KIND S("sns")
extern const struct outbox_kind topic_delivery_kind;

#endif
