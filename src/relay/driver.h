/* driver.h - what a database must be able to do for outbox.h: PostgreSQL, SQLite. */
#ifndef RINGI_RELAY_DRIVER_H
#define RINGI_RELAY_DRIVER_H

#include "relay/outbox.h"

struct outbox_driver {
	struct outbox *(*open)(const struct outbox_config *);
	void (*close)(struct outbox *); /* is disconnected already */
	enum err (*connect)(struct outbox *);
	void (*disconnect)(struct outbox *);
	enum err (*lock)(struct outbox *);
	enum err (*fetch)(struct outbox *, struct arena *, const struct outbox_held *,
	                  const struct outbox_row *after, struct outbox_row **, int *count);
	enum err (*settle)(struct outbox *, const struct outbox_row *const *, int count);
	enum err (*set_aside)(struct outbox *, const struct outbox_row *, struct str error);
	enum err (*count)(struct outbox *, int64_t *aside, int64_t *behind);
	enum err (*wait)(struct outbox *, int ms);
};

/* A driver's own struct begins with it. */
struct outbox {
	const struct outbox_driver *driver;
	const struct outbox_config *config;
	bool has[OUTBOX_COLUMNS]; /* columns that the table has */
	struct arena *arena;      /* lifetime: the connection; names and statements */
	char name[256], problem[512];
};

extern const struct outbox_driver outbox_postgres, outbox_sqlite;

/* Keeps the sentence, control characters as spaces, and returns the fault. */
enum err outbox_fault(struct outbox *, enum err, const char *format, ...) PRINTF_LIKE(3, 4);
/* Whether `has` is enough; ERR_CORRUPT and a sentence when it is not. */
enum err outbox_check_columns(struct outbox *) MUST_USE;
/* What the column is called in this table. */
const char *outbox_column(const struct outbox *, enum outbox_column);
/* True when `stop` became readable within that time. */
bool outbox_stopped(const struct outbox *, int ms);

#endif
