/* zone.h - finds the file of a time zone.
 *
 * The files are those of the system's tz database (Debian: package tzdata), in
 * OS_ZONE_FOLDER or in the folder that the environment's ZONEINFO names. What is read is
 * not understood here: see base/zone.h. */
#ifndef RINGI_OS_ZONE_H
#define RINGI_OS_ZONE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define OS_ZONE_FOLDER "/usr/share/zoneinfo"

/* Where the files are: ZONEINFO, else OS_ZONE_FOLDER. */
const char *os_zone_folder(void);

/* Whether this may be the name of a zone: parts of letters, digits, '_', '-' and '+', each
 * with a capital first, divided by '/'. So never a path that leads elsewhere. */
bool os_zone_name(struct str);

/* The bytes of a zone; absent, with a sentence in `why`, when the name is not one or there
 * is no such zone. ERR_LIMIT above ZONE_BYTES_MAX, ERR_IO when it cannot be read. */
enum err os_zone_read(struct arena *, const char *folder, struct str name, struct str *bytes,
                      struct str *why) MUST_USE;

/* "2026a": the release of the tz database, by its own file tzdata.zi; absent: not known. */
struct str os_zone_release(struct arena *, const char *folder);

#endif
