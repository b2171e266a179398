/* serve.c - `ringi serve`: options, start, wait for a signal, stop. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "cli/cli.h"
#include "domain/outbox/address.h"
#include "oidc.h"
#include "os/os.h"
#include "server.h"
#include "store/store.h"
#include "traces.h"

static const struct option serve_options[] = {
	{ .name = "data",
	  .value = "DIR",
	  .fallback = "ringi-data",
	  .help = "where everything is kept" },
	{ .name = "listen",
	  .value = "HOST:PORT",
	  .fallback = "127.0.0.1:9324",
	  .help = "address of all APIs" },
	{ .name = "store",
	  .value = "PLACE",
	  .marks = OPTION_SECRET,
	  .fallback = "sqlite",
	  .help = "sqlite: in DIR; or postgres://USER@HOST/DATABASE?schema=NAME" },
	{ .name = "standby",
	  .kind = OPTION_SWITCH,
	  .help = "while another server uses the schema of --store: wait, and take over" },
	{ .name = "node",
	  .value = "NAME",
	  .fallback = "ringi",
	  .help = "this process, in leases and logs" },
	{ .name = "node-listen",
	  .value = "HOST:PORT",
	  .help = "with --standby: for other nodes, and a node's own /readyz; then any node answers" },
	{ .name = "node-address",
	  .value = "HOST:PORT",
	  .help = "where other nodes reach that (--node-listen)" },
	{ .name = "advertise",
	  .value = "URL",
	  .help = "what queue URLs begin with; else they follow the Host header of each request" },
	{ .name = "console-url",
	  .value = "URL",
	  .help =
	      "where people open the console, with the path that a proxy cuts off; else --advertise" },
	{ .name = "trusted-proxy",
	  .value = "ADDRESSES",
	  .help = "proxies whose X-Forwarded-For is believed: 10.0.0.7,192.168.0.0/16" },
	{ .name = "account",
	  .value = "DIGITS",
	  .fallback = "000000000000",
	  .help = "account in ARNs and URLs" },
	{ .name = "region", .value = "NAME", .fallback = "us-east-1", .help = "region in ARNs" },
	{ .name = "auth",
	  .kind = OPTION_CHOICE,
	  .choices = "on|off",
	  .fallback = "on",
	  .help = "off: anybody may do anything; only on a loopback address" },
	{ .name = "master-key-file",
	  .value = "FILE",
	  .help = "64 hexadecimal digits that secrets are sealed with (DIR/master.key)" },
	{ .name = "archive",
	  .value = "DIR",
	  .help = "dead letters are written to files there when their retention is over" },
	{ .name = "backup-dir",
	  .value = "DIR",
	  .help = "where `ringi backup` may write, and nowhere else (DIR/backups of --data)" },
	{ .name = "metrics-open", .kind = OPTION_SWITCH, .help = "/metrics asks for no credentials" },
	{ .name = "tls-cert",
	  .value = "FILE",
	  .help = "certificate chain (PEM): TLS on the same port" },
	{ .name = "tls-key", .value = "FILE", .help = "its private key (PEM)" },
	{ .name = "loops",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "0",
	  .least = 0,
	  .most = 64,
	  .help = "HTTP event loops; 0: by the number of cores" },
	{ .name = "allow-private-webhooks",
	  .kind = OPTION_SWITCH,
	  .help = "HTTP subscriptions may point to private and loopback addresses" },
	{ .name = "allow-private-mail",
	  .kind = OPTION_SWITCH,
	  .help = "channels may use mail servers at private and loopback addresses" },
	{ .name = "decision-links",
	  .kind = OPTION_SWITCH,
	  .help = "mails to approvers have a link that decides once, without a sign-in" },
	{ .name = "otlp-endpoint",
	  .value = "URL",
	  .help = "collector that gets traces of jobs (OTLP/HTTP, JSON): http://127.0.0.1:4318" },
	{ .name = "otlp-headers-file",
	  .value = "FILE",
	  .help = "`Name: value` lines for the collector, such as its secret" },
	{ .name = "otlp-service",
	  .value = "NAME",
	  .fallback = "ringi",
	  .help = "service.name in traces" },
	{ .name = "oidc-issuer",
	  .value = "URL",
	  .help = "people may sign in by this identity provider (OpenID Connect)" },
	{ .name = "oidc-client-id", .value = "ID", .help = "what the provider calls this server" },
	{ .name = "oidc-client-secret",
	  .value = "SECRET",
	  .marks = OPTION_SECRET,
	  .help = "and what it proves that with; better in a file: --oidc-client-secret-file" },
	{ .name = "oidc-name",
	  .value = "NAME",
	  .fallback = "oidc",
	  .help = "of the provider, in paths" },
	{ .name = "oidc-title", .value = "TEXT", .help = "of the provider, for people" },
	{ .name = "oidc-link",
	  .value = "RULE",
	  .help = "who is linked at the first sign-in: email (verified), or id:CLAIM; else nobody" },
	{ .name = "oidc-private-network",
	  .kind = OPTION_SWITCH,
	  .help = "the provider may be in a private network or on this machine" },
	{ .name = "oidc-file", .value = "FILE", .help = "several providers (JSON)" },
	{ .name = "aws-60s",
	  .kind = OPTION_SWITCH,
	  .help = "one purge of a queue in 60 seconds, as Amazon has it" },
	{ .name = "test-clock",
	  .kind = OPTION_SWITCH,
	  .help = "tests may push the clock: PUT /v2/clock" },
	{ .name = "log-format",
	  .kind = OPTION_CHOICE,
	  .choices = "text|json",
	  .fallback = "text",
	  .help = "form of the log on standard error" },
	{ .name = "log-level",
	  .kind = OPTION_CHOICE,
	  .choices = "debug|info|warn|error",
	  .fallback = "info",
	  .help = "least important line that is logged" },
	{ .name = "config", .value = "FILE", .help = "the same names as `name = value` lines" },
	{ .name = NULL },
};

static const char *const examples =
	"ringi serve --data DIR [OPTIONS]\n\n"
	"  ringi serve --data /var/lib/ringi          production: loopback, access keys\n"
	"  ringi serve --data ./data --auth off       development on this machine\n"
	"  ringi serve --data ./data --listen 0.0.0.0:9324 --tls-cert cert.pem --tls-key key.pem\n\n";

static bool loopback(struct str listen)
{
	struct str host = listen;

	for (size_t i = listen.len; i > 0; i--)
		if (listen.at[i - 1] == ':') {
			host.len = i - 1;
			break;
		}
	return host_is_loopback_number(host) || str_is(host, "localhost") || str_is(host, "[::1]");
}

/* Who reads such a link on its way has it. */
static bool decision_links_good(const struct server_options *s)
{
	struct str url = str_of(s->console_url);

	if (!s->decision_links || str_starts(url, S("https://")) ||
	    (str_starts(url, S("http://")) && loopback(str_from(url, 7))))
		return true;
	return cli_fail(
			   CLI_WRONG,
			   "--decision-links needs https://... in --advertise or --console-url: links must "
			   "lead here, and nobody may read them on the way.") == CLI_DONE;
}

