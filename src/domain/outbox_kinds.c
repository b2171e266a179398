/* outbox_kinds.c - the table of everybody who has calls made through the outbox. It
 * stands above its modules, so that outbox/ knows none of them. */
#include "domain/job/callback.h"
#include "domain/outbox/outbox.h"
#include "domain/topic/delivery.h"

const struct outbox_kind *const outbox_kinds[] = { &topic_delivery_kind, &callback_kind, NULL };
