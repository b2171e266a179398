/* child.c - starts and stops `ringi serve` beside us. */
#include "cli/child.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "os/os.h"

enum { READY_MS = 20 * 1000, LOOK_MS = 10, STOP_MS = 20 * 1000, USUAL_PORT = 9324 };

/* The port if it is free (0: any that is); 0 when it is not. */
static int free_port(int wanted)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		                     .sin_port = htons((uint16_t)wanted),
		                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, port = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &size) == 0)
		port = ntohs(a.sin_port);
	close(fd);
	return port;
}

/* Else the readiness of another server would be taken for that of ours. */
static bool taken(const char *listen)
{
	struct str host = str_of(listen), port = str_of(strrchr(listen, ':'));
	int64_t n;

	return str_starts(host, S("127.0.0.1:")) && str_i64(str_from(port, 1), 1, 65535, &n) &&
	       free_port((int)n) == 0;
}

/* What is set for another server is not meant for this one. */
static void forget_settings(void)
{
	for (char **e = environ; *e != NULL;) {
		char name[128];
		size_t len = strcspn(*e, "=");
		if (strncmp(*e, "RINGI_", 6) != 0 || len >= sizeof name) {
			e++;
			continue;
		}
		memcpy(name, *e, len);
		name[len] = '\0';
		unsetenv(name); /* the rest moves up: look at this place again */
	}
}

/* In the child: becomes the server. Never returns. */
static void become_server(const struct child *c, const char *data, pid_t parent)
{
	int log = open(c->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *argv[] = { "ringi",   "serve",  "--data", data,           "--listen",
		                   c->listen, "--auth", "on",     "--test-clock", NULL };

	forget_settings();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CLI_BUG);
	setpgid(0, 0); /* Ctrl-C is for the parent, who stops it in order */
	dup2(none, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	_exit(CLI_BUG);
}

static bool ready(const struct child *c)
{
	char server[160];
	struct client *client;
	struct arena *arena = arena_open();
	struct answer a;

	snprintf(server, sizeof server, "http://%s", c->listen);
	client = client_open(&(struct client_config){ .server = server });
	bool yes = client_rest(client, arena, "GET", S("/readyz"), S_NONE, &a) == CLI_DONE;
	client_close(client);
	arena_close(arena);
	return yes;
}

bool child_runs(struct child *c)
{
	if (c->pid != 0 && waitpid(c->pid, NULL, WNOHANG) == c->pid)
		c->pid = 0;
	return c->pid != 0;
}

static void say_why(const struct child *c, char why[256])
{
	struct arena *arena = arena_open();
	struct str all, line = S("It said nothing.");

	if (os_file_read(arena, c->log, 64 * 1024, &all) == OK)
		while (str_given(all)) {
			struct str next = str_cut(&all, '\n');
			line = next.len > 0 ? next : line;
		}
	snprintf(why, 256, "The server at %s did not start: %.*s", c->listen,
	         (int)(line.len > 150 ? 150 : line.len), line.at);
	arena_close(arena);
}

bool child_start(struct child *c, const char *listen, const char *data, char why[256])
{
	pid_t parent = getpid();
	int port = listen != NULL ? 0 : free_port(USUAL_PORT);

	if (listen != NULL && taken(listen)) {
		snprintf(why, 256, "Somebody is listening on %s already.", listen);
		return false;
	}
	if (listen != NULL)
		snprintf(c->listen, sizeof c->listen, "%s", listen);
	else
		snprintf(c->listen, sizeof c->listen, "127.0.0.1:%d", port != 0 ? port : free_port(0));
	snprintf(c->log, sizeof c->log, "%s/server.log", data);
	c->pid = fork();
	if (c->pid == 0)
		become_server(c, data, parent);
	if (c->pid < 0) {
		snprintf(why, 256, "No process could be started for the server.");
		c->pid = 0;
		return false;
	}
	for (int waited = 0; waited < READY_MS && child_runs(c); waited += LOOK_MS) {
		if (ready(c))
			return true;
		cli_wait_ms(LOOK_MS);
	}
	say_why(c, why);
	child_stop(c);
	return false;
}

bool child_stop(struct child *c)
{
	int status = 0;

	if (!child_runs(c))
		return false;
	kill(c->pid, SIGTERM);
	for (int waited = 0; waited < STOP_MS; waited += LOOK_MS) {
		if (waitpid(c->pid, &status, WNOHANG) == c->pid) {
			c->pid = 0;
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
		cli_wait_ms(LOOK_MS);
	}
	kill(c->pid, SIGKILL);
	waitpid(c->pid, &status, 0);
	c->pid = 0;
	return false;
}
