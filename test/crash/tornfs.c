/* tornfs.c - a disk whose power can be cut: a FUSE file system for the crash tests.
 *
 *     write --> page in memory --fsync--> BACK (a plain folder: the platter)
 *     create, rename, unlink --> log in memory --fsync of a folder--> names in BACK
 *     cut: each page in memory is kept, dropped or torn by a seeded coin; a prefix of
 *          the name log happens; from then on every operation fails with EIO
 *
 * T1  Before a cut, BACK holds nothing that the machine was free to lose, but for
 *     pages that "background write-back" took there early (T3).
 * T2  Syncing a file does not sync its name; syncing any folder syncs all names that
 *     were changed so far (an ordered journal, stricter than ext4).
 * T3  A page that is written again before its sync may reach BACK in its older
 *     version first, as write-back does it.
 * T4  After a failed sync (command `failsync`) the pages look written, are never
 *     written by a later sync and are gone with the cut, as Linux has it.
 *
 *     tornfs BACK MOUNT [seed]       in the foreground; one thread
 *     echo cut > MOUNT/.tornfs       power cut now
 *     echo arm 17 > MOUNT/.tornfs    power cut at the 17th change from now
 *     echo failsync 1 > ...          the next sync fails with EIO
 *     cat MOUNT/.tornfs              counters, one `name value` a line
 *
 * No direct_io: SQLite maps the -shm file, and this kernel's FUSE refuses shared
 * mappings of direct_io files. The kernel's cache is written through, so that every
 * write arrives here before the writer goes on. Hard links, symbolic links and
 * attributes beyond the mode are not supported. */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tornfs.h"

struct disk disk = { .root = { .folder = true, .mode = 0755, .fd = -1, .linked = true } };

static const char MAGIC[] = "/.tornfs";
static struct node magic; /* what an open command file has for a node */

uint64_t coin(uint64_t sides)
{
	/* splitmix64: the same seed cuts the same way */
	uint64_t z = disk.seed += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % sides;
}

void die(const char *what)
{
	fprintf(stderr, "tornfs: %s: %s\n", what, strerror(errno));
	exit(4);
}

static bool is_magic(const char *path)
{
	return path != NULL && strcmp(path, MAGIC) == 0;
}

static bool is_command(const struct fuse_file_info *fi)
{
	return fi != NULL && fi->fh == (uintptr_t)&magic;
}

static struct node *node_of(const char *path, struct fuse_file_info *fi)
{
	return fi != NULL && fi->fh != 0 ? (struct node *)(uintptr_t)fi->fh : names_find(path);
}

/* Every change counts towards an armed cut. False: there is no power. */
static bool powered(bool change)
{
	if (!disk.dark && change && disk.armed > 0 && --disk.armed == 0)
		disk_cut();
	return !disk.dark;
}

static int t_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	memset(st, 0, sizeof(*st));
	if (is_magic(path) || is_command(fi)) {
		st->st_mode = S_IFREG | 0600;
		st->st_nlink = 1;
		return 0;
	}
	if (!powered(false))
		return -EIO;
	struct node *n = node_of(path, fi);
	if (n == NULL)
		return -ENOENT;
	st->st_mode = (n->folder ? S_IFDIR : S_IFREG) | (n->mode & 07777);
	st->st_nlink = n->linked ? 1 : 0;
	st->st_size = n->size;
	st->st_blocks = (n->size + 511) / 512;
	st->st_blksize = PAGE;
	return 0;
}

static int t_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	if (!powered(true))
		return -EIO;
	struct node *n = names_create(path, mode);
	if (n == NULL)
		return -errno;
	n->opens++;
	fi->fh = (uintptr_t)n;
	fi->keep_cache = 1;
	return 0;
}

static int t_open(const char *path, struct fuse_file_info *fi)
{
	if (is_magic(path)) {
		fi->direct_io = 1; /* no size is known: ask each time */
		fi->fh = (uintptr_t)&magic;
		return 0;
	}
	if (!powered(false))
		return -EIO;
	struct node *n = names_find(path);
	if (n == NULL)
		return -ENOENT;
	if (fi->flags & O_TRUNC)
		file_truncate(n, 0);
	n->opens++;
	fi->fh = (uintptr_t)n;
	fi->keep_cache = 1; /* nobody else changes files behind the kernel's back */
	return 0;
}

static int t_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	if (!is_command(fi))
		names_release((struct node *)(uintptr_t)fi->fh);
	return 0;
}

static int status_read(char *out, size_t size, off_t offset)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
	                 "dark %d\nchanges %lu\nsyncs %lu\nfailed_syncs %lu\nnames_pending %zu\n"
	                 "kept %lu\ndropped %lu\ntorn %lu\nnames_lost %zu\n",
	                 disk.dark, disk.changes, disk.syncs, disk.failed_syncs, disk.op_count,
	                 disk.kept, disk.dropped, disk.torn, disk.names_lost);
	if (offset >= n)
		return 0;
	size_t left = (size_t)(n - offset);
	memcpy(out, text + offset, left < size ? left : size);
	return (int)(left < size ? left : size);
}

