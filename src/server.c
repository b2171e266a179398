/* server.c - connects the parts; with main.c the only files that know everybody.
 *
 *     start   engine (store, memory) -> front door -> outgoing calls -> HTTP: ready
 *     stop    HTTP stops listening -> parked receives are answered -> HTTP ends ->
 *             outgoing calls end -> the engine carries out what it has -> store */
#include "server.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access.h"
#include "api/api.h"
#include "api/sessions.h"
#include "archive.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "cluster/cluster.h"
#include "egress/egress.h"
#include "egress/key.h"
#include "domain/key/key.h"
#include "domain/queue/push.h"
#include "engine/thread.h"
#include "http/server.h"
#include "memory.h"
#include "os/os.h"
#include "os/zone.h"
#include "wire/seal.h"

struct server {
	struct server_options options;
	struct engine_thread *engine;
	struct api *api;
	struct http_server *http;
	struct egress *egress;
	struct access *access;
	struct archive *archive; /* NULL: none is kept */
	struct sessions *sessions;
	struct cluster *cluster;           /* NULL: it is alone on its store */
	struct egress_key *key;            /* signs what topics publish */
	uint8_t master_key[SEAL_KEY_SIZE]; /* until egress has it */
	char backup_dir[PATH_MAX + sizeof "/backups"];
	int loops;
	bool standing_by;    /* another server had the store when we came */
	atomic_bool serving; /* what the engine's thread asks of the others may be asked */
};

static struct server *the_disk_of; /* whose free space /metrics tells */

static int64_t data_free(void)
{
	return the_disk_of == NULL ? -1 : os_disk_free(the_disk_of->options.data);
}

static enum err zone_data(struct arena *a, struct str name, struct str *bytes, struct str *release,
                          struct str *why)
{
	*release = os_zone_release(a, os_zone_folder());
	return os_zone_read(a, os_zone_folder(), name, bytes, why);
}

/* Commands come home to the loop they came from; behind the last are egress, the start
 * itself and the archive. */
static void answer(void *context, int loop, struct list *commands)
{
	struct server *s = context;

	if (loop == s->loops)
		egress_answer(s->egress, commands);
	else if (loop == s->loops + 1)
		access_answer(s->access, commands);
	else if (loop == s->loops + 2)
		archive_answer(s->archive, commands);
	else
		api_answer(s->api, loop, commands);
}

static int64_t answers(void *context)
{
	struct server *s = context;

	return atomic_load(&s->serving) ? api_answers(s->api) : 0;
}

static void outbox_grew(void *context)
{
	struct server *s = context;

	if (s->egress != NULL)
		egress_wake_outbox(s->egress);
}

static void push_grew(void *context)
{
	struct server *s = context;

	if (s->egress != NULL)
		egress_wake_push(s->egress);
}

static void notify_grew(void *context)
{
	struct server *s = context;

	if (s->egress != NULL)
		egress_wake_notify(s->egress);
}

static void archive_grew(void *context)
{
	struct server *s = context;

	if (s->archive != NULL)
		archive_wake(s->archive);
}

static void keys_changed(void *context)
{
	struct server *s = context;

	api_keys_changed(s->api, engine_thread_keys(s->engine), engine_thread_accounts(s->engine));
}

static void feed_grew(void *context)
{
	struct server *s = context;

	if (atomic_load(&s->serving))
		api_feed_grew(s->api);
}

/* Nothing may be acknowledged after a failed sync; the next start reads what is
 * really on the disk (docs/decisions/0004). Nor when another server has taken over. */
static void died(void *context, enum err why, const char *detail)
{
	(void)context;
	log_line(LOG_ERROR, "engine", why == ERR_LOST ? "the lease is lost" : "the store failed",
	         "err=%s detail=\"%s\" next=\"exit 4\"", err_name(why), detail);
	_exit(4);
}

static bool open_key(struct server *s, int *code, char why[512])
{
	char detail[256] = "The folder cannot be made.";

	if (os_folder_make(s->options.data) == OK)
		s->key = egress_key_open(s->options.data, os_now(), detail);
	if (s->key == NULL) {
		snprintf(why, 512, "The data folder %.150s cannot be used: %s", s->options.data, detail);
		*code = 4;
	}
	return s->key != NULL;
}

static struct str certificate(void *key)
{
	return egress_key_certificate(key);
}

static bool on_postgres(const struct server *s)
{
	return s->options.store != NULL && store_on_postgres(s->options.store);
}

