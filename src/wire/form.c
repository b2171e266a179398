/* form.c - form fields and percent escapes. Pure. */
#include "wire/form.h"

#include "base/limits.h"

/* Writes at most s.len bytes; false at a broken escape. */
static bool unescape(struct str s, bool plus_is_space, char *to, size_t *len)
{
	char *from = to;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '%') {
			int high = s.len - i > 2 ? hex_digit(s.at[i + 1]) : -1;
			int low = s.len - i > 2 ? hex_digit(s.at[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			*to++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*to++ = s.at[i] == '+' && plus_is_space ? ' ' : s.at[i];
		}
	}
	*len = (size_t)(to - from);
	return true;
}

/* Decodes to `*room`, which has place for all that is left, and moves it on. */
static bool decode(char **room, struct str s, struct str *out, struct str *why)
{
	if (!unescape(s, true, *room, &out->len)) {
		*why = S("The form has a broken percent escape.");
		return false;
	}
	out->at = *room;
	*room += out->len;
	if (!str_utf8(*out)) {
		*why = S("The form is not UTF-8.");
		return false;
	}
	return true;
}

/* How many fields there can be, one more than the limit at most. */
static int count_fields(struct str bytes)
{
	int count = 1;

	for (size_t i = 0; i < bytes.len && count <= FORM_FIELDS_MAX; i++)
		count += bytes.at[i] == '&';
	return count;
}

bool form_read(struct arena *a, struct str bytes, struct form *form, struct str *why)
{
	int max = count_fields(bytes);

	*form = (struct form){ 0 };
	if (max > FORM_FIELDS_MAX) {
		*why = S("The form has too many fields.");
		return false;
	}
	form->fields = arena_try(a, (size_t)max * sizeof *form->fields);
	char *room = arena_try(a, bytes.len + 1);
	if (form->fields == NULL || room == NULL) {
		*why = S("There is no memory for the form.");
		return false;
	}
	while (bytes.len > 0) {
		struct str value = str_cut(&bytes, '&'), name = str_cut(&value, '=');
		if (name.len == 0 && !str_given(value))
			continue; /* "a=1&&b=2" and a trailing '&' are in use */
		struct form_field *f = &form->fields[form->count++];
		if (!decode(&room, name, &f->name, why) || !decode(&room, value, &f->value, why))
			return false;
	}
	return true;
}

struct str form_get(const struct form *form, const char *name)
{
	for (int i = 0; i < form->count; i++)
		if (str_is(form->fields[i].name, name))
			return form->fields[i].value;
	return S_NONE;
}

static struct str decode_alone(struct arena *a, struct str s, bool plus_is_space)
{
	char *to = arena_try(a, s.len + 1);
	size_t len;

	if (to == NULL || !unescape(s, plus_is_space, to, &len) || !str_utf8((struct str){ to, len }))
		return S_NONE;
	return (struct str){ to, len };
}

struct str form_decode(struct arena *a, struct str s)
{
	return decode_alone(a, s, true);
}

struct str form_decode_path(struct arena *a, struct str s)
{
	return decode_alone(a, s, false);
}

static bool unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

void form_encode(struct buf *b, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		if (unreserved(s.at[i])) {
			buf_add_byte(b, s.at[i]);
			continue;
		}
		unsigned char c = (unsigned char)s.at[i];
		char escape[3] = { '%', digits[c >> 4], digits[c & 15] };
		buf_add(b, (struct str){ escape, 3 });
	}
}
