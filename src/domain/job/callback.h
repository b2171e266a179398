/* callback.h - a URL is called when a job or a group has ended: on_done {"webhook": ...}.
 *
 *     {"url": "https://shop.example/done", "sealed": ["BASE64", ...]}
 *
 * is what the row of the job keeps; the front door has sealed the secrets (wire/seal.h, bound
 * to callback_seal_name) that a client gave as "secret".
 *
 * C1  The call is a row of the outbox in the transaction of the end (O1): it is made at least
 *     once, with the same webhook-id each time.
 * C2  It is tried again after everything but a 2xx and a 410, up to CALLBACK_TRIES_MAX times;
 *     Retry-After is kept. Then it is given up, and an audit record (job.untold) says so.
 * C3  At most CALLBACKS_MAX wait; one more is given up at once. */
#ifndef RINGI_DOMAIN_JOB_CALLBACK_H
#define RINGI_DOMAIN_JOB_CALLBACK_H

#include "domain/batch.h"
#include "domain/outbox/outbox.h"
#include "domain/refusal.h"
#include "wire/json.h"

struct cmd;
struct refused;

/* What the secrets of calls to that URL are bound to. */
struct str callback_seal_name(struct arena *, struct str url);

/* What is wrong with it is in *why, whose text lies in the arena. */
void callback_check(struct batch *, struct arena *, const struct json *webhook,
                    struct refused *why);
/* `what`: "job" or "group", whose id it is; for the record. */
enum err callback_put(struct batch *, const struct json *webhook, const char *what, struct uuid id,
                      struct str body) MUST_USE;

extern const struct outbox_kind callback_kind;

/* How many wait: at start, and after a rollback of a batch that changed it. */
enum err callbacks_load(struct domain *, struct store *) MUST_USE;

#endif
