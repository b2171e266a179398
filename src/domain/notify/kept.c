/* kept.c - of each person at most NOTIFICATIONS_KEPT_MAX notifications are kept.
 *
 * How many somebody has is counted once and then kept up with what this module writes, which is
 * all that is ever written. Whatever is remembered is forgotten when a batch fails, and counted
 * again from the rows. Of whom it is remembered: whoever was told last with that hash. */
#include "domain/domain.h"
#include "domain/notify/inside.h"

struct notify_count {
	char person[PERSON_ID_MAX];
	int person_len; /* 0: nobody */
	int64_t count;
};
struct notify_kept {
	struct notify_count counts[NOTIFY_COUNTS];
};

struct notify_kept *notify_kept_new(void)
{
	return mem_get(sizeof(struct notify_kept));
}

void notify_kept_free(struct notify_kept *kept)
{
	mem_free(kept);
}

void notify_rolled_back(struct batch *b)
{
	memset(b->domain->notify_kept, 0, sizeof *b->domain->notify_kept);
}

static struct notify_count *place_of(struct batch *b, struct str person)
{
	return &b->domain->notify_kept->counts[str_hash(person) % NOTIFY_COUNTS];
}

static bool is_of(const struct notify_count *n, struct str person)
{
	must(n->person_len >= 0 && n->person_len <= PERSON_ID_MAX);
	return str_eq((struct str){ n->person, (size_t)n->person_len }, person);
}

void kept_one_more(struct batch *b, struct str person)
{
	struct notify_count *n = place_of(b, person);

	must(person.len > 0);
	if (is_of(n, person))
		n->count++;
}

static enum err take_count(void *context, const struct value *v, int count)
{
	must(count == 1 && v[0].number >= 0);
	*(int64_t *)context = v[0].number;
	return OK;
}

/* *count: of a name that is too long to be remembered, asked each time. */
static enum err count(struct batch *b, struct str person, struct notify_count **to,
                      struct notify_count *once)
{
	*to = place_of(b, person);
	if (is_of(*to, person))
		return OK;
	if (person.len > PERSON_ID_MAX)
		*to = once;
	(*to)->person_len = 0; /* if it fails now, it is nobody's */
	TRY(store_run(b->store, STMT_NOTIFICATION_COUNT, VALUES(value_text(person)), take_count,
	              &(*to)->count));
	if (*to == once)
		return OK;
	memcpy((*to)->person, person.at, person.len);
	(*to)->person_len = (int)person.len;
	return OK;
}

enum err kept_bound(struct batch *b, struct str person)
{
	struct notify_count once = { .count = 0 }, *n;

	TRY(count(b, person, &n, &once));
	int64_t over = n->count - NOTIFICATIONS_KEPT_MAX;
	if (over <= 0)
		return OK;
	TRY(store_run(b->store, STMT_NOTIFICATION_OLD, VALUES(value_text(person), value_int(over)),
	              NULL, NULL));
	n->count -= store_changes(b->store);
	must(n->count >= NOTIFICATIONS_KEPT_MAX);
	return OK;
}
