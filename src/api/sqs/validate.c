/* validate.c - what SQS allows, in tables and small automata. */
#include "api/sqs/validate.h"

#include "base/limits.h"

static const struct refused fine = { .why = REFUSED_NONE };

static const struct {
	const char *name;
	int64_t min, max;
	const char *reason;
} ranges[RANGES] = {
	[RANGE_MAX_MESSAGES] = { "MaxNumberOfMessages", 1, BATCH_ENTRIES_MAX,
	                         "Must be between 1 and 10, if provided." },
	[RANGE_WAIT] = { "WaitTimeSeconds", 0, QUEUE_WAIT_MAX_S,
	                 "Must be >= 0 and <= 20, if provided." },
	[RANGE_RECEIVE_VISIBILITY] = { "VisibilityTimeout", 0, QUEUE_VISIBILITY_MAX_S,
	                               "Must be >= 0 and <= 43200, if provided." },
	[RANGE_VISIBILITY] = { "VisibilityTimeout", 0, QUEUE_VISIBILITY_MAX_S,
	                       "VisibilityTimeout must be an integer between 0 and 43200." },
	[RANGE_DELAY] = { "DelaySeconds", 0, QUEUE_DELAY_MAX_S,
	                  "DelaySeconds must be >= 0 and <= 900." },
	[RANGE_LIST_RESULTS] = { "MaxResults", 1, LIST_MAX,
	                         "MaxResults must be an integer between 1 and 1000." },
	[RANGE_MOVE_RESULTS] = { "MaxResults", 1, MOVE_TASKS_KEPT,
	                         "MaxResults must be an integer between 1 and 10." },
	[RANGE_MOVE_RATE] = { "MaxNumberOfMessagesPerSecond", 1, MOVE_RATE_MAX,
	                      "MaxNumberOfMessagesPerSecond must be an integer between 1 and 500." },
};

struct refused validate_range(struct arena *a, enum range r, int64_t value)
{
	if (value >= ranges[r].min && value <= ranges[r].max)
		return fine;
	return refused_as(a, REFUSED_INVALID_PARAMETER,
	                  "Value %lld for parameter %s is invalid. Reason: %s", (long long)value,
	                  ranges[r].name, ranges[r].reason);
}

static bool word(struct str s, size_t max)
{
	return s.len >= 1 && s.len <= max && str_alphanumeric(s, "-_");
}

struct refused validate_queue_name(struct arena *a, struct str name, bool fifo)
{
	struct str stem = name;
	bool suffix = str_ends(name, S(".fifo"));

