/* look.h - watchers of approvals and inboxes: what they are told is read when there is something.
 *
 *     news (engine/feed.h), heartbeat, changed rights
 *        -> look_start   may they still? a command for the read lane, at most one under way
 *        -> live_looked  told: `snapshot` or `changed`; refused: `bye`
 *
 * K1  Each look is authorised anew, with the rights of that moment, on rows of that moment: what
 *     somebody is told they could have read just then.
 * K2  What comes while a look is under way makes for one more look, however much it is; so a
 *     watcher costs one read at a time.
 * K3  A watcher's position (the id of its events) says what was told. Of an approval it is the
 *     number of a record of its log and holds for ever. Of an inbox it is a position of the feed,
 *     and in whose place the person could decide then; another answer to that is told whole. */
#ifndef RINGI_API_LIVE_LOOK_H
#define RINGI_API_LIVE_LOOK_H

#include "api/live/hub.h"

struct look {
	struct cmd *under_way;   /* NULL: none */
	bool again;              /* when it is done */
	bool beat;               /* the next one tells at least where the stream is */
	bool whole;              /* the next one tells everything */
	struct feed_position at; /* inbox: of the look under way */

	struct uuid approval; /* of an approval */
	int64_t told;

	bool inbox; /* of an inbox */
	enum inbox_order order;
	bool own;
	int max;
	struct str behalf; /* absent: all; its bytes and those of `principal` are the look's */
	struct uuid who;
	struct uuid holders[WATCH_HOLDERS_MAX]; /* those that are followed, in order (memcmp) */
	int holder_count;
	bool more_holders; /* others are looked at with the heartbeat */
	struct uuid touched[WATCH_TOUCHED_MAX];
	int touched_count;

	struct str principal;
	bool person;
};

/* Behind the first look of a request: its stream has begun. `call` is what was read. */
void look_begin(struct api_call *, struct watch *);
void look_free(struct look *); /* accepts NULL */
/* Some of these events may be its. May end it. */
void look_touch(struct live_loop *, struct watcher *, const struct feed_event *, int count);
void look_start(struct live_loop *, struct watcher *); /* may end it */
void look_beat(struct live_loop *, struct watcher *);  /* the same */

/* ---- look_text.c */

/* Nothing is written when there is nothing to tell. */
void text_approval_sse(struct buf *, const struct approval_watch *);
void text_inbox_sse(struct buf *, const struct inbox_watch *, struct feed_position);
void text_approval_position_sse(struct buf *, int64_t told);
void text_inbox_position_sse(struct buf *, struct feed_position, const struct uuid *who);
/* "START-NUMBER-WHO" */
bool text_inbox_position_read(struct str, struct feed_position *, uint32_t *who);
uint32_t text_who(const struct uuid *);

#endif
