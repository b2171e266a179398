/* cost_tool.c - what audit records cost: `cost_tool RECORDS PER_BATCH [KEEP_FOLDER]`, asked by
 * bench/audit.mjs.
 *
 * The whole engine without sockets: one transaction for each PER_BATCH records, as large as those
 * of votes are, and the same transactions with none. Prints JSON: microseconds of the engine's time
 * for each record, commits left out, since those are there anyway. */
#include <stdio.h>
#include <stdlib.h>

#include "audit/stories.h"
#include "os/os.h"

static int64_t run(struct world *w, int64_t records, int64_t per_batch, int times)
{
	static struct leaving in[1024];
	struct cmd *commands[1024];
	int64_t began = os_mono_ns(), committing = store_stats(w->store).commit_ns;

	for (int64_t done = 0; done < records; done += per_batch) {
		for (int64_t i = 0; i < per_batch; i++) {
			in[i] = (struct leaving){
				.times = times,
				.record = {
					.action = "approval.voted",
					.resource = S("approval:019ab2f0-3c5e-7d4a-9b1c-2d3e4f5a6b7c"),
					.from = S("PENDING"),
					.to = S("PENDING"),
					.reason = S("fine with me"),
					.detail = S("{\"slot\":{\"slot\":2,\"user\":\"suzuki\",\"state\":\"DECIDED\","
				                "\"decision\":\"approve\",\"by\":\"suzuki\",\"decided_at\":"
				                "\"2026-11-23T01:20:44.468Z\",\"data_version\":1},\"state\":"
				                "\"PENDING\",\"round\":1,\"data_version\":1}"),
				},
			};
			commands[i] = world_cmd(w, &op_leave, &in[i]);
			commands[i]->address = S("192.0.2.7");
			commands[i]->client = S("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0");
			commands[i]->request_id = S("019ab2f0-3c5e-7d4a-9b1c-2d3e4f5a6b7c");
			commands[i]->caller.principal = S("suzuki");
		}
		world_run_batch(w, commands, (int)per_batch);
		world_forget(w);
		must(store_idle(w->store, false) == OK);
	}
	return os_mono_ns() - began - (store_stats(w->store).commit_ns - committing);
}

int main(int argc, char **argv)
{
	uint64_t records = 0, per_batch = 0;

	if (argc < 3 || !str_u64(str_of(argv[1]), 100000000, &records) ||
	    !str_u64(str_of(argv[2]), 1024, &per_batch) || per_batch == 0)
		return 2;
	struct world *w = world_open(1);
	int64_t none = run(w, (int64_t)records, (int64_t)per_batch, -1);
	int64_t with = run(w, (int64_t)records, (int64_t)per_batch, 1);
	printf("{\"records\":%llu,\"us_a_record\":%.2f,\"folder\":\"%s\"}\n",
	       (unsigned long long)records, (double)(with - none) / 1000.0 / (double)records,
	       argc > 3 ? w->place.folder : "");
	if (argc > 3) { /* left for who asks */
		engine_close(w->engine);
		store_close(w->store);
		return 0;
	}
	world_close(w);
	return 0;
}
