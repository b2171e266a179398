/* play.c - see play.h. */
#include "sim/play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void play_begin(struct play *p, const char *what, uint64_t seed, uint64_t salt, bool verbose)
{
	*p = (struct play){ .seed = seed, .what = what, .verbose = verbose };
	rng_seed_number(&p->rng, seed ^ salt);
	p->world = world_open(seed);
	p->faulty = chance(p, 70);
	world_queue(p->world, "replies", NULL);
}

bool chance(struct play *p, int of_100)
{
	return below(p, 100) < of_100;
}

int below(struct play *p, int bound)
{
	return (int)rng_below(&p->rng, (uint64_t)bound);
}

void wrong(const struct play *p, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sim: seed %llu, %s, operation %lld: ", (unsigned long long)p->seed, p->what,
	        (long long)p->operations);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nagain: sim --seed %llu\n", (unsigned long long)p->seed);
	exit(1);
}

void say(const struct play *p, const char *format, ...)
{
	va_list args;

	if (!p->verbose)
		return;
	printf("%8lld  ", (long long)p->world->now.mono_ms);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

struct cmd *look(struct play *p, const char *who, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(p->world, op, in);

	c->caller.principal = str_of(who);
	if (op->read(p->world->store, c, p->world->now) != OK)
		wrong(p, "%s can't be read", op->name);
	list_add_last(&p->world->answered, &c->node);
	return c;
}

void inject(struct play *p, int of_100, int most)
{
	static const enum err faults[] = { ERR_BUSY, ERR_IO, ERR_FULL };

	if (p->faulty && chance(p, of_100))
		store_fail_from(p->world->store, 1 + below(p, most), 1 + below(p, 4), faults[below(p, 3)]);
}

void recover(struct play *p)
{
	bool died = p->world->last_turn.stop;

	store_fail_at(p->world->store, 0, OK);
	if (died) {
		say(p, "restart after a fault");
		world_restart(p->world);
	}
	world_pass_ms(p->world, died ? 0 : 150); /* what was held up by the fault is tried again */
}

void drain_told(struct play *p, void (*note)(struct play *, struct str body))
{
	const char *body;

	store_fail_at(p->world->store, 0, OK);
	while ((body = world_receive(p->world, "replies")) != NULL) {
		note(p, str_of(body));
		if (strcmp(world_delete(p->world, "replies", world_receipt(p->world)), "NONE") != 0)
			wrong(p, "a reply could not be deleted");
	}
}
