/* news.c - what live views look at again. See news.h. */
#include "domain/news.h"

#include "domain/batch.h"
#include "wire/hash.h"

struct uuid news_key(struct str holder)
{
	uint8_t hash[SHA256_SIZE];
	struct uuid key;

	must(str_given(holder));
	sha256(holder, hash);
	memcpy(key.bytes, hash, sizeof key.bytes);
	return key;
}

/* Several changes of one thing are told once, when they stand side by side. */
static void add(struct batch *b, struct news n)
{
	const struct news *last = NULL;

	if (!list_empty(&b->news))
		last = CONTAINER(b->news.head.previous, struct news, node);
	if (last != NULL && last->of_holder == n.of_holder &&
	    memcmp(&last->approval, &n.approval, sizeof n.approval) == 0 &&
	    memcmp(&last->holder, &n.holder, sizeof n.holder) == 0)
		return;
	struct news *kept = ARENA_NEW(b->arena, struct news);
	*kept = n;
	list_add_last(&b->news, &kept->node);
}

void news_of_approval(struct batch *b, const struct uuid *approval)
{
	add(b, (struct news){ .approval = *approval });
}

void news_of_holder(struct batch *b, const struct uuid *approval, struct str holder)
{
	struct news n = { .holder = news_key(holder), .of_holder = true };

	if (approval != NULL)
		n.approval = *approval;
	add(b, n);
}

void news_of_person(struct batch *b, struct str person)
{
	news_of_holder(b, NULL, arena_printf(b->arena, "user:%.*s", S_ARG(person)));
}
