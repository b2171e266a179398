/* certificate.c - GET /sns/certificate.pem: what verifies the signatures of published
 * messages (SigningCertURL). */
#include "api/rest/routes.h"
#include "api/state.h"

void sns_certificate_write(const struct api_call *call, struct buf *to)
{
	const struct api_config *config = &call->api->config;

	if (config->certificate != NULL)
		buf_add(to, config->certificate(config->certificate_context));
}
