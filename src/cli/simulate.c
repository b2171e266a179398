/* simulate.c - `ringi simulate`: how long an approval takes when people are asked one after
 * the other, and when all are asked at once.
 *
 * Everybody agrees; what is drawn is when. One run draws a response time for each approver.
 * Serial: they are asked in the given order, and the times of the first N add up. Parallel: all
 * are asked at once, and the N-th answer decides. Means of exponential times that are all alike
 * are known exactly (m * N and m * (H(M) - H(M-N)), H the harmonic numbers) and printed beside. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/rng.h"
#include "cli/cli.h"

enum { RUNS_MAX = 1000 * 1000 };
enum { APPROVERS_MAX = OPTION_ARGS_MAX };

struct model {
	double means[APPROVERS_MAX]; /* milliseconds */
	int count, need;
	double deviation, deadline; /* milliseconds; deadline 0: none */
	struct str distribution;
	struct rng rng;
};

/* What all runs gave, in milliseconds, sorted. */
struct outcome {
	double *times;
	double mean, late; /* late: the part of the runs that passed the deadline */
};

/* ---- reading what was asked */

static double unit_ms(struct str unit)
{
	return str_is(unit, "ms")  ? 1
	       : str_is(unit, "s") ? SECOND_MS
	       : str_is(unit, "m") ? MINUTE_MS
	       : str_is(unit, "h") ? HOUR_MS
	       : str_is(unit, "d") ? DAY_MS
	                           : 0;
}

/* "8h", "1.5d", "800ms" in milliseconds; 0: it is none. */
static double read_time(const char *text)
{
	char *end;
	double number = isdigit((unsigned char)*text) ? strtod(text, &end) : 0;

	if (number <= 0 || !isfinite(number))
		return 0;
	double ms = number * unit_ms(str_of(end));
	return ms <= 3650 * (double)DAY_MS ? ms : 0;
}

static int wrong_time(const char *what, const char *text)
{
	return cli_fail(CLI_WRONG,
	                "%s: '%s' is no time; a number above 0 with ms, s, m, h or d behind it, such "
	                "as 8h, and at most 3650d.",
	                what, text);
}

static int read_means(struct cli *cli, struct model *m)
{
	int given = cli->options.arg_count;
	int64_t asked = option_number(&cli->options, "approvers");
	double last = 8 * (double)HOUR_MS;

	m->count = asked > given ? (int)asked : given;
	if (m->count == 0)
		m->count = 4;
	for (int i = 0; i < m->count; i++) {
		const char *text = cli_arg(cli, i);
		if (text != NULL && (last = read_time(text)) == 0)
			return wrong_time("response time", text);
		m->means[i] = last;
	}
	return CLI_DONE;
}

static int read_need(struct cli *cli, struct model *m)
{
	const char *text = option_text(&cli->options, "need");
	int64_t number = 0;

	if (!str_i64(str_of(text), 1, m->count, &number))
		number = 0;
	m->need = str_is(str_of(text), "all")        ? m->count
	          : str_is(str_of(text), "any")      ? 1
	          : str_is(str_of(text), "majority") ? m->count / 2 + 1
	          : str_is(str_of(text), "half")     ? (m->count + 1) / 2
	                                             : (int)number;
	if (m->need >= 1 && m->need <= m->count)
		return CLI_DONE;
	return cli_fail(CLI_WRONG, "--need: '%s' of %d approvers; all, any, majority, half or 1 to %d.",
	                text, m->count, m->count);
}

static int read_option_time(struct cli *cli, const char *name, double *ms)
{
	const char *text = option_text(&cli->options, name);

	if (text == NULL || (*ms = read_time(text)) > 0)
		return CLI_DONE;
	return wrong_time(name, text);
}

