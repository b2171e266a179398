/* place.c - folders and schemas of tests. */
#include "world/place.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "store/store.h"

static const char *database(void)
{
	return getenv("RINGI_TEST_POSTGRES");
}

bool place_is_postgres(void)
{
	return database() != NULL && database()[0] != '\0';
}

static void run(const char *sql)
{
	PGconn *db = PQconnectdb(database());

	PQclear(PQexec(db, "set client_min_messages = warning"));
	PGresult *r = PQexec(db, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
		fprintf(stderr, "place: %s%s\n", PQerrorMessage(db), sql);
		abort();
	}
	PQclear(r);
	PQfinish(db);
}

void place_run(const struct place *p, const char *sql)
{
	struct buf text = { 0 };

	must(p->schema[0] != '\0');
	buf_printf(&text, "set search_path = \"%s\", pg_catalog; %s", p->schema, sql);
	run(buf_str(&text).at);
	buf_free(&text);
}

void place_make(struct place *p)
{
	static int count;
	const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	*p = (struct place){ 0 };
	if (place_is_postgres()) {
		snprintf(p->schema, sizeof p->schema, "t_%d_%d", (int)getpid(), ++count);
		int length = snprintf(p->at, sizeof p->at, "%s%cschema=%s", database(),
		                      strchr(database(), '?') == NULL ? '?' : '&', p->schema);
		must(length > 0 && (size_t)length < sizeof p->at);
		return;
	}
	snprintf(p->folder, sizeof p->folder, "%s/ringi-test-XXXXXX", memory);
	must(mkdtemp(p->folder) != NULL);
	snprintf(p->at, sizeof p->at, "%s", p->folder);
}

static struct str file_read(const char *path)
{
	FILE *f = fopen(path, "rb");

	must(f != NULL && fseek(f, 0, SEEK_END) == 0);
	size_t size = (size_t)ftell(f);
	char *bytes = mem_get(size);
	rewind(f);
	must(size > 0 && fread(bytes, size, 1, f) == 1);
	fclose(f);
	return (struct str){ bytes, size };
}

/* The database file of an empty store, made once in this process. */
static struct str empty_store(void)
{
	static struct str bytes;
	char detail[256], path[128];
	struct store *store;
	struct place p;

	if (bytes.len > 0)
		return bytes;
	place_make(&p);
	must(store_open(&store, p.at, detail) == OK);
	store_close(store); /* which copies the whole log into the file */
	snprintf(path, sizeof path, "%s/ringi.db", p.folder);
	bytes = file_read(path);
	place_remove(&p);
	return bytes;
}

static void file_write(const char *folder, const char *name, struct str bytes)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	must(f != NULL && fwrite(bytes.at, 1, bytes.len, f) == bytes.len && fclose(f) == 0);
}

void place_fill(const struct place *p)
{
	if (p->schema[0] != '\0')
		return;
	file_write(p->folder, "ringi.db", empty_store());
	/* A log that is there is not filled with zeros ahead of use: megabytes each time. */
	file_write(p->folder, "ringi.db-wal", S(""));
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *at)
{
	(void)stat;
	(void)kind;
	(void)at;
	return remove(path);
}

void place_remove(struct place *p)
{
	char text[128];

	if (p->schema[0] != '\0') {
		snprintf(text, sizeof text, "drop schema if exists \"%s\" cascade", p->schema);
		run(text);
	} else {
		must(nftw(p->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
	}
}
