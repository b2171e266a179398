/* worker.c - `ringi worker`: runs a command for each message of a queue.
 *
 *     exit 0             done: the message is deleted, the job has succeeded
 *     exit 65            (--dead-code) trying again is useless: to the dead-letter queue
 *     anything else      failed: tried again, as the queue's settings say
 *
 * Each slot is a thread that holds one message at a time. SIGTERM or SIGINT: nothing new is
 * claimed, what runs may end within --grace; then, or at the second signal, it is ended and its
 * message given back. */
#include "cli/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/os.h"

enum { LOOK_MS = 200, SCALE_EVERY_MS = 5000, PAUSE_MS = 1000, EXIT_DEAD = 65 };

static const struct option options[] = {
	{ .name = "concurrency",
	  .letter = 'c',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "1",
	  .least = 1,
	  .most = WORKER_SLOTS_MAX,
	  .help = "commands at the same time" },
	{ .name = "autoscale",
	  .kind = OPTION_TEXT,
	  .value = "MIN..MAX",
	  .help = "as many as the queue's backlog asks for, within these" },
	{ .name = "lease",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .least = 3,
	  .most = QUEUE_VISIBILITY_MAX_S,
	  .help = "a message is ours for so long, extended while its command runs",
	  .fallback = "30" },
	{ .name = "timeout",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_VISIBILITY_MAX_S,
	  .help = "a command that runs longer has failed" },
	{ .name = "grace",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .fallback = "30",
	  .most = QUEUE_VISIBILITY_MAX_S,
	  .help = "at the end, for what still runs" },
	{ .name = "dead-code",
	  .kind = OPTION_LIST,
	  .value = "CODE",
	  .help = "exit codes after which trying again is useless (65)" },
	{ .name = "name",
	  .kind = OPTION_TEXT,
	  .value = "NAME",
	  .help = "of this worker, as the ledger shows it (host and process id)" },
	{ .name = "max",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .most = INT64_MAX,
	  .help = "end after so many messages",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "once",
	  .kind = OPTION_SWITCH,
	  .help = "end when the queue has nothing more",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "output", .kind = OPTION_SWITCH, .help = "show what the commands print" },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "a line of JSON for each message",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* ---- one message */

static const char *what_of(const struct ending *e, bool dead)
{
	return e->lost                         ? "lost"
	       : e->given_up                   ? "given back"
	       : e->canceled                   ? "canceled"
	       : e->code == 0 && !e->timed_out ? "succeeded"
	       : dead                          ? "dead"
	                                       : "failed";
}

static void tell(struct slot *s, const struct task *t, const char *what, int64_t ms,
                 const struct ending *e)
{
	struct worker *w = s->worker;

	pthread_mutex_lock(&w->print);
	if (w->json)
		printf("{\"id\":\"%.*s\",\"attempt\":%lld,\"outcome\":\"%s\",\"exit\":%d,\"ms\":%lld}\n",
		       S_ARG(t->id), (long long)t->attempt, what, e->code, (long long)ms);
	else
		printf("%.*s %s (attempt %lld, %lld ms)\n", S_ARG(t->id), what, (long long)t->attempt,
		       (long long)ms);
	fflush(stdout);
	pthread_mutex_unlock(&w->print);
}

static void complain(struct slot *s, const struct answer *a)
{
	pthread_mutex_lock(&s->worker->print);
	fprintf(stderr, "ringi: %.*s\n", S_ARG(a->problem));
	pthread_mutex_unlock(&s->worker->print);
}

/* The command cannot be started, through no fault of the message. */
static void not_started(struct slot *s, const struct ending *e)
{
	struct worker *w = s->worker;

	complain(s, &(struct answer){ .problem = buf_str(&e->log) });
	if (e->missing) { /* no message will fare better */
		atomic_store(&w->broken, true);
		atomic_store(&w->stop, true);
	} else {
		cli_wait_ms(PAUSE_MS); /* no process, no memory: not again at once */
	}
}

static bool is_dead_code(const struct worker *w, int code)
{
	for (int i = 0; i < w->dead_code_count; i++)
		if (w->dead_codes[i] == code)
			return true;
	return false;
}

static void work(struct slot *s, struct task *t)
{
	struct worker *w = s->worker;
	int64_t began = os_mono_ns();
	struct ending e;
	struct answer a;
	int code = CLI_DONE;

	atomic_fetch_add(&w->busy, 1);
	child_work(s, t, &e);
	bool good = e.code == 0 && !e.timed_out && !e.canceled && !e.given_up;
	bool dead = !good && !e.given_up && is_dead_code(w, e.code);
	if (e.given_up)
		code = task_give_back(s, t, &a);
	else if (!e.lost)
		code = good ? task_complete(s, t, &e, &a) : task_fail(s, t, &e, dead, &a);
	if (code != CLI_DONE)
		complain(s, &a);
	tell(s, t, what_of(&e, dead), (os_mono_ns() - began) / 1000000, &e);
	atomic_fetch_add(e.given_up ? &w->given_back
	                 : good     ? &w->succeeded
	                 : dead     ? &w->dead
	                            : &w->failed,
	                 1);
	if (e.not_started)
		not_started(s, &e);
	atomic_fetch_sub(&w->busy, 1);
	buf_free(&e.log);
}

/* ---- slots */

static bool goes_on(struct slot *s)
{
	struct worker *w = s->worker;

	return !atomic_load(&w->stop) && s->number < atomic_load(&w->wanted);
}

/* One more of --max is for this slot. Before it claims: a message that is given back has lost an
 * attempt. */
static bool take_turn(struct worker *w)
{
	if (w->jobs_max == 0 || atomic_fetch_add(&w->turns, 1) < w->jobs_max)
		return true;
	atomic_fetch_sub(&w->turns, 1);
	return false;
}

static void turn_is_over(struct worker *w)
{
	if (atomic_fetch_add(&w->worked, 1) + 1 == w->jobs_max)
		atomic_store(&w->stop, true);
}

static void pause_after(struct slot *s, const struct answer *a)
{
	static atomic_llong said_ns;
	int64_t now = os_mono_ns();

	/* Many slots, one server that is away: once in a while is enough. */
	if (now - atomic_exchange(&said_ns, now) > (int64_t)5 * 1000000000)
		complain(s, a);
	for (int ms = 0; ms < PAUSE_MS && goes_on(s); ms += LOOK_MS)
		cli_wait_ms(LOOK_MS);
}

static void *slot_main(void *context)
{
	struct slot *s = context;
	struct worker *w = s->worker;
	struct answer a;
	struct task t;
	bool found;

	while (goes_on(s)) {
		arena_reset(s->arena);
		if (!take_turn(w)) { /* others have them, and may bring one back */
			cli_wait_ms(LOOK_MS);
			continue;
		}
		int code = task_claim(s, &t, &found, &a);
		if (found && !atomic_load(&w->stop)) {
			work(s, &t);
			turn_is_over(w);
			continue;
		}
		atomic_fetch_sub(&w->turns, 1);
		if (found)
			(void)task_give_back(s, &t, &a);
		else if (code != CLI_DONE && !atomic_load(&w->stop))
			pause_after(s, &a);
		else if (w->once && code == CLI_DONE)
			break;
	}
	atomic_store(&s->over, true);
	return NULL;
}

static bool slot_start(struct slot *s, struct worker *w, int number)
{
	struct client_config waiting = w->server;
	const char *tmp = getenv("TMPDIR");

	waiting.hang_up = &w->stop;
	*s = (struct slot){ .worker = w, .number = number, .arena = arena_open() };
	s->client = client_open(&w->server);
	s->waiting = client_open(&waiting);
	snprintf(s->folder, sizeof s->folder, "%.40s/ringi-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(s->folder) == NULL || pthread_create(&s->thread, NULL, slot_main, s) != 0) {
		cli_fail(CLI_STORAGE, "A slot could not be started in %s.", s->folder);
		return false;
	}
	s->started = true;
	return true;
}

static void slot_end(struct slot *s)
{
	char path[96];

	if (!s->started)
		return;
	pthread_join(s->thread, NULL);
	client_close(s->client);
	client_close(s->waiting);
	arena_close(s->arena);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", s->folder, i ? "progress" : "result");
		unlink(path);
	}
	rmdir(s->folder);
	s->started = false;
}

