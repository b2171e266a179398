/* forward.h - a client's connection that a standby passes on to the owner, byte by byte. */
#ifndef RINGI_CLUSTER_FORWARD_H
#define RINGI_CLUSTER_FORWARD_H

#include "cluster/front.h"

void forward_open(struct front *, int socket, const char *peer); /* takes the socket */
void forwards_tick(struct front *);                              /* tries again, time-outs */
void forwards_owner(struct front *); /* there is another owner, or this node is it */
void forwards_drain(struct front *); /* what waits for an owner is told so, what is quiet ends */
void forwards_end(struct front *);   /* all of them, at once */

#endif
