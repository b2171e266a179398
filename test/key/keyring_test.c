/* keyring_test.c - the front door's copy of the keys: found, swapped, signing keys kept. */
#include "check.h"

#include <pthread.h>
#include <stdio.h>

#include "api/keyring.h"

static const uint8_t master[SEAL_KEY_SIZE] = { 7 };
static const uint8_t nonce[SEAL_NONCE_SIZE] = { 1 };

/* Keys as the engine has them. */
struct shelf {
	struct arena *arena;
	struct keys keys;
};

static struct access_key *put(struct shelf *s, const char *id, const char *name, const char *secret,
                              const char *token)
{
	struct access_key *k = ARENA_NEW(s->arena, struct access_key);
	uint8_t *hash = arena_get(s->arena, SHA256_SIZE);

	sha256(str_of(token), hash);
	k->id = str_of(id);
	k->name = str_of(name);
	k->rules = S("[\"sqs:*:a*\",\"sns:Publish:news\"]");
	k->sealed = seal(s->arena, master, nonce, k->id, str_of(secret));
	k->token_hash = (struct str){ (const char *)hash, SHA256_SIZE };
	names_put(&s->keys.by_name, k->name, k);
	return k;
}

static struct shelf shelf_of_two(void)
{
	struct shelf s = { .arena = arena_open() };

	put(&s, "RKONE", "one", "secret-1", "token-1");
	put(&s, "RKTWO", "two", "secret-2", "token-2");
	return s;
}

static void shelf_close(struct shelf *s)
{
	names_free(&s->keys.by_name);
	arena_close(s->arena);
}

static void keys_are_found_by_id_name_and_token(void **state)
{
	struct shelf s = shelf_of_two();
	struct keyring_place *place = keyring_place_open(
		keyring_new(&s.keys, NULL, master, nonce, NULL));
	struct keyring_loop loop = { 0 };

	(void)state;
	shelf_close(&s); /* the ring has copied what it needs */
	const struct keyring *r = keyring_now(place, &loop);
	struct ring_key *one = keyring_by_id(r, S("RKONE"));
	assert_non_null(one);
	check_text(one->principal, "key:one");
	assert_int_equal(one->grant.count, 2);
	check_text(one->grant.rules[1].resource, "news");
	assert_ptr_equal(keyring_by_name(r, S("one")), one);
	assert_ptr_equal(keyring_by_token(r, S("token-1")), one);
	assert_null(keyring_by_id(r, S("RKNONE")));
	assert_null(keyring_by_id(r, S("(nobody)")));
	assert_null(keyring_by_token(r, S("token-3")));
	assert_null(keyring_by_token(r, S("")));
	assert_null(keyring_by_token(r, S("secret-1")));
	keyring_loop_close(&loop);
	keyring_place_close(place);
}

static void a_ring_opens_only_with_its_master_key(void **state)
{
	static const uint8_t another[SEAL_KEY_SIZE] = { 8 };
	struct shelf s = shelf_of_two();
	struct keyring_place *place = keyring_place_open(
		keyring_new(&s.keys, NULL, master, nonce, NULL));

	(void)state;
	assert_true(keyring_opens(keyring_newest(place), master));
	assert_false(keyring_opens(keyring_newest(place), another));
	keyring_place_close(place);
	shelf_close(&s);
}

static void after_a_swap_the_old_keys_are_gone(void **state)
{
	struct shelf s = shelf_of_two(), next = { .arena = arena_open() };
	struct keyring_place *place = keyring_place_open(
		keyring_new(&s.keys, NULL, master, nonce, NULL));
	struct keyring_loop loop = { 0 }, sleeper = { 0 };

	(void)state;
	const struct keyring *before = keyring_now(place, &loop);
	(void)keyring_now(place, &sleeper);
	atomic_store(&keyring_by_id(before, S("RKTWO"))->used_ms, 42);
	names_take(&s.keys.by_name, S("one"));
	keyring_swap(place, keyring_new(&s.keys, NULL, master, nonce, keyring_newest(place)));
	assert_non_null(keyring_by_id(before, S("RKONE"))); /* this loop still holds it */
	const struct keyring *after = keyring_now(place, &loop);
	assert_null(keyring_by_id(after, S("RKONE")));
	assert_int_equal(atomic_load(&keyring_by_id(after, S("RKTWO"))->used_ms), 42);
	keyring_swap(place, keyring_new(&next.keys, NULL, master, nonce, NULL));
	assert_null(keyring_by_id(keyring_now(place, &sleeper), S("RKTWO")));
	keyring_loop_close(&loop);
	keyring_loop_close(&sleeper);
	keyring_place_close(place);
	shelf_close(&s);
	shelf_close(&next);
}

