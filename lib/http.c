/* http.c - clients, and one request with its retries.
 *
 * A curl handle is taken out of the client for each request and put back after it, so threads
 * never share one, and connections are used again. */
#include "inside.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define CONNECT_MS 5000L

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

void copy_into(char *to, size_t size, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text);

	if (n >= size) /* not in the middle of a character */
		for (n = size - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	if (n > 0)
		memcpy(to, text, n);
	to[n] = 0;
}

bool fault(struct ringi_error *e, const char *code, const char *message)
{
	if (e == NULL)
		return false;
	e->status = 0;
	copy_into(e->code, sizeof e->code, code);
	copy_into(e->message, sizeof e->message, message);
	return false;
}

/* ---- clients */

static pthread_once_t curl_begun = PTHREAD_ONCE_INIT;

static void begin_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool is_text(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

static bool fill_client(struct ringi *r, const char *server, const char *token)
{
	size_t n = strlen(server);
	size_t size = token == NULL ? 0 : strlen(token) + 32;

	while (n > 0 && server[n - 1] == '/')
		n--;
	r->server = calloc(1, n + 1);
	if (r->server == NULL)
		return false;
	memcpy(r->server, server, n);
	if (token == NULL)
		return true;
	r->token = calloc(1, size);
	if (r->token != NULL)
		snprintf(r->token, size, "Authorization: Bearer %s", token);
	return r->token != NULL;
}

struct ringi *ringi_open(const char *server, const char *token, struct ringi_error *e)
{
	struct ringi *r;

	if (server == NULL || !(is_text(server, "http://") || is_text(server, "https://"))) {
		fault(e, "BAD_ARGUMENT", "The server is named as in http://127.0.0.1:9324.");
		return NULL;
	}
	if (token != NULL && strpbrk(token, "\r\n") != NULL) {
		fault(e, "BAD_ARGUMENT", "A token is one line.");
		return NULL;
	}
	pthread_once(&curl_begun, begin_curl);
	r = calloc(1, sizeof *r);
	if (r == NULL || !fill_client(r, server, token)) {
		if (r != NULL)
			free(r->server);
		free(r);
		fault(e, "NO_MEMORY", "Memory is out.");
		return NULL;
	}
	pthread_mutex_init(&r->mutex, NULL);
	atomic_init(&r->stopped, false);
	atomic_init(&r->retry_ms, 30000);
	return r;
}

void ringi_close(struct ringi *r)
{
	if (r == NULL)
		return;
	while (r->idle_count > 0)
		curl_easy_cleanup(r->idle[--r->idle_count]);
	pthread_mutex_destroy(&r->mutex);
	free(r->server);
	free(r->token);
	free(r);
}

void ringi_retry(struct ringi *r, long ms)
{
	atomic_store(&r->retry_ms, ms);
}

void ringi_stop(struct ringi *r)
{
	atomic_store(&r->stopped, true);
}

static CURL *handle_take(struct ringi *r)
{
	CURL *h = NULL;

	pthread_mutex_lock(&r->mutex);
	if (r->idle_count > 0)
		h = r->idle[--r->idle_count];
	pthread_mutex_unlock(&r->mutex);
	return h != NULL ? h : curl_easy_init();
}

static void handle_put(struct ringi *r, CURL *h)
{
	curl_easy_reset(h); /* keeps the connection */
	pthread_mutex_lock(&r->mutex);
	if (r->idle_count < IDLE_MAX) {
		r->idle[r->idle_count++] = h;
		h = NULL;
	}
	pthread_mutex_unlock(&r->mutex);
	if (h != NULL)
		curl_easy_cleanup(h);
}

/* ---- one request */

bool make_path(char path[PATH_SIZE], const char *prefix, const char *name, const char *rest)
{
	char *escaped = name == NULL || *name == 0 ? NULL : curl_easy_escape(NULL, name, 0);
	int n = escaped == NULL ? -1 : snprintf(path, PATH_SIZE, "%s%s%s", prefix, escaped, rest);

	curl_free(escaped);
	return n > 0 && n < PATH_SIZE;
}

struct text {
	char *at;
	size_t length;
};

static size_t take_bytes(char *bytes, size_t one, size_t n, void *to)
{
	struct text *t = to;
	char *more;

	(void)one; /* always 1 */
	if (t->length + n > ANSWER_MAX)
		return 0;
	more = realloc(t->at, t->length + n + 1);
	if (more == NULL)
		return 0;
	t->at = more;
	memcpy(t->at + t->length, bytes, n);
	t->length += n;
	t->at[t->length] = 0;
	return n;
}

/* One key names one change, whatever process made it up. */
static void make_key(char key[40])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
		key[0] = 0;
		return;
	}
	for (int i = 0; i < 16; i++)
		snprintf(key + 2 * i, 3, "%02x", bytes[i]);
}

