/* access.c - the secrets in a data folder.
 *
 * The token is written before the key is committed: a start that dies in between leaves a
 * token that opens nothing, and the next one, which still finds no key, writes another. */
#include "access.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
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

/* ---- the first key */

void access_answer(struct access *a, struct list *commands)
{
	pthread_mutex_lock(&a->mutex);
	must(a->answered == NULL);
	a->answered = LIST_TAKE(commands, struct cmd, node);
	pthread_cond_signal(&a->came);
	pthread_mutex_unlock(&a->mutex);
}

static bool done(struct access *a)
{
	pthread_mutex_lock(&a->mutex);
	while (a->answered == NULL)
		pthread_cond_wait(&a->came, &a->mutex);
	struct cmd *c = a->answered;
	a->answered = NULL;
	pthread_mutex_unlock(&a->mutex);
	bool good = c->fault == OK && !cmd_refused(c);
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
	c->reply_to.loop = loop;
	must(submit(engine, &c)); /* nobody else has asked for anything yet */
	if (!done(a)) {
		snprintf(why, 512, "The first access key cannot be stored in %.200s.", data);
		return false;
	}
	log_line(LOG_INFO, "access", "first access key made",
	         "name=admin token_file=\"%s\" next=\"ringi key create NAME --allow RULE --data DIR\"",
	         path);
	return true;
}
