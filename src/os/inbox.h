/* inbox.h - commands on their way to one owner.
 *
 * A mutex, a list, take-all, and a wake-up only when the owner sleeps. Two lists:
 * what drains (deletes, extensions) goes before what fills, so that an overloaded
 * server can empty itself. Full means "no" at once. All but inbox_take may be called
 * from any thread; one thread, the owner, takes. */
#ifndef RINGI_OS_INBOX_H
#define RINGI_OS_INBOX_H

#include "base/list.h"
#include "base/time.h"

struct inbox;
struct inbox *inbox_open(int drain_max, int fill_max);
struct inbox *inbox_close(struct inbox *); /* must be empty; accepts NULL, returns NULL */

/* False when that list is full: the caller keeps the node. Else takes it. */
bool inbox_put(struct inbox *, struct node *, bool drains);
/* Always fits: words of our own making ("gone"). Behind all that fills, so that it comes
 * after the command it tells of. */
void inbox_put_own(struct inbox *, struct node *);
/* Moves up to `max` nodes behind `to`, what drains first; waits for one until
 * `until_mono_ms` (NEVER: for ever; 0: not at all). Returns how many. */
int inbox_take(struct inbox *, struct list *to, int max, int64_t until_mono_ms);
void inbox_wake(struct inbox *); /* inbox_take returns, be it with nothing */
void inbox_depth(const struct inbox *, int *drain, int *fill); /* roughly */

#endif
