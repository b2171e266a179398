/* retry.c - attempt to delay: initial * factor^(tries - 1), capped, spread by chance so that
 * jobs which failed together do not come back together. */
#include "domain/queue/retry.h"

#include "base/err.h"
#include "base/limits.h"
#include "wire/json.h"

struct retry retry_default(void)
{
	return (struct retry){
		.initial_ms = 1000,
		.max_ms = HOUR_MS,
		.factor_milli = 2000,
		.jitter_milli = 200,
	};
}

/* "1.5" -> 1500. Three decimal places at most, no exponent. */
static bool read_milli(struct str text, int64_t max, int64_t *out)
{
	struct str fraction = text;
	struct str whole = str_cut(&fraction, '.');
	uint64_t n, milli = 0;
	static const uint64_t scale[] = { 0, 100, 10, 1 };

	if (!str_u64(whole, 1000000, &n))
		return false;
	if (str_given(fraction) &&
	    (fraction.len < 1 || fraction.len > 3 || !str_u64(fraction, 999, &milli)))
		return false;
	*out = (int64_t)(n * 1000 + (str_given(fraction) ? milli * scale[fraction.len] : 0));
	return *out <= max;
}

struct member {
	const char *name, *sentence;
	int64_t min, max;
	bool fraction;
	int64_t *to;
};

static bool read_member(struct arena *a, const struct json *v, const struct member *members,
                        struct str *why)
{
	for (const struct member *m = members; m->name != NULL; m++) {
		if (!str_is(v->key, m->name))
			continue;
		bool good = json_is(v, JSON_NUMBER) &&
		            (m->fraction ? read_milli(v->text, m->max, m->to)
		                         : str_i64(v->text, m->min, m->max, m->to));
		if (good && *m->to >= m->min)
			return true;
		*why = arena_printf(a, "%s must be %s.", m->name, m->sentence);
		return false;
	}
	*why = arena_printf(a, "it has no member %.*s.", S_ARG(v->key));
	return false;
}

static bool read_backoff(struct arena *a, const struct json *j, struct retry *r, struct str *why)
{
	const struct member members[] = {
		{ "initial_ms", "a number from 0 to 604800000", 0, RETRY_DELAY_MAX_MS, false,
		  &r->initial_ms },
		{ "max_ms", "a number from 0 to 604800000", 0, RETRY_DELAY_MAX_MS, false, &r->max_ms },
		{ "factor", "a number from 1 to 100 with three decimal places at most", 1000, 100 * 1000,
		  true, &r->factor_milli },
		{ "jitter", "a number from 0 to 1 with three decimal places at most", 0, 1000, true,
		  &r->jitter_milli },
		{ 0 },
	};

	if (!json_is(j, JSON_OBJECT)) {
		*why = S("backoff must be an object.");
		return false;
	}
	JSON_EACH (j, v)
		if (!read_member(a, v, members, why))
			return false;
	return true;
}

bool retry_read(struct arena *a, struct str text, struct retry *r, struct str *why)
{
	const struct member members[] = {
		{ "max_attempts", "a number from 1 to 1000", 1, QUEUE_MAX_RECEIVES_MAX, false,
		  &r->max_attempts },
		{ 0 },
	};
	const struct json *j = json_read(a, text, why);

	*r = retry_default();
	r->given = true;
	if (!json_is(j, JSON_OBJECT)) {
		*why = S("it must be an object with max_attempts and backoff.");
		return false;
	}
	JSON_EACH (j, v)
		if (str_is(v->key, "backoff") ? !read_backoff(a, v, r, why)
		                              : !read_member(a, v, members, why))
			return false;
	return true;
}

int64_t retry_after_ms(const struct retry *r, int64_t tries, struct rng *rng)
{
	int64_t delay = r->initial_ms;

	must(r->factor_milli >= 1000 && r->jitter_milli <= 1000 && r->max_ms <= RETRY_DELAY_MAX_MS);
	/* Both stay below 2^63: 7 days in ms times 100,000. */
	for (int64_t i = 1, before = -1; i < tries && delay < r->max_ms && delay > before; i++) {
		before = delay;
		delay = delay * r->factor_milli / 1000;
	}
	if (delay > r->max_ms)
		delay = r->max_ms;
	int64_t spread = delay * r->jitter_milli / 1000;
	if (spread > 0)
		delay += (int64_t)rng_below(rng, (uint64_t)(2 * spread + 1)) - spread;
	must(delay >= 0);
	return delay > RETRY_DELAY_MAX_MS ? RETRY_DELAY_MAX_MS : delay;
}
