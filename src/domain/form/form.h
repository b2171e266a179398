/* form.h - forms: which fields who asks for an approval fills in, and which data that allows.
 *
 * Written as form-js writes them (type "default", components). A form is checked once, when its
 * template is put; whatever the browser did, data is checked again when it comes:
 *
 * F1  Data has nothing that no field asks for, and every needed field that is shown.
 * F2  A field that its condition hides is neither needed nor allowed; one that nobody may change
 *     (readonly, disabled) has its default or is left out.
 * F3  Numbers are compared by their digits, never rounded.
 * F4  What a form could not promise here is refused in it: expressions but the simplest
 *     conditions, HTML, frames, scripts, pictures.
 *
 * An approval keeps the form that it was opened by (approval_form), whatever becomes of its
 * template, and data that comes later is checked by that. */
#ifndef RINGI_DOMAIN_FORM_FORM_H
#define RINGI_DOMAIN_FORM_FORM_H

#include "domain/cmd.h"
#include "wire/json.h"

/* Pure. False and a refusal that names the place, as "form/components/2 (amount)". */
bool form_fits(struct arena *, const struct json *form, struct refused *why);

/* Pure; `form` fits. False, a refusal, and in `field` where in the request: "data/items/0/qty". */
bool form_data_fits(struct arena *, const struct json *form, const struct json *data,
                    struct str *field, struct refused *why);

#endif
