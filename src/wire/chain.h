/* chain.h - what an audit record is made of, and the hash that ties it to the one before. Pure.
 *
 *     hash(n) = SHA-256( 0x00 | version 1 | chain id (16) | n (8) | at (8) | hash(n-1) (32)
 *                        | principal | on_behalf | action | resource | from | to
 *                        | request_id | trace_id | detail | origin | words )
 *
 * Numbers are big endian. Each field behind the fixed ones is its length (4 bytes) and its bytes;
 * an absent one is the length 0xffffffff and nothing, so that no two records have the same
 * bytes. The record before the first has the hash of 32 zero bytes.
 *
 * What may have to be forgotten is not in the record, but a commitment to it:
 *
 *     origin = SHA-256( 0x01 | 'o' | salt (16) | address | client )
 *     words  = SHA-256( 0x01 | 'w' | salt (16) | reason | personal )
 *
 * Salt and texts can be removed, and the commitment kept in their place: the chain still holds,
 * and nobody can find out the texts by trying. Without texts there is no commitment (absent).
 *
 * A checkpoint says how far the chain had come and is signed (wire/ed25519.h):
 *
 *     0x02 | version 1 | chain id (16) | seq (8) | hash(seq) (32) | at (8) | software
 *
 * docs/decisions says why each of these is as it is. The bytes never change their meaning: another
 * layout gets another version. */
#ifndef RINGI_WIRE_CHAIN_H
#define RINGI_WIRE_CHAIN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "wire/ed25519.h"

enum { CHAIN_HASH_SIZE = 32, CHAIN_ID_SIZE = 16, CHAIN_SALT_SIZE = 16 };

/* Two texts that may have to be forgotten. Either a salt (there is a text), or a digest (there
 * was one), or neither. */
struct chain_secret {
	struct str salt, digest; /* CHAIN_SALT_SIZE bytes, CHAIN_HASH_SIZE bytes */
	struct str texts[2];
};

/* Texts are lent. */
struct chain_record {
	int64_t seq; /* from 1, without gaps */
	int64_t at;  /* wall clock */
	struct str principal, on_behalf, action, resource, from, to, request_id, trace_id, detail;
	struct chain_secret origin; /* address, client */
	struct chain_secret words;  /* reason, personal */
	uint8_t hash[CHAIN_HASH_SIZE];
};

struct chain_checkpoint {
	uint8_t chain[CHAIN_ID_SIZE];
	int64_t seq, at;
	uint8_t hash[CHAIN_HASH_SIZE]; /* of the record `seq` */
	struct str software;           /* "0.1.0" */
	uint8_t public[ED25519_PUBLIC_SIZE], signature[ED25519_SIGNATURE_SIZE];
};

/* Of a record whose secrets are well formed: see chain_secret_good. */
void chain_hash(const uint8_t chain[CHAIN_ID_SIZE], const uint8_t before[CHAIN_HASH_SIZE],
                const struct chain_record *, uint8_t hash[CHAIN_HASH_SIZE]);

/* `kind` is 'o' or 'w'. */
void chain_commit(char kind, const struct chain_secret *, uint8_t digest[CHAIN_HASH_SIZE]);
/* Salt and texts, or a digest alone, or nothing; in their sizes. */
bool chain_secret_good(const struct chain_secret *);

/* What is signed. */
struct str chain_checkpoint_bytes(struct arena *, const struct chain_checkpoint *);
/* Whether the key that it names has signed it. */
bool chain_checkpoint_good(struct arena *, const struct chain_checkpoint *);

#endif
