/* template.h - policies with places to fill in.
 *
 *     {"parameters": {"n": {"type": "number", "min": 1, "max": 5, "default": 2},
 *                     "group": {"type": "text"},
 *                     "others": {"type": "members", "default": []}},
 *      "policy": {"need": {"parameter": "n"},
 *                 "of": [{"group": {"parameter": "group"}, "count": {"parameter": "n"}},
 *                        {"parameter": "others"}]}}
 *
 * A third member, `form`, is what who asks for an approval by it fills in (form/form.h).
 *
 * Types: number (whole; min, max), text (a name, a duration, a word), flag (true, false),
 * members (a list; it may also stand in "of", where its elements take its place). A parameter
 * without default must be given. What comes out is read like any policy. */
#ifndef RINGI_DOMAIN_POLICY_TEMPLATE_H
#define RINGI_DOMAIN_POLICY_TEMPLATE_H

#include "domain/policy/versions.h"

struct policy_template {
	struct str name; /* absent: there is none */
	struct str body, note, changed_by;
	int64_t version, created_at, changed_at;
};

/* Pure. NULL and a refusal in `why`: the body is no template; a parameter is missing, unknown
 * or not of its type. The tree is in the arena. `parameters` NULL: none are given. */
const struct json *policy_template_fill(struct arena *, const struct json *body,
                                        const struct json *parameters, struct refused *why);
/* Whether the body is a template, and, when every parameter has a default, gives a policy. */
bool policy_template_fits(struct arena *, const struct json *body, struct refused *why);

/* The same of a stored one. NULL in `tree` and the refusal in `why`. */
enum err policy_template_expand(struct store *, struct arena *, struct str name,
                                const struct json *parameters, const struct json **tree,
                                struct refused *why) MUST_USE;
/* The form of a stored one and its version; NULL: it has none, or there is no such template. */
enum err policy_template_form(struct store *, struct arena *, struct str name,
                              const struct json **form, int64_t *version) MUST_USE;
enum err policy_of_template(struct store *, struct arena *, struct str name,
                            const struct json *parameters, const struct policy **,
                            struct refused *why) MUST_USE;

/* ---- commands */

struct policy_template_put {
	struct str name, body, note; /* body: JSON that fits, as the front door has seen */
	bool existed;                /* out */
	int64_t version;
};
extern const struct op op_policy_template_put;
extern const struct op op_policy_template_delete; /* struct policy_named */

struct policy_template_get { /* read lane */
	struct str name;
	struct policy_template found; /* out */
};
extern const struct op op_policy_template_get;

struct policy_template_list { /* read lane */
	struct str after;
	int max;
	struct policy_template *list; /* out */
	int count;
	bool more;
};
extern const struct op op_policy_template_list;

#endif