static int read_model(struct cli *cli, struct model *m)
{
	int code = read_means(cli, m);

	if (code == CLI_DONE)
		code = read_need(cli, m);
	if (code == CLI_DONE)
		code = read_option_time(cli, "deviation", &m->deviation);
	if (code == CLI_DONE)
		code = read_option_time(cli, "deadline", &m->deadline);
	m->distribution = str_of(option_text(&cli->options, "distribution"));
	if (code == CLI_DONE && m->deviation > 0 && !str_is(m->distribution, "normal"))
		return cli_fail(CLI_WRONG, "--deviation goes with --distribution normal.");
	rng_seed_number(&m->rng, (uint64_t)option_number(&cli->options, "seed"));
	return code;
}

/* ---- chance */

static double uniform(struct rng *rng) /* above 0, at most 1 */
{
	return ((double)(rng_u64(rng) >> 11) + 1) / 9007199254740992.0;
}

/* Nobody answers before he is asked: what falls below 1/16 of the mean counts as that. */
static double normal(struct model *m, double mean)
{
	double deviation = m->deviation > 0 ? m->deviation : mean * 3 / 8;
	double z = sqrt(-2 * log(uniform(&m->rng))) *
	           cos(2 * 3.14159265358979323846 * uniform(&m->rng));

	return fmax(mean + deviation * z, mean / 16);
}

