/* retry.c - delivery policies. */
#include "domain/topic/retry.h"

#include <math.h>

#include "base/limits.h"
#include "wire/json.h"

static const struct retry_policy usual = { .retries = 3, .min_s = 20, .max_s = 20 };

static const char *const backoffs[] = { "linear", "arithmetic", "geometric", "exponential" };

static bool read_number(const struct json *policy, const char *name, int64_t max, int64_t *out,
                        struct arena *a, struct str *why)
{
	const struct json *v = json_get(policy, name);

	if (v == NULL || v->kind == JSON_NULL)
		return true;
	if (v->kind == JSON_NUMBER && str_i64(v->text, 0, max, out))
		return true;
	*why = arena_printf(a, "healthyRetryPolicy.%s must be a number between 0 and %lld", name,
	                    (long long)max);
	return false;
}

static bool read_backoff(const struct json *policy, struct retry_policy *out, struct str *why)
{
	struct str name = json_get_text(policy, "backoffFunction");

	if (!str_given(name))
		return true;
	for (int i = 0; i < (int)(sizeof backoffs / sizeof backoffs[0]); i++)
		if (str_is(name, backoffs[i])) {
			out->backoff = (enum backoff)i;
			return true;
		}
	*why = S("healthyRetryPolicy.backoffFunction must be one of linear, arithmetic, "
	         "geometric, exponential");
	return false;
}

static bool read_policy(struct arena *a, const struct json *p, struct retry_policy *out,
                        struct str *why)
{
	if (!read_number(p, "numRetries", TOPIC_RETRIES_MAX, &out->retries, a, why) ||
	    !read_number(p, "numNoDelayRetries", TOPIC_RETRIES_MAX, &out->no_delay, a, why) ||
	    !read_number(p, "numMinDelayRetries", TOPIC_RETRIES_MAX, &out->min_delay, a, why) ||
	    !read_number(p, "numMaxDelayRetries", TOPIC_RETRIES_MAX, &out->max_delay, a, why) ||
	    !read_number(p, "minDelayTarget", TOPIC_RETRY_DELAY_MAX_S, &out->min_s, a, why) ||
	    !read_number(p, "maxDelayTarget", TOPIC_RETRY_DELAY_MAX_S, &out->max_s, a, why) ||
	    !read_backoff(p, out, why))
		return false;
	if (out->min_s > out->max_s)
		*why = S("healthyRetryPolicy.minDelayTarget must not be larger than maxDelayTarget");
	else if (out->no_delay + out->min_delay + out->max_delay > out->retries)
		*why = S("healthyRetryPolicy.numRetries must not be less than the retries of its "
		         "phases together");
	return !str_given(*why);
}

/* The retry policy inside a topic's or a subscription's delivery policy; NULL: none. */
static const struct json *part_of(const struct json *policy, bool of_topic)
{
	return of_topic ? json_get(json_get(policy, "http"), "defaultHealthyRetryPolicy")
	                : json_get(policy, "healthyRetryPolicy");
}

static bool read_text(struct arena *a, struct str text, bool of_topic, struct retry_policy *out,
                      struct str *why)
{
	struct str syntax;
	struct json *policy = json_read(a, text, &syntax);

	*why = S_NONE;
	if (!json_is(policy, JSON_OBJECT)) {
		*why = S("failed to parse JSON.");
		return false;
	}
	const struct json *part = part_of(policy, of_topic);
	return part == NULL || part->kind == JSON_NULL || read_policy(a, part, out, why);
}

bool retry_policy_check(struct arena *a, struct str json, bool of_topic, struct str *why)
{
	struct retry_policy p = usual;

	return read_text(a, json, of_topic, &p, why);
}

static bool overrides_disabled(struct arena *a, struct str topic_json)
{
	struct str why;
	const struct json *policy = json_read(a, topic_json, &why);

	return json_is(json_get(json_get(policy, "http"), "disableSubscriptionOverrides"), JSON_TRUE);
}

struct retry_policy retry_policy_of(struct arena *a, struct str topic_json,
                                    struct str subscription_json)
{
	struct retry_policy p = usual;
	struct str why;
	bool of_topic = topic_json.len > 0;

	if (of_topic && !read_text(a, topic_json, true, &p, &why))
		p = usual;
	if (subscription_json.len > 0 && !(of_topic && overrides_disabled(a, topic_json))) {
		struct retry_policy own = usual;
		if (read_text(a, subscription_json, false, &own, &why))
			p = own;
	}
	return p;
}

/* From min to max over `steps` retries, `at` 0..steps-1. */
static double backoff_s(const struct retry_policy *p, int64_t at, int64_t steps)
{
	must(at >= 0 && at < steps);
	double min = (double)p->min_s, max = (double)p->max_s;
	double share = steps <= 1 ? 1.0 : (double)at / (double)(steps - 1);

	switch (p->backoff) {
	case BACKOFF_LINEAR:
		return min + (max - min) * share;
	case BACKOFF_ARITHMETIC:
		return min + (max - min) * share * (share + 1) / 2;
	case BACKOFF_GEOMETRIC:
		return min > 0 ? min * pow(max / min, share) : max * share * share;
	case BACKOFF_EXPONENTIAL: {
		double s = (min > 0 ? min : 1) * pow(2, (double)at);
		return s < max ? s : max;
	}
	}
	return max;
}

int64_t retry_delay_ms(const struct retry_policy *p, int attempts)
{
	int64_t nth = attempts - 1; /* of the retries, from 0 */
	int64_t steps = p->retries - p->no_delay - p->min_delay - p->max_delay;

	must(attempts >= 1 && steps >= 0 && p->min_s <= p->max_s); /* as read_policy has it */
	if (nth >= p->retries)
		return -1;
	if (nth < p->no_delay)
		return 0;
	nth -= p->no_delay;
	if (nth < p->min_delay)
		return p->min_s * SECOND_MS;
	nth -= p->min_delay;
	return nth < steps ? (int64_t)(backoff_s(p, nth, steps) * SECOND_MS) : p->max_s * SECOND_MS;
}

struct str retry_policy_text(struct arena *a, const struct retry_policy *p, bool of_topic)
{
	struct str inner = arena_printf(
		a,
		"{\"minDelayTarget\":%lld,\"maxDelayTarget\":%lld,\"numRetries\":%lld,"
		"\"numMaxDelayRetries\":%lld,"
		"\"numNoDelayRetries\":%lld,\"numMinDelayRetries\":%lld,\"backoffFunction\":\"%s\"}",
		(long long)p->min_s, (long long)p->max_s, (long long)p->retries, (long long)p->max_delay,
		(long long)p->no_delay, (long long)p->min_delay, backoffs[p->backoff]);

	if (of_topic)
		return arena_printf(
			a,
			"{\"http\":{\"defaultHealthyRetryPolicy\":%.*s,\"disableSubscriptionOverrides\":"
			"false,\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; "
			"charset=UTF-8\"}}}",
			S_ARG(inner));
	return arena_printf(
		a,
		"{\"healthyRetryPolicy\":%.*s,\"sicklyRetryPolicy\":null,\"throttlePolicy\":null,"
		"\"requestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"},"
		"\"guaranteed\":false}",
		S_ARG(inner));
}
