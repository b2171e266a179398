/* demo_folder.h - where a demo keeps its data.
 *
 * R1  Only a folder that a demo has marked is ever removed, and never while it is in use. */
#ifndef RINGI_CLI_DEMO_FOLDER_H
#define RINGI_CLI_DEMO_FOLDER_H

#include "base/arena.h"

/* The folder to use, made and marked: `data`, or, when that is NULL, a temporary one (*temporary).
 * `reset`: what an earlier demo left there goes. NULL and a sentence in `why`. */
const char *demo_folder(struct arena *, const char *data, bool reset, bool *temporary,
                        char why[256]);
/* Removes a folder that demo_folder gave. */
void demo_folder_remove(const char *data);

#endif
