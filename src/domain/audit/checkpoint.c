/* checkpoint.c - how far the chain has come, signed: what somebody can keep elsewhere.
 *
 *     nothing new --a record--> due in AUDIT_CHECKPOINT_MS --...--> signed: nothing new
 *                                  AUDIT_CHECKPOINT_RECORDS of them: due at once
 *
 * The key is in the rows, sealed with the master key, which is not. A key that cannot be opened
 * (a backup without its master key) is followed by a new one, and a record says so: who has the
 * old public key elsewhere learns that another one signs from then on. */
#include "base/limits.h"
#include "domain/audit/memory.h"
#include "domain/domain.h"
#include "wire/hash.h"
#include "wire/seal.h"

enum { AGAIN_MS = 100 }; /* after a batch that failed */

static enum err no_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

/* ---- when */

int64_t audits_next(const struct domain *d)
{
	return d->audits == NULL || !d->audits->can_sign ? NEVER : d->audits->checkpoint_at_mono;
}

static void plan(struct audits *a, int64_t seq, struct now now)
{
	int64_t new_ones = seq - a->signed_seq;

	must(new_ones >= 0);
	if (new_ones == 0)
		a->checkpoint_at_mono = NEVER;
	else if (new_ones >= AUDIT_CHECKPOINT_RECORDS)
		a->checkpoint_at_mono = now.mono_ms;
	else if (a->checkpoint_at_mono == NEVER)
		a->checkpoint_at_mono = now.mono_ms + AUDIT_CHECKPOINT_MS;
}

void audits_committed(struct batch *b)
{
	struct audits *a = b->domain->audits;

	if (b->audit_head == NULL || a == NULL)
		return;
	if (b->audit_head->signed_seq > a->signed_seq) {
		a->signed_seq = b->audit_head->signed_seq;
		a->checkpoint_at_mono = NEVER;
	}
	plan(a, b->audit_head->seq, b->now);
}

void audits_rolled_back(struct batch *b)
{
	struct audits *a = b->domain->audits;

	if (a != NULL && a->checkpoint_at_mono <= b->now.mono_ms)
		a->checkpoint_at_mono = b->now.mono_ms + AGAIN_MS;
}

/* ---- signing */

static enum err checkpoint_write(struct batch *b, struct cmd *c)
{
	struct audits *a = b->domain->audits;
	struct audit_head *head;
	struct chain_checkpoint to = { .at = b->now.wall_ms, .software = S(RINGI_VERSION) };

	(void)c;
	TRY(audit_head(b, &head));
	if (!a->can_sign || head->seq == a->signed_seq)
		return OK;
	must(head->seq > a->signed_seq);
	memcpy(to.chain, a->chain, sizeof to.chain);
	to.seq = head->seq;
	memcpy(to.hash, head->hash, sizeof to.hash);
	ed25519_sign(a->seed, chain_checkpoint_bytes(b->arena, &to), to.signature);
	TRY(store_run(b->store, STMT_AUDIT_CHECKPOINT_INSERT,
	              VALUES(value_int(to.seq), blob_of(to.hash, sizeof to.hash), value_int(to.at),
	                     value_text(to.software), value_int(a->key_id),
	                     blob_of(to.signature, sizeof to.signature)),
	              NULL, NULL));
	head->signed_seq = to.seq;
	return OK;
}

const struct op op_audit_checkpoint = {
	.name = "audit_checkpoint",
	.lane = LANE_WRITE,
	.drains = true,
	.check = no_check,
	.write = checkpoint_write,
};

/* ---- the key */

struct found_key {
	int64_t id; /* 0: there is none */
	uint8_t public[ED25519_PUBLIC_SIZE];
	struct str sealed;
	struct arena *arena;
};

static enum err take_key(void *context, const struct value *columns, int count)
{
	struct found_key *k = context;

	must(count == 3);
	if (columns[1].bytes.len != sizeof k->public)
		return ERR_CORRUPT;
	k->id = columns[0].number;
	memcpy(k->public, columns[1].bytes.at, sizeof k->public);
	k->sealed = arena_str(k->arena, columns[2].bytes);
	return OK;
}

static struct str bound_to(struct arena *a, int64_t id)
{
	return arena_printf(a, "audit key %lld", (long long)id);
}

/* Whether the master key opens it; then the log is signed with it. */
static bool open_key(struct audits *a, const struct found_key *k, const uint8_t *master_key)
{
	char seed[SEAL_TEXT_MAX];
	int size = seal_open(master_key, bound_to(k->arena, k->id), k->sealed, seed);
	bool good = size == ED25519_SEED_SIZE;

	if (good) {
		memcpy(a->seed, seed, sizeof a->seed);
		ed25519_public(a->seed, a->public);
		good = memcmp(a->public, k->public, sizeof a->public) == 0;
	}
	seal_wipe(seed, sizeof seed);
	if (good)
		a->key_id = k->id;
	return good;
}

static struct str hex_of(struct arena *a, const uint8_t *bytes, size_t size)
{
	char hex[2 * ED25519_PUBLIC_SIZE + 1];

	must(size <= ED25519_PUBLIC_SIZE);
	hex_text(bytes, size, hex);
	return arena_str(a, str_of(hex));
}

static enum err make_key(struct batch *b, const struct cmd *c, const struct found_key *old,
                         const uint8_t *master_key)
{
	struct audits *a = b->domain->audits;
	uint8_t nonce[SEAL_NONCE_SIZE];

	rng_bytes(b->rng, a->seed, sizeof a->seed);
	rng_bytes(b->rng, nonce, sizeof nonce);
	ed25519_public(a->seed, a->public);
	a->key_id = old->id + 1;
	struct str sealed = seal(b->arena, master_key, nonce, bound_to(b->arena, a->key_id),
	                         (struct str){ (const char *)a->seed, sizeof a->seed });
	TRY(store_run(b->store, STMT_AUDIT_KEY_INSERT,
	              VALUES(value_int(a->key_id), blob_of(a->public, sizeof a->public),
	                     value_blob(sealed), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "audit.key",
						 .resource = audit_name(b, "audit", S("key")),
						 .from = old->id == 0 ? S_NONE
	                                          : hex_of(b->arena, old->public, sizeof old->public),
						 .to = hex_of(b->arena, a->public, sizeof a->public) });
}

static enum err take_seq(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err key_open_write(struct batch *b, struct cmd *c)
{
	struct audit_key_open *p = c->in;
	struct audits *a = b->domain->audits;
	struct found_key old = { .arena = b->arena };
	struct audit_head *head;

	a->can_sign = false;
	TRY(store_run(b->store, STMT_AUDIT_KEY_LAST, NO_VALUES, take_key, &old));
	bool opened = old.id > 0 && open_key(a, &old, p->master_key);
	p->made = !opened;
	p->lost = !opened && old.id > 0;
	if (!opened)
		TRY(make_key(b, c, &old, p->master_key));
	TRY(store_run(b->store, STMT_AUDIT_CHECKPOINT_LAST, NO_VALUES, take_seq, &a->signed_seq));
	TRY(audit_head(b, &head)); /* so that what is not signed yet will be */
	a->can_sign = true;
	return OK;
}

const struct op op_audit_key_open = {
	.name = "audit_key_open",
	.lane = LANE_WRITE,
	.check = no_check,
	.write = key_open_write,
};
