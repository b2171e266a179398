/* health.h - what a node answers by itself. */
#ifndef RINGI_CLUSTER_HEALTH_H
#define RINGI_CLUSTER_HEALTH_H

#include "cluster/front.h"

/* Both for struct http_config, with the front as context. */
void health_own(void *front, struct http_request *);  /* /healthz, /readyz, /metrics of this node */
void health_away(void *front, struct http_request *); /* to clients: there is no owner */

#endif
