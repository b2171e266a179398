/* tags.c - tags of queues: names and texts without meaning to ringi. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

static enum err check_tag(struct cmd *c, const struct pair *tag)
{
	if (tag->name.len < 1 || tag->name.len > QUEUE_TAG_KEY_MAX || !str_utf8(tag->name))
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Tag keys must be between 1 and %d characters in length.", QUEUE_TAG_KEY_MAX);
	if (tag->value.len > QUEUE_TAG_VALUE_MAX || !str_utf8(tag->value))
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Tag values must be between 0 and %d characters in length.",
		              QUEUE_TAG_VALUE_MAX);
	return OK;
}

static enum err tag_check(struct batch *b, struct cmd *c)
{
	struct queue_tags *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);
	size_t more = 0;

	for (int i = 0; i < p->count && !cmd_refused(c); i++) {
		TRY(check_tag(c, &p->tags[i]));
		more += q != NULL && names_find(&q->tags, p->tags[i].name) == NULL;
	}
	if (!cmd_refused(c) && q->tags.count + more > QUEUE_TAGS_MAX)
		refuse(c, REFUSED_INVALID_PARAMETER,
		       "Too many tags added for queue %.*s: at most %d are possible.", S_ARG(p->name),
		       QUEUE_TAGS_MAX);
	return OK;
}

static enum err finish(struct batch *b, struct cmd *c, struct queue *q)
{
	TRY(settings_load(q, b->store));
	return audit_write(b, c, "queue.tag", audit_name(b, "queue", q->name), S_NONE);
}

static enum err tag_write(struct batch *b, struct cmd *c)
{
	struct queue_tags *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_touch(b, q);
	for (int i = 0; i < p->count; i++)
		TRY(store_run(b->store, STMT_QUEUE_TAG_PUT,
		              VALUES(value_int(q->id), value_text(p->tags[i].name),
		                     value_text(p->tags[i].value)),
		              NULL, NULL));
	return finish(b, c, q);
}

static enum err untag_check(struct batch *b, struct cmd *c)
{
	struct queue_tags *p = c->in;

	queue_wanted(b, c, p->name);
	return OK;
}

static enum err untag_write(struct batch *b, struct cmd *c)
{
	struct queue_tags *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_touch(b, q);
	for (int i = 0; i < p->count; i++)
		TRY(store_run(b->store, STMT_QUEUE_TAG_DELETE,
		              VALUES(value_int(q->id), value_text(p->tags[i].name)), NULL, NULL));
	return finish(b, c, q);
}

static enum err list_write(struct batch *b, struct cmd *c)
{
	struct queue_tags *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);
	struct pair *tag;
	size_t at = 0;

	must(q != NULL);
	p->all = ARENA_ARRAY(c->arena, struct pair, q->tags.count + 1);
	p->all_count = 0; /* it may run again after a rollback */
	while ((tag = names_next(&q->tags, &at)) != NULL)
		p->all[p->all_count++] = (struct pair){ arena_str(c->arena, tag->name),
			                                    arena_str(c->arena, tag->value) };
	must(p->all_count == (int)q->tags.count && p->all_count <= QUEUE_TAGS_MAX);
	return OK;
}

const struct op op_queue_tag = {
	.name = "queue_tag",
	.lane = LANE_WRITE,
	.check = tag_check,
	.write = tag_write,
};
const struct op op_queue_untag = {
	.name = "queue_untag",
	.lane = LANE_WRITE,
	.check = untag_check,
	.write = untag_write,
};
const struct op op_queue_tags_list = {
	.name = "queue_tags_list",
	.lane = LANE_WRITE,
	.check = untag_check,
	.write = list_write,
};
