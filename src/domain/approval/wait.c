/* wait.c - clients that wait for the end of a round, parked in the engine, as those that wait for
 * a job (domain/job/wait.c). */
#include "domain/approval/inside.h"
#include "domain/domain.h"
#include "domain/queue/enqueue.h"

struct approvals *approvals_new(void)
{
	struct approvals *all = mem_get(sizeof *all);

	all->leave_at_mono = all->timer_at = all->reckoning.at_mono = NEVER;
	for (int i = 0; i < APPROVAL_LISTS; i++)
		list_init(&all->waiting[i]);
	return all;
}

void approvals_free(struct approvals *all)
{
	for (int i = 0; all != NULL && i < APPROVAL_LISTS; i++)
		must(list_empty(&all->waiting[i]));
	if (all != NULL)
		approval_policies_free(all);
	mem_free(all);
}

/* The end of an id is chance. */
static struct list *list_of(struct domain *d, const struct uuid *id)
{
	return &d->approvals->waiting[(id->bytes[14] << 8 | id->bytes[15]) % APPROVAL_LISTS];
}

static bool round_over(const struct approval *a)
{
	return approval_state_final(a->state) || a->state == APPROVAL_RETURNED;
}

static enum err look(struct batch *b, struct cmd *c)
{
	struct approval_get *p = c->in;

	if (answers_full(b->domain))
		return refuse(c, REFUSED_THROTTLED,
		              "Answers wait for clients to read them, as many as the server holds. Ask "
		              "again soon.");
	TRY(approval_look(b->store, c->arena, p));
	if (p->view == NULL)
		return refuse_as(c, approval_no_such(c->arena, &p->id));
	answer_counts(b, c, p->view->data.len + p->view->policy_text.len);
	return OK;
}

static enum err wait_check(struct batch *b, struct cmd *c)
{
	struct approval_get *p = c->in;
	struct approval_slot *slots;
	struct approval a;
	bool found;
	int count;

	must(p->wait_ms > 0 && p->wait_ms <= JOB_WAIT_MAX_S * SECOND_MS);
	c->answer_bytes = 0; /* it may run again after a rollback */
	p->over = false;
	TRY(approval_read(b->store, b->arena, &p->id, &a, &found));
	if (!found)
		return refuse_as(c, approval_no_such(c->arena, &p->id));
	TRY(approval_slots(b->store, b->arena, &a, &slots, &count));
	TRY(approval_may_get(b->store, c, &a, slots, count, b->now.wall_ms));
	if (cmd_refused(c))
		return OK;
	p->over = round_over(&a) || !cmd_can_park(b->domain, c);
	return p->over ? look(b, c) : OK;
}

static enum err wait_write(struct batch *b, struct cmd *c)
{
	struct approval_get *p = c->in;

	if (!p->over)
		cmd_park(b, c, list_of(b->domain, &p->id), p->wait_ms);
	return OK;
}

static void repark(struct domain *d, struct cmd *c, struct now now)
{
	struct approval_get *p = c->in;

	(void)now;
	c->answer_bytes = 0;
	cmd_repark(d, c, list_of(d, &p->id));
}

/* It is told how the approval stands now. */
static void gave_up(struct batch *b, struct cmd *c)
{
	c->fault = look(b, c);
}

const struct op op_approval_wait = {
	.name = "approval_wait",
	.lane = LANE_WRITE,
	.check = wait_check,
	.write = wait_write,
	.repark = repark,
	.gave_up = gave_up,
};

enum err approval_serve(struct batch *b, const struct approval *a)
{
	struct list *list = list_of(b->domain, &a->uuid);
	struct node *next;

	must(round_over(a));
	for (struct node *n = list->head.next; n != &list->head; n = next) {
		struct cmd *c = CONTAINER(n, struct cmd, waiting);
		struct approval_get *p = c->in;
		next = n->next;
		must(c->op == &op_approval_wait);
		if (memcmp(&p->id, &a->uuid, sizeof p->id) != 0)
			continue;
		TRY(look(b, c));
		domain_unpark(b->domain, c);
		list_add_last(&b->finished, &c->node);
	}
	return OK;
}
