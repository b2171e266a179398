/* document.h - JSON that a person wrote: files, with comments. */
#ifndef RINGI_CLI_DOCUMENT_H
#define RINGI_CLI_DOCUMENT_H

#include "cli/cli.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024 }; /* bytes of a file */

/* The file as a tree in cli->arena; "-" is standard input. `// ...` and slash-star comments
 * are taken as white space. CLI_WRONG and a sentence with file and line when it is none. */
int document_read(struct cli *, const char *path, struct json **out);
/* The same of a text; `name` stands for it in sentences. */
int document_parse(struct cli *, const char *name, struct str text, struct json **out);

/* Takes the member out of an object; it may be absent. */
void json_drop(struct json *object, const char *key);
/* As people read it: a line for each member, indented by two. */
void json_write_lines(struct buf *, const struct json *);

#endif
