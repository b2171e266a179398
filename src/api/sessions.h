/* sessions.h - the sessions of people as the front door needs them: a copy of the rows.
 *
 * The engine tells of each change behind its commit and before its answer (session_news of
 * domain/account/session.h), so that a session that was ended opens nothing any more. Any
 * thread. */
#ifndef RINGI_API_SESSIONS_H
#define RINGI_API_SESSIONS_H

#include "base/arena.h"
#include "domain/account/session.h"

struct sessions;

struct sessions *sessions_open(void);
struct sessions *sessions_close(struct sessions *); /* accepts NULL, returns NULL */

/* For domain_config.session_news; the context is the table. */
void sessions_news(void *context, const struct session_news *);

struct session_found {
	struct str id, person; /* in the arena */
	int64_t created_at, ends_at;
	enum session_how how;
	bool note; /* its use is worth a row */
};
/* By the SHA-256 of its token; that is a use. False: there is none, or it has ended. */
bool sessions_use(struct sessions *, struct arena *, struct str token_hash, int64_t now_ms,
                  struct session_found *);
/* Is it still there? That is no use. */
bool sessions_alive(struct sessions *, struct str id, int64_t now_ms);

#endif
