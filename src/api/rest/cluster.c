/* cluster.c - GET /v1/cluster: the nodes of the schema, and who has the lease.
 *
 * From memory that is a second old at the most, so also while PostgreSQL is away. */
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/nodes.h"

struct nodes *call_nodes(const struct api_call *call)
{
	const struct api_config *config = &call->api->config;
	struct nodes *all = config->nodes == NULL ? NULL : ARENA_NEW(call->c->arena, struct nodes);

	if (all != NULL)
		config->nodes(config->nodes_context, all);
	return all;
}

static void write_lease(struct out *o, const struct nodes *all)
{
	out_object(o, S("lease"));
	out_bool(o, S("held"), all->held);
	out_text(o, S("node"), str_of(all->holder));
	out_number(o, S("epoch"), all->epoch);
	out_number(o, S("age_ms"), all->held ? all->lease_age_ms : 0);
	out_number(o, S("left_ms"), all->held ? all->lease_left_ms : 0);
	out_end(o);
}

static void write_node(struct out *o, const struct node_info *n)
{
	out_item(o, S_NONE);
	out_text(o, S("name"), str_of(n->name));
	out_text(o, S("role"), n->owner ? S("owner") : S("standby"));
	out_bool(o, S("live"), n->live);
	if (n->address[0] != '\0')
		out_text(o, S("address"), str_of(n->address));
	out_text(o, S("version"), str_of(n->version));
	rest_time(o, S("started_at"), n->started_ms);
	out_number(o, S("heartbeat_age_ms"), n->heartbeat_age_ms);
	out_number(o, S("epoch"), n->epoch);
	out_number(o, S("lag_ms"), n->lag_ms);
	out_end(o);
}

static void write_alone(const struct api_call *call, struct out *o)
{
	out_item(o, S_NONE);
	out_text(o, S("name"), call->api->config.node);
	out_text(o, S("role"), S("owner"));
	out_bool(o, S("live"), true);
	out_text(o, S("version"), S(RINGI_VERSION));
	out_end(o);
}

void rest_cluster_render(const struct api_call *call, struct out *o)
{
	const struct nodes *all = call_nodes(call);

	out_text(o, S("node"), call->api->config.node);
	out_bool(o, S("several"), all != NULL);
	if (all != NULL) {
		out_number(o, S("seen_ms_ago"), all->seen_ms_ago);
		out_number(o, S("takeovers"), all->takeovers);
		write_lease(o, all);
	}
	out_list(o, S("nodes"), S_NONE);
	if (all == NULL)
		write_alone(call, o);
	for (int i = 0; all != NULL && i < all->count; i++)
		write_node(o, &all->node[i]);
	out_end(o);
}

void rest_readyz(const struct api_call *call, struct out *o)
{
	const struct nodes *all = call_nodes(call);

	out_text(o, S("status"), S("ready"));
	if (all == NULL)
		return;
	out_text(o, S("node"), call->api->config.node);
	out_text(o, S("role"), S("owner"));
	out_number(o, S("epoch"), all->epoch);
}
