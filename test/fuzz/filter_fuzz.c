/* filter_fuzz.c - any bytes as a filter policy, and any as the message it is asked about.
 *
 * Input: policy, a line feed, message. Nothing may crash, and a compiled policy must
 * give the same answer twice. */
#include <stddef.h>
#include <stdint.h>

#include "domain/topic/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_scope(struct arena *a, struct str policy, struct str message,
                      enum filter_scope scope)
{
	struct str why;
	struct filter *f = filter_compile(a, policy, scope, &why);

	must((f == NULL) == str_given(why));
	if (f == NULL)
		return;
	const struct attribute_value one = { S("a"), S("String.Array"), message };
	struct json *attributes = filter_attributes(a, &one, 1);
	struct json *body = json_read(a, message, &why);
	must(filter_matches(f, body) == filter_matches(f, body));
	must(filter_matches(f, attributes) == filter_matches(f, attributes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = { (const char *)data, size };
	struct str policy = str_cut(&message, '\n');
	struct arena *a = arena_open();

	if (str_given(message)) {
		try_scope(a, policy, message, FILTER_ATTRIBUTES);
		try_scope(a, policy, message, FILTER_BODY);
	}
	arena_close(a);
	return 0;
}
