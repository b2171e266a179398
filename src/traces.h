/* traces.h - where `ringi serve` sends traces of jobs, as its options say. */
#ifndef RINGI_TRACES_H
#define RINGI_TRACES_H

#include "cli/options.h"
#include "server.h"

/* Fills otlp_* of `to`, in the arena. False after a sentence was printed. */
bool traces_options(struct arena *, const struct options *, struct server_options *to);

#endif
