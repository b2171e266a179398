/* cluster.c - the thread that gives signs of life, and what it sees.
 *
 *   C1  What it sees decides nothing about who writes. A standby that sees nothing still tries
 *       to take over, and the lease tells whether it may.
 *   C2  `link` belongs to the thread; `seen` and the flags are under the mutex. */
#include "cluster/cluster.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "cluster/front.h"
#include "os/os.h"
#include "store/nodes.h"
#include "wire/hash.h"
#include "wire/seal.h"

enum { LEASE_OVER_MS = 5 }; /* looks so much behind its end */

struct cluster {
	struct cluster_config config;
	char key_print[2 * SHA256_SIZE + 1];
	char address[NODE_ADDRESS_MAX + 1]; /* ours, for other nodes; "": none */
	struct node_link *link;
	struct front *front; /* NULL: without node_listen */
	struct front_owner owner;
	char owner_address[NODE_ADDRESS_MAX + 1]; /* as it was resolved */
	struct os_thread *thread;
	int wake;
	pthread_mutex_t mutex;
	bool serving, put_key, ended, skewed, away, named_twice;
	char over[256]; /* "": it is still a node */
	struct nodes seen;
	int64_t seen_ns;
	int64_t takeovers;
};

/* ---- what is seen */

static void note(struct cluster *c, const struct nodes *now)
{
	pthread_mutex_lock(&c->mutex);
	if (c->seen_ns != 0 && c->seen.holder[0] != '\0' && now->epoch > c->seen.epoch &&
	    strcmp(c->seen.holder, now->holder) != 0)
		c->takeovers++;
	c->seen = *now;
	c->seen_ns = os_mono_ns();
	pthread_mutex_unlock(&c->mutex);
}

/* ---- the owner, for the front */

static bool resolve(const char *address, struct sockaddr_storage *to)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char host[NODE_ADDRESS_MAX + 1];
	const char *colon = strrchr(address, ':');

	if (colon == NULL)
		return false;
	bool bracket = address[0] == '[' && colon > address + 1 && colon[-1] == ']';
	snprintf(host, sizeof host, "%.*s", (int)(colon - address) - 2 * bracket, address + bracket);
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return false;
	memcpy(to, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

static void note_owner(struct cluster *c, const struct nodes *all)
{
	const struct node_info *n = all->held ? nodes_named(all, all->holder) : NULL;
	struct front_owner now = { .epoch = all->epoch };

	if (c->front == NULL)
		return;
	if (n != NULL && n->address[0] != '\0' && strcmp(n->name, c->config.node) != 0) {
		bool same = c->owner.known && strcmp(c->owner_address, n->address) == 0;
		now.address = c->owner.address;
		now.known = same || resolve(n->address, &now.address);
		snprintf(now.name, sizeof now.name, "%s", n->name);
		snprintf(c->owner_address, sizeof c->owner_address, "%s", n->address);
	}
	if (now.known != c->owner.known || now.epoch != c->owner.epoch ||
	    strcmp(now.name, c->owner.name) != 0 ||
	    memcmp(&now.address, &c->owner.address, sizeof now.address) != 0)
		front_tell_owner(c->front, &now);
	c->owner = now;
}

static void note_skew(struct cluster *c, int64_t skew_ms)
{
	bool skewed = llabs(skew_ms) > NODE_SKEW_MAX_MS;

	pthread_mutex_lock(&c->mutex);
	bool before = c->skewed;
	c->skewed = skewed;
	pthread_mutex_unlock(&c->mutex);
	if (skewed && !before)
		log_line(LOG_WARN, "cluster", "the clock is wrong",
		         "ms=%lld next=\"no takeover by this node until it is right\"", (long long)skew_ms);
}

/* Said once, until it is over. */
static void note_fault(struct cluster *c, enum err fault)
{
	if (fault == ERR_LIMIT && !c->serving) {
		pthread_mutex_lock(&c->mutex);
		snprintf(c->over, sizeof c->over, "%s", node_link_detail(c->link));
		pthread_mutex_unlock(&c->mutex);
		c->config.look();
		return;
	}
	if (!c->away)
		log_line(LOG_WARN, "cluster", "no sign of life",
		         "err=%s detail=\"%s\" next=\"tries again\"", err_name(fault),
		         node_link_detail(c->link));
	c->away = true;
}

/* ---- the thread */

static void tell_serving(struct cluster *c)
{
	if (node_link_put_key(c->link) == OK)
		c->put_key = false;
	node_link_tell(c->link);
}

/* How long until the next sign of life. */
static int64_t round_of(struct cluster *c, struct nodes *all, bool serving)
{
	enum err fault = node_link_beat(c->link, serving, all);

	if (fault != OK) {
		note_fault(c, fault);
		return NODE_BEAT_MS;
	}
	c->away = false;
	note(c, all);
	note_owner(c, all);
	note_skew(c, all->skew_ms);
	if (serving && c->put_key)
		tell_serving(c);
	if (serving)
		return NODE_BEAT_MS;
	if (!all->held)
		c->config.look();
	int64_t left = all->held ? all->lease_left_ms + LEASE_OVER_MS : NODE_BEAT_MS;
	return left < NODE_BEAT_MS ? left : NODE_BEAT_MS;
}

static void run(void *context)
{
	struct cluster *c = context;
	struct nodes *all = mem_get(sizeof *all);

	for (;;) {
		pthread_mutex_lock(&c->mutex);
		bool ended = c->ended, serving = c->serving;
		pthread_mutex_unlock(&c->mutex);
		if (ended)
			break;
		int64_t ms = round_of(c, all, serving);
		node_link_wait(c->link, c->wake, ms);
		uint64_t times;
		if (read(c->wake, &times, sizeof times) < 0)
			continue; /* nobody woke us */
	}
	mem_free(all);
}

static void wake(struct cluster *c)
{
	uint64_t one = 1;

	must(write(c->wake, &one, sizeof one) == (ssize_t)sizeof one);
}

/* ---- from outside */

static bool name_good(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!good && c != '-' && c != '_' && c != '.')
			return false;
	}
	return name.len > 0 && name.len <= NODE_NAME_MAX;
}

