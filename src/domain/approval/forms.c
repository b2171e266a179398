/* forms.c - the form that an approval was opened by: found, kept, and asked again whenever its data
 * changes. */
#include "domain/approval/inside.h"
#include "domain/form/form.h"
#include "domain/policy/template.h"

/* ---- kept */

enum err form_keep(struct batch *b, const struct approval *a, const struct approval_form *form)
{
	must(a->id > 0);
	if (!str_given(form->template))
		return OK;
	return store_run(b->store, STMT_APPROVAL_FORM_PUT,
	                 VALUES(value_int(a->id), value_text(form->template), value_int(form->version),
	                        value_text(form->form)),
	                 NULL, NULL);
}

struct form_reading {
	struct arena *arena;
	struct approval_form *to;
};

static enum err take_form(void *context, const struct value *v, int count)
{
	struct form_reading *r = context;

	must(count == 3);
	*r->to = (struct approval_form){ arena_str(r->arena, v[0].bytes), v[1].number,
		                             arena_str(r->arena, v[2].bytes) };
	return OK;
}

enum err approval_form_read(struct store *s, struct arena *a, int64_t id, struct approval_form *to)
{
	struct form_reading r = { a, to };

	*to = (struct approval_form){ 0 };
	return store_run(s, STMT_APPROVAL_FORM_READ, VALUES(value_int(id)), take_form, &r);
}

/* ---- data */

static enum err check(struct cmd *c, const struct json *form, struct str data)
{
	struct refused why;
	struct str field, sentence;
	const struct json *tree = json_read(c->arena, data, &sentence);

	if (tree == NULL)
		return ERR_CORRUPT;
	if (form_data_fits(c->arena, form, tree, &field, &why))
		return OK;
	c->refused_field = field;
	return refuse_as(c, why);
}

enum err form_check_data(struct batch *b, struct cmd *c, const struct approval *a, struct str data)
{
	struct approval_form kept;
	struct str sentence;

	if (!str_given(data))
		return OK;
	TRY(approval_form_read(b->store, c->arena, a->id, &kept));
	if (!str_given(kept.template))
		return OK;
	const struct json *form = json_read(c->arena, kept.form, &sentence);
	return form == NULL ? ERR_CORRUPT : check(c, form, data);
}

/* ---- opening */

enum err form_of_opening(struct batch *b, struct cmd *c, struct approval_open *p,
                         struct str template)
{
	const struct json *form;

	p->form = (struct approval_form){ 0 }; /* it may run again after a rollback */
	if (!str_given(template))
		return OK;
	TRY(policy_template_form(b->store, c->arena, template, &form, &p->form.version));
	if (form == NULL)
		return OK;
	p->form.template = template;
	p->form.form = json_written(c->arena, form);
	return check(c, form, p->data);
}
