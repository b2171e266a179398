/* row.c - a row of the table `audit` as a record. */
#include "domain/audit/memory.h"

bool audit_row_read(const struct value *v, int count, struct chain_record *r)
{
	must(count == AUDIT_COLUMNS);
	*r = (struct chain_record){
		.seq = v[0].number,
		.at = v[1].number,
		.principal = v[2].bytes,
		.on_behalf = v[3].bytes,
		.action = v[4].bytes,
		.resource = v[5].bytes,
		.from = v[6].bytes,
		.to = v[7].bytes,
		.request_id = v[8].bytes,
		.trace_id = v[9].bytes,
		.detail = v[10].bytes,
		.origin = { v[11].bytes, v[12].bytes, { v[13].bytes, v[14].bytes } },
		.words = { v[15].bytes, v[16].bytes, { v[17].bytes, v[18].bytes } },
	};
	if (v[19].bytes.len != CHAIN_HASH_SIZE || !chain_secret_good(&r->origin) ||
	    !chain_secret_good(&r->words))
		return false;
	memcpy(r->hash, v[19].bytes.at, CHAIN_HASH_SIZE);
	return true;
}
