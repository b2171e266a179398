/* inbox.c - GET /v1/inbox: what waits for the caller. */
#include <stdio.h>

#include "api/rest/approval.h"
#include "base/limits.h"

static void read_order(struct api_call *call, struct str sort, struct approval_inbox *in)
{
	static const char *const names[] = { "due", "amount", "age" };

	for (int i = 0; i < 3; i++)
		if (str_is(sort, names[i])) {
			in->order = (enum inbox_order)i;
			return;
		}
	if (sort.len > 0)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "sort must be due, amount or age, not %.*s.", S_ARG(sort));
}

static void read_cursor(struct api_call *call, struct str cursor, struct approval_inbox *in)
{
	struct str rest = cursor, key = str_cut(&rest, '.');

	if (!str_given(cursor))
		return;
	in->has_after = true;
	if (!str_i64(key, INT64_MIN, INT64_MAX, &in->after.key) ||
	    !str_i64(rest, 1, INT64_MAX, &in->after.approval))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "'%.*s' is no cursor; take the one of the page before.",
		             (int)(cursor.len > 64 ? 64 : cursor.len), cursor.at);
}

void rest_inbox_parse(struct api_call *call, const struct rest_in *rest)
{
	struct approval_inbox *in = CALL_NEW(call, struct approval_inbox);
	struct str whose = form_get(&rest->query, "for");
	enum { USUAL = 50 };

	call->c->in = in;
	call->resource = call->c->caller.principal;
	read_order(call, form_get(&rest->query, "sort"), in);
	read_cursor(call, form_get(&rest->query, "cursor"), in);
	in->max = rest_limit(call, rest, USUAL, APPROVAL_LIST_MAX);
	in->named = rest_people_asked(rest);
	in->own = str_is(whose, "me");
	in->behalf = whose.len > 0 && !in->own ? whose : S_NONE;
}

void rest_inbox_items(struct out *o, const struct approval_inbox *in)
{
	out_list(o, S("items"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct inbox_item *item = &in->items[i];
		out_item(o, S_NONE);
		rest_approval(o, &item->a);
		rest_given(o, "for", item->behalf);
		out_object(o, S("slot"));
		rest_slot(o, &item->a, &item->slot);
		out_end(o);
		out_end(o);
	}
	out_end(o);
}

void rest_inbox_render(const struct api_call *call, struct out *o)
{
	const struct approval_inbox *in = call->c->in;
	char text[48];

	rest_inbox_items(o, in);
	rest_people(o, in->people);
	if (in->more) {
		int n = snprintf(text, sizeof text, "%lld.%lld", (long long)in->next.key,
		                 (long long)in->next.approval);
		out_text(o, S("cursor"), (struct str){ text, (size_t)n });
	}
}
