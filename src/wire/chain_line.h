/* chain_line.h - the audit log as lines of JSON: what `ringi audit export` writes. Pure.
 *
 *     {"audit_export":1,"chain":"UUID","after":0,"hash":"..."}
 *     {"seq":1,"at":"2026-11-23T09:00:00.000Z","principal":"key:admin","action":...,"hash":"..."}
 *     {"checkpoint":1000,"chain":"UUID","at":...,"hash":...,"key":...,"signature":...}
 *     {"end":1000,"hash":"..."}
 *
 * The head says behind which record the export begins (0: it has all), and that one's hash. Each
 * line has exactly one spelling: members in this order, no spaces, the absent ones left out,
 * hex in small letters. What is not spelled so is refused, so that no byte of a file can
 * change unseen. A record's `detail` and `personal` are JSON objects as texts, because their
 * bytes count. */
#ifndef RINGI_WIRE_CHAIN_LINE_H
#define RINGI_WIRE_CHAIN_LINE_H

#include "wire/chain.h"

enum chain_line_kind { CHAIN_HEAD, CHAIN_RECORD, CHAIN_CHECKPOINT, CHAIN_END };

struct chain_line {
	enum chain_line_kind kind;
	uint8_t chain[CHAIN_ID_SIZE];  /* of a head */
	int64_t seq;                   /* of head and end */
	uint8_t hash[CHAIN_HASH_SIZE]; /* of head and end */
	struct chain_record record;
	struct chain_checkpoint checkpoint;
};

/* With the line end. */
void chain_line_write(struct buf *, const struct chain_line *);
void chain_record_write(struct buf *, const struct chain_record *);
void chain_checkpoint_write(struct buf *, const struct chain_checkpoint *);

/* `line` without its end. Texts lie in the arena or in `line`. `scratch` is for comparing.
 * False: it is none of these, or spelled otherwise. */
bool chain_line_read(struct arena *, struct buf *scratch, struct str line, struct chain_line *);

#endif