/* It stands in ARNs, between colons. */
static bool region_good(struct str region)
{
	for (size_t i = 0; i < region.len; i++) {
		char c = region.at[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return region.len > 0 && region.len <= 64;
}

static bool digits(struct str s, size_t count)
{
	uint64_t n;

	return s.len == count && str_u64(s, UINT64_MAX, &n);
}

/* "https://host:port", and perhaps a path. */
static bool is_address(struct str url)
{
	size_t scheme = str_starts(url, S("https://")) ? 8 : str_starts(url, S("http://")) ? 7 : 0;
	struct str host = str_from(url, scheme);

	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] <= ' ' || host.at[i] > '~' || strchr("?#@\\\"<>", host.at[i]) != NULL)
			return false;
	return scheme > 0 && host.len > 0 && host.at[0] != '/';
}

/* Nothing behind it. */
static bool is_origin(struct str url)
{
	return is_address(url) && memchr(str_from(url, 8).at, '/', url.len - 8) == NULL;
}

static bool everywhere(struct str listen)
{
	return str_starts(listen, S("0.0.0.0:")) || str_starts(listen, S("[::]:"));
}

static bool node_good(const struct server_options *s)
{
	if (s->node_listen != NULL && s->stand_by == NULL)
		return cli_fail(CLI_WRONG, "--node-listen is for several nodes: with --standby.") ==
		       CLI_DONE;
	if (s->node_address != NULL && s->node_listen == NULL)
		return cli_fail(CLI_WRONG, "--node-address is where --node-listen is reached; that is "
		                           "missing.") == CLI_DONE;
	if (s->node_address != NULL && strlen(s->node_address) > NODE_ADDRESS_MAX)
		return cli_fail(CLI_WRONG, "--node-address has %d bytes at the most.", NODE_ADDRESS_MAX) ==
		       CLI_DONE;
	if (s->node_listen != NULL && s->node_address == NULL && everywhere(str_of(s->node_listen)))
		return cli_fail(CLI_WRONG,
		                "--node-listen %s is every address; other nodes need one: --node-address "
		                "HOST:PORT.",
		                s->node_listen) == CLI_DONE;
	return true;
}