static void print_key(struct cluster *c)
{
	uint8_t digest[SHA256_SIZE];

	hmac_sha256((struct str){ (const char *)c->config.master_key, sizeof c->config.master_key },
	            S("ringi: whether two nodes have the same master key"), digest);
	hex_text(digest, sizeof digest, c->key_print);
}

static struct cluster *refused(struct cluster *c, int *code)
{
	*code = 2;
	return cluster_close(c);
}

static void seen_by_front(void *context, struct nodes *all)
{
	cluster_nodes(context, all);
}

/* A port of 0 is known only when it is open. */
static void name_address(struct cluster *c)
{
	const char *listen = c->config.node_listen, *colon = strrchr(listen, ':');

	if (c->config.node_address != NULL)
		snprintf(c->address, sizeof c->address, "%s", c->config.node_address);
	else
		snprintf(c->address, sizeof c->address, "%.*s:%d", (int)(colon - listen), listen,
		         front_node_port(c->front));
}

static bool open_front(struct cluster *c, char why[256])
{
	struct front_config config = {
		.node = c->config.node,
		.listen = c->config.listen,
		.node_listen = c->config.node_listen,
		.tls_cert = c->config.tls_cert,
		.tls_key = c->config.tls_key,
		.nodes = seen_by_front,
		.context = c,
	};

	if (c->config.node_listen == NULL)
		return true;
	lines_key(c->config.master_key, config.key);
	c->front = front_open(&config, why);
	seal_wipe(config.key, sizeof config.key);
	if (c->front == NULL)
		return false;
	name_address(c);
	log_line(LOG_INFO, "cluster", "node", "name=%s port=%d address=%s", c->config.node,
	         front_port(c->front), c->address);
	return true;
}

struct cluster *cluster_open(const struct cluster_config *config, int *code, char why[256])
{
	struct cluster *c = mem_get(sizeof *c);
	struct node_self self = {
		.place = config->place,
		.name = config->node,
		.address = c->address,
		.version = RINGI_VERSION,
		.key_print = c->key_print,
	};

	c->config = *config;
	c->put_key = true;
	pthread_mutex_init(&c->mutex, NULL);
	c->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	must(c->wake >= 0);
	print_key(c);
	if (!name_good(str_of(config->node))) {
		snprintf(why, 256,
		         "--node %.80s: the name of a node has letters, digits, -, _ and ., at most %d.",
		         config->node, NODE_NAME_MAX);
		return refused(c, code);
	}
	if (!open_front(c, why) || node_link_open(&c->link, &self, why) != OK)
		return refused(c, code);
	c->thread = os_thread_start("cluster", run, c);
	return c;
}

bool cluster_listens(const struct cluster *c)
{
	return c != NULL && c->front != NULL;
}

int cluster_port(const struct cluster *c)
{
	return front_port(c->front);
}

void cluster_drain(struct cluster *c)
{
	if (cluster_listens(c))
		front_drain(c->front);
}

void cluster_serving(struct cluster *c, struct http_server *server)
{
	if (c->front != NULL)
		front_tell_serving(c->front, server);
	pthread_mutex_lock(&c->mutex);
	c->serving = true;
	pthread_mutex_unlock(&c->mutex);
	wake(c);
}

bool cluster_may_take(struct cluster *c)
{
	pthread_mutex_lock(&c->mutex);
	bool may = !c->skewed;
	pthread_mutex_unlock(&c->mutex);
	return may;
}

bool cluster_over(struct cluster *c, char why[256])
{
	pthread_mutex_lock(&c->mutex);
	bool over = c->over[0] != '\0';
	memcpy(why, c->over, sizeof c->over);
	pthread_mutex_unlock(&c->mutex);
	return over;
}

void cluster_nodes(struct cluster *c, struct nodes *all)
{
	pthread_mutex_lock(&c->mutex);
	*all = c->seen;
	all->serving = c->serving;
	all->takeovers = c->takeovers;
	int64_t ago = c->seen_ns == 0 ? -1 : (os_mono_ns() - c->seen_ns) / 1000000;
	pthread_mutex_unlock(&c->mutex);
	snprintf(all->self, sizeof all->self, "%s", c->config.node);
	if (c->front != NULL)
		front_figures(c->front, all);
	all->seen_ms_ago = ago;
	for (int i = 0; i < all->count && ago > 0; i++)
		all->node[i].heartbeat_age_ms += ago;
}

struct cluster *cluster_close(struct cluster *c)
{
	if (c == NULL)
		return NULL;
	pthread_mutex_lock(&c->mutex);
	c->ended = true;
	pthread_mutex_unlock(&c->mutex);
	wake(c);
	if (c->thread != NULL)
		os_thread_join(c->thread);
	front_close(c->front); /* before what it asks us for is gone */
	node_link_close(c->link);
	pthread_mutex_destroy(&c->mutex);
	close(c->wake);
	seal_wipe(c->config.master_key, sizeof c->config.master_key);
	return mem_free(c);
}
