/* nodes.c - one of the nodes by its name; what /metrics tells of them. */
#include "base/nodes.h"

#include <string.h>

const struct node_info *nodes_named(const struct nodes *all, const char *name)
{
	for (int i = 0; i < all->count; i++)
		if (strcmp(all->node[i].name, name) == 0)
			return &all->node[i];
	return NULL;
}

static void figure(struct buf *b, const char *name, const char *type, const char *help,
                   int64_t value)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, type, name,
	           (long long)value);
}

static void forwards(struct buf *b, const struct nodes *all)
{
	figure(b, "ringi_node_forwards", "gauge", "Connections being passed on to the owner.",
	       all->forwards.open);
	figure(b, "ringi_node_forwards_waiting", "gauge", "Connections that wait for an owner.",
	       all->forwards.waiting);
	figure(b, "ringi_node_forwards_total", "counter", "Connections passed on to the owner.",
	       all->forwards.total);
	figure(b, "ringi_node_forwards_refused_total", "counter",
	       "Connections answered 503: no owner came in time, or there were too many.",
	       all->forwards.refused);
	figure(b, "ringi_node_taken_total", "counter", "Connections that other nodes passed on to us.",
	       all->forwards.taken);
	figure(b, "ringi_node_denied_total", "counter",
	       "Connections at the nodes' port that could not prove to be of a node.",
	       all->forwards.denied);
}

void nodes_metrics(struct buf *b, const struct nodes *all)
{
	if (all == NULL)
		return;
	figure(b, "ringi_node_owner", "gauge", "1: this node owns the schema.", all->serving);
	figure(b, "ringi_node_epoch", "gauge", "Of the lease, as this node last saw it.", all->epoch);
	figure(b, "ringi_node_takeovers_total", "counter",
	       "Owners that came after another, seen by this node.", all->takeovers);
	figure(b, "ringi_node_seen_ms", "gauge", "How old is what this node knows of the others.",
	       all->seen_ms_ago);
	figure(b, "ringi_node_skew_ms", "gauge", "This machine's clock minus the database's.",
	       all->skew_ms);
	figure(b, "ringi_nodes", "gauge", "Nodes of the schema.", all->count);
	buf_add(b, S("# HELP ringi_node_heartbeat_age_ms Since the last sign of life of each node.\n"
	             "# TYPE ringi_node_heartbeat_age_ms gauge\n"));
	for (int i = 0; i < all->count; i++)
		buf_printf(b, "ringi_node_heartbeat_age_ms{node=\"%s\"} %lld\n", all->node[i].name,
		           (long long)all->node[i].heartbeat_age_ms);
	forwards(b, all);
}