static void broken_rules_allow_nothing(void **state)
{
	struct shelf s = { .arena = arena_open() };

	(void)state;
	put(&s, "RKA", "a", "s", "t")->rules = S("[\"*:*:*\",\"nonsense\"]");
	put(&s, "RKB", "b", "s", "u")->rules = S("{}");
	put(&s, "RKC", "c", "s", "v")->rules = S("");
	struct keyring_place *place = keyring_place_open(
		keyring_new(&s.keys, NULL, master, nonce, NULL));
	for (const char *name = "abc"; *name != '\0'; name++)
		assert_int_equal(keyring_by_name(keyring_newest(place), (struct str){ name, 1 })
		                     ->grant.count,
		                 0);
	keyring_place_close(place);
	shelf_close(&s);
}

static struct sigv4_claim claim_of(struct str day, struct str region, struct str service)
{
	return (struct sigv4_claim){ .day = day, .region = region, .service = service };
}

static void signing_keys_are_those_of_the_secret(void **state)
{
	struct shelf s = shelf_of_two();
	struct keyring_place *place = keyring_place_open(
		keyring_new(&s.keys, NULL, master, nonce, NULL));
	struct keyring_loop *loop = mem_get(sizeof *loop);
	const struct keyring *r = keyring_now(place, loop);
	uint8_t right[SHA256_SIZE], got[SHA256_SIZE];
	char region[200];

	(void)state;
	memset(region, 'r', sizeof region);
	for (int i = 0; i < 1000; i++) { /* more than are kept, and each more than once */
		char day[9];
		snprintf(day, sizeof day, "2026%04d", i % 400);
		bool one = i % 2 == 0;
		struct sigv4_claim c = claim_of(str_of(day),
		                                i % 5 == 0 ? (struct str){ region, 150 } : S("us-east-1"),
		                                S("sqs"));
		keyring_day_key(loop, keyring_by_id(r, one ? S("RKONE") : S("RKTWO")), master, &c, got);
		sigv4_derive_key(one ? S("secret-1") : S("secret-2"), c.day, c.region, c.service, right);
		assert_memory_equal(got, right, sizeof right);
	}
	struct sigv4_claim c = claim_of(S("20261122"), S("us-east-1"), S("sqs"));
	keyring_day_key(loop, keyring_nobody(r), master, &c, got); /* costs the same, opens nothing */
	keyring_loop_close(loop);
	mem_free(loop);
	keyring_place_close(place);
	shelf_close(&s);
}

/* ---- one thread swaps, others look */

struct looker {
	struct keyring_place *place;
	atomic_bool *stop;
	int64_t seen;
};

static void *look(void *context)
{
	struct looker *l = context;
	struct keyring_loop *loop = mem_get(sizeof *loop);

	while (!atomic_load(l->stop)) {
		const struct ring_key *k = keyring_by_name(keyring_now(l->place, loop), S("two"));
		l->seen += k != NULL && str_is(k->id, "RKTWO") && k->grant.count == 2;
	}
	keyring_loop_close(loop);
	mem_free(loop);
	return NULL;
}

static void swapping_under_lookers(void **state)
{
	struct shelf s = shelf_of_two();
	struct keyring_place *place = keyring_place_open(
		keyring_new(&s.keys, NULL, master, nonce, NULL));
	atomic_bool stop = false;
	struct looker lookers[2] = { { place, &stop, 0 }, { place, &stop, 0 } };
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look, &lookers[i]), 0);
	for (int i = 0; i < 2000; i++)
		keyring_swap(place, keyring_new(&s.keys, NULL, master, nonce, keyring_newest(place)));
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	keyring_place_close(place);
	shelf_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_by_id_name_and_token),
		cmocka_unit_test(a_ring_opens_only_with_its_master_key),
		cmocka_unit_test(after_a_swap_the_old_keys_are_gone),
		cmocka_unit_test(broken_rules_allow_nothing),
		cmocka_unit_test(signing_keys_are_those_of_the_secret),
		cmocka_unit_test(swapping_under_lookers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