/* ---- how many */

static bool read_range(const char *text, int *least, int *most)
{
	struct str rest = str_of(text);
	int64_t a, b;
	const char *dots = strstr(text, "..");

	if (dots == NULL ||
	    !str_i64((struct str){ text, (size_t)(dots - text) }, 0, WORKER_SLOTS_MAX, &a) ||
	    !str_i64(str_from(rest, (size_t)(dots - text) + 2), 1, WORKER_SLOTS_MAX, &b) || a > b)
		return false;
	*least = (int)a;
	*most = (int)b;
	return true;
}

struct scale {
	bool on;
	int least, most;
	int64_t next_ns;
};

static void follow_backlog(struct cli *cli, struct worker *w, struct scale *scale)
{
	struct arena *own = cli->arena;
	struct answer a;

	if (!scale->on || os_mono_ns() < scale->next_ns)
		return;
	cli->arena = arena_open();
	/* Slots are what is counted here, and the server sees them as one worker. */
	int slots = atomic_load(&w->wanted);
	struct str path = arena_printf(cli->arena, "/v1/queues/%s/scaling?min=%d&max=%d&workers=%d",
	                               w->queue, scale->least, scale->most, slots > 0 ? slots : 1);
	if (client_rest(cli->client, cli->arena, "GET", path, S_NONE, &a) == CLI_DONE) {
		int64_t n = json_number(json_get(a.json, "workers_wanted"));
		atomic_store(&w->wanted, (int)(n < scale->least  ? scale->least
		                               : n > scale->most ? scale->most
		                                                 : n));
	}
	arena_close(cli->arena);
	cli->arena = own;
	scale->next_ns = os_mono_ns() + (int64_t)SCALE_EVERY_MS * 1000000;
}

