/* version_rows.h - rows of versions, for the files that read them. */
#ifndef RINGI_DOMAIN_POLICY_VERSION_ROWS_H
#define RINGI_DOMAIN_POLICY_VERSION_ROWS_H

#include "domain/policy/versions.h"

enum { POLICY_VERSION_COLUMNS = 15 };

void policy_version_take(struct arena *, const struct value *, struct policy_version *);
/* Version 0: in force, else the newest; -1: the newest. Name absent: there is none. */
enum err policy_version_find(struct store *, struct arena *, struct str name, int64_t version,
                             struct policy_version *) MUST_USE;

#endif
