/* containers_test.c - list, heap and maps against naive models, with random operations. */
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rng.h"
#include "check.h"

enum { MEMBERS = 64, STEPS = 20000 };

struct member {
	struct node node;
	struct heap_entry entry;
	int number;
	bool in;
};

static void a_list_keeps_order_and_lets_go(void **state)
{
	struct member m[4] = { { .number = 0 }, { .number = 1 }, { .number = 2 }, { .number = 3 } };
	struct list one, two;
	int seen = 0;

	(void)state;
	list_init(&one);
	list_init(&two);
	assert_true(list_empty(&one));
	assert_null(list_take_first(&one));
	assert_null(LIST_FIRST(&one, struct member, node));
	assert_false(node_linked(&m[0].node));
	node_take(&m[0].node); /* in no list: nothing happens */
	list_add_last(&one, &m[1].node);
	list_add_last(&one, &m[2].node);
	list_add_first(&one, &m[0].node);
	list_add_last(&two, &m[3].node);
	list_move_all(&two, &one);
	assert_true(list_empty(&one));
	assert_int_equal(LIST_FIRST(&two, struct member, node)->number, 3);
	LIST_EACH (&two, struct member, node, at) {
		seen = seen * 10 + at->number;
		node_take(&at->node);
		assert_false(node_linked(&at->node));
	}
	assert_int_equal(seen, 3012);
	assert_true(list_empty(&two));
	list_move_all(&one, &two); /* of nothing */
	assert_null(LIST_TAKE(&one, struct member, node));
}

/* The first by key and tie, found by looking at all. */
static struct member *naive_first(struct member *m)
{
	struct member *first = NULL;

	for (int i = 0; i < MEMBERS; i++) {
		struct heap_entry *e = &m[i].entry;
		if (!m[i].in)
			continue;
		if (first == NULL || e->key < first->entry.key ||
		    (e->key == first->entry.key && e->tie < first->entry.tie))
			first = &m[i];
	}
	return first;
}

static void a_heap_gives_what_looking_at_all_gives(void **state)
{
	struct member m[MEMBERS] = { 0 };
	struct heap h = { 0 };
	struct rng rng;

	(void)state;
	rng_seed_number(&rng, 7);
	for (int step = 0; step < STEPS; step++) {
		struct member *at = &m[rng_below(&rng, MEMBERS)];
		if (rng_below(&rng, 3) > 0) {
			/* Ties are distinct, keys are not: put, or move when it is in. */
			heap_put(&h, &at->entry, (int64_t)rng_below(&rng, 20) - 10, (uint64_t)(at - m));
			at->in = true;
		} else {
			heap_take(&h, &at->entry);
			at->in = false;
		}
		struct member *first = naive_first(m);
		assert_ptr_equal(heap_first(&h), first == NULL ? NULL : &first->entry);
		assert_int_equal(at->entry.place != 0, at->in);
	}
	heap_free(&h);
	for (int i = 0; i < MEMBERS; i++)
		assert_int_equal(m[i].entry.place, 0);
}

static void a_map_finds_what_was_put(void **state)
{
	struct map map = { 0 };
	void *model[500] = { 0 };
	struct rng rng;
	size_t count = 0;

	(void)state;
	rng_seed_number(&rng, 8);
	assert_null(map_find(&map, 0));
	assert_null(map_take(&map, 0));
	for (int step = 0; step < STEPS * 5; step++) {
		/* Neighbouring keys, and keys that differ in high bits only. */
		size_t i = rng_below(&rng, 500);
		uint64_t key = i % 2 == 0 ? i : (uint64_t)i << 48;
		if (rng_below(&rng, 2) == 0) {
			count += model[i] == NULL;
			model[i] = &model[rng_below(&rng, 500)];
			map_put(&map, key, model[i]);
		} else {
			assert_ptr_equal(map_take(&map, key), model[i]);
			count -= model[i] != NULL;
			model[i] = NULL;
		}
		assert_ptr_equal(map_find(&map, key), model[i]);
		assert_int_equal(map.count, count);
	}
	size_t walked = 0;
	for (size_t at = 0; map_next(&map, &at) != NULL;)
		walked++;
	assert_int_equal(walked, count);
	for (size_t i = 0; i < 500; i++)
		assert_ptr_equal(map_find(&map, i % 2 == 0 ? i : (uint64_t)i << 48), model[i]);
	map_free(&map);
	assert_null(map_find(&map, 1));
}

static void names_find_what_was_put(void **state)
{
	struct names names = { 0 };
	static char text[300][8];
	void *model[300] = { 0 };
	struct rng rng;

	(void)state;
	rng_seed_number(&rng, 9);
	for (size_t i = 0; i < 300; i++)
		for (size_t j = 0, n = i; j < 7; j++, n /= 3)
			text[i][j] = (char)('a' + n % 3);
	for (int step = 0; step < STEPS * 5; step++) {
		size_t i = rng_below(&rng, 300);
		struct str name = { text[i], 7 };
		if (rng_below(&rng, 2) == 0) {
			model[i] = &model[rng_below(&rng, 300)];
			names_put(&names, name, model[i]);
		} else {
			assert_ptr_equal(names_take(&names, name), model[i]);
			model[i] = NULL;
		}
		assert_ptr_equal(names_find(&names, name), model[i]);
	}
	size_t walked = 0, count = 0;
	for (size_t at = 0; names_next(&names, &at) != NULL;)
		walked++;
	for (size_t i = 0; i < 300; i++) {
		assert_ptr_equal(names_find(&names, (struct str){ text[i], 7 }), model[i]);
		count += model[i] != NULL;
	}
	assert_int_equal(walked, count);
	assert_null(names_find(&names, S("not there")));
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_keeps_order_and_lets_go),
		cmocka_unit_test(a_heap_gives_what_looking_at_all_gives),
		cmocka_unit_test(a_map_finds_what_was_put),
		cmocka_unit_test(names_find_what_was_put),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
