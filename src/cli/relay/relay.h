/* relay.h - `ringi relay`: from an application's outbox table to the server's queues.
 *
 *     fetch -> window of entries -> batches of ten -> server -> settle -> ...
 *
 * R1  Order: rows of one key (destination and message group) go in the order of their
 *     ids. A batch has at most one row of a key, since of a batch each entry is
 *     accepted or refused by itself; and a key whose row was refused is held.
 * R2  At least once: a row is settled after the server has answered that it has the
 *     message. A relay that dies in between sends it again; FIFO queues take it once,
 *     because the deduplication id is made of the row (entry.c).
 * R3  One relay: before each request the database has answered within RELAY_TRUST_MS on
 *     the session that holds the lock. What a relay that lost the lock meanwhile sends
 *     are rows that the next one sends too, with the same deduplication ids.
 * R4  Memory: one window, and what hold.h remembers. */
#ifndef RINGI_CLI_RELAY_RELAY_H
#define RINGI_CLI_RELAY_RELAY_H

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/relay/hold.h"
#include "relay/outbox.h"
#include "wire/hash.h"

enum fate {
	FATE_WAITS,   /* not sent yet */
	FATE_SENT,    /* the server has it */
	FATE_REFUSED, /* the row's fault, see `problem` */
	FATE_LATER,   /* not now; nothing is wrong with it */
	FATE_LEFT,    /* not in this window any more */
};

/* A row on its way to be a message. */
struct entry {
	const struct outbox_row *row;
	struct held_row held; /* destination, group, id */
	struct str name;      /* of the queue or topic */
	bool topic, fifo;
	struct str dedup;        /* absent: none is sent */
	struct json *attributes; /* as SQS has them; NULL: none */
	int64_t delay_s;         /* -1: the queue's own */
	enum fate fate;
	struct str problem; /* a sentence; of a refused one */
};

struct sent_row {
	struct str id;
	uint8_t digest[SHA256_SIZE];
};

/* What became of a request as a whole. */
enum reply {
	REPLY_ENTRIES, /* each entry has its fate */
	REPLY_SPLIT,   /* refused for one of several entries: send them one by one */
	REPLY_MISSING, /* there is no such queue or topic */
	REPLY_DENIED,  /* not allowed there */
	REPLY_LATER,   /* the queue takes nothing now */
	REPLY_DOWN,    /* the server cannot be reached, or cannot take anything now */
};

struct relay {
	struct cli *cli;
	struct client *client;
	struct outbox *outbox;
	struct outbox_config config;
	struct holds holds;
	struct arena *window_arena, *batch_arena; /* lifetimes: one fetch, one request */
	struct entry *entries;                    /* the window */
	int count;
	/* Sent, but the database did not say that they are settled: when it is back and has them
	 * unchanged, they are settled instead of sent again. */
	struct arena *unsettled_arena;
	struct sent_row unsettled[BATCH_ENTRIES_MAX];
	int unsettled_count;

	struct str id_attribute; /* absent: none */
	int64_t max_tries;
	int poll_ms;
	bool once;
	struct str topic_prefix; /* "arn:aws:sns:us-east-1:000000000000:" */

	int64_t asked_ms; /* when the database last answered (R3) */
	int server_tries; /* in succession that went wrong */
	int database_tries;
	int64_t sent, refused, aside; /* so far; refused: tries */
	int64_t told_sent, told_ms;   /* at the last line about it */
	bool left;                    /* something could not be sent, for now */
	bool crowded;                 /* more is refused than can be remembered */
	struct str last_problem;      /* of the server; in the batch arena */
};

/* ---- entry.c */

/* Fills an entry from a row; FATE_REFUSED and a sentence when it cannot be a message. */
void entry_make(struct relay *, struct arena *, const struct outbox_row *, struct entry *);
/* Of all that makes the row the one it is. */
void entry_digest(const struct outbox_row *, uint8_t digest[SHA256_SIZE]);
/* What --dry-run shows. */
struct json *entry_shown(struct arena *, const struct entry *);

/* ---- send.c */

/* One request with 1 to BATCH_ENTRIES_MAX entries of one destination. The sentence of
 * what went wrong as a whole is in `last_problem`. */
enum reply relay_send(struct relay *, struct entry **, int count);

/* ---- window.c */

/* Fetches and sends one window. OK: `*idle` tells that there was nothing to do. A fault
 * is the database's. *down: the server takes nothing now. */
enum err relay_window(struct relay *, bool *idle, bool *down) MUST_USE;

/* ---- loop.c */

int relay_run(struct relay *);     /* until asked to stop, or drained; an exit code */
int relay_dry_run(struct relay *); /* prints what would be sent */
bool relay_stopping(const struct relay *);

#endif
