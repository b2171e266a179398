/* attempt.c - receive attempt ids of FIFO queues.
 *
 * A client that lost the answer of a receive asks again with the same id and gets
 * the same messages under the same receipts, for five minutes, as long as none of
 * them was deleted or changed (receive.c looks). Kept in memory only: after a restart the messages
 * come back when their visibility timeout ends, as without an attempt id. */
#include "base/limits.h"
#include "domain/queue/memory.h"

struct attempt {
	struct node node;
	struct str id;
	int64_t at_mono;
	int count;
	struct receipt receipts[BATCH_ENTRIES_MAX];
};

static void forget(struct queue *q, struct attempt *a)
{
	const struct attempt *was = names_take(&q->attempts, a->id);
	must(was == a);
	node_take(&a->node);
	mem_free(a);
}

static void forget_old(struct queue *q, struct now now)
{
	for (;;) {
		struct attempt *a = LIST_FIRST(&q->attempts_by_age, struct attempt, node);
		if (a == NULL ||
		    (now.mono_ms - a->at_mono < ATTEMPT_MS && q->attempts.count <= ATTEMPTS_MAX))
			return;
		forget(q, a);
	}
}

struct attempt *attempt_find(struct queue *q, struct str id, struct now now)
{
	forget_old(q, now);
	return names_find(&q->attempts, id);
}

void attempt_note(struct queue *q, struct str id, const struct received *messages, int count,
                  struct now now)
{
	struct attempt *a = names_find(&q->attempts, id);

	must(count >= 1 && count <= BATCH_ENTRIES_MAX && id.len > 0);
	if (a != NULL)
		forget(q, a);
	a = mem_get(sizeof *a + id.len);
	memcpy(a + 1, id.at, id.len);
	a->id = (struct str){ (const char *)(a + 1), id.len };
	a->at_mono = now.mono_ms;
	a->count = count;
	for (int i = 0; i < count; i++)
		a->receipts[i] = messages[i].receipt;
	names_put(&q->attempts, a->id, a);
	list_add_last(&q->attempts_by_age, &a->node);
	forget_old(q, now);
}

int attempt_receipts(const struct attempt *a, const struct receipt **receipts)
{
	*receipts = a->receipts;
	return a->count;
}

void attempts_clear(struct queue *q)
{
	struct attempt *a;

	while ((a = LIST_FIRST(&q->attempts_by_age, struct attempt, node)) != NULL)
		forget(q, a);
	names_free(&q->attempts);
}
