/* links.h - a decision by a mail's link: from its request (links.c) to its page (links_page.c). */
#ifndef RINGI_API_REST_LINKS_H
#define RINGI_API_REST_LINKS_H

#include "api/rest/rest.h"
#include "domain/approval/approval.h"

struct link_call {
	struct approval_link link; /* c->in */
	struct str language;       /* of the browser; the person's own goes before it */
	struct str comment;        /* as it was typed */
	const char *wrong;         /* code of what is wrong with the form; NULL: nothing */
	int64_t data_version;      /* that was shown */
	bool off;                  /* links decide nothing here */
	bool posts, looked, voted; /* posts: it is to decide */
};

#endif