static bool proxies_good(struct server_options *s, const char *list)
{
	char why[256];

	return forwarded_read(&s->trusted, list, why) ||
	       cli_fail(CLI_WRONG, "--trusted-proxy: %s", why) == CLI_DONE;
}

/* What options alone cannot check. False after the sentence was printed. */
static bool sensible(const struct server_options *s)
{
	if (!s->auth && !loopback(str_of(s->listen)))
		return cli_fail(CLI_WRONG,
		                "--auth off is possible on a loopback address only, and %s is none. "
		                "Listen on 127.0.0.1:9324, or use --auth on.",
		                s->listen) == CLI_DONE;
	if (s->auth && s->test_clock && !loopback(str_of(s->listen)))
		return cli_fail(CLI_WRONG,
		                "--test-clock is possible on a loopback address only, and %s is none.",
		                s->listen) == CLI_DONE;
	if (!str_is(str_of(s->store), "sqlite") && !store_on_postgres(s->store))
		return cli_fail(CLI_WRONG, "--store is sqlite, or a URL that begins with postgres://.") ==
		       CLI_DONE;
	if (s->stand_by != NULL && !store_on_postgres(s->store))
		return cli_fail(CLI_WRONG,
		                "--standby is for a store on PostgreSQL: --store postgres://...") ==
		       CLI_DONE;
	if (s->stand_by != NULL && s->master_key_file == NULL)
		return cli_fail(CLI_WRONG,
		                "--standby needs --master-key-file FILE: a copy of the key that the other "
		                "servers of this schema use.") == CLI_DONE;
	if (s->advertise != NULL && !is_origin(str_of(s->advertise)))
		return cli_fail(
				   CLI_WRONG,
				   "--advertise %s must be http:// or https:// with a host and perhaps a port, "
				   "without a path, as in https://queues.example.com.",
				   s->advertise) == CLI_DONE;
	if (s->console_url != NULL && !is_address(str_of(s->console_url)))
		return cli_fail(CLI_WRONG,
		                "--console-url %s must be http:// or https:// with a host and perhaps a "
		                "path, as in https://intra.example.com/tools/ringi.",
		                s->console_url) == CLI_DONE;
	if (!decision_links_good(s) || !node_good(s))
		return false;
	if (!digits(str_of(s->account), 12))
		return cli_fail(CLI_WRONG, "--account %s: an account has 12 digits, as in 000000000000.",
		                s->account) == CLI_DONE;
	if (!region_good(str_of(s->region)))
		return cli_fail(CLI_WRONG,
		                "--region %s: a region has small letters, digits and -, as in us-east-1.",
		                s->region) == CLI_DONE;
	if (s->backup_dir != NULL && (s->backup_dir[0] != '/' || s->backup_dir[1] == '\0'))
		return cli_fail(CLI_WRONG, "--backup-dir %s must be the whole path of a folder, from / on.",
		                s->backup_dir) == CLI_DONE;
	if ((s->tls_cert == NULL) != (s->tls_key == NULL))
		return cli_fail(CLI_WRONG, "--tls-cert and --tls-key go together; only one was given.") ==
		       CLI_DONE;
	return true;
}

static void log_as_asked(const struct options *o)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	enum log_level least = LOG_INFO;

	for (int i = 0; i < 4; i++)
		if (str_eq(str_of(option_text(o, "log-level")), str_of(levels[i])))
			least = (enum log_level)i;
	log_open(str_is(str_of(option_text(o, "log-format")), "json") ? LOG_JSON : LOG_TEXT, least);
}

/* What ends the server; blocked in all threads and taken by waiting for it, so that no
 * handler runs anywhere. */
static sigset_t ending(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	return signals;
}

static bool standing_by, told_to_end;

/* By a signal that nobody else sends: the pause below ends by one anyway. */
static void look(void)
{
	kill(getpid(), SIGUSR1);
}

