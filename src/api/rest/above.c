/* above.c - who may more than the caller: how such people get in is changed by their equals only.
 *
 * Rights are those of the ring that call->grant lies in; without --auth nobody is above. */
#include "api/auth.h"
#include "api/keyring.h"
#include "api/rest/routes.h"
#include "api/roster.h"
#include "api/state.h"

static const struct roster *roster_of(struct api_call *call)
{
	struct api_loop *loop = &call->api->loops[call->c->reply_to.loop];

	return keyring_roster(keyring_held(&loop->keyring));
}

static bool covers(const struct api_call *call, const struct roster_person *p)
{
	for (int i = 0; i < p->grant.count; i++)
		if (p->role_of[i]->name.len > 0 && !str_is(p->role_of[i]->name, ROLE_OF_EVERYBODY) &&
		    !grant_covers(call->grant, &p->grant.rules[i]))
			return false;
	return true;
}

bool rest_above(struct api_call *call, struct str person)
{
	return call->api->config.auth && !cmd_refused(call->c) &&
	       !covers(call, roster_person(roster_of(call), person));
}

struct str *rest_all_above(struct api_call *call, int *count)
{
	const struct roster_person *p;
	size_t at = 0;

	*count = 0;
	if (!call->api->config.auth || cmd_refused(call->c))
		return NULL;
	const struct roster *roster = roster_of(call);
	struct str *all = CALL_ARRAY(call, struct str, roster_size(roster) + 1);
	while ((p = roster_next(roster, &at)) != NULL)
		if (!covers(call, p))
			all[(*count)++] = arena_str(call->c->arena, p->id);
	return all;
}
