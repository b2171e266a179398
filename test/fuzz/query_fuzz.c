/* query_fuzz.c - any bytes as a Query request of SQS: a tree or a sentence, never a crash, and
 * a tree is JSON that is read back the same. */
#include "api/query.h"
#include "base/err.h"

static const struct query_shape entry[] = {
	{ "MessageAttribute", "MessageAttributes", QUERY_MAP, query_plain },
	{ 0 },
};
static const struct query_shape shapes[] = {
	{ "Attribute", "Attributes", QUERY_MAP, NULL },
	{ "AttributeName", "AttributeNames", QUERY_LIST, NULL },
	{ "MessageAttribute", "MessageAttributes", QUERY_MAP, query_plain },
	{ "SendMessageBatchRequestEntry", "Entries", QUERY_LIST, entry },
	{ "Tag", "Tags", QUERY_MAP, NULL },
	{ "Policy", "Policy", QUERY_OBJECT, query_plain },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_back(struct arena *arena, const struct json *tree)
{
	struct buf first = { 0 }, second = { 0 };
	struct str why;

	json_write(&first, tree);
	struct json *again = json_read(arena, buf_str(&first), &why);
	must(again != NULL);
	json_write(&second, again);
	must(str_eq(buf_str(&first), buf_str(&second)));
	buf_free(&first);
	buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_open();
	struct str why = S_NONE;
	struct form form;

	if (form_read(arena, (struct str){ (const char *)bytes, size }, &form, &why)) {
		struct json *tree = query_tree(arena, &form, shapes, &why);
		must((tree != NULL) != (why.len > 0));
		if (tree != NULL)
			read_back(arena, tree);
	}
	arena_close(arena);
	return 0;
}
