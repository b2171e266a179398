/* access.c - the secrets in a data folder.
 *
 * The token is written before the key is committed: a start that dies in between leaves a
 * token that opens nothing, and the next one, which still finds no key, writes another. */
#include "access.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
#include "domain/audit/audit.h"
#include "engine/submit.h"
#include "os/os.h"
#include "wire/hash.h"
#include "wire/seal.h"

enum { PATH_SIZE = 4096, KEY_FILE_MAX = 4096 };

struct access {
	pthread_mutex_t mutex;
	pthread_cond_t came;
	struct cmd *answered;
};

struct access *access_open(void)
{
	struct access *a = mem_get(sizeof *a);

	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->came, NULL);
	return a;
}

struct access *access_close(struct access *a)
{
	if (a == NULL)
		return NULL;
	cmd_free(a->answered);
	pthread_cond_destroy(&a->came);
	pthread_mutex_destroy(&a->mutex);
	return mem_free(a);
}

/* ---- the master key */

static bool private_file(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && (s.st_mode & 077) == 0;
}

static bool make_master_key(const char *path, uint8_t key[32], char why[512])
{
	char text[66];

	os_random(key, SEAL_KEY_SIZE);
	hex_text(key, SEAL_KEY_SIZE, text);
	text[64] = '\n';
	enum err fault = os_file_write(path, (struct str){ text, 65 });
	seal_wipe(text, sizeof text);
	if (fault == OK)
		log_line(LOG_INFO, "access", "master key made",
		         "file=\"%s\" next=\"keep a copy apart from backups\"", path);
	else
		snprintf(why, 512, "The master key cannot be written to %.200s (%s).", path,
		         err_name(fault));
	return fault == OK;
}

static bool read_master_key(const char *path, struct str text, uint8_t key[32], char why[512])
{
	struct str line = str_trim(str_cut(&text, '\n'));

	if (!private_file(path))
		snprintf(why, 512, "Others can read the master key %.200s. Use `chmod 600` on it.", path);
	else if (!hex_read(line, key, SEAL_KEY_SIZE))
		snprintf(why, 512, "The master key %.200s must be one line of 64 hexadecimal digits.",
		         path);
	else
		return true;
	return false;
}

bool access_master_key(const char *data, const char *file, bool keys, uint8_t key[32],
                       char why[512])
{
	struct arena *scratch = arena_open();
	char path[PATH_SIZE];
	struct str text = S_NONE;
	bool good = false;

	snprintf(path, sizeof path, "%s%s", file != NULL ? file : data,
	         file != NULL ? "" : "/master.key");
	if (os_file_read(scratch, path, KEY_FILE_MAX, &text) != OK ||
	    (file != NULL && !str_given(text)))
		snprintf(why, 512, "The master key %.200s cannot be read.", path);
	else if (str_given(text))
		good = read_master_key(path, text, key, why);
	else if (keys)
		snprintf(
			why, 512,
			"The master key %.200s is missing, and access keys or secrets of this data folder are "
			"sealed with it. Put it back (docs/manual/access.md says what to do when it is lost).",
			path);
	else
		good = make_master_key(path, key, why);
	seal_wipe((void *)text.at, text.len);
	arena_close(scratch);
	return good;
}

/* ---- commands of the start itself */

void access_answer(struct access *a, struct list *commands)
{
	pthread_mutex_lock(&a->mutex);
	must(a->answered == NULL);
	a->answered = LIST_TAKE(commands, struct cmd, node);
	pthread_cond_signal(&a->came);
	pthread_mutex_unlock(&a->mutex);
}

/* Carries it out; the answer is the caller's. Nobody else has asked for anything yet. */
static struct cmd *carried_out(struct access *a, struct engine_thread *engine, int loop,
                               struct cmd *c)
{
	c->reply_to.loop = loop;
	must(submit(engine, &c));
	pthread_mutex_lock(&a->mutex);
	while (a->answered == NULL)
		pthread_cond_wait(&a->came, &a->mutex);
	c = a->answered;
	a->answered = NULL;
	pthread_mutex_unlock(&a->mutex);
	return c;
}

static bool done(const struct cmd *c)
{
	return c->fault == OK && !cmd_refused(c);
}

bool access_audit_key(struct access *a, struct engine_thread *engine, int loop,
                      const uint8_t key[32], char why[512])
{
	struct cmd *c = cmd_new(&op_audit_key_open);
	struct audit_key_open *in = ARENA_NEW(c->arena, struct audit_key_open);

	c->in = in;
	memcpy(in->master_key, key, sizeof in->master_key);
	c = carried_out(a, engine, loop, c);
	seal_wipe(in->master_key, sizeof in->master_key);
	bool good = done(c);
	if (!good)
		snprintf(why, 512, "The key that signs the audit log cannot be stored.");
	else if (in->lost)
		log_line(LOG_WARN, "audit", "new signing key",
		         "why=\"the old one is sealed with another master key\" next=\"tell those who "
		         "verify: GET /v1/audit/key\"");
	else if (in->made)
		log_line(LOG_INFO, "audit", "signing key made",
		         "next=\"keep GET /v1/audit/key elsewhere\"");
	cmd_free(c);
	return good;
}

bool access_first_key(struct access *a, struct api *api, struct engine_thread *engine, int loop,
                      const char *data, char why[512])
{
	char path[PATH_SIZE], line[128];
	struct str token;
	struct cmd *c = api_first_key(api, &token);

	snprintf(path, sizeof path, "%s/admin.token", data);
	int n = snprintf(line, sizeof line, "%.*s\n", S_ARG(token));
	enum err fault = os_file_write(path, (struct str){ line, (size_t)n });
	seal_wipe(line, sizeof line);
	if (fault != OK) {
		cmd_free(c);
		snprintf(why, 512, "The first token cannot be written to %.200s (%s).", path,
		         err_name(fault));
		return false;
	}
	c = carried_out(a, engine, loop, c);
	bool good = done(c);
	cmd_free(c);
	if (!good) {
		snprintf(why, 512, "The first access key cannot be stored in %.200s.", data);
		return false;
	}
	log_line(LOG_INFO, "access", "first access key made",
	         "name=admin token_file=\"%s\" next=\"ringi key create NAME --allow RULE --data DIR\"",
	         path);
	return true;
}
