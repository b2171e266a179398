/* hasher.c - threads that hash passwords.
 *
 * H1  No more than HASHERS passwords are hashed at once, whoever asks: each takes
 *     PASSWORD_MEMORY bytes.
 * H2  Whoever is in the queue waits at most for those before; more are refused. */
#include "api/hasher.h"

#include <pthread.h>

#include "api/state.h"
#include "base/limits.h"
#include "wire/seal.h"

struct hasher {
	struct api *api;
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t came;
	struct list queue; /* struct hash_job.node */
	int waiting;
	bool stopping, stopped;
	void *threads[HASHERS];
};

static struct hash_job *take(struct hasher *h)
{
	struct hash_job *job = NULL;

	pthread_mutex_lock(&h->mutex);
	while (list_empty(&h->queue) && !h->stopping)
		pthread_cond_wait(&h->came, &h->mutex);
	if (!h->stopping) {
		job = LIST_TAKE(&h->queue, struct hash_job, node);
		h->waiting--;
	}
	pthread_mutex_unlock(&h->mutex);
	return job;
}

static void run_then(struct http_task *task, void *context)
{
	struct hash_job *job = CONTAINER(task, struct hash_job, task);

	(void)context;
	job->then(job);
}

static void hash(struct hash_job *job)
{
	struct list tasks;

	job->good = str_given(job->against) ? password_fits(job->password, job->against)
	                                    : password_hash(job->password, job->salt, job->text);
	seal_wipe((void *)job->password.at, job->password.len);
	job->task.run = run_then;
	list_init(&tasks);
	list_add_last(&tasks, &job->task.node);
	http_post(*job->api->config.http, job->c->reply_to.loop, &tasks);
}

static void work(void *context)
{
	struct hasher *h = context;
	struct hash_job *job;

	while ((job = take(h)) != NULL)
		hash(job);
}

struct hasher *hasher_open(struct api *api)
{
	struct hasher *h = mem_get(sizeof *h);

	h->api = api;
	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->came, NULL);
	list_init(&h->queue);
	for (int i = 0; i < HASHERS; i++)
		h->threads[i] = api->config.thread_start("hasher", work, h);
	return h;
}

void hasher_stop(struct hasher *h)
{
	struct hash_job *job;

	if (h == NULL || h->stopped)
		return;
	pthread_mutex_lock(&h->mutex);
	h->stopping = true;
	pthread_cond_broadcast(&h->came);
	pthread_mutex_unlock(&h->mutex);
	for (int i = 0; i < HASHERS; i++)
		h->api->config.thread_join(h->threads[i]);
	while ((job = LIST_TAKE(&h->queue, struct hash_job, node)) != NULL)
		cmd_free(job->c);
	h->stopped = true;
}

struct hasher *hasher_close(struct hasher *h)
{
	if (h == NULL)
		return NULL;
	hasher_stop(h);
	pthread_cond_destroy(&h->came);
	pthread_mutex_destroy(&h->mutex);
	return mem_free(h);
}

bool hasher_put(struct hasher *h, struct hash_job *job)
{
	pthread_mutex_lock(&h->mutex);
	bool room = h->waiting < HASH_QUEUE_MAX && !h->stopping;
	if (room) {
		h->waiting++;
		list_add_last(&h->queue, &job->node);
		pthread_cond_signal(&h->came);
	}
	pthread_mutex_unlock(&h->mutex);
	return room;
}
