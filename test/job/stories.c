/* stories.c - see stories.h. */
#include "job/stories.h"

#include "domain/batch.h"

struct uuid job_sent(struct world *w, const char *queue, const char *body)
{
	struct sending how = { .group = NULL };

	if (str_ends(str_of(queue), S(".fifo")))
		how = (struct sending){ .group = "g",
			                    .dedup = arena_printf(w->arena, "d%u", w->next_slot).at };
	struct send_entry *e = world_send_as(w, queue, body, how);
	must(e->refused.why == REFUSED_NONE);
	return e->message_id;
}

const struct job_row *job_of(struct world *w, struct uuid id)
{
	struct job_row *job = ARENA_NEW(w->arena, struct job_row);
	bool found = false;

	must(ledger_read(w->store, w->arena, id, job, &found) == OK);
	return found ? job : NULL;
}

const char *job_says(struct world *w, struct uuid id)
{
	const struct job_row *job = job_of(w, id);

	if (job == NULL)
		return "";
	return arena_printf(w->arena, "%.*s %lld", S_ARG(job_state_name(job->state)),
	                    (long long)job->attempts)
	    .at;
}

static enum err take_outcome(void *context, const struct value *columns, int count)
{
	struct buf *text = context;

	must(count == 5);
	buf_add_text(text, text->len == 0 ? "" : " ");
	buf_add(text, columns[1].bytes);
	return OK;
}

const char *job_attempts(struct world *w, struct uuid id)
{
	struct buf text = { 0 };
	struct value bytes = value_blob((struct str){ (const char *)id.bytes, sizeof id.bytes });

	must(store_run(w->store, STMT_JOB_ATTEMPTS_OF, &bytes, 1, take_outcome, &text) == OK);
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at == NULL ? "" : copy.at;
}
