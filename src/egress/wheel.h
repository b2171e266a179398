/* wheel.h - libcurl turning on a libuv loop. Loop thread only. */
#ifndef RINGI_EGRESS_WHEEL_H
#define RINGI_EGRESS_WHEEL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

typedef void wheel_done_fn(void *context, CURL *, CURLcode);

struct wheel {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer;
	wheel_done_fn *done;
	void *context;
};

void wheel_open(struct wheel *, uv_loop_t *, wheel_done_fn *, void *context);
void wheel_close(struct wheel *); /* all transfers are removed; its handles end with the loop */
void wheel_add(struct wheel *, CURL *);
void wheel_remove(struct wheel *, CURL *); /* from `done` too */

#endif
