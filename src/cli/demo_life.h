/* demo_life.h - the queues of the company at work, with workers that misbehave on purpose.
 *
 * orders    tracked; some fail for good (dead letters), some only at first, some take long
 * payments  the bank refuses twelve of them: dead letters of three kinds
 * stock     FIFO by warehouse; one warehouse stands behind a message that nobody can book
 * exports   long jobs with progress; one was canceled
 * invoices  paused, with work that waits
 * mail, analytics   standard queues behind the topic order-events
 *
 * F1  The past is made at once and always the same: so many in, so many done, so many dead.
 * F2  What goes on afterwards, until `stop`, is slow (a few messages a second). */
#ifndef RINGI_CLI_DEMO_LIFE_H
#define RINGI_CLI_DEMO_LIFE_H

#include "cli/demo.h"

/* The past; prints its counts. Gives an exit code: not 0 when they do not add up. */
int demo_life(struct demo *);
/* Threads: what goes on. The context is the demo. */
void demo_life_shops(void *demo);
void demo_life_workers(void *demo);

#endif
