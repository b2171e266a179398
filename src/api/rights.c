/* rights.c - which rights a command needs, from what its parse has found. */
#include "api/rights.h"

#include "api/sqs/sqs.h"
#include "domain/outbox/address.h"
#include "domain/queue/queue.h"
#include "domain/schedule/schedule.h"
#include "domain/topic/topic.h"

struct rights {
	struct right *list;
	int count;
};

static void add(struct rights *r, struct str service, struct str action, struct str resource)
{
	must(r->count < RIGHTS_MAX);
	r->list[r->count++] = (struct right){ service, action, resource };
}

/* Messages will get into this queue. An absent name: into queues that cannot be told now. */
static void add_send(struct rights *r, const struct api_call *call, struct str queue)
{
	add(r, call->family == NULL ? S("ringi") : S("sqs"), S("SendMessage"), queue);
}

/* The queue in an ARN that the operation will read by itself. Absent when readers could
 * differ about it: then the right to every queue is asked for. */
static struct str queue_of(struct str arn)
{
	struct str name = sqs_name_of_arn(arn);

	return name.len > 0 && memchr(name.at, ':', name.len) == NULL ? name : S_NONE;
}

/* The dead-letter queue in a redrive policy. One that cannot be read is refused by the
 * operation itself; without a name it asks for the right to every queue. */
static void add_redrive(struct rights *r, const struct api_call *call, struct pair attribute)
{
	struct str why;

	if (!str_is(attribute.name, "RedrivePolicy") || attribute.value.len == 0)
		return;
	const struct json *policy = json_read(call->c->arena, attribute.value, &why);
	add_send(r, call, queue_of(json_get_text(policy, "deadLetterTargetArn")));
}

static void add_redrives(struct rights *r, const struct api_call *call,
                         const struct pair *attributes, int count)
{
	for (int i = 0; i < count; i++)
		if (r->count < RIGHTS_MAX)
			add_redrive(r, call, attributes[i]);
		else if (str_is(attributes[i].name, "RedrivePolicy")) /* several: none is like another */
			r->list[r->count - 1].resource = S_NONE;
}

/* Messages will leave by this URL. Without a host, or when several are named: to any host. */
static void add_push(struct rights *r, const struct api_call *call, const struct pair *attributes,
                     int count)
{
	struct str why, host = S_NONE;
	int found = 0;

	for (int i = 0; i < count; i++) {
		if (!str_is(attributes[i].name, "push") || attributes[i].value.len == 0)
			continue;
		const struct json *push = json_read(call->c->arena, attributes[i].value, &why);
		host = url_host(json_get_text(push, "url"));
		found++;
	}
	if (found > 0)
		add(r, S("ringi"), S("CallWebhook"), found == 1 ? host : S_NONE);
}

/* The queue that one hands on to by itself. */
static void add_flow(struct rights *r, const struct api_call *call, struct pair attribute)
{
	struct str why;

	if (attribute.value.len == 0 ||
	    (!str_is(attribute.name, "collect") && !str_is(attribute.name, "split")))
		return;
	struct str into = json_get_text(json_read(call->c->arena, attribute.value, &why), "into");
	add_send(r, call, into.len > 0 ? into : S_NONE);
}

static void add_flows(struct rights *r, const struct api_call *call, const struct pair *attributes,
                      int count)
{
	for (int i = 0; i < count; i++)
		if (r->count < RIGHTS_MAX)
			add_flow(r, call, attributes[i]);
		else if (str_is(attributes[i].name, "collect") || str_is(attributes[i].name, "split"))
			r->list[r->count - 1].resource = S_NONE; /* as with several policies */
}

static void add_subscribe(struct rights *r, const struct api_call *call, const struct subscribe *in)
{
	if (str_is(in->protocol, "sqs"))
		add_send(r, call, queue_of(in->endpoint));
	add_redrives(r, call, in->attributes, in->attribute_count);
}

int rights_of(const struct api_call *call, struct str action, struct str resource,
              struct right list[RIGHTS_MAX])
{
	struct rights r = { list, 0 };
	const struct op *op = call->c->op;
	const void *in = call->c->in;

	add(&r, call->family == NULL ? S("ringi") : call->family->name, action, resource);
	if (op == &op_queue_create) {
		const struct queue_create *p = in;
		add_push(&r, call, p->attributes, p->attribute_count);
		add_redrives(&r, call, p->attributes, p->attribute_count);
		add_flows(&r, call, p->attributes, p->attribute_count);
	} else if (op == &op_queue_set) {
		const struct queue_set *p = in;
		add_push(&r, call, p->attributes, p->count);
		add_redrives(&r, call, p->attributes, p->count);
		add_flows(&r, call, p->attributes, p->count);
	} else if (op == &op_move_start) {
		const struct move_start *p = in;
		add_send(&r, call, p->destination.len > 0 ? p->destination : S_NONE);
	} else if (op == &op_queue_operate) {
		const struct queue_operate *p = in;
		if (!p->remove)
			add_send(&r, call, p->to.len > 0 ? p->to : S_NONE);
	} else if (op == &op_schedule_put) {
		const struct schedule_put *p = in;
		add_send(&r, call, p->queue.len > 0 ? p->queue : S_NONE);
	} else if (op == &op_subscribe) {
		add_subscribe(&r, call, in);
	} else if (op == &op_subscription_set) {
		const struct subscription_set *p = in;
		add_redrives(&r, call, &p->attribute, 1);
	}
	return r.count;
}
