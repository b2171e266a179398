/* side.h - one kind of calls: asked from the engine, a bounded number of them under way.
 *
 *     woken, a place is free, it is time --> ask (a command) --> begin ... end --> report
 *
 * There are three, outbox.c, push.c and notify.c: none waits for places of another. What a
 * side asks for is never asked twice at once: who is woken while the engine answers asks
 * again behind the answer. Loop thread only, but for the figures. */
#ifndef RINGI_EGRESS_SIDE_H
#define RINGI_EGRESS_SIDE_H

#include <stdatomic.h>
#include <uv.h>

#include "base/list.h"
#include "egress/egress.h"

struct call;
struct side;

struct side_kind {
	int max; /* calls under way */
	struct cmd *(*ask)(struct side *, int room);
	/* The engine answered: begins the calls. */
	void (*taken)(struct side *, const struct cmd *);
	/* The engine has, or has not, taken note of how a call ended. */
	void (*reported)(struct side *, const struct cmd *);
	void (*closed)(struct side *); /* NULL: there is nothing of its own to free */
};

struct side {
	struct egress *egress;
	const struct side_kind *kind;
	uv_timer_t timer;
	uint64_t at;        /* of the timer; 0: not set */
	struct list calls;  /* struct call.node: resolving or calling */
	struct list held;   /* struct call.node: their host has enough under way */
	int count;          /* of both */
	bool asking, again; /* again: woken while asking */
	bool more;          /* the engine has more: ask when a place is free */
	bool ended;
	struct tokens *tokens; /* notify.c: of channels that want one; NULL: none */
	_Atomic int64_t called, done, failed, final, under_way;
};

extern const struct side_kind outbox_side, push_side, notify_side;

void side_open(struct side *, struct egress *, uv_loop_t *, const struct side_kind *);
void side_close(struct side *); /* drops its calls; its timer ends with the loop */
void side_ask(struct side *);
/* A call has ended: whether to ask for another. Also while the engine answers: it counts the
 * ended call as under way, may therefore give nothing, and nobody would ask again. */
bool side_wanted(const struct side *);
/* Asks in so many milliseconds, or earlier if that was planned; NEVER: does nothing. */
void side_plan(struct side *, int64_t ms);
void side_answered(struct side *, struct cmd *); /* takes the command */
void side_begun(struct side *);
void side_done(struct side *, struct call *, enum outbox_result); /* out of its list */
struct egress_figures side_figures(struct side *);                /* any thread */

#endif
