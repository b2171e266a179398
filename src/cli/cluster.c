/* cluster.c - `ringi cluster`: the nodes of the schema and who has the lease. */
#include <stdio.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"

static const struct column columns[] = {
	{ "name", "NODE", false },
	{ "role", "ROLE", false },
	{ "live", "LIVE", false },
	{ "address", "ADDRESS", false },
	{ "version", "VERSION", false },
	{ "started_at", "STARTED", false },
	{ "heartbeat_age_ms", "HEARTBEAT MS", true },
	{ "epoch", "EPOCH", true },
	{ "lag_ms", "LAG MS", true },
	{ 0 },
};

static void say_lease(const struct json *all)
{
	const struct json *lease = json_get(all, "lease");

	if (lease == NULL)
		printf("One server, alone on its store.\n");
	else if (json_is(json_get(lease, "held"), JSON_TRUE))
		printf("Lease: node %.*s, epoch %lld, renewed %lld ms ago.\n",
		       S_ARG(json_get_text(lease, "node")),
		       (long long)json_number(json_get(lease, "epoch")),
		       (long long)json_number(json_get(lease, "age_ms")));
	else
		printf("Lease: nobody has it; the last was node %.*s, epoch %lld.\n",
		       S_ARG(json_get_text(lease, "node")),
		       (long long)json_number(json_get(lease, "epoch")));
}

static int show(struct cli *cli)
{
	struct buf table = { 0 };
	struct answer a;
	int code = cli_rest(cli, "GET", S("/v1/cluster"), NULL, &a);

	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json")) {
		cli_show(cli, a.json);
		return CLI_DONE;
	}
	say_lease(a.json);
	cli_table(&table, json_get(a.json, "nodes"), columns);
	fwrite(table.at, 1, table.len, stdout);
	buf_free(&table);
	return CLI_DONE;
}

const struct command commands_cluster[] = {
	{ .name = "cluster",
	  .help = "The servers of one schema of PostgreSQL: who owns it, who stands by.",
	  .examples = "ringi cluster\nringi cluster --json",
	  .options = cli_json_option,
	  .run = show },
	{ 0 },
};
