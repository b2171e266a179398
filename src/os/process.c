/* process.c - what the process is allowed, what it uses, and whom it tells. */
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/os.h"

#if defined(__SANITIZE_ADDRESS__)
#define LEAK_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAK_CHECKED 1
#endif
#endif
#ifndef LEAK_CHECKED
#define LEAK_CHECKED 0
#endif

int os_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return CPU_COUNT(&set);
}

/* The second number of /proc/self/statm, in pages. */
int64_t os_memory_resident(void)
{
	char text[128];
	uint64_t pages;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	struct str rest = { text, n > 0 ? (size_t)n : 0 };
	str_cut(&rest, ' ');
	if (!str_u64(str_cut(&rest, ' '), INT64_MAX / 65536, &pages))
		return -1;
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* What one request frees, the next one needs. Given back to the kernel each time, it costs a
 * system call, a flush of the other cores' page tables and the page faults to get it again:
 * a tenth of all time under load. Larger pieces than a message is are still mapped alone. */
static void keep_memory(void)
{
	enum { KEPT = 4 * 1024 * 1024, ALONE = 2 * 1024 * 1024 }; /* of each thread's heap */

	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_MMAP_THRESHOLD, ALONE);
}

void os_process_prepare(void)
{
	keep_memory();
	/* A reader that hangs up and a file-size limit are errors of one write, to be
	 * answered there, not the end of the process. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	raise_descriptor_limit();
	umask(077); /* data, backups and keys are for their owner only */
	/* The memory holds secrets. The limit alone is not enough: the kernel ignores it
	 * when core dumps are piped to a program. Not under a sanitizer, whose leak
	 * check traces its own process. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (!LEAK_CHECKED)
		prctl(PR_SET_DUMPABLE, 0);
}

void os_notify(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path == NULL ? 0 : strlen(path);

	if (len < 2 || len >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* an abstract name */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	/* Nobody to tell is not our trouble: systemd then stops us by its own time-out. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
	close(fd);
}