static struct curl_slist *make_headers(const struct ringi *r, const char *key, bool *ok)
{
	struct curl_slist *list = NULL, *more;
	char line[320];
	const char *lines[] = { "Content-Type: application/json", "Expect:", r->token, NULL };

	if (key != NULL && *key != 0) {
		snprintf(line, sizeof line, "Idempotency-Key: %s", key);
		lines[3] = line;
	}
	*ok = true;
	for (int i = 0; i < 4 && *ok; i++) {
		if (lines[i] == NULL)
			continue;
		more = curl_slist_append(list, lines[i]);
		*ok = more != NULL;
		list = *ok ? more : list;
	}
	return list;
}

struct attempt {
	const char *method, *url, *body, *key;
	long limit_ms;
	long status; /* 0: no answer */
	struct text answer;
	char why[CURL_ERROR_SIZE];
};

static void set_options(CURL *h, struct attempt *a, struct curl_slist *headers)
{
	curl_easy_setopt(h, CURLOPT_URL, a->url);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, a->method);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, a->limit_ms);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &a->answer);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, a->why);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "libringi/" RINGI_VERSION);
	if (a->body != NULL)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, a->body);
}

static void send_once(struct ringi *r, struct attempt *a)
{
	bool ok;
	CURL *h = handle_take(r);
	struct curl_slist *headers = make_headers(r, a->key, &ok);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	a->status = 0;
	a->answer.length = 0;
	a->why[0] = 0;
	if (h != NULL && ok) {
		set_options(h, a, headers);
		code = curl_easy_perform(h);
		if (code == CURLE_OK)
			curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &a->status);
	}
	if (code != CURLE_OK && a->why[0] == 0)
		copy_into(a->why, sizeof a->why, curl_easy_strerror(code));
	curl_slist_free_all(headers);
	if (h != NULL)
		handle_put(r, h);
}

static bool passes(long status)
{
	return status == 0 || status == 429 || (status >= 502 && status <= 504);
}

/* The time until the next try: what the server says, else doubling from 100 ms to 3 s. */
static long next_pause(const struct attempt *a, int n)
{
	long ms = 100L << (n < 5 ? n : 5);
	cJSON *said = a->status == 0 || a->answer.at == NULL ? NULL : cJSON_Parse(a->answer.at);
	const cJSON *after = cJSON_GetObjectItemCaseSensitive(said, "retry_after_ms");

	if (cJSON_IsNumber(after) && after->valuedouble > 0 && after->valuedouble < 60000)
		ms = (long)after->valuedouble;
	cJSON_Delete(said);
	return ms < 3000 ? ms : 3000;
}

static void send_until(struct ringi *r, struct attempt *a, bool once)
{
	int64_t end = now_ms() + atomic_load(&r->retry_ms);

	for (int n = 0;; n++) {
		send_once(r, a);
		if (once || !passes(a->status))
			return;
		long ms = next_pause(a, n);
		if (now_ms() + ms >= end)
			return;
		pause_ms(ms);
	}
}

static cJSON *refused(const struct attempt *a, cJSON *answer, struct ringi_error *e)
{
	const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "code"));
	const char *said = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "detail"));

	if (a->status == 0)
		fault(e, "NO_ANSWER", a->why);
	else
		fault(e, code != NULL ? code : "BAD_ANSWER",
		      said != NULL ? said : "The answer is not one of ringi's.");
	if (e != NULL)
		e->status = (int)a->status;
	cJSON_Delete(answer);
	return NULL;
}

static cJSON *exchange(struct ringi *r, const struct request *q, struct attempt *a,
                       struct ringi_error *e)
{
	cJSON *answer;

	send_until(r, a, q->once);
	answer = a->answer.length == 0 || a->status == 0 ? NULL : cJSON_Parse(a->answer.at);
	if (a->status < 200 || a->status > 299 || answer == NULL)
		return refused(a, answer, e);
	return answer;
}

cJSON *call(struct ringi *r, struct request *q, struct ringi_error *e)
{
	char key[40], *body = q->body == NULL ? NULL : cJSON_PrintUnformatted(q->body);
	size_t size = strlen(r->server) + strlen(q->path) + 1;
	char *url = malloc(size);
	struct attempt a = { .method = q->method, .url = url, .body = body, .key = q->key };
	cJSON *answer = NULL;

	a.limit_ms = q->limit_ms > 0 ? q->limit_ms : CALL_MS;
	if (q->key != NULL && *q->key == 0) {
		make_key(key);
		a.key = key;
	}
	if (url == NULL || (q->body != NULL && body == NULL)) {
		fault(e, "NO_MEMORY", "Memory is out.");
	} else {
		snprintf(url, size, "%s%s", r->server, q->path);
		answer = exchange(r, q, &a, e);
	}
	cJSON_free(body);
	cJSON_Delete(q->body);
	q->body = NULL;
	free(a.answer.at);
	free(url);
	return answer;
}
