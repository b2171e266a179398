/* hub.h - watchers and what they want, for the files of this folder. V1 to V3: live.h.
 *
 * All but what is named otherwise is for the thread of the loop concerned. */
#ifndef RINGI_API_LIVE_HUB_H
#define RINGI_API_LIVE_HUB_H

#include <stdatomic.h>

#include "api/call.h"
#include "api/live/live.h"
#include "base/limits.h"
#include "base/heap.h"
#include "base/map.h"
#include "domain/approval/approval.h"
#include "domain/account/session.h"
#include "domain/key/key.h"
#include "engine/feed.h"

/* What a request wants, from its parse on; lies in the call, as call->extra. */
struct watch {
	struct feed_filter filter;
	struct uuid job, group;  /* what the filter points to */
	struct feed_position at; /* what lies behind it is still to be told */
	struct str key_queue;    /* whose right it has: this queue's; absent: that to all */
	bool page;               /* JSON instead of a stream */
	bool resumed;            /* goes on from where the client was */
	bool reset;              /* the client was somewhere from where it cannot go on */
	bool head;               /* HEAD: only the head of the answer */
	uint32_t who;            /* of an inbox: in whose place they decided where they were */
	bool waited;             /* a page that has waited: it is answered now */
	int max;                 /* events of a page */
	int64_t wait_ms;         /* for the first of them */
};

static inline struct watch *watch_of(const struct api_call *call)
{
	return call->extra;
}

/* Watchers of one job, of one group, of one queue, or of everything; of one approval, or of
 * what is asked of one holder. Lives as long as it has some. */
struct watch_place {
	struct node touched;  /* in live_loop.touched while something for it is told */
	struct list watchers; /* struct watch_link.node */
	struct str name;      /* 'j', 'g', 'a', 'h' and the id, 'q' and the name, '*' */
	char bytes[1 + QUEUE_NAME_MAX];
};

struct watch_link {
	struct node node;
	struct watcher *watcher;
	struct watch_place *place;
};

struct look;

struct watcher {
	struct node all;               /* in live_loop.watchers */
	struct watch_link own, *links; /* all its places; `own`: where it has one */
	int link_count;
	struct look *look;     /* of an approval or inbox: reads what it tells (look.h); NULL */
	struct heap_entry due; /* the next heartbeat, or the end of the wait; by mono */
	struct conn_name conn;
	struct cmd *waits; /* a page; NULL: a stream */
	int64_t told_mono;
	uint64_t from;             /* has been told what there was up to this number */
	struct feed_filter filter; /* its texts lie here */
	struct uuid job, group;
	uint8_t queue_len, key_queue_len, key_id_len, person_len, session_len;
	char queue[QUEUE_NAME_MAX], key_queue[QUEUE_NAME_MAX], key_id[KEY_ID_SIZE];
	char person[ACCOUNT_ID_MAX], session[SESSION_ID_SIZE];
};

enum { EVENTS_AT_ONCE = 256 }; /* told in one go: one write for each watcher concerned */

struct live_loop {
	struct live *live;
	int number;
	struct feed_position at; /* behind it nobody has been told; only with watchers */
	struct names places;
	struct list watchers; /* struct watcher.all */
	struct map by_conn;
	struct heap due;
	int64_t keys_version;
	struct http_task task, end_task;
	atomic_bool posted; /* the task is on its way */
	_Atomic int64_t count, told, cut;
	int of_groups; /* watchers that watch a group */

	/* While it tells. What somebody missed has a place of its own, since a page that is
	 * answered may let the next request of its connection in. */
	struct list touched; /* struct watch_place.touched */
	struct feed_event events[EVENTS_AT_ONCE], missed[EVENTS_RESUME_MAX + 1];
	size_t text_at[EVENTS_AT_ONCE], text_len[EVENTS_AT_ONCE]; /* in `texts`; len 0: not yet */
	struct buf texts, piece, missed_text, scratch;
};

struct live {
	struct api *api;
	struct feed *feed;
	atomic_bool stopping;
	_Atomic int64_t count; /* of watchers, all loops */
	int loop_count;
	struct live_loop loops[];
};

/* ---- hub.c */

struct live_loop *hub_loop(const struct api_call *);
/* A place for one more watcher? Refuses the call if there is none. */
bool hub_room(struct api_call *);
/* Its stream has begun: tells it what lies behind watch->at, and from then on what happens. */
void hub_stream(struct api_call *);
/* The page waits for an event. Takes the call; api_finish gets it back. */
void hub_wait(struct api_call *);
/* From now on changes say which group their job is in. */
void hub_want_groups(struct live_loop *);
/* Whether there is an event for it already, or its position is lost. */
bool hub_something(const struct api_call *);
/* ---- events.c */

void text_retry_sse(struct api_call *, struct buf *);
/* The head of a stream, and its first bytes. False: it is gone, or only the head was wanted. */
bool hub_start(struct api_call *, const struct watch *, struct str body);
/* One more watcher, without a place. */
struct watcher *hub_add(struct live_loop *, const struct api_call *);
void hub_link(struct live_loop *, struct watch_link *, struct watcher *,
              const struct feed_filter *);
void hub_unlink(struct live_loop *, struct watcher *); /* from all its places */
/* NULL: there is none (any more). */
struct watcher *hub_find(struct live_loop *, struct conn_name);
struct caller hub_caller(const struct watcher *); /* lent, as long as it watches */
/* The first heartbeat is due. */
void hub_beat(struct live_loop *, struct watcher *);
extern const char hub_no_right[];
/* May this caller (still) watch that queue (absent: all)? Without keys everybody may. */
bool hub_may(struct live_loop *, const struct caller *, struct str queue);
void hub_remove(struct live_loop *, struct watcher *); /* frees it, not its call */
/* A last event and the end; or the page as it is. Frees the watcher. */
void hub_end(struct live_loop *, struct watcher *, const char *why);
void hub_end_all(struct live_loop *, const char *why);
/* The place for what is watched most closely: filter.job, .group, .queue; of news filter.job,
 * or the first of filter.holders. NULL: nobody. */
struct watch_place *hub_place(struct live_loop *, const struct feed_filter *);

/* ---- tell.c */

void tell_task(struct http_task *, void *context);
/* The bytes to one stream. False: it is gone, and freed. */
bool tell_bytes(struct live_loop *, struct watcher *, struct str bytes);
/* What lies between `at` and what the loop has read. False: it is gone, or could not go on. */
bool tell_missed(struct live_loop *, struct watcher *, struct feed_position at);
void tell_count(struct live_loop *, int64_t told);
/* Whether somebody who wants this can go on from there. */
bool tell_resumes(struct live_loop *, const struct watch *);

/* ---- text.c */

/* How a job in an event ends: progress (of 1000; -1: not told) and time. */
void text_ending(struct buf *, int progress, int64_t at_ms);
/* `id`: a member of its own; NULL: none. */
void text_event_json(struct buf *, const struct feed_event *, const struct feed_position *id);
void text_event_sse(struct buf *, struct buf *scratch, const struct feed_event *, uint32_t start);
void text_position_sse(struct buf *, struct feed_position);
void text_reset_sse(struct buf *);
void text_bye_sse(struct buf *, const char *why);
/* "job.running,job.failed" becomes bits of feed_filter.kinds; false: `wrong` is none. */
bool text_kinds_read(struct str, unsigned *kinds, struct str *wrong);

#endif
