/* attribute.h - what can be set on a queue: names, ranges, defaults, one table.
 *
 * Attributes are texts on the wire and in the rows; `struct settings` is what the
 * hot path reads. Amazon's names begin with a capital letter, ringi's own with a
 * small one. */
#ifndef RINGI_DOMAIN_QUEUE_ATTRIBUTE_H
#define RINGI_DOMAIN_QUEUE_ATTRIBUTE_H

#include "base/arena.h"
#include "base/limits.h"
#include "domain/queue/flow.h"
#include "domain/queue/push.h"
#include "domain/queue/queue.h"
#include "domain/queue/retry.h"

enum allow { ALLOW_ALL, ALLOW_NONE, ALLOW_BY_QUEUE };

struct settings {
	int64_t visibility_s, delay_s, max_size, retention_s, wait_s;
	bool fifo, content_dedup, dedup_by_group, limit_by_group;
	struct str schema;     /* of bodies; absent: none */
	struct str dead_queue; /* name; absent: none */
	int64_t max_receives;  /* 0: no limit; settings_settle: retry.max_attempts goes first */
	enum allow allow;
	struct str allowed[QUEUE_SOURCES_MAX]; /* names of source queues */
	int allowed_count;
	bool paused, stop_on_poison, priority;
	int64_t concurrency, rate, max_messages; /* 0: no limit */
	int64_t key_concurrency, key_rate;       /* of each message group; 0: no limit */
	int64_t slo_wait_ms;                     /* 95 of 100 wait no longer; 0: nobody says */
	int64_t recover_every_s,
		recover_times;        /* of a dead-letter queue (choose.c); 0: not by itself */
	struct str recover_error; /* only that; absent: any */
	bool track;               /* each message has a job (domain/ledger) */
	int64_t job_retention_s;  /* of finished jobs */
	struct retry retry;       /* of tracked queues and push queues */
	struct push_settings push;
	struct flow flow;
};

struct attribute;
struct domain_config;
enum { QUEUE_ATTRIBUTES_MAX = 48 }; /* rows of the table, with room to grow */

/* NULL: unknown. Ringi's own only with `own`. */
const struct attribute *attribute_find(struct str name);
bool attribute_is_own(const struct attribute *);
const char *attribute_name(const struct attribute *);
const char *attribute_default(const struct attribute *, bool fifo); /* NULL: absent until set */
/* The table, to walk: NULL at the end. */
const struct attribute *attribute_at(int i);

/* Checks one value for a queue of that kind: refused.why is REFUSED_NONE when it is good.
 * `creating`: FifoQueue may be given. */
struct refused attribute_check(struct arena *, struct str name, struct str value, bool fifo,
                               bool creating);

/* What an empty value means: the attribute is removed (policies). */
bool attribute_empties(struct str name);

/* The value as people may see it, in the arena: of secrets only how many there are. */
struct str attribute_shown(struct arena *, const struct attribute *, struct str value);

/* push_settings.c: the attribute `push`, and `push_secret`, which only op_queue_create sets. */
struct refused push_check(struct arena *, struct str value);
struct refused push_check_host(struct arena *, const struct domain_config *, struct str value);
void push_set(struct push_settings *, struct arena *, struct str value);
void push_set_secrets(struct push_settings *, struct arena *, struct str value);
struct str push_secrets_shown(struct arena *, struct str value);

/* Puts one checked value into the settings; texts are copied into the arena. */
void settings_set(struct settings *, struct arena *, struct str name, struct str value);
void settings_default(struct settings *, bool fifo);
void settings_settle(struct settings *); /* all are set: what follows from several of them */

/* The queue's name in an ARN or URL: what stands behind the last ':' or '/'. */
struct str name_in(struct str arn_or_url);

#endif