static bool stand_by(void)
{
	const struct timespec pause = { .tv_nsec = STANDBY_LOOK_MS * 1000000l };
	sigset_t signals = ending();

	sigaddset(&signals, SIGUSR1);

	if (!standing_by) {
		log_line(LOG_INFO, "serve", "standby", "next=\"takes over when the schema is free\"");
		os_notify("READY=1\nSTATUS=standby");
	}
	standing_by = true;
	int came = sigtimedwait(&signals, NULL, &pause);
	told_to_end = came == SIGTERM || came == SIGINT;
	return !told_to_end;
}

static struct server_options from(const struct options *o)
{
	return (struct server_options){
		.data = option_text(o, "data"),
		.store = option_text(o, "store"),
		.listen = option_text(o, "listen"),
		.node = option_text(o, "node"),
		.node_listen = option_text(o, "node-listen"),
		.node_address = option_text(o, "node-address"),
		.account = option_text(o, "account"),
		.region = option_text(o, "region"),
		.advertise = option_text(o, "advertise"),
		.console_url = option_text(o, option_text(o, "console-url") != NULL ? "console-url"
		                                                                    : "advertise"),
		.tls_cert = option_text(o, "tls-cert"),
		.tls_key = option_text(o, "tls-key"),
		.archive = option_text(o, "archive"),
		.backup_dir = option_text(o, "backup-dir"),
		.master_key_file = option_text(o, "master-key-file"),
		.metrics_open = option_on(o, "metrics-open"),
		.loops = (int)option_number(o, "loops"),
		.stand_by = option_on(o, "standby") ? stand_by : NULL,
		.look = look,
		.auth = option_on(o, "auth"),
		.test_clock = option_on(o, "test-clock"),
		.private_webhooks = option_on(o, "allow-private-webhooks"),
		.private_mail = option_on(o, "allow-private-mail"),
		.sixty_seconds = option_on(o, "aws-60s"),
		.decision_links = option_on(o, "decision-links"),
	};
}

static void wait_for_the_end(const sigset_t *signals)
{
	int signal_number;

	sigwait(signals, &signal_number);
	log_line(LOG_INFO, "serve", "stopping", "signal=%d next=\"answers what is in progress\"",
	         signal_number);
	os_notify("STOPPING=1");
}

static int run(const struct server_options *options)
{
	sigset_t signals = ending();
	char why[512] = "";
	int code = CLI_DONE;
	int64_t began = os_mono_ns();

	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	sigdelset(&signals, SIGUSR1);
	struct server *server = server_open(options, &code, why);
	if (server == NULL && told_to_end) {
		log_line(LOG_INFO, "serve", "stopped", "code=0");
		return CLI_DONE;
	}
	if (server == NULL)
		return cli_fail(code, "%s", why);
	log_line(LOG_INFO, "serve", "ready",
	         "version=%s store=\"%s\" listen=%s port=%d data=\"%s\" auth=%s memory_max=%lldMiB "
	         "start_ms=%lld",
	         RINGI_VERSION, server_store(server), options->listen, server_port(server),
	         options->data, options->auth ? "on" : "off",
	         (long long)(server_memory_max(server) / MIB),
	         (long long)((os_mono_ns() - began) / 1000000));
	os_notify("READY=1\nSTATUS=serving");
	wait_for_the_end(&signals);
	server_close(server);
	log_line(LOG_INFO, "serve", "stopped", "code=0");
	return CLI_DONE;
}

int serve_main(int argc, char **argv)
{
	struct arena *process_arena = arena_open();
	struct options options;
	struct str why;
	int code = CLI_WRONG;

	os_process_prepare();
	log_clock(os_wall_ms);
	if (!options_read(&options, process_arena, serve_options, NULL, argc, argv, &why)) {
		cli_fail(CLI_WRONG, "%.*s", S_ARG(why));
	} else if (options.help) {
		struct buf help = { 0 };
		options_help(&help, serve_options);
		printf("%s%.*s", examples, S_ARG(buf_str(&help)));
		buf_free(&help);
		code = CLI_DONE;
	} else if (options.arg_count > 0) {
		cli_fail(CLI_WRONG, "serve takes no argument, but %s was given.", options.args[0]);
	} else {
		struct server_options s = from(&options);
		log_as_asked(&options);
		if (sensible(&s) && proxies_good(&s, option_text(&options, "trusted-proxy")) &&
		    traces_options(process_arena, &options, &s) &&
		    oidc_options(process_arena, &options, &s))
			code = run(&s);
	}
	arena_close(process_arena);
	return code;
}