static bool open_archive(struct server *s, int *code, char why[512])
{
	if (s->options.archive == NULL)
		return true;
	s->archive = archive_open(s->options.archive, s->loops + 2, why);
	if (s->archive == NULL)
		*code = 4;
	return s->archive != NULL;
}

/* PostgreSQL being away ends who comes anew, since its place may be wrong; who has seen an
 * owner there waits for it. */
static bool stands_by(struct server *s, enum err *fault, char detail[256])
{
	if (s->options.stand_by == NULL)
		return false;
	s->standing_by = s->standing_by || *fault == ERR_BUSY;
	if (!s->standing_by || (*fault != ERR_BUSY && *fault != ERR_IO))
		return false;
	while (s->options.stand_by()) {
		if (cluster_over(s->cluster, detail)) {
			*fault = ERR_LIMIT;
			return false;
		}
		if (cluster_may_take(s->cluster))
			return true;
	}
	return false;
}

/* Absent: by the Host header of who asks. */
static struct str console_url(const struct server *s)
{
	struct str url = str_of(s->options.console_url);

	while (url.len > 0 && url.at[url.len - 1] == '/')
		url.len--;
	return url;
}

/* "https://host:port" */
static struct str origin_of(struct str url)
{
	struct str path = url_path(url);

	if (str_given(path))
		url.len = (size_t)(path.at - url.at) - 1;
	return url;
}

static bool open_engine(struct server *s, int *code, char why[512])
{
	struct engine_thread_config config = {
		.place = on_postgres(s) ? s->options.store : s->options.data,
		.disk = on_postgres(s) ? NULL : s->options.data,
		.node = s->options.node,
		.domain = {
			.account = str_of(s->options.account),
			.region = str_of(s->options.region),
			.people_known = s->options.auth,
			.private_webhooks = s->options.private_webhooks,
			.public_url = console_url(s),
			.decision_links = s->options.decision_links,
			.sql_commands = on_postgres(s),
			.archives = s->options.archive != NULL,
			.sixty_seconds = s->options.sixty_seconds,
			.signer = egress_key_signer(s->key),
			.session_news = sessions_news,
			.session_context = s->sessions,
		},
		.answer = answer, .answer_context = s,
		.answers = answers, .outbox_grew = outbox_grew, .push_grew = push_grew,
		.notify_grew = notify_grew, .archive_grew = archive_grew,
		.keys_changed = keys_changed, .feed_grew = feed_grew, .died = died, .context = s,
	};
	enum err fault;
	char detail[256] = "";

	do
		s->engine = engine_thread_open(&config, &fault, detail);
	while (s->engine == NULL && stands_by(s, &fault, detail));
	if (s->engine == NULL && on_postgres(s)) {
		snprintf(why, 512, "The store cannot be used (%s): %s", err_name(fault), detail);
		*code = 2; /* whatever is wrong with it, starting again does not mend it */
	} else if (s->engine == NULL) {
		snprintf(why, 512, "The data folder %.150s cannot be used (%s): %s", s->options.data,
		         err_name(fault), detail);
		*code = fault == ERR_LOST ? 2 : 4; /* moved elsewhere (store/move.h) */
	}
	return s->engine != NULL;
}

static struct api_calls_out calls_out(void *context)
{
	struct server *s = context;
	struct egress_figures outbox = { 0 }, push = { 0 }, notify = { 0 };
	struct egress_trace_figures t = { 0 };
	struct archive_figures a = { 0 };

	if (s->archive != NULL)
		a = archive_figures(s->archive);
	if (s->egress != NULL) {
		outbox = egress_outbox_figures(s->egress);
		push = egress_push_figures(s->egress);
		notify = egress_notify_figures(s->egress);
		t = egress_trace_figures(s->egress);
	}
	return (struct api_calls_out){
		{ outbox.called, outbox.done, outbox.failed, outbox.final, outbox.under_way },
		{ push.called, push.done, push.failed, push.final, push.under_way },
		{ notify.called, notify.done, notify.failed, notify.final, notify.under_way },
		{ s->options.otlp_endpoint != NULL, t.sent, t.rejected, t.dropped, t.failed_requests },
		{ s->archive != NULL, a.waiting, a.messages, a.failures },
	};
}

/* For the front door, which is open only when there is egress. */
static bool fetch(void *context, struct http_fetch *what)
{
	struct server *s = context;

	return egress_fetch(s->egress, what);
}

