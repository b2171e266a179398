/* receipt.c - receipt handles. The one text of a receipt is the one that is read: spare
 * bits must be zero, so no two texts name the same receive. */
#include "domain/queue/receipt.h"

#include <assert.h>
#include <sodium.h>

enum { VERSION = 1, MAC_AT = 17, MAC_SIZE = 8, SIZE = MAC_AT + MAC_SIZE };

static_assert(crypto_shorthash_BYTES == MAC_SIZE, "the checksum fits");
static_assert(crypto_shorthash_KEYBYTES == 16, "the key fits");
static_assert((SIZE * 8 + 5) / 6 == RECEIPT_TEXT, "the text fits");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put(uint8_t *to, uint64_t n, int size)
{
	for (int i = 0; i < size; i++)
		to[i] = (uint8_t)(n >> (8 * i));
}

static uint64_t get(const uint8_t *from, int size)
{
	uint64_t n = 0;

	for (int i = 0; i < size; i++)
		n |= (uint64_t)from[i] << (8 * i);
	return n;
}

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

void receipt_write(const uint8_t key[16], struct receipt r, char text[RECEIPT_TEXT])
{
	uint8_t bytes[SIZE];
	unsigned bits = 0, held = 0;

	bytes[0] = VERSION;
	put(bytes + 1, r.queue, 4);
	put(bytes + 5, r.position, 8);
	put(bytes + 13, r.receive, 4);
	crypto_shorthash(bytes + MAC_AT, bytes, MAC_AT, key);
	for (int i = 0, at = 0; at < RECEIPT_TEXT; at++) {
		if (held < 6) {
			bits = bits << 8 | (i < SIZE ? bytes[i] : 0);
			held += 8;
			i++;
		}
		held -= 6;
		text[at] = alphabet[bits >> held & 63];
	}
}

static bool decode(struct str text, uint8_t bytes[SIZE])
{
	unsigned bits = 0, held = 0;

	if (text.len != RECEIPT_TEXT)
		return false;
	for (size_t at = 0, i = 0; at < RECEIPT_TEXT; at++) {
		int d = digit(text.at[at]);
		if (d < 0)
			return false;
		bits = bits << 6 | (unsigned)d;
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[i++] = (uint8_t)(bits >> held);
		}
	}
	return (bits & ((1u << held) - 1)) == 0;
}

bool receipt_read(const uint8_t key[16], struct str text, struct receipt *r)
{
	uint8_t bytes[SIZE], mac[MAC_SIZE];

	if (!decode(text, bytes) || bytes[0] != VERSION)
		return false;
	crypto_shorthash(mac, bytes, MAC_AT, key);
	if (sodium_memcmp(mac, bytes + MAC_AT, MAC_SIZE) != 0)
		return false;
	r->queue = (uint32_t)get(bytes + 1, 4);
	r->position = get(bytes + 5, 8);
	r->receive = (uint32_t)get(bytes + 13, 4);
	return true;
}
