/* oidc.h - a sign-in by an identity provider, for the files of its routes.
 *
 * Both routes come by their `begin` again behind each thing that they waited for, and go on with
 * what is missing still. */
#ifndef RINGI_API_REST_OIDC_H
#define RINGI_API_REST_OIDC_H

#include "api/oidc/oidc.h"
#include "api/rest/rest.h"
#include "domain/account/session.h"
#include "domain/account/vouch.h"
#include "http/fetch.h"
#include "http/server.h"

struct oidc_call { /* lifetime: the call */
	const struct oidc_provider *provider;
	struct oidc_endpoints at; /* authorization absent: not known yet */
	struct oidc_pending pending;
	struct str redirect_uri;
	/* of a request to the provider that is under way */
	struct http_fetch fetch;
	struct http_task task;
	void (*fetched)(struct api_call *);
	/* the way there */
	struct str sealed;
	/* the way back */
	struct str code, id_token;
	bool says_issuer; /* the answer named it, and it is the right one */
	bool new_keys;    /* they were asked for in this call */
	bool looked;      /* whose account it is, was */
	struct vouch vouch;
	struct session_begin begin;
	struct str token; /* the session's */
};

/* The provider of the path; NULL: refused. */
struct oidc_call *oidc_call_new(struct api_call *, const struct rest_in *);
/* Asks; `then` on the loop's thread, with the answer in o->fetch. False: refused. */
bool oidc_ask(struct api_call *, struct str url, void (*then)(struct api_call *));
/* Whether what the provider published is known; else it is being asked for, or refused. */
bool oidc_discovered(struct api_call *);
/* What went wrong with the answer that just came; refuses, tells the log. */
void oidc_not_had(struct api_call *, const char *what, struct str why);

#endif