/* A standby has no rows to compare the key with before it takes over: so the nodes compare
 * what they can tell of theirs. */
static bool open_cluster(struct server *s, int *code, char why[512])
{
	struct cluster_config config = {
		.place = s->options.store,
		.node = s->options.node,
		.listen = s->options.listen,
		.node_listen = s->options.node_listen,
		.node_address = s->options.node_address,
		.tls_cert = s->options.tls_cert,
		.tls_key = s->options.tls_key,
		.look = s->options.look,
	};
	char detail[256] = "";

	*code = 2;
	if (s->options.stand_by == NULL)
		return true;
	if (!access_master_key(s->options.data, s->options.master_key_file, true, config.master_key,
	                       why))
		return false;
	s->cluster = cluster_open(&config, code, detail);
	seal_wipe(config.master_key, sizeof config.master_key);
	if (s->cluster == NULL)
		snprintf(why, 512, "%s", detail);
	return s->cluster != NULL;
}

static void nodes(void *context, struct nodes *all)
{
	struct server *s = context;

	cluster_nodes(s->cluster, all);
}

static bool has_keys(const struct server *s)
{
	return engine_thread_keys(s->engine)->by_name.count > 0;
}

static bool open_master_key(struct server *s, int *code, char why[512])
{
	bool needed = has_keys(s) || push_secrets(engine_thread_queues(s->engine)) > 0;

	*code = 4;
	return access_master_key(s->options.data, s->options.master_key_file, needed, s->master_key,
	                         why);
}

static void *thread_start(const char *name, void (*run)(void *), void *context)
{
	return os_thread_start(name, run, context);
}

static void thread_join(void *thread)
{
	os_thread_join(thread);
}

/* Whole, so that it is the same folder whoever asks: DATA/backups unless said. */
static struct str backup_folder(struct server *s)
{
	char whole[PATH_MAX];

	if (s->options.backup_dir != NULL)
		return str_of(s->options.backup_dir);
	if (realpath(s->options.data, whole) == NULL)
		return S_NONE;
	snprintf(s->backup_dir, sizeof s->backup_dir, "%s/backups", whole);
	return str_of(s->backup_dir);
}

static bool open_api(struct server *s, int *code, char why[512])
{
	struct api_config config = {
		.http = &s->http,
		.engine = s->engine,
		.account = str_of(s->options.account),
		.region = str_of(s->options.region),
		.advertise = str_of(s->options.advertise),
		.console_url = console_url(s),
		.console_origin = origin_of(console_url(s)),
		.trusted = s->options.trusted,
		.backup_dir = backup_folder(s),
		.private_webhooks = s->options.private_webhooks,
		.decision_links = s->options.decision_links,
		.auth = s->options.auth,
		.metrics_open = s->options.metrics_open,
		.keys = engine_thread_keys(s->engine),
		.accounts = engine_thread_accounts(s->engine),
		.test_clock = s->options.test_clock,
		.loops = s->loops,
		.sessions = s->sessions,
		.thread_start = thread_start,
		.thread_join = thread_join,
		.feed = engine_thread_feed(s->engine),
		.watchers_max = WATCHERS_MAX,
		.now = os_now,
		.random = os_random,
		.memory_resident = os_memory_resident,
		.disk_free = data_free,
		.zone = zone_data,
		.calls_out = calls_out,
		.calls_out_context = s,
		.oidc = s->options.oidc,
		.oidc_count = s->options.oidc_count,
		.fetch = fetch,
		.fetch_context = s,
		.certificate = certificate,
		.certificate_context = s->key,
		.node = str_of(s->options.node),
		.nodes = s->cluster == NULL ? NULL : nodes,
		.nodes_context = s,
	};

	memcpy(config.receipt_key, engine_thread_domain(s->engine)->receipt_key,
	       sizeof config.receipt_key);
	memcpy(config.master_key, s->master_key, sizeof config.master_key);
	s->api = api_open(&config);
	seal_wipe(config.master_key, sizeof config.master_key);
	if (!api_keys_open(s->api) ||
	    !push_secrets_open(engine_thread_queues(s->engine), s->master_key)) {
		*code = 4;
		snprintf(why, 512,
		         "The master key is not the one that the access keys and secrets in %.150s are "
		         "sealed with. Put that one back, or name it with --master-key-file.",
		         s->options.data);
		return false;
	}
	s->access = access_open();
	if (!access_audit_key(s->access, s->engine, s->loops + 1, s->master_key, why)) {
		*code = 4;
		return false;
	}
	return !s->options.auth || has_keys(s) ||
	       access_first_key(s->access, s->api, s->engine, s->loops + 1, s->options.data, why);
}

