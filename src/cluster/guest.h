/* guest.h - a connection at the nodes' port, until it is known who that is. */
#ifndef RINGI_CLUSTER_GUEST_H
#define RINGI_CLUSTER_GUEST_H

#include "cluster/front.h"

void guest_open(struct front *, int socket, const char *peer); /* takes the socket */
void guests_tick(struct front *);                              /* time-outs */
void guests_end(struct front *);

#endif