static int command(const char *bytes, size_t size)
{
	char text[64] = "", verb[16] = "";
	unsigned long number = 0;

	memcpy(text, bytes, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
	int got = sscanf(text, "%15s %lu", verb, &number);
	if (got >= 1 && strcmp(verb, "cut") == 0 && !disk.dark)
		disk_cut();
	else if (got == 2 && strcmp(verb, "arm") == 0)
		disk.armed = number;
	else if (got == 2 && strcmp(verb, "failsync") == 0)
		disk.fail_syncs = number;
	else if (got < 1 || strcmp(verb, "cut") != 0)
		return -EINVAL;
	return (int)size;
}

static int t_read(const char *path, char *out, size_t size, off_t offset, struct fuse_file_info *fi)
{
	if (is_command(fi))
		return status_read(out, size, offset);
	if (!powered(false))
		return -EIO;
	return file_read(node_of(path, fi), out, size, offset);
}

static int t_write(const char *path, const char *in, size_t size, off_t offset,
                   struct fuse_file_info *fi)
{
	if (is_command(fi))
		return command(in, size);
	if (!powered(true))
		return -EIO;
	struct node *n = node_of(path, fi);
	file_write(n, in, size, offset);
	if (fi->flags & O_DSYNC) {
		int rc = file_sync(n);
		if (rc != 0)
			return rc;
	}
	return (int)size;
}

static int t_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	if (is_magic(path) || is_command(fi))
		return 0;
	if (!powered(true))
		return -EIO;
	struct node *n = node_of(path, fi);
	if (n == NULL)
		return -ENOENT;
	file_truncate(n, size);
	return 0;
}

static int t_fallocate(const char *path, int mode, off_t offset, off_t length,
                       struct fuse_file_info *fi)
{
	if (!powered(true))
		return -EIO;
	struct node *n = node_of(path, fi);
	if (n == NULL)
		return -ENOENT;
	if (mode == 0 && offset + length > n->size)
		file_truncate(n, offset + length);
	return mode == 0 || mode == FALLOC_FL_KEEP_SIZE ? 0 : -EOPNOTSUPP;
}

static int t_fsync(const char *path, int data_only, struct fuse_file_info *fi)
{
	(void)data_only; /* the size is needed to find the data: the same here */
	if (is_command(fi))
		return 0;
	return powered(true) ? file_sync(node_of(path, fi)) : -EIO;
}

static int t_fsyncdir(const char *path, int data_only, struct fuse_file_info *fi)
{
	(void)path, (void)data_only, (void)fi;
	if (!powered(true))
		return -EIO;
	if (disk_sync_fails())
		return -EIO;
	names_apply(disk.op_count);
	return 0;
}

static int t_mkdir(const char *path, mode_t mode)
{
	return powered(true) ? names_mkdir(path, mode) : -EIO;
}

static int t_unlink(const char *path)
{
	return powered(true) ? names_remove(path, false) : -EIO;
}

static int t_rmdir(const char *path)
{
	return powered(true) ? names_remove(path, true) : -EIO;
}

static int t_rename(const char *from, const char *to, unsigned flags)
{
	if (flags != 0)
		return -EINVAL;
	return powered(true) ? names_rename(from, to) : -EIO;
}

static int t_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	if (is_magic(path))
		return 0;
	struct node *n = node_of(path, fi);
	if (n == NULL)
		return -ENOENT;
	n->mode = mode & 07777;
	return n->fd >= 0 && fchmod(n->fd, n->mode) != 0 ? -errno : 0;
}

static int t_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
{
	(void)path, (void)uid, (void)gid, (void)fi;
	return 0;
}

static int t_utimens(const char *path, const struct timespec t[2], struct fuse_file_info *fi)
{
	(void)path, (void)t, (void)fi;
	return 0;
}

static int t_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset,
                     struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	(void)offset, (void)fi, (void)flags;
	if (!powered(false))
		return -EIO;
	struct node *n = names_find(path);
	if (n == NULL)
		return -ENOENT;
	fill(buf, ".", NULL, 0, 0);
	fill(buf, "..", NULL, 0, 0);
	for (struct entry *e = n->children; e != NULL; e = e->next)
		fill(buf, e->name, NULL, 0, 0);
	return 0;
}

static int t_statfs(const char *path, struct statvfs *out)
{
	(void)path;
	return statvfs(disk.back, out) != 0 ? -errno : 0;
}

static void *t_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	config->nullpath_ok = 1;
	config->hard_remove = 1; /* unlinked open files are ours to keep, no .fuse_hidden names */
	config->use_ino = 0;
	return NULL;
}

/* Unmounted with the power on: everything reaches the platter. */
static void t_destroy(void *context)
{
	(void)context;
	if (!disk.dark)
		disk_settle();
}

static const struct fuse_operations operations = {
	.getattr = t_getattr,
	.create = t_create,
	.open = t_open,
	.release = t_release,
	.read = t_read,
	.write = t_write,
	.truncate = t_truncate,
	.fallocate = t_fallocate,
	.fsync = t_fsync,
	.fsyncdir = t_fsyncdir,
	.mkdir = t_mkdir,
	.unlink = t_unlink,
	.rmdir = t_rmdir,
	.rename = t_rename,
	.chmod = t_chmod,
	.chown = t_chown,
	.utimens = t_utimens,
	.readdir = t_readdir,
	.statfs = t_statfs,
	.init = t_init,
	.destroy = t_destroy,
};

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: tornfs BACK MOUNT [SEED]\n");
		return 2;
	}
	disk.back = realpath(argv[1], NULL);
	if (disk.back == NULL)
		die(argv[1]);
	disk.seed = argc == 4 ? strtoull(argv[3], NULL, 10) : 1;
	names_load();
	char *fuse_args[] = { argv[0], argv[2], "-f", "-s", "-o", "fsname=tornfs", NULL };
	return fuse_main(6, fuse_args, &operations, NULL);
}
