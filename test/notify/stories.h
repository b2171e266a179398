/* stories.h - what the stories about notifications share: somebody is told, rows are looked at. */
#ifndef RINGI_TEST_NOTIFY_STORIES_H
#define RINGI_TEST_NOTIFY_STORIES_H

#include "domain/notify/notify.h"
#include "queue/stories.h"

/* Tells "yuki" in a batch of its own; the fault, if there was one. */
enum err told(struct world *, struct notification);
/* "approval.asked WAITING 3": kind, state and minutes until it leaves, of each of the person's,
 * with ", " between them. */
const char *told_of(struct world *, const char *person);
/* A row of that table, as if it had been put: values as SQL has them. */
void row_channel(struct world *, const char *name, const char *type, int position,
                 const char *settings);
void row_wants(struct world *, const char *person, const char *wants);
void row_person(struct world *, const char *id, const char *email, const char *locale);

#endif