static bool open_egress(struct server *s, int *code, char why[512])
{
	struct egress_config config = {
		.engine = s->engine,
		.loop = s->loops,
		.private_webhooks = s->options.private_webhooks,
		.private_mail = s->options.private_mail,
		.random = os_random,
		.signer = egress_key_signer(s->key),
		.traces = {
			.endpoint = s->options.otlp_endpoint,
			.service = s->options.otlp_service,
			.instance = s->options.node,
			.headers = s->options.otlp_headers,
			.header_count = s->options.otlp_header_count,
			.feed = engine_thread_feed(s->engine),
		},
	};
	char detail[256] = "";

	memcpy(config.master_key, s->master_key, sizeof config.master_key);
	seal_wipe(s->master_key, sizeof s->master_key);
	s->egress = egress_open(&config, detail);
	seal_wipe(config.master_key, sizeof config.master_key);
	if (s->egress == NULL) {
		snprintf(why, 512, "Outgoing calls cannot be set up: %s", detail);
		*code = 4;
	}
	if (s->egress != NULL)
		egress_start(s->egress); /* not before answers can find it */
	return s->egress != NULL;
}

static bool open_http(struct server *s, int *code, char why[512])
{
	struct http_config config = {
		.listen = cluster_listens(s->cluster) ? NULL : s->options.listen,
		.loops = s->loops,
		.tls_cert = s->options.tls_cert,
		.tls_key = s->options.tls_key,
		.handle = api_handle,
		.gone = api_gone,
		.tick = api_tick,
		.context = s->api,
		.self = &s->http,
	};
	char detail[256] = "";

	/* It is in s->http already: its threads may have looked there. */
	if (http_open(&config, detail) == NULL) {
		snprintf(why, 512, "%s", detail);
		*code = 2;
	}
	return s->http != NULL;
}

struct server *server_open(const struct server_options *options, int *code, char why[512])
{
	struct server *s = mem_get(sizeof *s);
	int cores = os_cores();

	s->options = *options;
	s->sessions = sessions_open();
	s->loops = options->loops > 0 ? options->loops : cores > 2 ? cores - 1 : 1;
	the_disk_of = s;
	if (open_cluster(s, code, why) && open_key(s, code, why) && open_archive(s, code, why) &&
	    open_engine(s, code, why) && open_master_key(s, code, why) && open_api(s, code, why)) {
		if (open_egress(s, code, why) && open_http(s, code, why)) {
			atomic_store(&s->serving, true);
			if (s->archive != NULL)
				archive_start(s->archive, s->engine);
			api_feed_grew(s->api); /* who came a moment before that was not told yet */
			api_ready(s->api, true);
			if (s->cluster != NULL)
				cluster_serving(s->cluster, s->http);
			return s;
		}
	}
	server_close(s);
	return NULL;
}

int server_port(const struct server *s)
{
	return cluster_listens(s->cluster) ? cluster_port(s->cluster) : http_port(s->http);
}

int64_t server_memory_max(const struct server *s)
{
	return memory_max(s->loops, s->options.tls_cert != NULL, s->options.node_listen != NULL);
}

const char *server_store(const struct server *s)
{
	return engine_thread_store(s->engine);
}

void server_close(struct server *s)
{
	if (s->api != NULL)
		api_ready(s->api, false);
	cluster_drain(s->cluster);
	if (s->http != NULL) {
		http_drain(s->http);
		api_drain(s->api);
		engine_thread_drain(s->engine);
		http_wait(s->http);
		api_stop(s->api);
	}
	egress_stop(s->egress);
	archive_stop(s->archive);
	engine_thread_close(s->engine);
	egress_close(s->egress);
	if (s->http != NULL)
		http_close(s->http); /* after the engine: late answers learn that nobody waits */
	if (s->api != NULL)
		api_close(s->api);
	seal_wipe(s->master_key, sizeof s->master_key);
	access_close(s->access);
	archive_close(s->archive);
	sessions_close(s->sessions);
	egress_key_close(s->key);
	cluster_close(s->cluster);
	the_disk_of = NULL;
	mem_free(s);
}
