/* people_csv.h - people as a CSV file: read, imported in one transaction, exported.
 *
 * The first line names the columns, in any order: id (needed), name, kana, email, locale, zone,
 * active, from, until, appointments, groups, attributes (a JSON object), attr:NAME. A column that
 * is not there leaves things as they are; an empty cell takes its value away (of active: leaves
 * it). appointments and groups are written as in belonging.c. */
#ifndef RINGI_DOMAIN_DIRECTORY_PEOPLE_CSV_H
#define RINGI_DOMAIN_DIRECTORY_PEOPLE_CSV_H

#include "base/limits.h"
#include "domain/directory/directory.h"

/* A mistake: line 0: in the file as a whole. */
struct csv_mistake {
	int line;
	struct str column, text; /* column absent: none in particular */
};
struct csv_mistakes {
	struct csv_mistake all[PEOPLE_IMPORT_WRONG_MAX];
	int64_t count; /* of all, also of those that are not told */
};

struct people_file {
	struct person_put *rows;
	int *lines; /* of each row */
	int count;
	struct csv_mistakes *mistakes;
};
/* Lends from the text. What is wrong in itself is in the mistakes. */
struct people_file *people_csv_read(struct arena *, struct str text);
void csv_mistake_add(struct csv_mistakes *, int line, struct str column, struct str text);

enum import_change { IMPORT_ADDED, IMPORT_CHANGED, IMPORT_REMOVED };
struct people_import {
	struct people_file *file; /* the front door has read it, and the zones that it names */
	bool dry_run;             /* nothing is written; mistakes are told, not refused */
	bool remove_missing;      /* who is active and not in the file becomes inactive */
	const struct str *above;  /* people who may more than the caller: see struct person_put */
	int above_count;
	/* out */
	int64_t added, changed, removed, same;
	struct {
		struct str id, changes;
		enum import_change what;
	} * told; /* PEOPLE_IMPORT_TOLD_MAX at most */
	int told_count;
	struct str *missing;
	int missing_count;
};
extern const struct op op_people_import;

struct people_export { /* read lane */
	struct str after;
	int max;         /* PEOPLE_IMPORT_MAX at most */
	struct str csv;  /* out; with the line of names, unless `after` is given */
	struct str last; /* the last id */
	int count;
	bool more;
};
extern const struct op op_people_export;

#endif
