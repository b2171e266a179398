/* attributes.c - message attributes of SNS: checked in Amazon's words, sorted by name. */
#include <stdlib.h>

#include "api/sns/sns.h"
#include "api/sqs/validate.h"
#include "base/limits.h"
#include "wire/hash.h"

#define BAD(...) refused_as(a, REFUSED_INVALID_PARAMETER, __VA_ARGS__)
static const struct refused fine = { .why = REFUSED_NONE };

static bool word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

static struct refused check_name(struct arena *a, struct str name)
{
	if (name.len == 0)
		return BAD("The message attribute name can not be empty.");
	if (name.len > MESSAGE_ATTRIBUTE_NAME_MAX)
		return BAD("Length of message attribute name must be less than 256 bytes.");
	if (name.at[0] == '.')
		return BAD("Invalid message attribute name starting with character '.' was found.");
	if (name.at[name.len - 1] == '.')
		return BAD("Invalid message attribute name ending with character '.' was found.");
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];
		if (!word(c))
			return BAD("Invalid non-alphanumeric character '#x%X' was found in the message "
			           "attribute name. "
			           "Can only include alphanumeric characters, hyphens, underscores, or dots.",
			           c);
		if (i > 0 && c == '.' && name.at[i - 1] == '.')
			return BAD("Message attribute name can not have successive '.' character.");
	}
	return fine;
}

static bool is_type(struct str type, struct str base)
{
	return str_eq(type, base) ||
	       (str_starts(type, base) && type.len > base.len + 1 && type.at[base.len] == '.');
}

static struct refused check_value(struct arena *a, const struct attribute_value *v)
{
	bool binary = is_type(v->type, S("Binary")), number = is_type(v->type, S("Number"));

	if (v->type.len == 0)
		return BAD("The message attribute '%.*s' must contain non-empty message attribute type.",
		           S_ARG(v->name));
	if (!binary && !number && !is_type(v->type, S("String")))
		return BAD("The message attribute '%.*s' has an invalid message attribute type, the "
		           "set of supported "
		           "type prefixes is Binary, Number, and String.",
		           S_ARG(v->name));
	if (v->type.len > MESSAGE_ATTRIBUTE_NAME_MAX || !valid_characters(v->type))
		return BAD("The message attribute '%.*s' has an invalid message attribute type.",
		           S_ARG(v->name));
	if (v->value.len == 0)
		return BAD("The message attribute '%.*s' must contain non-empty message attribute "
		           "value for message "
		           "attribute type '%.*s'.",
		           S_ARG(v->name), S_ARG(v->type));
	if (number && !valid_number(v->value))
		return BAD("Could not cast message attribute '%.*s' value to number.", S_ARG(v->name));
	if (binary ? !str_given(base64_read(a, v->value)) : !valid_characters(v->value))
		return BAD("The message attribute '%.*s' has an invalid value.", S_ARG(v->name));
	return fine;
}

static int by_name(const void *a, const void *b)
{
	const struct attribute_value *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

struct refused sns_read_attributes(struct api_call *call, const struct json *map,
                                   struct publish_entry *e)
{
	struct arena *a = call->c->arena;

	if (map == NULL)
		return fine;
	struct attribute_value *all = ARENA_ARRAY(a, struct attribute_value, map->count + 1);
	JSON_EACH (map, v) {
		struct attribute_value *one = &all[e->attribute_count];
		*one = (struct attribute_value){ .name = v->key, .type = json_get_text(v, "DataType") };
		bool binary = str_starts(one->type, S("Binary"));
		one->value = json_get_text(v, binary ? "BinaryValue" : "StringValue");
		struct refused r = check_name(a, one->name);
		if (r.why == REFUSED_NONE)
			r = check_value(a, one);
		if (r.why != REFUSED_NONE)
			return r;
		e->attribute_count++;
		e->size += one->name.len + one->type.len +
		           (binary ? one->value.len / 4 * 3 : one->value.len);
	}
	qsort(all, (size_t)e->attribute_count, sizeof *all, by_name);
	e->attributes = all;
	return fine;
}
