/* people.h - what the files about the directory share: belongings in and out, periods. */
#ifndef RINGI_API_REST_PEOPLE_H
#define RINGI_API_REST_PEOPLE_H

#include "api/rest/routes.h"
#include "domain/directory/directory.h"

/* A member that is a list of texts or objects: `key` names where they belong, as in
 * [{"department": "SALES", "post": "manager", "main": true, "from": "2026-04-01"}], or a text for
 * that alone. NULL when it is absent. */
struct belonging *rest_belongings(struct api_call *, const struct json *body, const char *name,
                                  const char *key, int max, int *count);
/* `from` and `until` as they are read; without one there is none. */
void rest_period(const struct api_call *, struct out *, const struct zone *, struct period);
void rest_belongings_write(const struct api_call *, struct out *, const char *name, const char *key,
                           const struct zone *, const struct belonging *, int count);
/* The id in the path, as {name}; refuses what is no UUID. */
struct uuid rest_uuid_in_path(struct api_call *, struct str text);

#endif
