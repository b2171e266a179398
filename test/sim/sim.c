/* sim.c - many lives of a server, each from one number.
 *
 *     sim --seeds 2000     that many seeds, from 1 on
 *     sim --seed 17        one, telling what it does
 *     sim --groups 1000    so many, of groups and sagas alone
 *     sim --approvals 1000 of approvals alone
 *
 * A life is a few hundred turns of random commands on queues of all kinds; between them
 * time passes, the clock is set, the process dies, store calls fail. A napkin model (model.h)
 * says what every answer must be: nothing acknowledged is lost, nothing invented, nothing
 * delivered twice within its visibility timeout, FIFO groups in order, duplicates found for
 * five minutes, receive counts kept, dead letters exactly after the last receive, waiting
 * receivers served the moment something is there, counts exact; a publish is in the queues
 * whose filters let it pass, or in the dead-letter queue of the subscription; a queue's rate,
 * a group's and a move task's let through what they should and no more. Now and then memory is
 * compared with a rebuild from the rows. A difference prints the seed and ends with 1. Each
 * seed is a second life too, of groups and sagas (groups.c), and a third, of approvals
 * (approvals.c). */
#include "sim/sim.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "domain/ledger/ledger.h"
#include "domain/queue/memory.h"
#include "sim/approvals.h"
#include "sim/groups.h"
#include "store/store.h"

static uint64_t seed_now;

uint64_t sim_below(struct sim *s, uint64_t bound)
{
	return rng_below(&s->rng, bound);
}

bool sim_chance(struct sim *s, int of_100)
{
	return sim_below(s, 100) < (uint64_t)of_100;
}

void sim_fail(struct sim *s, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sim: seed %llu, operation %lld: ", (unsigned long long)s->seed,
	        (long long)s->operations);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nagain: sim --seed %llu\n", (unsigned long long)s->seed);
	exit(1);
}

