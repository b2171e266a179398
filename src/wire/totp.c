/* totp.c - one-time codes. */
#include "wire/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "wire/hash.h"

void totp_code(struct str secret, int64_t step, char code[TOTP_DIGITS + 1])
{
	uint8_t counter[8], mac[SHA1_SIZE];
	unsigned len = sizeof mac;

	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	must(HMAC(EVP_sha1(), secret.at, (int)secret.len, counter, sizeof counter, mac, &len) != NULL);
	unsigned at = mac[SHA1_SIZE - 1] & 0x0F;
	uint32_t number = ((uint32_t)(mac[at] & 0x7F) << 24) | ((uint32_t)mac[at + 1] << 16) |
	                  ((uint32_t)mac[at + 2] << 8) | mac[at + 3];
	snprintf(code, TOTP_DIGITS + 1, "%06u", (unsigned)(number % 1000000));
}

int64_t totp_step_of(struct str secret, struct str code, int64_t after, int64_t wall_ms)
{
	int64_t now = wall_ms / 1000 / TOTP_STEP_S, found = 0;
	char text[TOTP_DIGITS + 1];

	for (int64_t step = now - 1; step <= now + 1; step++) {
		totp_code(secret, step, text);
		if (str_eq_secret((struct str){ text, TOTP_DIGITS }, code) && step > after && found == 0)
			found = step;
	}
	return found;
}

struct str base32_text(struct arena *a, struct str bytes)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *text = arena_get(a, bytes.len * 8 / 5 + 2);
	size_t len = 0;
	uint32_t held = 0;
	int bits = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		held = (held << 8 | (uint8_t)bytes.at[i]) & 0xFFFF;
		for (bits += 8; bits >= 5; bits -= 5)
			text[len++] = letters[held >> (bits - 5) & 31];
	}
	if (bits > 0)
		text[len++] = letters[held << (5 - bits) & 31];
	return (struct str){ text, len };
}
