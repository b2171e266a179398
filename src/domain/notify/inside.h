/* inside.h - what the files of domain/notify share. N1 to N5: notify.h. */
#ifndef RINGI_DOMAIN_NOTIFY_INSIDE_H
#define RINGI_DOMAIN_NOTIFY_INSIDE_H

#include "base/limits.h"
#include "base/zone.h"
#include "domain/notify/notify.h"
#include "domain/queue/enqueue.h"
#include "wire/json.h"

/* ---- recipient.c: somebody, and what they want */

struct recipient {
	struct str id, name; /* name: what to call them; the id when there is no other */
	struct str email;    /* of the directory; absent: none */
	struct str locale;   /* "ja", "en" */
	const struct zone *zone;
	const struct json *attributes, *wants; /* NULL: none */
};
enum err recipient_read(struct store *, struct arena *, struct str person, struct recipient *)
	MUST_USE;
/* "now", "digest" or "off": how they want to be told of that. */
struct str recipient_wants(const struct recipient *, enum notify_kind);
/* The first moment at or after `at` that is not in their quiet hours. */
int64_t recipient_awake(const struct recipient *, int64_t at);
/* When the next digest of theirs is due: later than `at`. */
int64_t recipient_digest(const struct recipient *, int64_t at);

/* ---- channel.c */

struct channel {
	struct str name, type;
	int64_t position, version, created_at, changed_at;
	bool enabled;
	struct str settings, sealed; /* JSON */
};
struct channels {
	struct channel *all;
	int count;
};
/* Those in use. In the arena. */
enum err channels_read(struct store *, struct arena *, struct channels *) MUST_USE;

/* One of the addresses that somebody is told at. */
struct step {
	const struct channel *channel;
	struct str address; /* "": the channel needs none */
};
/* In their order, NOTIFY_STEPS_MAX at most. */
int recipient_steps(struct arena *, const struct recipient *, const struct channels *,
                    struct step steps[NOTIFY_STEPS_MAX]);

const struct channel *channel_named(const struct channels *, struct str name); /* NULL: none */

/* "22:00" since the day began; false: it is no such text. */
bool notify_time_of_day(struct str, int64_t *ms);
/* "MON"; 0: Thursday, with which 1970 began; -1: none. */
int notify_weekday(struct str);

/* ---- put.c */

/* A message for it on the queue. */
enum err notify_enqueue(struct batch *, int64_t id, struct uuid, int64_t not_before) MUST_USE;

#endif
