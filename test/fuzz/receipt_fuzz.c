/* receipt_fuzz.c - any bytes as a receipt handle: what is read has exactly this text, and a
 * receipt made of the bytes is read back. */
#include "base/err.h"
#include "domain/queue/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t key[16] = "0123456789abcdef";
	struct receipt r = { 0 }, again;
	char text[RECEIPT_TEXT];

	if (receipt_read(key, (struct str){ (const char *)bytes, size }, &r)) {
		receipt_write(key, r, text);
		must(size == RECEIPT_TEXT && memcmp(text, bytes, RECEIPT_TEXT) == 0);
	}
	if (size < sizeof r.queue + sizeof r.position + sizeof r.receive)
		return 0;
	memcpy(&r.queue, bytes, sizeof r.queue);
	memcpy(&r.position, bytes + 4, sizeof r.position);
	memcpy(&r.receive, bytes + 12, sizeof r.receive);
	receipt_write(key, r, text);
	must(receipt_read(key, (struct str){ text, RECEIPT_TEXT }, &again));
	must(again.queue == r.queue && again.position == r.position && again.receive == r.receive);
	return 0;
}
