/* feed.h - what has happened to jobs and approvals lately, for live views: a ring in memory.
 *
 *     engine   feed_append   after the commit, in commit order
 *     readers  feed_read     from a position on; any thread
 *
 * F1  What is in the ring is committed.
 * F2  A position is never passed over in silence: one that the ring does not hold any more, or
 *     that is of another process, reads as FEED_LOST, and the reader begins anew from the rows.
 * F3  Positions of one start are ordered as the commits were.
 *
 * F4  A change may come without its job's group, when nobody has watched a group lately
 *     (feed_want_groups). A filter by group does not pass over it either: FEED_LOST.
 *
 * Nothing of it survives the process: the rows say what is, the feed only what changed. */
#ifndef RINGI_ENGINE_FEED_H
#define RINGI_ENGINE_FEED_H

#include "base/limits.h"
#include "base/list.h"
#include "domain/ledger/ledger.h"

/* Behind the event with this number, of the process that began as `start`. */
struct feed_position {
	uint32_t start;
	uint64_t number; /* of events since then; 0: before the first */
};

/* What an event is about. Of a job it says what happened; of an approval, or of the inbox of
 * one who is asked, only that there is something to look at (domain/news.h). */
enum feed_about { FEED_JOB, FEED_APPROVAL, FEED_INBOX };

struct feed_event {
	uint64_t number;
	struct uuid job, group; /* of news: the approval; whose inbox (news_key) */
	int64_t at_ms;          /* wall */
	int16_t progress;       /* of 1000; -1: not told */
	uint8_t state;          /* enum job_state */
	uint8_t about;          /* enum feed_about; what stands below is of jobs only */
	bool group_told, has_group;
	bool again; /* PENDING because its attempt ended */
	uint8_t queue_len;
	char queue[QUEUE_NAME_MAX];
};

/* Which events somebody wants: all that is given must fit. */
enum { FEED_STATES_ALL = (1 << JOB_STATES) - 1, FEED_PROGRESS = 1 << JOB_STATES };
struct feed_filter {
	enum feed_about about;
	const struct uuid *job; /* NULL: any */
	const struct uuid *group;
	struct str queue; /* absent: any */
	unsigned kinds;   /* bits: 1 << state, FEED_PROGRESS; 0: all */
	/* FEED_INBOX: of one of these (news_key), in order (memcmp). FEED_APPROVAL: `job` is its id. */
	const struct uuid *holders;
	int holder_count;
};

struct feed;
struct feed *feed_open(void);
struct feed *feed_close(struct feed *); /* accepts NULL, returns NULL */

/* Engine's thread. `start` differs from that of the process before: before anything else. */
void feed_begin(struct feed *, uint32_t start);
/* All of batch.changes (struct job_change) and batch.news (struct news), which stay whose they
 * are. */
void feed_append(struct feed *, const struct list *changes, const struct list *news, int64_t at_ms);

/* Changes will name their groups until then, by the clock of patience. Any thread. */
void feed_want_groups(struct feed *, int64_t until_ms);
bool feed_groups_wanted(struct feed *, int64_t now_ms);

/* Any thread. */
struct feed_position feed_head(struct feed *);   /* behind the newest event */
struct feed_position feed_oldest(struct feed *); /* behind which all are held */
enum { FEED_LOST = -1 };
/* Up to `max` events behind *at that fit (filter NULL: all, of everything), oldest first. Moves
 * *at behind the last one looked at: fewer than `max` means that there is nothing behind it yet. */
int feed_read(struct feed *, struct feed_position *at, const struct feed_filter *,
              struct feed_event *to, int max);

/* ---- pure */
bool feed_fits(const struct feed_filter *, const struct feed_event *);
/* It would fit, were its group the one: that is not known (F4). */
bool feed_may_fit(const struct feed_filter *, const struct feed_event *);
/* The event only tells how far the job is. */
bool feed_is_progress(const struct feed_event *);
enum { FEED_POSITION_TEXT = 32 };
void feed_position_text(struct feed_position, char text[FEED_POSITION_TEXT]);
bool feed_position_read(struct str, struct feed_position *);

#endif
