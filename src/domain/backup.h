/* backup.h - a copy of the whole partition, made by a reader from one snapshot. */
#ifndef RINGI_DOMAIN_BACKUP_H
#define RINGI_DOMAIN_BACKUP_H

#include "domain/cmd.h"

/* `path` is on the server's machine and must be whole and free; its folder is made. */
struct backup {
	struct str path;
};
extern const struct op op_backup;

#endif
