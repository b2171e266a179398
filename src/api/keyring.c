/* keyring.c - the access keys as the front door needs them. R1 to R3: keyring.h. */
#include "api/keyring.h"

#include <pthread.h>
#include <stdio.h>

#include "wire/hash.h"
#include "wire/json.h"

struct keyring {
	atomic_int holders;
	struct arena *arena; /* lifetime: the ring; it lies in it */
	struct names by_id, by_name, by_token;
	struct ring_key nobody;
	struct roster *roster;
};

/* ---- made and freed */

int keyring_rules(struct arena *a, struct str text, struct rule **rules)
{
	struct str why;
	const char *piece;
	const struct json *json = json_read(a, text, &why);
	int count = 0;

	if (!json_is(json, JSON_ARRAY))
		return -1;
	*rules = ARENA_ARRAY(a, struct rule, json->count + 1);
	JSON_EACH (json, v)
		if (!rule_read(json_text(v), &(*rules)[count++], &piece))
			return -1;
	return count;
}

/* A rule that cannot be read allows nothing, and neither do its neighbours. */
static void add(struct keyring *r, const struct access_key *from, const struct keyring *before)
{
	struct ring_key *k = ARENA_NEW(r->arena, struct ring_key);
	struct ring_key *old = before == NULL ? NULL : keyring_by_id(before, from->id);

	k->id = arena_str(r->arena, from->id);
	k->name = arena_str(r->arena, from->name);
	k->principal = arena_printf(r->arena, "key:%.*s", S_ARG(from->name));
	k->sealed = arena_str(r->arena, from->sealed);
	k->token_hash = arena_str(r->arena, from->token_hash);
	k->expires_at = from->expires_at;
	struct rule *rules = NULL;
	int count = keyring_rules(r->arena, from->rules, &rules);
	k->grant = (struct grant){ .rules = rules, .count = count < 0 ? 0 : count };
	atomic_init(&k->used_ms, old == NULL ? 0 : atomic_load(&old->used_ms));
	names_put(&r->by_id, k->id, k);
	names_put(&r->by_name, k->name, k);
	names_put(&r->by_token, k->token_hash, k);
}

struct keyring *keyring_new(const struct keys *keys, const struct accounts *accounts,
                            const uint8_t master[SEAL_KEY_SIZE],
                            const uint8_t nonce[SEAL_NONCE_SIZE], const struct keyring *before)
{
	struct arena *ring_arena = arena_open();
	struct keyring *r = ARENA_NEW(ring_arena, struct keyring);
	const struct access_key *k;
	size_t at = 0;

	r->arena = ring_arena;
	atomic_init(&r->holders, 1);
	while (keys != NULL && (k = names_next(&keys->by_name, &at)) != NULL)
		add(r, k, before);
	r->roster = roster_new(ring_arena, accounts);
	r->nobody.id = S("(nobody)");
	r->nobody.sealed = seal(ring_arena, master, nonce, r->nobody.id,
	                        S("a secret as long as those of real keys.."));
	return r;
}

static void let_go(struct keyring *r)
{
	if (r == NULL || atomic_fetch_sub(&r->holders, 1) > 1)
		return;
	names_free(&r->by_id);
	names_free(&r->by_name);
	names_free(&r->by_token);
	roster_close(r->roster);
	arena_close(r->arena);
}

bool keyring_opens(const struct keyring *r, const uint8_t master[SEAL_KEY_SIZE])
{
	char secret[SEAL_TEXT_MAX];
	const struct ring_key *k;
	size_t at = 0;
	bool good = true;

	while (good && (k = names_next(&r->by_id, &at)) != NULL)
		good = seal_open(master, k->id, k->sealed, secret) > 0;
	seal_wipe(secret, sizeof secret);
	return good;
}

/* ---- found */

struct ring_key *keyring_by_id(const struct keyring *r, struct str id)
{
	return names_find(&r->by_id, id);
}

struct ring_key *keyring_by_name(const struct keyring *r, struct str name)
{
	return names_find(&r->by_name, name);
}

