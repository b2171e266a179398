/* move.h - all the data of a stopped server from one database into another, for `ringi migrate`.
 *
 *   V1  All or nothing: the rows go into one transaction of the place they go to, which is
 *       committed only when each of its tables, read back, has as many rows as the other's, and
 *       the same ones.
 *   V2  What is there already is never mixed with: a place that has a row in any table is refused.
 *   V3  One of the two serves: the place that was left is marked (table meta, "moved_to"), and an
 *       engine does not open it any more until store_reopen takes the mark away.
 *
 * Both places are held as a server holds them: neither may be in use, and an older schema is
 * migrated first. The lease is the place's own and is not moved. */
#ifndef RINGI_STORE_MOVE_H
#define RINGI_STORE_MOVE_H

#include "store/store.h"

struct store_move {
	int64_t tables, rows;
	char detail[256]; /* a sentence, when a fault came back */
};

/* `told`: each table, when its rows have been written, by name. ERR_LIMIT: V2, or a value that the
 * other database cannot hold; ERR_LOST: `from` was moved before. */
enum err store_move(const char *from, const char *to,
                    void (*told)(void *context, const char *table, int64_t rows), void *context,
                    struct store_move *result) MUST_USE;

/* V3. OK and *marked: whether there was a mark. */
enum err store_reopen(const char *place, bool *marked, char detail[256]) MUST_USE;

/* ERR_LOST and a sentence when the rows were moved elsewhere (V3). */
enum err store_not_moved(struct store *, char detail[256]) MUST_USE;

#endif
