/* openapi.c - /openapi.json: this API for programs. Written by hand in openapi.json, which is
 * part of the program; test/compat/openapi.test.mjs holds it against the table of routes. */
#include "api/rest/routes.h"

/* build/gen/openapi.c, by tools/embed.mjs */
extern const unsigned char openapi_json[];
extern const size_t openapi_json_size;

void rest_openapi(const struct api_call *call, struct buf *b)
{
	(void)call;
	buf_add(b, (struct str){ (const char *)openapi_json, openapi_json_size });
}