/* What time tells about the search is about the hash, from which no token follows. */
struct ring_key *keyring_by_token(const struct keyring *r, struct str token)
{
	uint8_t hash[SHA256_SIZE];

	sha256(token, hash);
	struct str text = { (const char *)hash, sizeof hash };
	struct ring_key *k = names_find(&r->by_token, text);
	return k != NULL && str_eq_secret(k->token_hash, text) ? k : NULL;
}

const struct roster *keyring_roster(const struct keyring *r)
{
	return r->roster;
}

struct ring_key *keyring_nobody(const struct keyring *r)
{
	return (struct ring_key *)&r->nobody;
}

/* ---- the place of the newest one */

struct keyring_place {
	pthread_mutex_t mutex; /* of `newest` and of taking hold of it */
	struct keyring *newest;
	_Atomic int64_t version; /* grows with each swap; begins at 1 */
};

struct keyring_place *keyring_place_open(struct keyring *first)
{
	struct keyring_place *p = mem_get(sizeof *p);

	pthread_mutex_init(&p->mutex, NULL);
	p->newest = first;
	atomic_init(&p->version, 1);
	return p;
}

struct keyring_place *keyring_place_close(struct keyring_place *p)
{
	if (p == NULL)
		return NULL;
	let_go(p->newest);
	pthread_mutex_destroy(&p->mutex);
	return mem_free(p);
}

void keyring_swap(struct keyring_place *p, struct keyring *next)
{
	pthread_mutex_lock(&p->mutex);
	struct keyring *before = p->newest;
	p->newest = next;
	atomic_fetch_add(&p->version, 1);
	pthread_mutex_unlock(&p->mutex);
	let_go(before);
}

const struct keyring *keyring_newest(struct keyring_place *p)
{
	return p->newest;
}

const struct keyring *keyring_now(struct keyring_place *p, struct keyring_loop *l)
{
	if (atomic_load(&p->version) == l->version)
		return l->held;
	struct keyring *before = l->held;
	pthread_mutex_lock(&p->mutex);
	l->held = p->newest;
	l->version = atomic_load(&p->version);
	atomic_fetch_add(&l->held->holders, 1);
	pthread_mutex_unlock(&p->mutex);
	let_go(before);
	return l->held;
}

const struct keyring *keyring_held(const struct keyring_loop *l)
{
	must(l->held != NULL);
	return l->held;
}

void keyring_loop_close(struct keyring_loop *l)
{
	let_go(l->held);
	seal_wipe(l, sizeof *l);
}

/* ---- signing keys */

static void derive(const struct ring_key *k, const uint8_t master[SEAL_KEY_SIZE],
                   const struct sigv4_claim *claim, uint8_t key[SHA256_SIZE])
{
	char secret[SEAL_TEXT_MAX];
	int len = seal_open(master, k->id, k->sealed, secret);

	must(len >= 0); /* keyring_opens was asked at start, and new ones were sealed with it */
	sigv4_derive_key((struct str){ secret, (size_t)len }, claim->day, claim->region, claim->service,
	                 key);
	seal_wipe(secret, sizeof secret);
}

void keyring_day_key(struct keyring_loop *l, const struct ring_key *k,
                     const uint8_t master[SEAL_KEY_SIZE], const struct sigv4_claim *claim,
                     uint8_t key[SHA256_SIZE])
{
	char name[DAY_KEY_NAME_MAX + 1];
	int n = snprintf(name, sizeof name, "%.*s/%.*s/%.*s/%.*s", S_ARG(k->id), S_ARG(claim->day),
	                 S_ARG(claim->region), S_ARG(claim->service));
	struct str text = { name, (size_t)n };

	if (n < 0 || (size_t)n > DAY_KEY_NAME_MAX) { /* nobody has such a region */
		derive(k, master, claim, key);
		return;
	}
	struct day_key *d = &l->day_keys[str_hash(text) % DAY_KEYS];
	if (d->length != n || memcmp(d->name, name, (size_t)n) != 0) {
		derive(k, master, claim, d->key);
		d->length = (uint8_t)n;
		memcpy(d->name, name, (size_t)n);
	}
	memcpy(key, d->key, SHA256_SIZE);
}
