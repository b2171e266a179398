/* demo_folder.c - the folder of a demo: made, marked, begun anew. R1: demo_folder.h. */
#include "cli/demo_folder.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"

#define MARK "ringi-demo"

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void demo_folder_remove(const char *data)
{
	nftw(data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *temporary_folder(struct arena *arena)
{
	const char *base = getenv("TMPDIR");
	struct str name = arena_printf(arena, "%s/ringi-demo-XXXXXX",
	                               base != NULL && *base ? base : "/tmp");

	return mkdtemp((char *)(uintptr_t)name.at) == NULL ? NULL : name.at;
}

static const char *within(struct arena *arena, const char *data, const char *name)
{
	return arena_printf(arena, "%s/%s", data, name).at;
}

/* A folder that is not there is empty, too. */
static bool is_empty(const char *data)
{
	DIR *d = opendir(data);
	int entries = 0;

	while (d != NULL && readdir(d) != NULL)
		entries++;
	if (d != NULL)
		closedir(d);
	return entries <= 2; /* . and .. */
}

/* The server that works in it holds the lock. */
static bool in_use(struct arena *arena, const char *data)
{
	const char *path = within(arena, data, "lock");
	int lock;

	if (access(path, F_OK) != 0)
		return false;
	lock = os_file_lock(path);
	if (lock >= 0)
		os_file_unlock(lock);
	return lock < 0;
}

/* False and a sentence: it may not be begun anew. */
static bool clear(struct arena *arena, const char *data, bool reset, char why[256])
{
	bool marked = access(within(arena, data, MARK), F_OK) == 0;

	if (is_empty(data))
		return true;
	if (!marked)
		snprintf(why, 256, "%.150s is not empty and no demo's: give another --data.", data);
	else if (!reset)
		snprintf(why, 256,
		         "%.100s holds a demo already: --reset begins anew; `ringi serve --data` opens it.",
		         data);
	else if (in_use(arena, data))
		snprintf(why, 256, "A server works in %.150s: end it first.", data);
	else
		demo_folder_remove(data);
	return marked && reset && is_empty(data);
}

const char *demo_folder(struct arena *arena, const char *data, bool reset, bool *temporary,
                        char why[256])
{
	*temporary = data == NULL;
	if (data == NULL)
		data = temporary_folder(arena);
	else if (!clear(arena, data, reset, why))
		return NULL;
	if (data == NULL || os_folder_make(data) != OK ||
	    os_file_write(within(arena, data, MARK), S("A demo keeps its data here.\n")) != OK) {
		snprintf(why, 256, "The folder %.180s cannot be made; give another --data.",
		         data == NULL ? "(temporary)" : data);
		return NULL;
	}
	return data;
}
