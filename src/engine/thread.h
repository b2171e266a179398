/* thread.h - the engine's thread and the readers', started and stopped. */
#ifndef RINGI_ENGINE_THREAD_H
#define RINGI_ENGINE_THREAD_H

#include "engine/engine.h"
#include "engine/submit.h"

struct engine_thread_config {
	const char *place; /* of the store: a folder, or a URL of PostgreSQL */
	const char *disk;  /* a folder on the disk whose room is watched; NULL: nothing is */
	const char *node;
	struct domain_config domain;
	answer_fn *answer;
	void *answer_context;
	/* Bytes of answers that are on their way out; may be NULL. */
	int64_t (*answers)(void *context);
	/* After a commit, on the engine's thread; may be NULL. */
	void (*outbox_grew)(void *context);
	void (*push_grew)(void *context);
	void (*notify_grew)(void *context);
	void (*archive_grew)(void *context);
	void (*keys_changed)(void *context);
	void (*feed_grew)(void *context);
	/* The store failed, or belongs to another server now (ERR_LOST): nothing is acknowledged
	 * any more, the process must end. */
	void (*died)(void *context, enum err why, const char *detail);
	void *context;
};

/* Opens the store and loads the memory on the calling thread, then starts the
 * threads. NULL and a sentence on failure, with the fault in *why. */
struct engine_thread *engine_thread_open(const struct engine_thread_config *, enum err *why,
                                         char detail[256]);
const struct domain_config *engine_thread_domain(
	const struct engine_thread *); /* with the receipt key */
/* The access keys in memory: from keys_changed, or before the first command. */
const struct keys *engine_thread_keys(const struct engine_thread *);
/* Roles and who has them: the same. */
const struct accounts *engine_thread_accounts(const struct engine_thread *);
/* What happens to jobs, for live views. Any thread; until engine_thread_close. */
struct feed *engine_thread_feed(struct engine_thread *);
const char *engine_thread_store(const struct engine_thread *); /* store_about */
/* The queues in memory; before the first command only. */
const struct queues *engine_thread_queues(const struct engine_thread *);
/* Answers parked commands with "nothing", refuses no command that is in the inbox:
 * first half of a graceful stop. */
void engine_thread_drain(struct engine_thread *);
struct engine_thread *engine_thread_close(struct engine_thread *); /* accepts NULL, returns NULL */

#endif
