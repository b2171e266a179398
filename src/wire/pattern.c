/* pattern.c - see pattern.h. The only file that knows PCRE2.
 *
 * The budget is kept by callouts: PCRE2 calls us before each item of the pattern that it
 * tries. Its own match limit would not do: it is counted anew at each place of the text
 * where a match could begin. What lies between two callouts is one item repeated over a
 * stretch of text, so the way that the matcher has gone is charged too. */
#include "wire/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/limits.h"

enum {
	CHARGED_BYTES = 16, /* of text that cost as much as one item */
};

struct pattern {
	pcre2_code *code;
	size_t len;
	char text[]; /* as the schema has it */
};

struct pattern_work {
	pcre2_match_context *context;
	pcre2_match_data *data;
	int64_t *steps;
	size_t at; /* where the last callout was */
};

static int count_step(pcre2_callout_block *block, void *work)
{
	struct pattern_work *w = work;
	size_t at = block->current_position;
	size_t way = at > w->at ? at - w->at : w->at - at;

	w->at = at;
	*w->steps -= 1 + (int64_t)(way / CHARGED_BYTES);
	return *w->steps < 0 ? PCRE2_ERROR_CALLOUT : 0;
}

struct pattern_work *pattern_work_new(void)
{
	struct pattern_work *w = mem_get(sizeof *w);

	w->context = pcre2_match_context_create(NULL);
	w->data = pcre2_match_data_create(1, NULL);
	if (w->context == NULL || w->data == NULL)
		return pattern_work_free(w);
	pcre2_set_callout(w->context, count_step, w);
	pcre2_set_heap_limit(w->context, PATTERN_HEAP_KIB);
	return w;
}

struct pattern_work *pattern_work_free(struct pattern_work *w)
{
	if (w != NULL) {
		pcre2_match_data_free(w->data);
		pcre2_match_context_free(w->context);
		mem_free(w);
	}
	return NULL;
}

static pcre2_code *compile(struct arena *a, struct str text, struct str *why)
{
	const uint32_t how = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS |
	                     PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR sentence[128] = { 0 };
	PCRE2_SIZE at = 0;
	int error = 0;

	must(context != NULL);
	pcre2_set_parens_nest_limit(context, PATTERN_NEST_MAX); /* it recurses on our small stacks */
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.at, text.len, how, &error, &at, context);
	pcre2_compile_context_free(context);
	if (code == NULL) {
		pcre2_get_error_message(error, sentence, sizeof sentence);
		*why = arena_printf(a, "cannot be read: %s", (const char *)sentence);
	}
	return code;
}

struct pattern *pattern_new(struct arena *a, struct str text, struct str *why)
{
	struct buf translated = { 0 };
	struct pattern *p = NULL;

	if (text.len > PATTERN_MAX) {
		*why = arena_printf(a, "is longer than %d bytes", PATTERN_MAX);
		return NULL;
	}
	pcre2_code *code = pattern_translate(a, text, &translated, why)
	                       ? compile(a, buf_str(&translated), why)
	                       : NULL;
	buf_free(&translated);
	if (code == NULL)
		return NULL;
	p = mem_get(sizeof *p + text.len + 1);
	p->code = code;
	p->len = text.len;
	if (text.len > 0)
		memcpy(p->text, text.at, text.len);
	return p;
}

struct pattern *pattern_free(struct pattern *p)
{
	if (p != NULL) {
		pcre2_code_free(p->code);
		mem_free(p);
	}
	return NULL;
}

struct str pattern_text(const struct pattern *p)
{
	return (struct str){ p->text, p->len };
}

enum pattern_result pattern_find(const struct pattern *p, struct pattern_work *w, struct str text,
                                 int64_t *steps)
{
	int result;

	if (w == NULL || *steps < 0)
		return PATTERN_GAVE_UP;
	w->steps = steps;
	w->at = 0;
	/* The text was checked when it was read as JSON. */
	result = pcre2_match(p->code, (PCRE2_SPTR)(text.at == NULL ? "" : text.at), text.len, 0,
	                     PCRE2_NO_UTF_CHECK, w->data, w->context);
	*steps -= (int64_t)(text.len / CHARGED_BYTES) / CHARGED_BYTES; /* the search for a beginning */
	if (result >= 0)
		return PATTERN_FOUND;
	return result == PCRE2_ERROR_NOMATCH ? PATTERN_NOT_FOUND : PATTERN_GAVE_UP;
}
