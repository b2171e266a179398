/* job_read.c - parameters of jobs: bounded, named in what is said of them. */
#include "api/rest/job.h"
#include "base/limits.h"

int64_t rest_bounded(struct api_call *call, const struct json *object, const char *name,
                     int64_t min, int64_t max, int64_t otherwise)
{
	int64_t n = param_int(call, object, name, otherwise);

	if (param_given(object, name) && (n < min || n > max)) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be a number from %lld to %lld, not %lld.", name, (long long)min,
		                   (long long)max, (long long)n);
		return otherwise;
	}
	return n;
}

struct str rest_short(struct api_call *call, const struct json *object, const char *name,
                      size_t max)
{
	struct str text = param_text(call, object, name);

	if (text.len > max)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s has %zu bytes; it may have %zu at most.", name, text.len, max);
	return text;
}

struct str rest_line(struct api_call *call, const struct json *object, const char *name, size_t max)
{
	struct str text = rest_short(call, object, name, max);

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f) {
			(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
			                   "%s has a control character (U+%04X) at byte %zu; it is one line of "
			                   "text.",
			                   name, (unsigned char)text.at[i], i + 1);
			break;
		}
	return text;
}

struct str rest_error_code(struct api_call *call, const struct json *object)
{
	struct str code = rest_short(call, object, "error", JOB_ERROR_CODE_MAX);

	return code.len == 0 ? S_NONE : code;
}

int64_t rest_wait_ms(struct api_call *call, const struct rest_in *in)
{
	struct str wait = form_get(&in->query, "wait");
	int64_t wait_s = 0;

	if (str_given(wait) && !str_i64(wait, 0, JOB_WAIT_MAX_S, &wait_s))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "wait must be a number from 0 to %d seconds, not %.*s.", JOB_WAIT_MAX_S,
		             S_ARG(wait));
	return wait_s * SECOND_MS;
}

int64_t rest_wait(struct api_call *call, const struct rest_in *in, const struct op *waits)
{
	int64_t wait_ms = rest_wait_ms(call, in);

	if (wait_ms > 0)
		call->c->op = waits;
	return wait_ms;
}

int64_t rest_time_of(struct api_call *call, const struct json *object, const char *name)
{
	struct str text = param_text(call, object, name);
	int64_t at = 0;

	if (str_given(text) && !time_read_rfc3339(text, &at))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be a time with its zone, as in 2026-11-22T15:37:32+09:00, not "
		                   "'%.*s'.",
		                   name, (int)(text.len > 64 ? 64 : text.len), text.at);
	return at;
}

const struct uuid *rest_id_of(struct api_call *call, const struct json *object, const char *name)
{
	struct str text = param_text(call, object, name);
	struct uuid *id = CALL_NEW(call, struct uuid);

	if (!str_given(text))
		return NULL;
	if (!uuid_read(text, id))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be the id of a job, not '%.*s'.", name,
		                   (int)(text.len > 64 ? 64 : text.len), text.at);
	return id;
}

struct str rest_json_of(struct api_call *call, const struct json *object, const char *name,
                        size_t max)
{
	const struct json *v = json_get(object, name);
	struct buf text = { 0 };

	if (v == NULL)
		return S_NONE;
	json_write(&text, v);
	arena_adopt(call->c->arena, text.at);
	if (text.len > max || text.failed)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s has %zu bytes as JSON; it may have %zu at most.", name, text.len,
		                   max);
	call->c->bytes += text.len;
	return buf_str(&text);
}

struct uuid rest_job_id(struct api_call *call, struct str text)
{
	struct uuid id = { 0 };

	if (!uuid_read(text, &id))
		(void)refuse(call->c, REFUSED_NO_SUCH_JOB, "There is no job %.*s: that is no job's id.",
		             (int)(text.len > 64 ? 64 : text.len), str_given(text) ? text.at : "");
	return id;
}

/* ---- labels */

static bool name_valid(struct str s)
{
	return s.len > 0 && s.len <= JOB_LABEL_NAME_MAX && str_alphanumeric(s, "_-./");
}

static void check_label(struct api_call *call, const struct json *v)
{
	struct str shown = v->key.len > 64 ? (struct str){ v->key.at, 64 } : v->key;

	if (!name_valid(v->key))
		(void)refuse_field(
			call->c, REFUSED_INVALID_PARAMETER, "labels",
			"The name of the label '%.*s' must have 1 to %d letters, digits and _ - . / "
			"only.",
			S_ARG(shown), JOB_LABEL_NAME_MAX);
	else if (!json_is(v, JSON_STRING) || v->text.len > JOB_LABEL_VALUE_MAX)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "labels",
		                   "The value of the label '%.*s' must be a text of at most %d bytes.",
		                   S_ARG(shown), JOB_LABEL_VALUE_MAX);
}

struct label *rest_labels(struct api_call *call, const struct json *map, int max, int *count)
{
	*count = 0;
	if (map == NULL || map->count == 0)
		return NULL;
	if (map->count > (uint32_t)max) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "labels",
		                   "%u labels are too many: %d at most.", map->count, max);
		return NULL;
	}
	struct label *labels = CALL_ARRAY(call, struct label, map->count);
	JSON_EACH (map, v) {
		check_label(call, v);
		labels[(*count)++] = (struct label){ v->key, v->text };
	}
	return labels;
}
