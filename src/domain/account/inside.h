/* inside.h - what the files of this folder share. */
#ifndef RINGI_DOMAIN_ACCOUNT_INSIDE_H
#define RINGI_DOMAIN_ACCOUNT_INSIDE_H

#include "domain/account/role.h"

enum { BUILT_IN_MAX = 16 };

/* Built-in ones first. */
enum err account_roles_read(struct store *, struct arena *, struct role **, int *count) MUST_USE;
/* row_fn: the one number of the one row, into an int64_t. */
enum err account_got_number(void *context, const struct value *, int count);

#endif
