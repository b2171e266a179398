/* near.h - what a misspelt name was probably meant to be. Pure. */
#ifndef RINGI_BASE_NEAR_H
#define RINGI_BASE_NEAR_H

/* Of `names`, the one that `typed` was probably meant to be; NULL: none is close. */
const char *nearest_name(const char *typed, const char *const *names, int count);

/* Edits (insert, delete, replace) that turn one into the other. */
int name_distance(const char *a, const char *b);

#endif