void sim_say(struct sim *s, const char *format, ...)
{
	va_list args;

	if (!s->verbose)
		return;
	printf("%8lld  ", (long long)s->model.now);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/* ---- comparing */

static void check_waiter(struct sim *s, int queue, struct m_waiter *waiter)
{
	if (!waiter->answered && world_has_answered(s->world, waiter->c)) {
		const struct queue_receive *got = waiter->c->in;
		for (int i = 0; i < s->model.count; i++)
			if (m_here(&s->model, i, queue))
				sim_say(s, "  %s has %d: received %d times, hidden until %lld",
				        s->model.queues[queue].name, i, s->model.messages[i].receives,
				        (long long)s->model.messages[i].hidden_until);
		sim_fail(s, "a receiver waiting for %s was answered too early: %d messages, the first %.*s",
		         s->model.queues[queue].name, got->count,
		         S_ARG(got->count > 0 ? got->messages[0].body : S("-")));
	}
	if (waiter->answered && !world_has_answered(s->world, waiter->c))
		sim_fail(s, "a receiver waiting for %s was not answered", s->model.queues[queue].name);
	if (!waiter->answered)
		return;
	if (waiter->c->fault != OK ||
	    (waiter->c->refused.why == REFUSED_NO_SUCH_QUEUE) != waiter->refused)
		sim_fail(s, "a waiting receiver got %s", refusal_name(waiter->c->refused.why));
	if (!waiter->refused)
		sim_check_given(s, &waiter->given, waiter->c->in, queue);
}

void sim_check_waiters(struct sim *s, bool died)
{
	for (int i = 0; i < SLOTS; i++) {
		struct m_queue *q = &s->model.queues[i];
		int kept = 0;
		for (int n = 0; n < q->waiter_count; n++) {
			if (!died || q->waiters[n].answered)
				check_waiter(s, i, &q->waiters[n]);
			if (!q->waiters[n].answered)
				q->waiters[kept++] = q->waiters[n];
		}
		q->waiter_count = kept;
	}
	world_forget(s->world);
}

/* ---- jobs */

static enum m_job job_now(struct sim *s, const struct m_message *x, int *attempts)
{
	struct job_row job;
	bool found = false;

	must(ledger_read(s->world->store, s->world->arena, x->id, &job, &found) == OK);
	*attempts = found ? (int)job.attempts : 0;
	return !found ? NO_JOB : (enum m_job)(IS_PENDING + (int)job.state);
}

/* Every message of a tracked queue ends exactly once in the ledger, or is open there as it is
 * in its queue. `late`: the sweeper has had its time. */
static void check_jobs(struct sim *s, bool late)
{
	static const char *const names[] = { "none",   "PENDING",  "RUNNING", "SUCCEEDED",
		                                 "FAILED", "CANCELED", "cleared" };

	for (int i = 0; i < s->model.count; i++) {
		const struct m_message *x = &s->model.messages[i];
		int attempts;
		if (x->anonymous)
			continue;
		enum m_job got = job_now(s, x, &attempts), want = x->job;
		if (want == JOB_CLEARED)
			want = late || got == IS_CANCELED               ? IS_CANCELED
			       : got == IS_PENDING || got == IS_RUNNING ? got
			                                                : JOB_CLEARED;
		if (got != want || (got != NO_JOB && attempts != x->attempts))
			sim_fail(s, "job of message %d is %s after %d attempts, expected %s after %d", i,
			         names[got], attempts, names[x->job], x->attempts);
	}
}

/* Leases end behind the commands of a turn, and would fail with it. */
static void do_what_is_due(struct sim *s)
{
	world_pass_ms(s->world, 0);
	m_pass(&s->model, s->model.now);
	sim_check_waiters(s, false);
}

/* ---- queues */

static void check_counts(struct sim *s)
{
	do_what_is_due(s);
	for (int i = 0; i < SLOTS; i++) {
		int want[3];
		if (!s->model.queues[i].exists)
			continue;
		m_counts(&s->model, i, want);
		const char *got = world_counts(s->world, s->model.queues[i].name);
		struct str text = arena_printf(s->world->arena, "%d/%d/%d", want[0], want[1], want[2]);
		for (int n = 0; n < s->model.count && !str_is(text, got); n++)
			if (m_here(&s->model, n, i))
				sim_say(s, "  %d: received %d times, hidden until %lld%s%s", n,
				        s->model.messages[n].receives, (long long)s->model.messages[n].hidden_until,
				        s->model.messages[n].leased ? ", leased" : "",
				        s->model.messages[n].backs_off ? ", backs off" : "");
		if (!str_is(text, got))
			sim_fail(s, "%s has %s visible/in flight/delayed, expected %s", s->model.queues[i].name,
			         got, text.at);
	}
	sim_check_topics(s);
	sim_check_tasks(s);
	world_check(s->world);
	world_forget(s->world);
	check_jobs(s, false);
}

/* ---- faults and restarts */

void sim_restart(struct sim *s)
{
	sim_say(s, "restart");
	if (sim_chance(s, 10))
		world_check_rows(s->world);
	else
		world_restart(s->world);
	m_restart(&s->model);
	world_forget(s->world);
}

void sim_inject(struct sim *s, int64_t most)
{
	static const enum err faults[] = { ERR_BUSY, ERR_IO, ERR_FULL };
	int64_t nth = 1 + (int64_t)sim_below(s, 50), times = 1 + (int64_t)sim_below(s, (uint64_t)most);

	if (most > 3 && sim_chance(s, 20))
		times = 1000 * 1000; /* a dead disk */
	sim_say(s, "from call %lld on, %lld calls fail", (long long)nth, (long long)times);
	store_fail_from(s->world->store, nth, times, faults[sim_below(s, 3)]);
}

/* Attempt ids are kept in memory only; a rollback may have forgotten them. */
void sim_forget_attempts(struct sim *s)
{
	for (int i = 0; i < SLOTS; i++)
		s->model.queues[i].attempt = 0;
}

/* ---- one turn */

void sim_leases_put_off(struct sim *s)
{
	if (s->world->fault_mono >= s->model.now)
		s->model.leases_from = s->world->fault_mono + WAKE_AGAIN_MS;
}

static void apply_all(struct sim *s, struct step *steps, int count)
{
	bool alone = s->world->last_turn.faults > 0;

	for (int i = 0; i < count; i++) {
		struct step *t = &steps[i];
		t->parked = !world_has_answered(s->world, t->c);
		if (!t->parked && t->c->fault != OK) {
			if (!store_failed(s->world->store))
				sim_fail(s, "%s: a fault out of nowhere", t->what);
			sim_say(s, "  %s failed", t->what);
			continue;
		}
		t->apply(s, t);
		if (alone)
			m_serve(&s->model);
	}
	m_serve(&s->model);
}

static void turn(struct sim *s)
{
	struct step steps[TURN_MAX];
	struct cmd *commands[TURN_MAX];
	int count = sim_chance(s, 50) ? 1 : 1 + (int)sim_below(s, TURN_MAX), bodies = 0;

	do_what_is_due(s);
	s->injecting = !s->jumped && !s->rates && sim_chance(s, 15);
	s->attempted = false;
	for (int i = 0; i < count; i++) {
		s->first = i == 0;
		sim_step(s, &steps[i], &bodies);
		sim_say(s, "%s %s", steps[i].what, s->model.queues[steps[i].queue].name);
		commands[i] = steps[i].c;
	}
	s->operations += count;
	if (s->injecting)
		sim_inject(s, 4);
	world_run_batch(s->world, commands, count);
	bool died = s->world->last_turn.stop, faults = s->world->last_turn.faults > 0;
	sim_leases_put_off(s);
	apply_all(s, steps, count);
	store_fail_at(s->world->store, 0, OK);
	s->injecting = false;
	sim_check_waiters(s, died);
	if (faults)
		sim_forget_attempts(s);
	if (died)
		sim_restart(s);
	else if (faults)
		world_pass_ms(s->world, 0);
}

/* ---- time */

/* The sweeper comes once a second: until then nobody can tell whether it was there. */
static void settle_expired(struct sim *s)
{
	struct model *m = &s->model;

	for (bool again = true; again;) {
		bool expired[MESSAGES];
		again = false;
		for (int i = 0; i < m->count; i++) {
			expired[i] = !m->messages[i].gone && m_here(m, i, m->messages[i].queue) &&
			             m_expired(m, i);
			again = again || expired[i];
		}
		if (!again)
			return;
		world_pass_ms(s->world, 1001);
		m_pass(m, m->now + 1001);
		for (int i = 0; i < m->count; i++)
			if (expired[i] && !m->messages[i].gone) {
				m_job_ends(m, i, HAS_FAILED);
				m->messages[i].gone = true;
			}
		sim_check_waiters(s, false);
	}
}

static void pass(struct sim *s)
{
	int64_t ms = (int64_t)sim_below(s, 3000);

	if (sim_chance(s, 40))
		ms = 1000 * (int64_t)sim_below(s, 40);
	else if (sim_chance(s, 5))
		ms = 1000 * (int64_t)sim_below(s, 400);
	sim_say(s, "%lld ms pass", (long long)ms);
	bool faults = !s->jumped && !s->rates && sim_chance(s, 10);
	/* A receiver whose time ends in the very moment of a fault may leave without. */
	for (int i = 0; i < SLOTS; i++)
		faults = faults && s->model.queues[i].waiter_count == 0;
	if (faults)
		sim_inject(s, 1);
	world_pass_ms(s->world, ms);
	store_fail_at(s->world->store, 0, OK);
	if (faults) {
		world_pass_ms(s->world, 0);
		sim_forget_attempts(s);
	}
	int64_t end = s->model.now + ms;
	if (s->world->fault_mono >= s->model.now) {
		m_pass(&s->model, s->world->fault_mono);
		sim_leases_put_off(s);
	}
	m_pass(&s->model, end);
	sim_check_waiters(s, false);
	settle_expired(s);
}

static void jump(struct sim *s)
{
	int64_t ms = 1000 * ((int64_t)sim_below(s, 7200) - 3600);

	sim_say(s, "the clock is set by %lld ms", (long long)ms);
	world_jump_ms(s->world, ms);
	s->model.wall += ms;
	s->jumped = true;
	for (int i = 0; i < s->model.note_count; i++)
		s->model.notes[i].jumped = true;
	for (int i = 0; i < s->model.topic_note_count; i++)
		s->model.topic_notes[i].jumped = true;
	settle_expired(s);
}

/* ---- a life */

static void make_again(struct sim *s)
{
	for (int i = SLOTS - 1; i >= 0; i--)
		if (!s->model.queues[i].exists && sim_chance(s, 50))
			sim_make_queue(s, i);
	world_forget(s->world);
}

static void event(struct sim *s)
{
	int what = (int)sim_below(s, 100);

	if (what < 70)
		turn(s);
	else if (what < 90)
		pass(s);
	else if (what < 92)
		sim_restart(s);
	else if (what < 94)
		sim_move_all(s);
	else if (what < 96 && s->rates)
		sim_move_slowly(s);
	else if (what < 97)
		make_again(s);
	else if (s->jumps)
		jump(s);
}

int64_t sim_life(uint64_t seed, bool verbose)
{
	enum { EVENTS = 250 };
	static struct sim life; /* large */

	life = (struct sim){ .seed = seed, .verbose = verbose };
	rng_seed_number(&life.rng, seed);
	life.world = world_open(seed);
	life.jumps = sim_chance(&life, 25);
	life.rates = sim_chance(&life, 25);
	life.tracks = sim_chance(&life, 50);
	life.model.now = life.world->now.mono_ms;
	life.model.wall = life.world->now.wall_ms;
	life.model.move_at = NEVER;
	sim_setup(&life);
	for (int i = 0; i < EVENTS; i++) {
		event(&life);
		if (i % 8 == 7)
			check_counts(&life);
	}
	world_pass_ms(life.world, 3 * SECOND_MS);
	m_pass(&life.model, life.model.now + 3 * SECOND_MS);
	settle_expired(&life);
	check_jobs(&life, true);
	life.world = world_close(life.world);
	return life.operations;
}

static void say_seed(int signal_number)
{
	char text[64];
	int n = snprintf(text, sizeof text, "sim: seed %llu died\n", (unsigned long long)seed_now);

	(void)signal_number;
	if (write(2, text, (size_t)n) < 0)
		_exit(2);
	signal(SIGABRT, SIG_DFL);
}

enum { LIFE_QUEUES = 1, LIFE_GROUPS = 2, LIFE_APPROVALS = 4, LIVES_ALL = 7 };

/* The lives of one seed. */
static int64_t lives(uint64_t seed, unsigned which, bool verbose)
{
	int64_t operations = 0;

	if (which & LIFE_QUEUES)
		operations += sim_life(seed, verbose);
	if (which & LIFE_GROUPS)
		operations += sim_groups(seed, verbose);
	if (which & LIFE_APPROVALS)
		operations += sim_approvals(seed, verbose);
	return operations;
}

int main(int argc, char **argv)
{
	int64_t seeds = 200, one = -1, first = 1, groups = 0, approvals = 0, operations = 0;
	unsigned which = LIVES_ALL;

	for (int i = 1; i + 1 < argc; i += 2) {
		int64_t *to = str_is(str_of(argv[i]), "--seeds")       ? &seeds
		              : str_is(str_of(argv[i]), "--seed")      ? &one
		              : str_is(str_of(argv[i]), "--from")      ? &first
		              : str_is(str_of(argv[i]), "--groups")    ? &groups
		              : str_is(str_of(argv[i]), "--approvals") ? &approvals
		                                                       : NULL;
		if (to == NULL || !str_i64(str_of(argv[i + 1]), 0, INT32_MAX, to)) {
			fprintf(stderr, "usage: sim [--seeds N | --groups N | --approvals N] [--from N] | "
			                "[--seed N]\n");
			return 2;
		}
	}
	signal(SIGABRT, say_seed);
	if (groups + approvals > 0) {
		which = groups > 0 ? LIFE_GROUPS : LIFE_APPROVALS;
		seeds = groups > 0 ? groups : approvals;
	}
	if (one >= 0) {
		first = one;
		seeds = 1;
	}
	for (int64_t i = 0; i < seeds; i++) {
		seed_now = (uint64_t)(first + i);
		operations += lives(seed_now, which, one >= 0);
	}
	printf("sim: %lld seeds, %lld operations, 0 failures\n", (long long)seeds,
	       (long long)operations);
	return 0;
}