/* ---- all of it */

/* Starts what is wanted, clears away what has ended; how many there are. */
static int tend(struct worker *w, struct slot *slots, bool may_start)
{
	int wanted = atomic_load(&w->wanted), running = 0;

	for (int i = 0; i < WORKER_SLOTS_MAX; i++) {
		struct slot *s = &slots[i];
		if (s->started && atomic_load(&s->over))
			slot_end(s);
		if (may_start && !s->started && i < wanted && !atomic_load(&w->stop) &&
		    !slot_start(s, w, i))
			atomic_store(&w->stop, true);
		running += s->started;
	}
	return running;
}

static bool signal_came(int wait_ms)
{
	sigset_t set;
	struct timespec time = { wait_ms / 1000, wait_ms % 1000 * 1000000L };

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &time) > 0;
}

static void drain(struct worker *w, struct slot *slots)
{
	int64_t until = os_mono_ns() + w->grace_ms * 1000000;

	atomic_store(&w->stop, true);
	while (tend(w, slots, false) > 0)
		if (signal_came(LOOK_MS) || os_mono_ns() >= until)
			atomic_store(&w->hurry, true);
}

static void run_slots(struct cli *cli, struct worker *w, struct scale *scale)
{
	struct slot *slots = ARENA_ARRAY(cli->arena, struct slot, WORKER_SLOTS_MAX);
	bool first = true;

	memset(slots, 0, sizeof *slots * WORKER_SLOTS_MAX);
	for (;;) {
		follow_backlog(cli, w, scale);
		/* With --once each slot ends by itself, and for good. */
		int running = tend(w, slots, first || !w->once);
		first = false;
		if (atomic_load(&w->stop) || (w->once && running == 0) || signal_came(LOOK_MS))
			break;
	}
	drain(w, slots);
}

static bool read_dead_codes(struct cli *cli, struct worker *w)
{
	const struct option_value *v = option_value(&cli->options, "dead-code");
	int64_t n;

	w->dead_codes[w->dead_code_count++] = EXIT_DEAD;
	if (v->count > 0)
		w->dead_code_count = 0;
	for (int i = 0; i < v->count; i++) {
		if (i == WORKER_DEAD_CODES_MAX || !str_i64(str_of(v->list[i]), 1, 255, &n))
			return false;
		w->dead_codes[w->dead_code_count++] = (int)n;
	}
	return true;
}

static int ask_queue(struct cli *cli, struct worker *w)
{
	struct answer a;
	int code = cli_rest(cli, "GET", cli_queue_path(cli, w->queue, ""), NULL, &a);

	if (code == CLI_DONE)
		w->tracked = json_is(json_get(a.json, "track"), JSON_TRUE);
	return code;
}

