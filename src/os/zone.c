/* zone.c - finds the file of a time zone. */
#include "os/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "os/os.h"

const char *os_zone_folder(void)
{
	const char *folder = getenv("ZONEINFO");

	return folder == NULL || folder[0] == '\0' ? OS_ZONE_FOLDER : folder;
}

static bool is_part(struct str s)
{
	return s.len > 0 && s.at[0] >= 'A' && s.at[0] <= 'Z' && str_alphanumeric(s, "_-+");
}

bool os_zone_name(struct str name)
{
	if (name.len == 0 || name.len > ZONE_NAME_MAX)
		return false;
	while (str_given(name))
		if (!is_part(str_cut(&name, '/')))
			return false;
	return true;
}

/* America is a folder: no zone, and nothing that failed. */
static bool is_file(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

enum err os_zone_read(struct arena *a, const char *folder, struct str name, struct str *bytes,
                      struct str *why)
{
	*bytes = *why = S_NONE;
	if (!os_zone_name(name)) {
		*why = S("A time zone has a name such as Europe/Berlin or UTC.");
		return OK;
	}
	struct str path = arena_printf(a, "%s/%.*s", folder, S_ARG(name));
	if (is_file(path.at))
		TRY(os_file_read(a, path.at, ZONE_BYTES_MAX, bytes));
	if (!str_given(*bytes))
		*why = arena_printf(a, "There is no time zone '%.*s' on this server.", S_ARG(name));
	return OK;
}

struct str os_zone_release(struct arena *a, const char *folder)
{
	struct str path = arena_printf(a, "%s/tzdata.zi", folder);
	FILE *f = fopen(path.at, "re");
	char line[64] = "";

	if (f == NULL)
		return S_NONE;
	bool some = fgets(line, sizeof line, f) != NULL;
	fclose(f);
	struct str text = str_trim((struct str){ line, strcspn(line, "\n") });
	if (!some || !str_starts(text, S("# version ")))
		return S_NONE;
	return arena_str(a, str_from(text, strlen("# version ")));
}
