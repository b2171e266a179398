/* worker_child.c - one run of the command: a process of its own group, with the body of the
 * message as its standard input and facts about it in its environment.
 *
 *     RINGI_QUEUE RINGI_MESSAGE_ID RINGI_ATTEMPT RINGI_SENT_AT RINGI_GROUP
 *     RINGI_ATTRIBUTES RINGI_LABELS       JSON
 *     TRACEPARENT                         the trace that it belongs to (W3C)
 *     RINGI_PROGRESS_FILE                 "0.42 what is happening": its last line is told
 *     RINGI_RESULT_FILE                   JSON: becomes the result of the job
 *
 * Standard output and error together are the log. While it runs the lease is extended; a
 * lease that was lost ends the process, since somebody else has the message now. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/worker.h"
#include "os/os.h"

extern char **environ;

enum { ENVIRONMENT_MAX = 16, NOT_STARTED = 127, KILL_AFTER_MS = 10 * 1000 };

struct process {
	struct slot *slot;
	struct task *task;
	struct ending *e;
	pid_t pid;
	int pidfd, output;
	int64_t began_ns, beat_ns, kill_ns; /* mono: next heartbeat; SIGKILL, 0: not asked to end */
	char progress_file[96], result_file[96];
};

/* ---- start */

/* A file without a name that holds the body: a pipe would make us wait for its reader. */
static int body_file(struct str body)
{
	int fd = memfd_create("body", MFD_CLOEXEC);

	for (size_t done = 0; fd >= 0 && done < body.len;) {
		ssize_t n = write(fd, body.at + done, body.len - done);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static char *setting(struct arena *a, const char *name, struct str value)
{
	return (char *)(uintptr_t)arena_printf(a, "%s=%.*s", name, S_ARG(value)).at;
}

/* Our way into the server is not for the command. */
static bool is_secret(const char *setting)
{
	static const char *const names[] = { "RINGI_TOKEN", "RINGI_SECRET", "RINGI_KEY", "RINGI_ACCESS",
		                                 "RINGI_DATA" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strncmp(setting, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Ours first, then what we were given; a name that stands twice counts as it stands first. */
static char **environment(struct process *p)
{
	struct arena *a = p->slot->arena;
	const struct task *t = p->task;
	int count = 0, at = 0;

	while (environ[count] != NULL)
		count++;
	char **env = ARENA_ARRAY(a, char *, count + ENVIRONMENT_MAX);
	env[at++] = setting(a, "RINGI_QUEUE", str_of(p->slot->worker->queue));
	env[at++] = setting(a, "RINGI_MESSAGE_ID", t->id);
	env[at++] = setting(a, "RINGI_ATTEMPT", arena_printf(a, "%lld", (long long)t->attempt));
	env[at++] = setting(a, "RINGI_SENT_AT", t->sent_at);
	env[at++] = setting(a, "RINGI_GROUP", t->group);
	env[at++] = setting(a, "RINGI_ATTRIBUTES", t->attributes);
	env[at++] = setting(a, "RINGI_LABELS", t->labels);
	env[at++] = setting(a, "TRACEPARENT", t->traceparent);
	env[at++] = setting(a, "RINGI_PROGRESS_FILE", str_of(p->progress_file));
	env[at++] = setting(a, "RINGI_RESULT_FILE", str_of(p->result_file));
	must(at <= ENVIRONMENT_MAX - 1);
	for (int i = 0; i < count; i++)
		if (!is_secret(environ[i]))
			env[at++] = environ[i];
	env[at] = NULL;
	return env;
}

/* In the child. Only what is allowed between fork and exec of a program with threads. */
static void become(struct process *p, char **env, int input, int output, int report, pid_t parent)
{
	sigset_t none;
	int why;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(NOT_STARTED);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execvpe(p->slot->worker->command[0], p->slot->worker->command, env);
	why = errno;
	(void)!write(report, &why, sizeof why);
	_exit(NOT_STARTED);
}

/* Waits until the child is the command; then its end of the pipe is closed, and nothing was said.
 * An exit code cannot tell: 127 is a shell's that did not find something. */
static bool has_become(struct process *p, int report)
{
	int why = 0;
	ssize_t n;

	while ((n = read(report, &why, sizeof why)) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof why)
		return true;
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	p->e->missing = true;
	errno = why;
	return false;
}

static bool start_with(struct process *p, int input, const int output[2], const int report[2])
{
	char **env = environment(p);
	pid_t parent = getpid();

	p->pid = fork();
	if (p->pid == 0)
		become(p, env, input, output[1], report[1], parent);
	close(report[1]);
	bool good = p->pid > 0 && has_become(p, report[0]);
	p->pidfd = good ? pidfd_open(p->pid, 0) : -1;
	return p->pidfd >= 0;
}

/* False: errno says why. */
static bool start(struct process *p)
{
	int output[2] = { -1, -1 }, report[2] = { -1, -1 }, input = body_file(p->task->body);
	bool piped = input >= 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0;
	bool good = piped && start_with(p, input, output, report);
	int why = errno;

	for (int i = 0; i < 3; i++) {
		int fd = i == 0 ? input : i == 1 ? output[1] : report[0];
		if (fd >= 0)
			close(fd);
	}
	p->output = output[0];
	if (good)
		fcntl(p->output, F_SETFL, O_NONBLOCK);
	else if (p->output >= 0)
		close(p->output);
	errno = why;
	return good;
}

static bool is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	errno = EACCES;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool child_can_run(struct arena *a, const char *command)
{
	const char *path = getenv("PATH");
	struct str folders = str_of(path != NULL ? path : "/bin:/usr/bin");
	bool forbidden = false;

	if (strchr(command, '/') != NULL)
		return is_program(command);
	while (str_given(folders)) {
		struct str folder = str_cut(&folders, ':');
		if (folder.len == 0)
			folder = S(".");
		if (is_program(arena_printf(a, "%.*s/%s", S_ARG(folder), command).at))
			return true;
		forbidden = forbidden || errno == EACCES;
	}
	errno = forbidden ? EACCES : ENOENT;
	return false;
}

/* ---- while it runs */

static void read_output(struct process *p)
{
	struct buf *log = &p->e->log;
	char bytes[4096];
	ssize_t n;

	while ((n = read(p->output, bytes, sizeof bytes)) > 0) {
		buf_add(log, (struct str){ bytes, (size_t)n });
		if (p->slot->worker->output)
			fwrite(bytes, 1, (size_t)n, stderr);
		if (log->len > 4 * WORKER_LOG_MAX) {
			memmove(log->at, log->at + log->len - WORKER_LOG_MAX, WORKER_LOG_MAX);
			log->len = WORKER_LOG_MAX;
		}
	}
	if (n == 0) { /* it has closed them; its end comes from elsewhere */
		close(p->output);
		p->output = -1;
	}
}

static void ask_to_end(struct process *p)
{
	if (p->kill_ns != 0)
		return;
	kill(-p->pid, SIGTERM);
	p->kill_ns = os_mono_ns() + (int64_t)KILL_AFTER_MS * 1000000;
}

static struct str progress_line(struct process *p)
{
	struct str all, line = S_NONE;

	if (os_file_read(p->slot->arena, p->progress_file, 64 * 1024, &all) != OK)
		return S_NONE;
	while (str_given(all)) {
		struct str next = str_trim(str_cut(&all, '\n'));
		if (next.len > 0)
			line = next;
	}
	return line;
}

/* A third of the lease, but often enough to see progress and hear of a cancellation. */
static int64_t beat_ms(const struct worker *w)
{
	int64_t ms = w->lease_ms / 3;

	return w->tracked && ms > 5000 ? 5000 : ms;
}

static void beat(struct process *p)
{
	struct answer a;
	bool canceled = false;
	int code = task_heartbeat(p->slot, p->task, progress_line(p), &canceled, &a);

	p->beat_ns = os_mono_ns() + beat_ms(p->slot->worker) * 1000000;
	/* Who can't be reached may come back; who says no means it. */
	if (code == CLI_REFUSED && a.status >= 400 && a.status < 500 && a.status != 429)
		p->e->lost = true;
	p->e->canceled = p->e->canceled || canceled;
	if (p->e->lost || p->e->canceled)
		ask_to_end(p);
}

static void look_at_time(struct process *p)
{
	const struct worker *w = p->slot->worker;
	int64_t now = os_mono_ns();

	if (now >= p->beat_ns && !p->e->lost)
		beat(p);
	if (w->timeout_ms > 0 && now - p->began_ns >= w->timeout_ms * 1000000 && p->kill_ns == 0) {
		p->e->timed_out = true;
		ask_to_end(p);
	}
	if (atomic_load(&w->hurry) && p->kill_ns == 0) {
		p->e->given_up = true;
		ask_to_end(p);
	}
	if (p->kill_ns != 0 && now >= p->kill_ns)
		kill(-p->pid, SIGKILL);
}

static void wait_for_end(struct process *p)
{
	enum { LOOK_MS = 250 };
	struct pollfd fds[2] = { { .fd = p->pidfd, .events = POLLIN } };

	for (;;) {
		fds[1] = (struct pollfd){ .fd = p->output, .events = POLLIN };
		poll(fds, 2, LOOK_MS);
		if (p->output >= 0)
			read_output(p);
		if (fds[0].revents != 0)
			return;
		look_at_time(p);
	}
}

static void collect(struct process *p)
{
	int status = 0;

	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(-p->pid, SIGKILL); /* what it left behind */
	if (p->output >= 0) {
		read_output(p);
		if (p->output >= 0)
			close(p->output);
	}
	close(p->pidfd);
	p->e->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	p->e->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void read_result(struct process *p)
{
	struct arena *a = p->slot->arena;
	struct str text, why;

	if (os_file_read(a, p->result_file, WORKER_RESULT_MAX, &text) != OK || !str_given(text) ||
	    text.len == 0)
		return;
	if (json_read(a, text, &why) != NULL)
		p->e->result = text;
	else
		buf_printf(&p->e->log, "\nringi worker: the result is not JSON: %.*s\n", S_ARG(why));
}

void child_work(struct slot *s, struct task *t, struct ending *e)
{
	struct process p = { .slot = s, .task = t, .e = e, .began_ns = os_mono_ns() };

	*e = (struct ending){ .code = -1 };
	snprintf(p.progress_file, sizeof p.progress_file, "%s/progress", s->folder);
	snprintf(p.result_file, sizeof p.result_file, "%s/result", s->folder);
	unlink(p.progress_file);
	unlink(p.result_file);
	p.beat_ns = p.began_ns + beat_ms(s->worker) * 1000000;
	if (!start(&p)) {
		buf_printf(&e->log, "%s cannot be started: %s.", s->worker->command[0], strerror(errno));
		e->given_up = true; /* not the message's fault */
		e->not_started = true;
		return;
	}
	wait_for_end(&p);
	collect(&p);
	read_result(&p);
}
