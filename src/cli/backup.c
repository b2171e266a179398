/* backup.c - `ringi backup` of a running server, `ringi restore` into an empty folder.
 *
 * The server writes the copy, on its own machine, into its --backup-dir, from one snapshot,
 * while it goes on serving. A restore is refused where there is anything already, and checks the
 * copy as `ringi check` does before it says that it is done. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "os/os.h"
#include "store/check.h"

static int backup(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(cli->arena, body, "path", str_of(cli_arg(cli, 0)));
	int code = cli_rest(cli, "POST", S("/v1/backup"), body, &a);
	if (code == CLI_DONE && a.json != NULL)
		cli_show(cli, a.json);
	return code;
}

static bool folder_is_free(const char *path, bool *exists)
{
	struct dirent *entry;
	DIR *d = opendir(path);
	bool empty = true;

	*exists = d != NULL || errno != ENOENT;
	if (d == NULL)
		return errno == ENOENT;
	while (empty && (entry = readdir(d)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(d);
	return empty;
}

static void tell(void *context, const char *sentence)
{
	(void)context;
	fprintf(stderr, "  %s\n", sentence);
}

/* What could not be restored is taken away again, so that the folder is free as before. */
static void undo(const char *data, const char *db, bool existed)
{
	static const char *const names[] = { "ringi.db", "ringi.db-wal", "ringi.db-shm", "lock" };
	char path[2048];

	remove(db);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", data, names[i]);
		remove(path);
	}
	if (!existed)
		rmdir(data);
}

/* A stopped server's folder serves as a backup, too. Its last commits may be in the log
 * only, which belongs to the database: one without the other is an older state. */
static enum err copy_data(struct cli *cli, const char *from, const char *db)
{
	const char *log = arena_printf(cli->arena, "%s-wal", from).at;

	TRY(os_file_copy(from, db));
	if (access(log, F_OK) != 0)
		return OK;
	return os_file_copy(log, arena_printf(cli->arena, "%s-wal", db).at);
}

/* The lock of the folder that is restored from; -1 also when there is none. */
static bool lock_source(struct cli *cli, const char *folder, int *lock)
{
	const char *path = arena_printf(cli->arena, "%s/lock", folder).at;

	*lock = -1;
	if (access(path, F_OK) != 0)
		return true;
	*lock = os_file_lock(path);
	return *lock >= 0;
}

static int restore(struct cli *cli)
{
	const char *from = cli_arg(cli, 0), *data = option_text(&cli->options, "data");
	struct stat st;
	struct store_check result;
	bool existed;
	int lock = -1;

	if (data == NULL)
		return cli_fail(CLI_WRONG, "Say where to: --data DIR.");
	if (stat(from, &st) != 0)
		return cli_fail(CLI_WRONG, "There is no backup %s.", from);
	if (S_ISDIR(st.st_mode) && !lock_source(cli, from, &lock))
		return cli_fail(CLI_STORAGE,
		                "A ringi is using the data folder %s. Stop it, or take a copy with "
		                "`ringi backup`.",
		                from);
	if (S_ISDIR(st.st_mode))
		from = arena_printf(cli->arena, "%s/ringi.db", from).at;
	if (!folder_is_free(data, &existed))
		return cli_fail(CLI_WRONG,
		                "The folder %s is not empty; a backup is restored only into an empty or "
		                "new one.",
		                data);
	const char *db = arena_printf(cli->arena, "%s/ringi.db", data).at;
	bool copied = os_folder_make(data) == OK && copy_data(cli, from, db) == OK;
	os_file_unlock(lock);
	if (!copied) {
		undo(data, db, existed);
		return cli_fail(CLI_STORAGE, "%s could not be copied to %s.", from, db);
	}
	if (store_check(data, tell, NULL, &result) != OK || result.problems > 0) {
		undo(data, db, existed);
		return cli_fail(CLI_STORAGE, "%s is not a whole backup: %s", from,
		                result.detail[0] != '\0' ? result.detail : "see above.");
	}
	printf("restored %lld queues, %lld messages to %s\n", (long long)result.queues,
	       (long long)result.messages, data);
	return CLI_DONE;
}

static const struct option restore_options[] = {
	{ .name = "data", .value = "DIR", .help = "the new data folder" },
	{ 0 },
};

const struct command commands_backup[] = {
	{ .name = "backup",
	  .args = "NAME",
	  .help = "Writes a copy of the database into the server's --backup-dir, while it goes on.",
	  .examples = "ringi backup monday.db",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = backup },
	{ .name = "restore",
	  .args = "FROM",
	  .help = "Makes a data folder of a backup (the server is stopped).",
	  .examples = "ringi restore /var/backups/ringi-monday.db --data /var/lib/ringi",
	  .options = restore_options,
	  .args_min = 1,
	  .args_max = 1,
	  .local = true,
	  .run = restore },
	{ 0 },
};
