/* thread.c - threads that run until they are done and are then joined. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "os/os.h"

enum { STACK_SIZE = 512 * 1024, THREAD_NAME_SIZE = 16 /* the kernel's, with NUL */ };

struct os_thread {
	pthread_t id;
	char name[THREAD_NAME_SIZE];
	void (*run)(void *);
	void *context;
};

static void *thread_main(void *at)
{
	struct os_thread *t = at;

	pthread_setname_np(pthread_self(), t->name);
	t->run(t->context);
	return NULL;
}

struct os_thread *os_thread_start(const char *name, void (*run)(void *), void *context)
{
	struct os_thread *t = mem_get(sizeof *t);
	pthread_attr_t attributes;
	sigset_t all, before;

	*t = (struct os_thread){ .run = run, .context = context };
	snprintf(t->name, sizeof t->name, "%s", name);
	must(pthread_attr_init(&attributes) == 0);
	must(pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0);
	/* Signals are the main thread's business; a new thread inherits the mask. */
	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	must(pthread_create(&t->id, &attributes, thread_main, t) == 0);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	pthread_attr_destroy(&attributes);
	return t;
}

void os_thread_join(struct os_thread *t)
{
	must(pthread_join(t->id, NULL) == 0);
	mem_free(t);
}
