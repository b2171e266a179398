/* audit.h - the audit log as the command line gets at it: pages of lines (wire/chain_line.h),
 * each a whole export, from a server, from a data folder, or a file.
 *
 * The command line does not know the store: what reads a folder is src/audit_folder.c, above
 * all layers. */
#ifndef RINGI_CLI_AUDIT_H
#define RINGI_CLI_AUDIT_H

#include "cli/cli.h"
#include "wire/chain_verify.h"

/* A data folder, only read; a server may be using it. NULL and a sentence on failure. */
struct audit_folder;
struct audit_folder *audit_folder_open(const char *place, char why[256]);
struct audit_folder *audit_folder_close(struct audit_folder *); /* accepts NULL, returns NULL */

struct audit_page {
	struct str lines; /* lent until the next page */
	int64_t records, last;
};
bool audit_folder_page(struct audit_folder *, int64_t after, struct audit_page *, char why[256]);

/* Lines of the whole log, one after the other, as one export. `end`: what follows is the last
 * one. False from `line`: stop. */
typedef bool audit_line_fn(void *context, struct str line);
/* Where the log comes from: --folder, or the server. An exit code; the sentence is printed. */
int audit_read_all(struct cli *, int64_t after, audit_line_fn *line, void *context);

/* The lines of a file ("-": standard input), without their ends; `cut`: behind the last whole line
 * there was something. An exit code. */
int audit_read_file(const char *path, bool *cut, audit_line_fn *line, void *context);
int audit_replay(struct cli *); /* `ringi audit replay` */

/* Whether the log in a folder, or at a URL of PostgreSQL, holds; false and a sentence. For
 * `ringi check` and restore. */
bool audit_folder_holds(const char *place, int64_t *records, char why[CHAIN_WRONG_SIZE]);

#endif
