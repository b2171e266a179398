/* inside.h - what the files of domain/notify share. N1 to N5: notify.h. */
#ifndef RINGI_DOMAIN_NOTIFY_INSIDE_H
#define RINGI_DOMAIN_NOTIFY_INSIDE_H

#include "base/limits.h"
#include "base/zone.h"
#include "domain/notify/notify.h"
#include "domain/notify/texts.h"
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

/* ---- rows.c */

struct told {
	int64_t id;
	struct uuid uuid, approval, message;
	bool has_approval, has_message, unread;
	struct str person, about, facts, channel, error, remote, forced, state; /* absent: none */
	enum notify_kind kind;
	int64_t round, n, slot, created_at, not_before, ended_at, read_at, step, tries, attempts,
		digest;
};
enum { TOLD_COLUMNS = 26 };
enum err told_of_row(struct arena *, const struct value *, int count, struct told *) MUST_USE;
/* id 0: there is none. */
enum err told_read(struct store *, struct arena *, const struct uuid *, struct told *) MUST_USE;
/* It is not under way any more. */
enum err told_end(struct batch *, int64_t id, const char *state) MUST_USE;
/* Does what it asks for still wait for the person? Of what asks for nothing: yes. From a
 * digest goes what does not; of an empty one: no. */
enum err told_stands(struct batch *, const struct told *, bool *) MUST_USE;

/* ---- facts.c: what the texts may name, in the words of who is told. JSON, in the arena. */

struct facts_of {
	struct store *store;
	struct arena *arena;
	struct str public_url; /* absent: links are left out */
};
enum err facts_write(const struct facts_of *, const struct told *, const struct recipient *,
                     struct str channel, struct str token, struct str *json) MUST_USE;
/* Texts of a kind: of the newest template, else the built-in ones. */
enum err texts_read(struct store *, struct arena *, enum notify_kind, struct str locale,
                    struct notify_texts *) MUST_USE;
/* "2026-11-23 17:00 JST" */
struct str moment_words(struct arena *, const struct zone *, int64_t at);

/* ---- link.c */

/* A link for the mail of this attempt; absent: it is about nothing that could be decided by one. */
enum err notify_link_put(struct batch *, const struct told *, const struct channel *,
                         struct str *token) MUST_USE;

/* ---- kept.c */

/* A row was written. */
void kept_one_more(struct batch *, struct str person);
/* The oldest of somebody go, so that NOTIFICATIONS_KEPT_MAX stay; none that is under way. */
enum err kept_bound(struct batch *, struct str person) MUST_USE;

/* ---- put.c */

/* A message for it on the queue. */
enum err notify_enqueue(struct batch *, int64_t id, struct uuid, int64_t not_before) MUST_USE;
/* A test of a channel, whatever the person wants. */
enum err notify_put_forced(struct batch *, struct str person, struct str channel,
                           struct str address, struct uuid *) MUST_USE;

/* ---- template.c: facts that are made up */
const struct json *notify_sample(struct arena *, enum notify_kind, struct str locale);

#endif
