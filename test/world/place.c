/* place.c - folders and schemas of tests. */
#include "world/place.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

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

void place_remove(struct place *p)
{
	char text[128];

	if (p->schema[0] != '\0') {
		snprintf(text, sizeof text, "drop schema if exists \"%s\" cascade", p->schema);
		run(text);
	} else {
		snprintf(text, sizeof text, "rm -rf '%s'", p->folder);
		must(system(text) == 0);
	}
}
