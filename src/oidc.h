/* oidc.h - which identity providers people may sign in by, as the options of `ringi serve` say. */
#ifndef RINGI_OIDC_H
#define RINGI_OIDC_H

#include "cli/options.h"
#include "server.h"

/* Fills oidc and oidc_count of `to`, in the arena. False after a sentence was printed. */
bool oidc_options(struct arena *, const struct options *, struct server_options *to);

#endif
