/* inbox.c - commands on their way to one owner.
 *
 * I1  `waiting` is the number of nodes in both lists, plus one while a wake-up
 *     is owed; it changes under the mutex only and is read without it by the owner's
 *     spin and by inbox_depth, which may be a little late.
 * I2  The condition is signalled only while `asleep`: an owner at work takes all
 *     there is when it comes back, so a signal could only tell what it will see.
 * I3  What tells of an earlier node ("its client is gone") never overtakes it: it goes
 *     to the end of `fill`. Ahead of it, it would find nothing to undo. */
#include "os/inbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "os/os.h"

enum {
	/* How long the owner looks for work before it sleeps. Going to sleep and being
	 * woken costs both sides some 5 to 50 us; under load the next command comes
	 * sooner. As long as a client on the same machine takes to send again after its
	 * answer: against 30 us, one send in flight gained 3 to 20 %, full load nothing. An
	 * owner whose last wait was long does not spin at all, so an idle or slow server
	 * burns nothing. */
	INBOX_SPIN_NS = 80 * 1000,
	/* A wait up to this long was short. More than the spin, because being woken is part
	 * of it: at the spin's length an owner that had once slept found every wait long
	 * and never spun again (35 us for a round trip between two threads, not 0.4). */
	INBOX_SHORT_NS = 100 * 1000,
	INBOX_SPIN_LOOKS = 32, /* between two questions to the clock */
};

struct inbox {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct list drain, fill;
	int drain_max, fill_max;
	_Atomic int drain_count, fill_count, waiting;
	bool asleep, woken;
	bool waits_are_short; /* owner only */
};

struct inbox *inbox_open(int drain_max, int fill_max)
{
	struct inbox *in = mem_get(sizeof *in);
	pthread_condattr_t attributes;

	in->drain_max = drain_max;
	in->fill_max = fill_max;
	list_init(&in->drain);
	list_init(&in->fill);
	must(pthread_mutex_init(&in->mutex, NULL) == 0);
	must(pthread_condattr_init(&attributes) == 0);
	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&in->cond, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	return in;
}

struct inbox *inbox_close(struct inbox *in)
{
	if (in == NULL)
		return NULL;
	must(list_empty(&in->drain) && list_empty(&in->fill));
	pthread_cond_destroy(&in->cond);
	pthread_mutex_destroy(&in->mutex);
	return mem_free(in);
}

static void count(_Atomic int *counter, int by)
{
	/* Only the holder of the mutex writes: no read-modify-write is needed. */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by,
	                      memory_order_relaxed);
}

static int look(const _Atomic int *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Leaves the mutex, and wakes the owner if it sleeps (I2). */
static void unlock_and_wake(struct inbox *in)
{
	bool asleep = in->asleep;

	in->asleep = false;
	pthread_mutex_unlock(&in->mutex);
	if (asleep)
		pthread_cond_signal(&in->cond);
}

bool inbox_put(struct inbox *in, struct node *n, bool drains)
{
	_Atomic int *counter = drains ? &in->drain_count : &in->fill_count;

	pthread_mutex_lock(&in->mutex);
	bool fits = look(counter) < (drains ? in->drain_max : in->fill_max);
	if (fits) {
		list_add_last(drains ? &in->drain : &in->fill, n);
		count(counter, 1);
		count(&in->waiting, 1);
	}
	unlock_and_wake(in);
	return fits;
}

void inbox_put_own(struct inbox *in, struct node *n)
{
	pthread_mutex_lock(&in->mutex);
	list_add_last(&in->fill, n);
	count(&in->fill_count, 1);
	count(&in->waiting, 1);
	unlock_and_wake(in);
}

void inbox_wake(struct inbox *in)
{
	pthread_mutex_lock(&in->mutex);
	if (!in->woken) {
		in->woken = true;
		count(&in->waiting, 1);
	}
	unlock_and_wake(in);
}

void inbox_depth(const struct inbox *in, int *drain, int *fill)
{
	*drain = look(&in->drain_count);
	*fill = look(&in->fill_count);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void spin(const struct inbox *in, int64_t from_ns)
{
	do {
		for (int i = 0; i < INBOX_SPIN_LOOKS; i++) {
			if (look(&in->waiting) > 0)
				return;
			relax();
		}
	} while (os_mono_ns() - from_ns < INBOX_SPIN_NS);
}

/* With the mutex held. Returns when there is something or the time has come. */
static void sleep_until(struct inbox *in, int64_t until_mono_ms)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_mono_ms / 1000),
		.tv_nsec = (long)(until_mono_ms % 1000) * 1000000,
	};
	int late = 0;

	while (look(&in->waiting) == 0 && late == 0) {
		in->asleep = true;
		if (until_mono_ms == NEVER)
			pthread_cond_wait(&in->cond, &in->mutex);
		else
			late = pthread_cond_timedwait(&in->cond, &in->mutex, &until);
	}
	in->asleep = false;
}

/* Comes back with the mutex held. */
static void wait_for_work(struct inbox *in, int64_t until_mono_ms)
{
	int64_t from_ns = os_mono_ns();

	if (in->waits_are_short)
		spin(in, from_ns);
	pthread_mutex_lock(&in->mutex);
	if (look(&in->waiting) == 0)
		sleep_until(in, until_mono_ms);
	in->waits_are_short = os_mono_ns() - from_ns < INBOX_SHORT_NS;
}

/* Moves up to `max` from a list that has `have`; returns how many. */
static int take_some(struct list *to, struct list *from, int have, int max)
{
	if (have <= max) {
		list_move_all(to, from);
		return have;
	}
	for (int i = 0; i < max; i++)
		list_add_last(to, list_take_first(from));
	return max;
}

static int take_all(struct inbox *in, struct list *to, int max)
{
	int drain = take_some(to, &in->drain, look(&in->drain_count), max);
	int fill = take_some(to, &in->fill, look(&in->fill_count), max - drain);

	count(&in->drain_count, -drain);
	count(&in->fill_count, -fill);
	count(&in->waiting, -(drain + fill) - (in->woken ? 1 : 0));
	in->woken = false;
	return drain + fill;
}

int inbox_take(struct inbox *in, struct list *to, int max, int64_t until_mono_ms)
{
	if (look(&in->waiting) > 0 || until_mono_ms <= 0)
		pthread_mutex_lock(&in->mutex);
	else
		wait_for_work(in, until_mono_ms);
	int taken = take_all(in, to, max);
	pthread_mutex_unlock(&in->mutex);
	return taken;
}