	if (suffix)
		stem.len -= S(".fifo").len;
	if (fifo == suffix && name.len <= QUEUE_NAME_MAX && word(stem, QUEUE_NAME_MAX))
		return fine;
	if (fifo)
		return refused_as(
			a, REFUSED_INVALID_PARAMETER,
			"The name of a FIFO queue can only include alphanumeric characters, "
			"hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.");
	return refused_as(
		a, REFUSED_INVALID_PARAMETER,
		"Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

static bool allowed_at(const unsigned char *p, size_t left)
{
	if (p[0] < 0x20)
		return p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
	/* U+FFFE and U+FFFF; surrogates are no UTF-8 in the first place */
	return p[0] != 0xEF || left < 3 || p[1] != 0xBF || p[2] < 0xBE;
}

/* Bodies are mostly clean: 16 bytes at once, a closer look only where one may be wrong. */
bool valid_characters(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.at;
	size_t i = 0;

	while (i < s.len) {
		size_t end = i + sizeof(bytes16);
		if (end <= s.len) {
			bytes16 v;
			memcpy(&v, p + i, sizeof v);
			words2 hit = (words2)((v < 0x20) | (v == 0xEF));
			if ((hit[0] | hit[1]) == 0) {
				i = end;
				continue;
			}
		} else {
			end = s.len;
		}
		for (; i < end; i++)
			if (!allowed_at(p + i, s.len - i))
				return false;
	}
	return true;
}

struct refused validate_body(struct arena *a, struct str text)
{
	if (valid_characters(text))
		return fine;
	return refused_as(
		a, REFUSED_INVALID_BODY,
		"Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to "
		"#xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
}

struct refused validate_token(struct arena *a, const char *parameter, struct str value)
{
	bool good = value.len >= 1 && value.len <= MESSAGE_GROUP_MAX;

	for (size_t i = 0; good && i < value.len; i++)
		good = value.at[i] > 0x20 && value.at[i] < 0x7F;
	if (good)
		return fine;
	return refused_as(
		a, REFUSED_INVALID_PARAMETER,
		"Value %.*s for parameter %s is invalid. Reason: %s can only include alphanumeric and "
		"punctuation characters. 1 to 128 in length.",
		S_ARG(value), parameter, parameter);
}

static struct refused batch_ids(struct arena *a, const struct str *ids, int count)
{
	for (int i = 0; i < count; i++)
		if (!word(ids[i], BATCH_ID_MAX))
			return refused_as(
				a, REFUSED_INVALID_ENTRY_ID,
				"A batch entry id can only contain alphanumeric characters, hyphens and "
				"underscores. It can be at most 80 letters long.");
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (str_eq(ids[i], ids[j]))
				return refused_as(a, REFUSED_ENTRY_IDS_NOT_DISTINCT, "Id %.*s repeated.",
				                  S_ARG(ids[i]));
	return fine;
}

struct refused validate_batch(struct arena *a, const char *entry, const struct str *ids, int count)
{
	if (count == 0)
		return refused_as(a, REFUSED_EMPTY_BATCH, "There should be at least one %s in the request.",
		                  entry);
	if (count > BATCH_ENTRIES_MAX)
		return refused_as(a, REFUSED_TOO_MANY_ENTRIES,
		                  "Maximum number of entries per request are 10. You have sent %d.", count);
	return batch_ids(a, ids, count);
}

struct refused validate_tag(struct arena *a, struct str key, struct str value)
{
	if (key.len < 1 || key.len > 4 * QUEUE_TAG_KEY_MAX)
		return refused_as(a, REFUSED_INVALID_PARAMETER,
		                  "Tag keys must be between 1 and 128 characters long.");
	if (value.len > 4 * QUEUE_TAG_VALUE_MAX)
		return refused_as(a, REFUSED_INVALID_PARAMETER,
		                  "Tag values must be between 0 and 256 characters long.");
	if (!valid_characters(key) || !valid_characters(value))
		return refused_as(a, REFUSED_INVALID_PARAMETER, "Tags may not contain control characters.");
	return fine;
}

struct refused validate_label(struct arena *a, struct str label)
{
	if (word(label, QUEUE_NAME_MAX))
		return fine;
	return refused_as(
		a, REFUSED_INVALID_PARAMETER,
		"Value %.*s for parameter Label is invalid. Reason: Can only include alphanumeric "
		"characters, hyphens, or underscores. 1 to 80 in length.",
		S_ARG(label));
}

/* ---- numbers */

struct digits {
	size_t at;              /* in the text */
	int significant;        /* without zeros at either end */
	int zeros;              /* behind the last one that is not zero */
	int64_t exponent;       /* of the first digit that is not zero */
	bool some, point, unit; /* unit: the digits are just "1" */
};

static void take_digit(struct digits *d, char c)
{
	d->some = true;
	if (c == '0') {
		if (d->significant == 0)
			d->exponent -= d->point;
		else
			d->zeros++;
	} else {
		d->unit = d->significant == 0 && c == '1';
		if (d->significant > 0)
			d->significant += d->zeros;
		d->significant++;
		d->zeros = 0;
	}
}

static void take_mantissa(struct digits *d, struct str s)
{
	int64_t whole = 0;

	d->exponent = -1;
	for (; d->at < s.len; d->at++) {
		char c = s.at[d->at];
		if (c == '.' && !d->point) {
			d->point = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		take_digit(d, c);
		whole += !d->point && (d->significant > 0);
	}
	if (whole > 0)
		d->exponent = whole - 1;
}

bool valid_number(struct str s)
{
	struct digits d = { 0 };
	int64_t power = 0;

	if (s.len > 256)
		return false;
	if (s.len > 0 && (s.at[0] == '-' || s.at[0] == '+'))
		s = str_from(s, 1);
	take_mantissa(&d, s);
	if (!d.some)
		return false;
	struct str rest = str_from(s, d.at);
	if (rest.len > 0) {
		if (rest.at[0] != 'e' && rest.at[0] != 'E')
			return false;
		rest = str_from(rest, 1);
		if (rest.len > 1 && rest.at[0] == '+' && rest.at[1] != '-')
			rest = str_from(rest, 1);
		if (!str_i64(rest, -1000, 1000, &power))
			return false;
	}
	if (d.significant == 0)
		return true;
	int64_t exponent = d.exponent + power;
	return d.significant <= 38 && exponent >= -128 &&
	       (exponent < 126 || (exponent == 126 && d.unit));
}
