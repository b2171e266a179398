/* people_csv.c - /v1/people:import and :export: people as CSV, inside JSON. */
#include "api/rest/job.h"
#include "api/rest/people.h"
#include "api/state.h"
#include "base/limits.h"
#include "base/map.h"
#include "domain/directory/people_csv.h"

/* ---- import */

struct zone_seen {
	struct str bytes, release;
	const struct zone *zone;
};

/* NULL and a sentence: there is none of that name. */
static struct zone_seen *read_zone(struct api_call *call, struct str name, struct str *why)
{
	struct zone_seen *z = CALL_NEW(call, struct zone_seen);

	*why = S("This server knows no time zone but UTC.");
	if (call->api->config.zone == NULL)
		return NULL;
	if (call->api->config.zone(call->c->arena, name, &z->bytes, &z->release, why) != OK) {
		*why = S("The file of this time zone cannot be read on the server.");
		return NULL;
	}
	z->zone = str_given(z->bytes) ? zone_read(call->c->arena, z->bytes, why) : NULL;
	return z->zone == NULL ? NULL : z;
}

/* Each zone is read once, however many live there. */
static void read_zones(struct api_call *call, struct people_file *file)
{
	static struct zone_seen none;
	struct names seen = { 0 };
	struct str why;

	for (int i = 0; i < file->count; i++) {
		struct person_put *p = &file->rows[i];
		if (p->zone.len == 0 || str_is(p->zone, "UTC"))
			continue;
		struct zone_seen *z = names_find(&seen, p->zone);
		if (z == NULL) {
			z = read_zone(call, p->zone, &why);
			names_put(&seen, p->zone, z == NULL ? &none : z);
			if (z == NULL)
				csv_mistake_add(file->mistakes, file->lines[i], S("zone"), why);
		}
		if (z != NULL && z != &none) {
			p->zone_bytes = z->bytes;
			p->zone_release = z->release;
			p->zone_given = z->zone;
		}
	}
	names_free(&seen);
}

void rest_people_import_parse(struct api_call *call, const struct rest_in *rest)
{
	struct people_import *in = CALL_NEW(call, struct people_import);

	call->c->in = in;
	(void)rest_only(call, rest->body, "csv dry_run deactivate_missing");
	in->dry_run = param_bool(call, rest->body, "dry_run", false);
	in->remove_missing = param_bool(call, rest->body, "deactivate_missing", false);
	struct str csv = param_text_needed(call, rest->body, "csv");
	if (cmd_refused(call->c))
		return;
	in->file = people_csv_read(call->c->arena, csv);
	read_zones(call, in->file);
	in->above = rest_all_above(call, &in->above_count);
	call->c->bytes += csv.len;
}

static void show_changes(struct out *o, const struct people_import *in)
{
	static const char *const what[] = { "added", "changed", "removed" };

	out_list(o, S("changes"), S_NONE);
	for (int i = 0; i < in->told_count; i++) {
		out_item(o, S_NONE);
		out_text(o, S("id"), in->told[i].id);
		out_text(o, S("what"), str_of(what[in->told[i].what]));
		if (str_given(in->told[i].changes))
			out_json(o, S("fields"), in->told[i].changes);
		out_end(o);
	}
	out_end(o);
}

static void show_mistakes(struct out *o, const struct csv_mistakes *m)
{
	out_list(o, S("errors"), S_NONE);
	for (int i = 0; i < m->count && i < PEOPLE_IMPORT_WRONG_MAX; i++) {
		out_item(o, S_NONE);
		out_number(o, S("line"), m->all[i].line);
		rest_given(o, "column", m->all[i].column);
		out_text(o, S("detail"), m->all[i].text);
		out_end(o);
	}
	out_end(o);
	out_number(o, S("error_count"), m->count);
}

void rest_people_import_render(const struct api_call *call, struct out *o)
{
	const struct people_import *in = call->c->in;

	out_bool(o, S("imported"), !in->dry_run);
	out_number(o, S("added"), in->added);
	out_number(o, S("changed"), in->changed);
	out_number(o, S("removed"), in->removed);
	out_number(o, S("unchanged"), in->same);
	show_changes(o, in);
	show_mistakes(o, in->file->mistakes);
}

/* ---- export */

void rest_people_export_parse(struct api_call *call, const struct rest_in *rest)
{
	struct people_export *in = CALL_NEW(call, struct people_export);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 1000, PEOPLE_IMPORT_MAX);
}

void rest_people_export_render(const struct api_call *call, struct out *o)
{
	const struct people_export *in = call->c->in;

	out_number(o, S("people"), in->count);
	out_text(o, S("csv"), in->csv);
	if (in->more)
		out_text(o, S("cursor"), in->last);
}
