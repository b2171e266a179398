/* outbox.c - calls that must be made: written, taken, reported on. */
#include "domain/outbox/outbox.h"

const struct outbox_kind *outbox_kind(struct str name)
{
	for (int i = 0; outbox_kinds[i] != NULL; i++)
		if (str_is(name, outbox_kinds[i]->name))
			return outbox_kinds[i];
	return NULL;
}

enum err outbox_put(struct batch *b, struct str kind, struct str owner, struct str url,
                    struct str payload)
{
	must(outbox_kind(kind) != NULL && owner.len > 0 && url.len > 0); /* O3 */
	b->outbox_grew = true;
	return store_run(b->store, STMT_OUTBOX_INSERT,
	                 VALUES(value_int(b->now.wall_ms), value_text(kind), value_text(owner),
	                        value_text(url), value_text(payload)),
	                 NULL, NULL);
}

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static struct outbox_row row_of(struct arena *a, const struct value *v, int count)
{
	must(count == 8);
	return (struct outbox_row){
		.id = v[0].number,
		.lease = v[1].number,
		.attempts = (int)v[2].number,
		.kind = arena_str(a, v[3].bytes),
		.owner = arena_str(a, v[4].bytes),
		.url = arena_str(a, v[5].bytes),
		.payload = arena_str(a, v[6].bytes),
		.created_at = v[7].number,
	};
}

/* ---- taking */

static enum err got_due(void *context, const struct value *v, int count)
{
	struct cmd *c = context;
	struct outbox_take *p = c->in;

	must(p->count < p->max);
	p->rows[p->count++] = row_of(c->arena, v, count);
	return OK;
}

static enum err read_due(struct batch *b, struct cmd *c)
{
	struct outbox_take *p = c->in;
	struct value v[2 + OUTBOX_FULL_MAX] = { value_int(b->now.wall_ms), value_int(p->max) };

	for (int i = 0; i < OUTBOX_FULL_MAX; i++)
		v[2 + i] = value_text(i < p->full_count ? p->full[i] : S(""));
	return store_run(b->store, STMT_OUTBOX_DUE, v, 2 + OUTBOX_FULL_MAX, got_due, c);
}

/* Leases the wanted rows and drops the others. */
static enum err lease_rows(struct batch *b, struct outbox_take *p)
{
	int kept = 0;

	for (int i = 0; i < p->count; i++) {
		struct outbox_row row = p->rows[i];
		const struct outbox_kind *kind = outbox_kind(row.kind);
		if (kind == NULL || !kind->wanted(b, &row)) {
			TRY(store_run(b->store, STMT_OUTBOX_DELETE, VALUES(value_int(row.id)), NULL, NULL));
			continue;
		}
		must(row.lease <= b->now.wall_ms); /* O2: what is leased is not due */
		row.lease = b->now.wall_ms + OUTBOX_LEASE_MS;
		TRY(store_run(b->store, STMT_OUTBOX_LEASE, VALUES(value_int(row.id), value_int(row.lease)),
		              NULL, NULL));
		p->rows[kept++] = row;
	}
	p->count = kept;
	return OK;
}

static enum err got_next(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err take_write(struct batch *b, struct cmd *c)
{
	struct outbox_take *p = c->in;
	int64_t next = NEVER;

	must(p->max >= 0 && p->max <= OUTBOX_TAKE_MAX && p->full_count <= OUTBOX_FULL_MAX);
	p->rows = ARENA_ARRAY(c->arena, struct outbox_row, p->max + 1);
	p->count = 0;
	TRY(read_due(b, c));
	bool more = p->count == p->max;
	TRY(lease_rows(b, p));
	TRY(store_run(b->store, STMT_OUTBOX_NEXT, VALUES(value_int(b->now.wall_ms)), got_next, &next));
	p->wait_ms = more ? 0 : next == NEVER ? NEVER : next - b->now.wall_ms;
	return OK;
}

const struct op op_outbox_take = {
	.name = "outbox_take",
	.lane = LANE_WRITE,
	.check = nothing,
	.write = take_write,
};

/* ---- reporting */

struct one {
	struct arena *arena;
	struct outbox_row row;
};

static enum err got_one(void *context, const struct value *v, int count)
{
	struct one *one = context;

	must(one->row.id == 0);
	one->row = row_of(one->arena, v, count);
	return OK;
}

static enum err end_row(struct batch *b, const struct outbox_kind *kind,
                        const struct outbox_row *row, bool well)
{
	TRY(store_run(b->store, STMT_OUTBOX_DELETE, VALUES(value_int(row->id)), NULL, NULL));
	return kind == NULL ? OK : kind->ended(b, row, well);
}

static enum err done_write(struct batch *b, struct cmd *c)
{
	struct outbox_done *p = c->in;
	struct one one = { .arena = c->arena };

	p->wait_ms = NEVER;
	TRY(store_run(b->store, STMT_OUTBOX_ONE, VALUES(value_int(p->id)), got_one, &one));
	if (one.row.id == 0 || one.row.lease != p->lease)
		return OK; /* O2: a report that came too late */
	const struct outbox_kind *kind = outbox_kind(one.row.kind);
	if (p->result == OUTBOX_DONE || kind == NULL)
		return end_row(b, kind, &one.row, p->result == OUTBOX_DONE);
	int64_t wait = p->result == OUTBOX_FINAL || !kind->wanted(b, &one.row)
	                   ? -1
	                   : kind->retry_ms(b, &one.row, one.row.attempts + 1);
	must(wait >= -1 && p->retry_after_ms <= PUSH_RETRY_AFTER_MAX_MS);
	if (wait < 0)
		return end_row(b, kind, &one.row, false);
	if (kind->patient && wait < p->retry_after_ms)
		wait = p->retry_after_ms;
	p->wait_ms = wait;
	return store_run(b->store, STMT_OUTBOX_RETRY,
	                 VALUES(value_int(p->id), value_int(b->now.wall_ms + wait),
	                        value_int(one.row.attempts + 1)),
	                 NULL, NULL);
}

const struct op op_outbox_done = {
	.name = "outbox_done",
	.lane = LANE_WRITE,
	.drains = true,
	.check = nothing,
	.write = done_write,
};
