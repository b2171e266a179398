/* hold.h - what a relay leaves alone for a while, because it was refused.
 *
 * Three things can be held back: a row, a key (the rows of one destination that have one
 * message group: none of them may overtake the refused one), a whole destination. A hold
 * ends by itself after a while that grows with every refusal; it is remembered until
 * the row that caused it has been sent or is gone, because it counts the tries.
 *
 * H1  While a row is refused again and again, its key is held or the row is being tried.
 * H2  At most RELAY_HELD_MAX things are remembered. Beyond that the destination is held,
 *     which makes those of its keys and rows needless. */
#ifndef RINGI_CLI_RELAY_HOLD_H
#define RINGI_CLI_RELAY_HOLD_H

#include "base/map.h"
#include "base/time.h"
#include "relay/outbox.h"

struct holds {
	struct names all;
};

/* Whose turn it is: what a hold is asked by. */
struct held_row {
	struct str destination, group, id; /* group absent or empty: the row has no key */
};

void holds_free(struct holds *);
/* The row was refused: it or its key is held. Returns how often this row has been
 * refused; 0: there was no room, hold the destination. */
int holds_row(struct holds *, const struct held_row *, int64_t now_ms);
/* Nothing can be sent there now. `counts`: it is a refusal that counts for its rows, and
 * the number of those in succession is returned. 0: it does not count, or there is no
 * room even for it, and the next fetch gives its rows again. */
int holds_destination(struct holds *, struct str destination, int64_t now_ms, bool counts);
/* A row was sent, or set aside: what it caused is forgotten. */
void holds_forget(struct holds *, const struct held_row *);
void holds_open(struct holds *, struct str destination); /* something could be sent there */
bool holds_has(const struct holds *, const struct held_row *, int64_t now_ms);
/* When the first of those ends that count refusals; NEVER: none does. */
int64_t holds_next(const struct holds *, int64_t now_ms);
/* For a fetch; forgets those whose rows are gone. The texts lie in the arena. */
void holds_lists(struct holds *, struct arena *, int64_t now_ms, struct outbox_held *);

/* 200 ms, doubling, at most RELAY_BACKOFF_MAX_MS; a quarter more or less by chance. */
int relay_backoff_ms(int tries);

#endif
