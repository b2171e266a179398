/* child.h - a server of our own: `ringi serve` as a child process.
 *
 * It is this very program, and it ends when we end, however that happens. It asks who one is
 * (--auth on): its first key is in DATA/admin.token. */
#ifndef RINGI_CLI_CHILD_H
#define RINGI_CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;        /* 0: none */
	char listen[128]; /* "127.0.0.1:41234" */
	char log[1100];   /* where its output goes */
};

/* Starts it on `listen`, or, when that is NULL, on 9324 if nobody is there, else on a
 * free port. Waits until it is ready. False and a sentence in `why`. */
bool child_start(struct child *, const char *listen, const char *data, char why[256]);
bool child_runs(struct child *);
/* Asks it to end and waits; true when it said that all went well. */
bool child_stop(struct child *);

#endif
