/* inside.h - a form while it is read; for the files of form/ only. */
#ifndef RINGI_DOMAIN_FORM_INSIDE_H
#define RINGI_DOMAIN_FORM_INSIDE_H

#include "domain/form/form.h"

/* One object of the data: what the fields of it allow, as JSON Schema. */
struct form_level {
	struct json *schema, *properties, *required;
	struct json *seen; /* the keys of all fields, shown or hidden */
	int depth;
};

struct forming {
	struct arena *arena;
	const struct json *data; /* NULL: all fields are shown, and only the form is checked */
	struct refused why;
	int fields;
	struct json *top; /* the keys that conditions may name */
};

/* The schema of the data; NULL and a refusal in f->why. */
struct json *form_schema(struct forming *, const struct json *form);

/* Refuses, unless it has been: the first sentence stands. `path`: of the component. */
void form_wrong(struct forming *, struct str path, const struct json *component, const char *format,
                ...) PRINTF_LIKE(4, 5);
#define FORM_GOOD(f) ((f)->why.why == REFUSED_NONE)

/* form_field.c: what one field allows, as a schema. */
struct json *form_field_schema(struct forming *, struct str path, const struct json *component);
/* The component needs to be filled in. */
bool form_needed(const struct json *component);
bool form_locked(const struct json *component);

/* form_condition.c: whether it is hidden now; refuses what is no simple condition. */
bool form_hidden(struct forming *, struct str path, const struct json *component);
bool form_key_valid(struct str);
/* The member of that name; NULL: there is none. */
const struct json *form_member(const struct json *object, struct str key);

#endif
