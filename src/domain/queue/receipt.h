/* receipt.h - receipt handles: one receive of one message <-> the text that clients keep.
 *
 * A handle is 25 bytes in URL-safe base64 (34 characters): version 1, queue, position,
 * receive number (all little-endian), and a keyed checksum of the 17 bytes before it
 * (SipHash-2-4 with the server's receipt key). The checksum keeps strangers from
 * guessing handles; a handle is not a secret beyond that. Pure, any thread. */
#ifndef RINGI_DOMAIN_QUEUE_RECEIPT_H
#define RINGI_DOMAIN_QUEUE_RECEIPT_H

#include "domain/queue/queue.h"

enum { RECEIPT_TEXT = 34 };

/* Writes exactly RECEIPT_TEXT characters, no NUL. */
void receipt_write(const uint8_t key[16], struct receipt, char text[RECEIPT_TEXT]);
/* False for anything that receipt_write with the same key did not write. */
bool receipt_read(const uint8_t key[16], struct str text, struct receipt *);

#endif
