/* sqlload.c - a database that says what it committed: the self-test of tornfs.
 *
 *   sqlload DB full|normal|off load    inserts rows 1, 2, ... one a transaction and
 *                                      prints each number behind its commit, until a fault
 *   sqlload DB - check                 prints "ok FIRST COUNT LAST" or what is broken
 *   sqlload DB - version N             sets user_version (a schema from the future)
 *
 * WAL with small checkpoints, so that a cut meets the log, the file and both. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3 *db;

static int run(const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		fprintf(stderr, "sqlload: %s: %s\n", sql, sqlite3_errmsg(db));
	return rc;
}

static int load(const char *synchronous)
{
	char pragma[64];
	snprintf(pragma, sizeof(pragma), "pragma synchronous=%s", synchronous);
	if (run("pragma journal_mode=wal") || run(pragma) || run("pragma mmap_size=0") ||
	    run("pragma wal_autocheckpoint=100") ||
	    run("create table if not exists t (id integer primary key, body text, other int)") ||
	    run("create index if not exists t_other on t (other)"))
		return 4;
	for (;;) {
		if (run("insert into t (body, other) values (hex(randomblob(200)), random())"))
			return 4;
		printf("%lld\n", (long long)sqlite3_last_insert_rowid(db));
		fflush(stdout);
	}
}

static int check(void)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, "pragma integrity_check(1)", -1, &q, NULL) != SQLITE_OK ||
	    sqlite3_step(q) != SQLITE_ROW) {
		printf("broken %s\n", sqlite3_errmsg(db));
		return 1;
	}
	if (strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0) {
		printf("broken %s\n", sqlite3_column_text(q, 0));
		return 1;
	}
	sqlite3_finalize(q);
	if (sqlite3_prepare_v2(db, "select min(id), count(*), max(id) from t", -1, &q, NULL) !=
	        SQLITE_OK ||
	    sqlite3_step(q) != SQLITE_ROW) {
		printf("ok 0 0 0\n"); /* not even the table came through */
		return 0;
	}
	printf("ok %lld %lld %lld\n", (long long)sqlite3_column_int64(q, 0),
	       (long long)sqlite3_column_int64(q, 1), (long long)sqlite3_column_int64(q, 2));
	sqlite3_finalize(q);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4 || sqlite3_open(argv[1], &db) != SQLITE_OK)
		return 2;
	sqlite3_busy_timeout(db, 5000);
	if (strcmp(argv[3], "load") == 0)
		return load(argv[2]);
	if (strcmp(argv[3], "check") == 0)
		return check();
	if (strcmp(argv[3], "version") == 0 && argc == 5) {
		char pragma[64];
		snprintf(pragma, sizeof(pragma), "pragma user_version=%ld", strtol(argv[4], NULL, 10));
		return run(pragma) == SQLITE_OK && sqlite3_close(db) == SQLITE_OK ? 0 : 4;
	}
	return 2;
}
