/* sessions.c - sessions by their token's hash and by id. */
#include "api/sessions.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/map.h"

struct session {
	struct arena *arena; /* lifetime: the session; it lies in it */
	struct str id, token_hash, person;
	int64_t created_at, used_at, noted_at, ends_at;
	enum session_how how;
};

struct sessions {
	pthread_mutex_t mutex;
	struct names by_token, by_id;
};

struct sessions *sessions_open(void)
{
	struct sessions *s = mem_get(sizeof *s);

	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

struct sessions *sessions_close(struct sessions *s)
{
	struct session *one;
	size_t at = 0;

	if (s == NULL)
		return NULL;
	while ((one = names_next(&s->by_id, &at)) != NULL)
		arena_close(one->arena);
	names_free(&s->by_id);
	names_free(&s->by_token);
	pthread_mutex_destroy(&s->mutex);
	return mem_free(s);
}

static void add(struct sessions *s, const struct session_news *news)
{
	struct arena *session_arena = arena_open_sized(512);
	struct session *one = ARENA_NEW(session_arena, struct session);

	*one = (struct session){
		.arena = session_arena,
		.id = arena_str(session_arena, news->id),
		.token_hash = arena_str(session_arena, news->token_hash),
		.person = arena_str(session_arena, news->person),
		.created_at = news->created_at,
		.used_at = news->used_at,
		.noted_at = news->used_at,
		.ends_at = news->ends_at,
		.how = news->how,
	};
	names_put(&s->by_id, one->id, one);
	names_put(&s->by_token, one->token_hash, one);
}

static void drop(struct sessions *s, struct session *one)
{
	names_take(&s->by_id, one->id);
	names_take(&s->by_token, one->token_hash);
	arena_close(one->arena);
}

void sessions_news(void *context, const struct session_news *news)
{
	struct sessions *s = context;

	pthread_mutex_lock(&s->mutex);
	struct session *one = names_find(&s->by_id, news->id);
	if (news->ended && one != NULL)
		drop(s, one);
	else if (!news->ended && one == NULL)
		add(s, news);
	pthread_mutex_unlock(&s->mutex);
}

static bool over(const struct session *one, int64_t now_ms)
{
	return one->ends_at <= now_ms || one->used_at + SESSION_IDLE_MS <= now_ms;
}

bool sessions_use(struct sessions *s, struct arena *a, struct str token_hash, int64_t now_ms,
                  struct session_found *found)
{
	pthread_mutex_lock(&s->mutex);
	struct session *one = names_find(&s->by_token, token_hash);
	bool good = one != NULL && str_eq_secret(one->token_hash, token_hash) && !over(one, now_ms);
	if (good) {
		*found = (struct session_found){
			.id = arena_str(a, one->id),
			.person = arena_str(a, one->person),
			.created_at = one->created_at,
			.ends_at = one->ends_at,
			.how = one->how,
			.note = one->noted_at + SESSION_NOTE_MS <= now_ms,
		};
		one->used_at = now_ms;
		if (found->note)
			one->noted_at = now_ms;
	}
	pthread_mutex_unlock(&s->mutex);
	return good;
}

bool sessions_alive(struct sessions *s, struct str id, int64_t now_ms)
{
	pthread_mutex_lock(&s->mutex);
	const struct session *one = names_find(&s->by_id, id);
	bool good = one != NULL && !over(one, now_ms);
	pthread_mutex_unlock(&s->mutex);
	return good;
}
