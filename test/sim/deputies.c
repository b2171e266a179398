/* deputies.c - see deputies.h. */
#include "sim/deputies.h"

#include <stdio.h>

#include "base/buf.h"

const char *being_name(char name[16], int being)
{
	bool asked = being < PEOPLE;

	snprintf(name, 16, "%c%d", asked ? 'p' : 'd', asked ? being : being - PEOPLE);
	return name;
}

/* Absent: for good. */
static struct str some_time(struct play *p)
{
	struct buf b = { 0 };

	if (chance(p, 30))
		return S_NONE;
	time_rfc3339(&b, p->world->now.wall_ms + (1 + below(p, 30)) * MINUTE_MS);
	arena_adopt(p->world->arena, b.at);
	return buf_str(&b);
}

static struct str being(struct play *p, int n)
{
	char name[16];

	return arena_str(p->world->arena, str_of(being_name(name, n)));
}

static void hand_on(struct play *p, struct deputies *d, run_fn *run)
{
	struct delegation_put *in = ARENA_NEW(p->world->arena, struct delegation_put);
	int from = below(p, BEINGS - 1);
	int to = from < PEOPLE ? PEOPLE + below(p, DEPUTIES) : from + 1;

	*in = (struct delegation_put){ .principal = being(p, from),
		                           .delegate = being(p, to),
		                           .until = some_time(p),
		                           .on_absence = chance(p, 30) };
	say(p, "%.*s hands on to %.*s%s", S_ARG(in->principal), S_ARG(in->delegate),
	    in->on_absence ? " while absent" : "");
	struct cmd *c = run(p, in->principal.at, &op_delegation_put, in);
	if (cmd_refused(c))
		wrong(p, "a delegation was refused: %.*s", S_ARG(c->refused.text));
	if (c->fault == OK)
		d->handed[d->handed_count++] = (struct handed){ .from = from,
			                                            .to = to,
			                                            .period = in->made.period,
			                                            .on_absence = in->on_absence,
			                                            .id = in->made.id };
}

static void take_back(struct play *p, struct deputies *d, run_fn *run)
{
	struct delegation_named *in = ARENA_NEW(p->world->arena, struct delegation_named);
	struct handed *h = &d->handed[below(p, d->handed_count)];
	char name[16];

	in->id = h->id;
	say(p, "%s takes it back", being_name(name, h->from));
	struct cmd *c = run(p, name, &op_delegation_cancel, in);
	if (c->fault == OK)
		h->canceled = true;
}

static void go_away(struct play *p, struct deputies *d, run_fn *run)
{
	struct absence_put *in = ARENA_NEW(p->world->arena, struct absence_put);
	int who = below(p, BEINGS);

	*in = (struct absence_put){ .person = being(p, who), .until = some_time(p) };
	say(p, "%.*s is away", S_ARG(in->person));
	struct cmd *c = run(p, in->person.at, &op_absence_put, in);
	if (cmd_refused(c))
		wrong(p, "an absence was refused: %.*s", S_ARG(c->refused.text));
	if (c->fault == OK)
		d->away[d->away_count++] = (struct away){ who, in->made.period };
}

void deputies_event(struct play *p, struct deputies *d, run_fn *run)
{
	int what = below(p, 100);

	if (what < 60 && d->handed_count < HANDED)
		hand_on(p, d, run);
	else if (what < 75 && d->handed_count > 0)
		take_back(p, d, run);
	else if (d->away_count < AWAY)
		go_away(p, d, run);
}

/* ---- the napkin */

static bool is_away(const struct deputies *d, int who, int64_t at)
{
	for (int i = 0; i < d->away_count; i++)
		if (d->away[i].who == who && period_holds(d->away[i].period, at))
			return true;
	return false;
}

bool deputies_may(const struct play *p, const struct deputies *d, int being, int person)
{
	int64_t at = p->world->now.wall_ms;

	for (int i = 0; i < d->handed_count; i++) {
		const struct handed *h = &d->handed[i];
		if (h->from != person || h->canceled || !period_holds(h->period, at) ||
		    (h->on_absence && !is_away(d, person, at)))
			continue;
		if (h->to == being || deputies_may(p, d, being, h->to))
			return true;
	}
	return false;
}
