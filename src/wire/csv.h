/* csv.h - tables as text (RFC 4180): rows of cells, and back. Pure.
 *
 *     struct csv csv = csv_start(text);                 a mark of byte order is skipped
 *     while (csv_row(&csv, arena, &row))
 *         use(row.cells[0], row.line);
 *     if (csv.wrong != NULL)                            "line 3, column 2: ..."
 *
 * Cells are separated by commas, lines end with LF, CRLF or CR; a cell in quotes may contain all
 * of these, and quotes twice. A line without anything is no row. Text that is not UTF-8 is the
 * caller's to refuse: bytes are handed on as they are. */
#ifndef RINGI_WIRE_CSV_H
#define RINGI_WIRE_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

struct csv {
	struct str rest;
	int line;                     /* of what comes next, from 1 */
	const char *wrong;            /* a piece of a sentence, static; NULL: nothing */
	int wrong_line, wrong_column; /* from 1 */
};

struct csv_row {
	struct str cells[CSV_COLUMNS_MAX]; /* in the arena or in the text */
	int count, line;                   /* where it begins */
};

struct csv csv_start(struct str text);
/* False at the end, and when something is wrong. */
bool csv_row(struct csv *, struct arena *, struct csv_row *);

/* One cell, in quotes where it needs them. A text that a spreadsheet would take for a formula
 * (it begins with = + - @, a tab or CR) gets an apostrophe in front; csv_plain takes it off. */
void csv_write(struct buf *, struct str cell);
struct str csv_plain(struct str cell);

#endif
