/* cmd.h - one command on its way: from the door to the engine and back.
 *
 *     HTTP thread   parse   bytes -> c->in (the operation's own struct, in c->arena)
 *     engine        check   may refuse, changes nothing
 *                   write   may not refuse; rows and memory
 *                   (one commit for the whole batch)
 *     HTTP thread   render  c->out or c->refused -> bytes
 *
 * A command has exactly one owner at any moment (invariant 7): it is moved
 * between threads, never shared. All that it points to lies in its arena or in
 * static memory. */
#ifndef RINGI_DOMAIN_CMD_H
#define RINGI_DOMAIN_CMD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"
#include "base/heap.h"
#include "base/str.h"
#include "base/time.h"
#include "domain/refusal.h"

struct batch;
struct cmd;
struct grant;
struct domain;
struct idempotent;
struct store;

/* Which way an operation goes. */
enum lane {
	LANE_LOCAL, /* answered in the HTTP thread                                    */
	LANE_READ,  /* a reader thread, all of it from one snapshot (cmd_read): looks, lists */
	LANE_WRITE, /* the engine: changes state, or reads what only memory knows     */
};

/* What one operation is to the engine. Operations with a lane of their own kind
 * leave the other functions NULL. */
struct op {
	const char *name;
	enum lane lane;
	bool drains;  /* frees room (delete, extend): taken before what fills */
	bool takes;   /* receives messages: what those of a batch will take is read together */
	bool appends; /* adds messages, and changes none that is there (domain/queue/page.h) */
	enum err (*check)(struct batch *, struct cmd *);
	enum err (*write)(struct batch *, struct cmd *);
	enum err (*read)(struct store *, struct cmd *, struct now); /* LANE_READ; by cmd_read */
	bool own_snapshot; /* LANE_READ: the store makes one itself (backup) */
	/* LANE_LOCAL */
	void (*local)(struct cmd *);
	/* Of commands that may wait in the engine (domain/queue/enqueue.h): the batch that served
	 * it failed, and it waits on. And: its patience has ended (NULL: its outs say so). */
	void (*repark)(struct domain *, struct cmd *, struct now);
	void (*gave_up)(struct batch *, struct cmd *);
};

/* Who asks. Everybody who gets in is one of these, however they proved it. */
struct caller {
	struct str principal; /* "key:ci-deploy", "anonymous" (--auth off), "ringi" (timers); of a
	                       * person their id */
	struct str key_id;    /* access key id, for SenderId; absent without one             */
	struct str via;     /* how a person got in: "key:expenses" that acts as them, "session:3f2a..."
	                       * (what of it may be told); absent: the principal is who it is */
	struct str session; /* its id, of a person who is logged in */
	int64_t logged_in_at; /* wall, when that session began; INT64_MAX: nobody logs in (--auth off);
	                       * 0: not by a login */
	bool person;          /* the principal is a person's id */
};

/* A refusal: enum and sentence. */
struct refused {
	enum refusal why;
	struct str text;
	int64_t retry_ms; /* when to ask again; 0: as refusal_retry_ms says */
};

/* Where the answer goes: names, not pointers, because the connection may be gone
 * and its slot in use again. loop is -1 when nobody waits for an answer. */
struct reply_to {
	int loop;
	uint32_t slot, generation;
};

enum { CMD_MAGIC = 0x72696e67 };

struct cmd {
	uint32_t magic;
	const struct op *op;
	struct arena *arena; /* lifetime: this command; the command lies in it */
	struct node node;    /* in the list of its present owner               */
	struct reply_to reply_to;
	struct caller caller;
	const struct grant *grant;     /* for cmd_may; NULL: it was asked at the door */
	struct str request_id;         /* UUID text, in answers, logs, audit             */
	struct str address, client;    /* of who asks, for the audit: "192.0.2.7", User-Agent; absent:
	                                * nobody asked from outside                      */
	struct str trace_parent;       /* traceparent header, absent without one         */
	void *in, *out;                /* the operation's own                            */
	struct refused refused;        /* why == REFUSED_NONE: it was done               */
	struct str refused_field;      /* the parameter that it is about; absent: not told */
	enum err fault;                /* not OK: the server could not do its part       */
	struct idempotent *idempotent; /* it may come twice; NULL: it may not */
	size_t bytes;                  /* roughly what it will write, for BATCH_BYTES_MAX */
	size_t answer_bytes;           /* roughly what its answer holds, for ANSWERS_MAX  */

	/* while it waits in the engine (a long poll) */
	bool settled; /* the batch it came with is committed */
	struct node waiting;
	struct heap_entry deadline;

	void *api; /* the front door's own: protocol, host, start time */
};

struct cmd *cmd_new(const struct op *);                    /* with an arena of its own */
struct cmd *cmd_new_in(const struct op *, struct arena *); /* takes the arena */
struct cmd *cmd_free(struct cmd *);                        /* accepts NULL, returns NULL */

/* Carries out a command of the read lane: all that it reads is of one moment, between two commits.
 * Without that a look could have a row from before a commit and its log from behind it, and who
 * is told the log's position would never be told of the row. For a store of store_open_reader. */
enum err cmd_read(struct cmd *, struct store *, struct now) MUST_USE;

/* Records the refusal (the first one stands) and returns OK: a refusal is a
 * normal outcome, not a fault. */
enum err refuse(struct cmd *, enum refusal why, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same, and which parameter it is about. */
enum err refuse_field(struct cmd *, enum refusal why, const char *field, const char *format, ...)
	PRINTF_LIKE(4, 5);
/* One that was made elsewhere. */
enum err refuse_as(struct cmd *, struct refused);
/* The same for one entry of a batch operation. */
struct refused refused_as(struct arena *, enum refusal why, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Whether the caller may do this (an action of /v1) with that queue, as far as it has not
 * been asked at the door. */
bool cmd_may(const struct cmd *, struct str action, struct str queue);
/* The same where rules may have a scope: what the caller has to do with it (FACT_* of
 * domain/key/rule.h). For a route that is `late`. */
bool cmd_may_about(const struct cmd *, struct str action, struct str resource, unsigned facts);
/* Which facts would do, for lists: bits of FACT_*, or FACTS_NONE_NEEDED among them; 0: nothing
 * of this may be seen. */
unsigned cmd_facts(const struct cmd *, struct str action, struct str resource);

static inline bool cmd_refused(const struct cmd *c)
{
	return c->refused.why != REFUSED_NONE;
}

#endif
