/* wheel.c - libcurl turning on a libuv loop: its sockets, its timer, its endings. */
#include "egress/wheel.h"

#include "base/arena.h"
#include "base/limits.h"

struct watch {
	uv_poll_t poll;
	struct wheel *wheel;
	curl_socket_t socket;
};

static void tell_ended(struct wheel *w)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(w->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			w->done(w->context, message->easy_handle, message->data.result);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *at = poll->data;
	struct wheel *w = at->wheel;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

	flags |= (events & UV_READABLE) ? CURL_CSELECT_IN : 0;
	flags |= (events & UV_WRITABLE) ? CURL_CSELECT_OUT : 0;
	curl_multi_socket_action(w->multi, at->socket, flags, &running);
	tell_ended(w);
}

static void on_watch_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

static struct watch *watch_new(struct wheel *w, curl_socket_t s)
{
	struct watch *at = mem_get(sizeof *at);

	at->wheel = w;
	at->socket = s;
	must(uv_poll_init_socket(w->loop, &at->poll, s) == 0);
	at->poll.data = at;
	curl_multi_assign(w->multi, s, at);
	return at;
}

static int on_socket(CURL *easy, curl_socket_t s, int what, void *context, void *watched)
{
	struct wheel *w = context;
	struct watch *at = watched;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (at != NULL) {
			curl_multi_assign(w->multi, s, NULL);
			uv_poll_stop(&at->poll);
			uv_close((uv_handle_t *)&at->poll, on_watch_closed);
		}
		return 0;
	}
	if (at == NULL)
		at = watch_new(w, s);
	int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	uv_poll_start(&at->poll, events, on_poll);
	return 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct wheel *w = timer->data;
	int running;

	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	tell_ended(w);
}

/* Never from inside: curl forbids socket_action in this callback. */
static int on_timeout(CURLM *multi, long ms, void *context)
{
	struct wheel *w = context;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(&w->timer);
	else
		uv_timer_start(&w->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

void wheel_open(struct wheel *w, uv_loop_t *loop, wheel_done_fn *done, void *context)
{
	w->loop = loop;
	w->done = done;
	w->context = context;
	w->multi = curl_multi_init();
	must(w->multi != NULL && uv_timer_init(loop, &w->timer) == 0);
	w->timer.data = w;
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)EGRESS_CALLS_MAX);
}

void wheel_close(struct wheel *w)
{
	curl_multi_cleanup(w->multi);
	w->multi = NULL;
	uv_close((uv_handle_t *)&w->timer, NULL);
}

void wheel_add(struct wheel *w, CURL *easy)
{
	must(curl_multi_add_handle(w->multi, easy) == CURLM_OK);
}

void wheel_remove(struct wheel *w, CURL *easy)
{
	curl_multi_remove_handle(w->multi, easy);
}
