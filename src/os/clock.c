/* clock.c - the machine's clocks and its chance. */
#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "base/limits.h"
#include "os/os.h"

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	must(clock_gettime(id, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t os_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

struct now os_now(void)
{
	return (struct now){
		.wall_ms = clock_ns(CLOCK_REALTIME) / 1000000,
		.mono_ms = clock_ns(CLOCK_MONOTONIC) / 1000000,
	};
}

int64_t os_wall_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

void os_random(void *to, size_t size)
{
	char *at = to;

	while (size > 0) {
		ssize_t n = getrandom(at, size, 0);
		must(n > 0 || errno == EINTR);
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
}