static double response(struct model *m, double mean)
{
	return str_is(m->distribution, "fixed")    ? mean
	       : str_is(m->distribution, "normal") ? normal(m, mean)
	                                           : -mean * log(uniform(&m->rng));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void run_once(struct model *m, double *serial, double *parallel)
{
	double times[APPROVERS_MAX], sum = 0;

	for (int i = 0; i < m->count; i++) {
		times[i] = response(m, m->means[i]);
		if (i < m->need)
			sum += times[i];
	}
	qsort(times, (size_t)m->count, sizeof *times, by_size);
	*serial = sum;
	*parallel = times[m->need - 1];
}

static void summarise(const struct model *m, struct outcome *o, int runs)
{
	double sum = 0;
	int late = 0;

	qsort(o->times, (size_t)runs, sizeof *o->times, by_size);
	for (int i = 0; i < runs; i++) {
		sum += o->times[i];
		late += m->deadline > 0 && o->times[i] >= m->deadline;
	}
	o->mean = sum / runs;
	o->late = (double)late / runs;
}

/* ---- what is known exactly; 0: nothing */

static double exact_mean(const struct model *m, bool parallel)
{
	double sum = 0, harmonic = 0;

	for (int i = 0; i < m->need; i++)
		sum += m->means[i];
	if (!parallel)
		return str_is(m->distribution, "normal") ? 0 : sum;
	for (int i = 1; i < m->count; i++)
		if (m->means[i] != m->means[0])
			return 0;
	for (int i = m->count - m->need + 1; i <= m->count; i++)
		harmonic += 1.0 / i;
	return str_is(m->distribution, "exponential") ? m->means[0] * harmonic
	       : str_is(m->distribution, "fixed")     ? m->means[0]
	                                              : 0;
}

/* ---- telling */

/* In a unit that suits the larger of both outcomes. */
static double unit_for(double ms, const char **unit)
{
	*unit = ms >= 2 * (double)DAY_MS * 10 ? "d"
	        : ms >= 2 * (double)HOUR_MS   ? "h"
	        : ms >= 2 * (double)MINUTE_MS ? "m"
	                                      : "s";
	return unit_ms(str_of(*unit));
}

static void print_line(const struct model *m, const struct outcome *o, int runs, bool parallel,
                       double unit)
{
	double exact = exact_mean(m, parallel);

	printf("%-10s %9.2f", parallel ? "parallel" : "serial", o->mean / unit);
	exact > 0 ? printf(" %9.2f", exact / unit) : printf(" %9s", "-");
	printf(" %9.2f %9.2f", o->times[runs / 2] / unit, o->times[(int)(runs * 0.95)] / unit);
	m->deadline > 0 ? printf(" %8.1f%%\n", o->late * 100) : printf("\n");
}

static void print_table(const struct model *m, const struct outcome o[2], int runs)
{
	const char *unit;
	double scale = unit_for(o[0].mean, &unit);

	printf("%d of %d approvers must agree; %.*s response times; %d runs\n\n", m->need, m->count,
	       S_ARG(m->distribution), runs);
	printf("%-10s %8s%s %9s %9s %9s %s\n", "", "MEAN/", unit, "EXACT", "P50", "P95",
	       m->deadline > 0 ? "    LATE" : "");
	print_line(m, &o[0], runs, false, scale);
	print_line(m, &o[1], runs, true, scale);
	printf("\nAsking all at once takes %.0f %% less time.\n", (1 - o[1].mean / o[0].mean) * 100);
}

static struct json *outcome_json(struct arena *arena, const struct model *m,
                                 const struct outcome *o, int runs, bool parallel)
{
	struct json *object = json_new(arena, JSON_OBJECT);

	json_put_number(arena, object, "mean_ms", llround(o->mean));
	if (exact_mean(m, parallel) > 0)
		json_put_number(arena, object, "exact_mean_ms", llround(exact_mean(m, parallel)));
	json_put_number(arena, object, "p50_ms", llround(o->times[runs / 2]));
	json_put_number(arena, object, "p95_ms", llround(o->times[(int)(runs * 0.95)]));
	if (m->deadline > 0)
		json_put_number(arena, object, "late_per_mille", llround(o->late * 1000));
	return object;
}

static void print_json(struct cli *cli, const struct model *m, const struct outcome o[2], int runs)
{
	struct json *object = json_new(cli->arena, JSON_OBJECT);

	json_put_number(cli->arena, object, "approvers", m->count);
	json_put_number(cli->arena, object, "need", m->need);
	json_put_number(cli->arena, object, "runs", runs);
	json_add(object, S("serial"), outcome_json(cli->arena, m, &o[0], runs, false));
	json_add(object, S("parallel"), outcome_json(cli->arena, m, &o[1], runs, true));
	cli_show(cli, object);
}

static int simulate(struct cli *cli)
{
	struct model *m = ARENA_NEW(cli->arena, struct model);
	int runs = (int)option_number(&cli->options, "runs");
	struct outcome o[2];
	int code = read_model(cli, m);

	if (code != CLI_DONE)
		return code;
	for (int i = 0; i < 2; i++)
		o[i].times = ARENA_ARRAY(cli->arena, double, runs);
	for (int i = 0; i < runs; i++)
		run_once(m, &o[0].times[i], &o[1].times[i]);
	for (int i = 0; i < 2; i++)
		summarise(m, &o[i], runs);
	if (option_on(&cli->options, "json"))
		print_json(cli, m, o, runs);
	else
		print_table(m, o, runs);
	return CLI_DONE;
}

static const struct option simulate_options[] = {
	{ .name = "approvers",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "0",
	  .help = "how many (default: as many as times are given, or 4); the last time is theirs too",
	  .least = 0,
	  .most = APPROVERS_MAX },
	{ .name = "need",
	  .value = "N",
	  .fallback = "all",
	  .help = "who must agree: all, any, majority, half or a number" },
	{ .name = "distribution",
	  .kind = OPTION_CHOICE,
	  .choices = "exponential|normal|fixed",
	  .fallback = "exponential",
	  .help = "of the response times" },
	{ .name = "deviation",
	  .value = "TIME",
	  .help = "standard deviation of normal times (default: 3/8 of the mean)" },
	{ .name = "deadline", .value = "TIME", .help = "also tell how many come too late" },
	{ .name = "runs",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "100000",
	  .help = "how often it is tried",
	  .least = 100,
	  .most = RUNS_MAX },
	{ .name = "seed",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "1",
	  .help = "the same seed gives the same figures",
	  .least = 0,
	  .most = INT32_MAX },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_simulate[] = {
	{ .name = "simulate",
	  .args = "[TIME...]",
	  .help = "How long an approval takes, people asked in turn and all at once.",
	  .examples = "ringi simulate 8h 8h 8h 8h\n"
	              "ringi simulate 4h 1d 2d --need 2 --deadline 3d\n"
	              "ringi simulate 800ms --approvers 4 --distribution normal --deviation 300ms",
	  .options = simulate_options,
	  .args_max = APPROVERS_MAX,
	  .local = true,
	  .run = simulate },
	{ 0 },
};
