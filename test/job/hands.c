/* hands.c - see hands.h. */
#include "job/hands.h"

#include <string.h>

#include "wire/hash.h"

static void set_body(struct world *w, struct send_entry *e, struct str body)
{
	uint8_t *digest = arena_get(w->arena, MD5_SIZE);

	md5(body, digest);
	e->body = body;
	e->body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	e->size = body.len;
}

struct job_submit *to_submit(struct world *w, const char *queue, int count)
{
	struct job_submit *p = ARENA_NEW(w->arena, struct job_submit);

	p->queue = str_of(queue);
	p->count = count;
	p->many = count > 1;
	p->entries = ARENA_ARRAY(w->arena, struct job_entry, count);
	for (int i = 0; i < count; i++) {
		struct send_entry *e = &p->entries[i].send;
		set_body(w, e, arena_printf(w->arena, "%d", i));
		e->delay_s = -1;
		e->priority = -1;
	}
	return p;
}

struct job_reports *to_report(struct world *w, struct uuid id, struct receipt lease)
{
	struct job_reports *p = ARENA_NEW(w->arena, struct job_reports);

	p->count = 1;
	p->reports = ARENA_NEW(w->arena, struct job_report);
	p->reports[0] = (struct job_report){
		.id = id, .lease = lease, .progress = -1, .said = { .delay_ms = -1 }
	};
	return p;
}

struct job_named *to_name(struct world *w, struct uuid id)
{
	struct job_named *p = ARENA_NEW(w->arena, struct job_named);

	p->id = id;
	return p;
}

const char *ended(struct world *w, const struct cmd *c)
{
	if (c == NULL || !world_has_answered(w, c))
		return "PARKED";
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

struct uuid submitted(struct world *w, const char *queue, const char *payload)
{
	struct job_submit *p = to_submit(w, queue, 1);

	set_body(w, &p->entries[0].send, str_of(payload));
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	return p->entries[0].send.message_id;
}

struct receipt claimed(struct world *w, const char *queue)
{
	struct queue_receive *p = world_receive_as(w, queue,
	                                           (struct queue_receive){
												   .max = 1,
												   .visibility_s = -1,
												   .claim = true,
											   });

	return p->count == 0 ? (struct receipt){ 0 } : p->messages[0].receipt;
}

const char *complete(struct world *w, struct uuid id, struct receipt lease)
{
	return ended(w, world_run(w, &op_job_complete, to_report(w, id, lease)));
}

const char *gives_up(struct world *w, struct uuid id, struct receipt lease, bool final)
{
	struct job_reports *p = to_report(w, id, lease);

	p->reports[0].said.final = final;
	p->reports[0].said.error = S("{\"code\":\"BAD\"}");
	return ended(w, world_run(w, &op_job_fail, p));
}

const char *beat(struct world *w, struct uuid id, struct receipt lease, int64_t lease_ms)
{
	struct job_reports *p = to_report(w, id, lease);

	p->reports[0].lease_ms = lease_ms;
	return ended(w, world_run(w, &op_job_heartbeat, p));
}

const char *cancel(struct world *w, struct uuid id)
{
	return ended(w, world_run(w, &op_job_cancel, to_name(w, id)));
}

const char *retry(struct world *w, struct uuid id)
{
	return ended(w, world_run(w, &op_job_retry, to_name(w, id)));
}

struct cmd *wait_for(struct world *w, struct uuid id, int64_t wait_ms)
{
	struct job_named *p = to_name(w, id);
	struct cmd *c = world_cmd(w, &op_job_wait, p);

	p->wait_ms = wait_ms;
	world_run_batch(w, &c, 1);
	return c;
}

const char *found(const struct cmd *c)
{
	const struct job_named *p = c->in;

	return p->row == NULL ? "" : job_state_name(p->row->state).at;
}

static int index_of(const struct uuid *all, int count, const struct uuid *id)
{
	for (int i = 0; i < count; i++)
		if (memcmp(&all[i], id, sizeof *id) == 0)
			return i;
	return -1;
}

const char *listed(struct world *w, struct job_list *p, const struct uuid *all, int count)
{
	struct cmd *c = world_cmd(w, &op_job_list, p);
	struct str text = S("");
	struct store *reader;
	char detail[256];

	must(store_open_reader(&reader, w->place.at, detail) == OK);
	must(cmd_read(c, reader, w->now) == OK);
	store_close(reader);
	for (int i = 0; i < p->count; i++)
		text = arena_printf(w->arena, "%.*s%s%d", S_ARG(text), i > 0 ? " " : "",
		                    index_of(all, count, &p->jobs[i].id));
	text = arena_printf(w->arena, "%.*s%s", S_ARG(text), p->more ? "+" : "");
	if (p->more)
		p->before = memcpy(arena_get(w->arena, sizeof p->next), &p->next, sizeof p->next);
	p->jobs = NULL; /* it lies with the command */
	cmd_free(c);
	return text.at;
}