static const char *own_name(struct cli *cli)
{
	char host[65] = "";

	gethostname(host, sizeof host - 1);
	return arena_printf(cli->arena, "%s:%d", host, (int)getpid()).at;
}

static int prepare(struct cli *cli, struct worker *w, struct scale *scale)
{
	const struct options *o = &cli->options;
	const char *range = option_text(o, "autoscale");
	char **command = ARENA_ARRAY(cli->arena, char *, o->arg_count);

	if (o->arg_count < 2)
		return cli_fail(CLI_WRONG, "Name the command behind -- (ringi worker %s -- ./work.sh).",
		                cli_arg(cli, 0));
	for (int i = 1; i < o->arg_count; i++)
		command[i - 1] = (char *)(uintptr_t)o->args[i];
	command[o->arg_count - 1] = NULL;
	*w = (struct worker){ .queue = cli_arg(cli, 0), .command = command };
	w->lease_ms = option_number(o, "lease") * SECOND_MS;
	w->grace_ms = option_number(o, "grace") * SECOND_MS;
	w->timeout_ms = option_number(o, "timeout") * SECOND_MS;
	w->jobs_max = option_number(o, "max");
	w->once = option_on(o, "once");
	w->output = option_on(o, "output");
	w->json = option_on(o, "json");
	w->name = option_given(o, "name") ? option_text(o, "name") : own_name(cli);
	atomic_store(&w->wanted, (int)option_number(o, "concurrency"));
	pthread_mutex_init(&w->print, NULL);
	if (!read_dead_codes(cli, w))
		return cli_fail(CLI_WRONG,
		                "--dead-code takes an exit code from 1 to 255, at most %d times.",
		                WORKER_DEAD_CODES_MAX);
	scale->on = range != NULL;
	if (scale->on && !read_range(range, &scale->least, &scale->most))
		return cli_fail(CLI_WRONG, "--autoscale takes two numbers up to %d, as in 1..8, not '%s'.",
		                WORKER_SLOTS_MAX, range);
	if (scale->on)
		atomic_store(&w->wanted, scale->least);
	return CLI_DONE;
}

static void sum_up(struct worker *w)
{
	long long given_back = atomic_load(&w->given_back);

	fprintf(stderr, "%lld succeeded, %lld failed, %lld given up",
	        (long long)atomic_load(&w->succeeded), (long long)atomic_load(&w->failed),
	        (long long)atomic_load(&w->dead));
	if (given_back > 0)
		fprintf(stderr, ", %lld given back", given_back);
	fprintf(stderr, ".\n");
}

static int run(struct cli *cli)
{
	struct worker *w = ARENA_NEW(cli->arena, struct worker);
	struct scale scale = { 0 };
	sigset_t set;
	int code = prepare(cli, w, &scale);

	if (code == CLI_DONE && !child_can_run(cli->arena, w->command[0]))
		code = cli_fail(CLI_WRONG, "The command %s cannot be started: %s.", w->command[0],
		                strerror(errno));
	if (code == CLI_DONE)
		code = ask_queue(cli, w);
	if (code != CLI_DONE)
		return code;
	w->server = *client_config_of(cli->client);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* in all threads: this one asks for them */
	signal(SIGPIPE, SIG_IGN);
	run_slots(cli, w, &scale);
	if (!w->json)
		sum_up(w);
	return atomic_load(&w->broken) ? CLI_WRONG : CLI_DONE;
}

const struct command commands_worker[] = {
	{ .name = "worker",
	  .args = "QUEUE -- COMMAND [ARG...]",
	  .help = "Runs a command for each message: body on standard input, exit code 0 when done.",
	  .examples =
	      "ringi worker orders -- ./handle-order.sh\n"
	      "ringi worker thumbnails --concurrency 4 --timeout 60 -- convert - -resize 200 out.png\n"
	      "ringi worker reports --autoscale 1..8 -- python3 report.py\n"
	      "ringi worker imports --once --output -- sh -c 'jq -r .name'",
	  .options = options,
	  .args_min = 1,
	  .args_max = OPTION_ARGS_MAX,
	  .run = run },
	{ 0 },
};
