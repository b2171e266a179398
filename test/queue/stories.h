/* stories.h - what the stories about queues share: a world, and answers by name. */
#ifndef RINGI_TEST_QUEUE_STORIES_H
#define RINGI_TEST_QUEUE_STORIES_H

#include "check.h"
#include "base/limits.h"
#include "world/world.h"

/* The end of each story: memory is what the rows say. */
static inline void the_end(struct world *w)
{
	world_check(w);
	world_close(w);
}

#define is(text, expected) assert_string_equal((text), (expected))
#define nothing(text) assert_null(text)

static inline struct queue_receive *ask(struct world *w, const char *queue, int max,
                                        int64_t visibility_s, int64_t wait_s)
{
	return world_receive_as(w, queue,
	                        (struct queue_receive){
								.max = max, .visibility_s = visibility_s, .wait_s = wait_s });
}

/* Sends into a FIFO group. */
static inline struct send_entry *send_in(struct world *w, const char *queue, const char *group,
                                         const char *id, const char *body)
{
	return world_send_as(w, queue, body, (struct sending){ .group = group, .dedup = id });
}

#define STORY(name) static void name(void **state)
#define RUN(name) cmocka_unit_test(name)

#endif
