/* auth.c - who asks, and may they.
 *
 * Without authentication everybody may do everything and names themselves. */
#include "api/auth.h"

#include "api/state.h"

enum { USER_MAX = 128 };

void api_authenticate(struct api *api, const struct http_request *r, struct str service,
                      struct cmd *c)
{
	struct str user = http_header(r, "X-Ringi-User");

	(void)service;
	if (api->config.auth) {
		(void)refuse(c, REFUSED_MISSING_TOKEN, "Request is missing Authentication Token.");
		return;
	}
	c->caller.principal = user.len > 0 && user.len <= USER_MAX && str_utf8(user) ? user
	                                                                             : S("anonymous");
}

void api_authorise(struct api *api, struct cmd *c, struct str action, struct str resource)
{
	(void)api, (void)c, (void)action, (void)resource;
}
