/* tornfs_names.c - folders in memory, and the log of changes that BACK does not know.
 *
 * A new file's bytes live in BACK/.tornfs/N until its name is synced: a sync of the
 * file alone makes the bytes durable and not the name, and a cut then finds bytes
 * that nobody can reach. Each entry of the log is one system call on BACK; applied in
 * order it meets the names that it met when it was made. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tornfs.h"

static const char STASH[] = ".tornfs";
static unsigned long stashed;

/* The text of "BACK/path", in one of a few static buffers (one thread). */
static const char *in_back(const char *path)
{
	static char text[2][PATH_BYTES];
	static int turn;

	turn ^= 1;
	if (snprintf(text[turn], PATH_BYTES, "%s/%s", disk.back, path) >= PATH_BYTES)
		die("path too long");
	return text[turn];
}

static struct entry **entry_of(struct node *folder, const char *name, size_t length)
{
	struct entry **e = &folder->children;
	while (*e != NULL && !(strlen((*e)->name) == length && memcmp((*e)->name, name, length) == 0))
		e = &(*e)->next;
	return e;
}

/* The folder that holds the last name of the path; NULL when there is none. */
static struct node *folder_of(const char *path, const char **last)
{
	struct node *n = &disk.root;

	for (const char *at = path + 1;;) {
		const char *slash = strchr(at, '/');
		if (slash == NULL) {
			*last = at;
			return n;
		}
		struct entry *e = *entry_of(n, at, (size_t)(slash - at));
		if (e == NULL || !e->node->folder)
			return NULL;
		n = e->node;
		at = slash + 1;
	}
}

static struct entry **slot_of(const char *path, struct node **folder)
{
	const char *last;
	*folder = folder_of(path, &last);
	return *folder == NULL ? NULL : entry_of(*folder, last, strlen(last));
}

struct node *names_find(const char *path)
{
	struct node *folder;

	if (path == NULL)
		return NULL;
	if (strcmp(path, "/") == 0)
		return &disk.root;
	struct entry **slot = slot_of(path, &folder);
	return slot == NULL || *slot == NULL ? NULL : (*slot)->node;
}

static struct node *node_new(bool folder, int fd, mode_t mode)
{
	struct node *n = calloc(1, sizeof(*n));
	if (n == NULL)
		die("memory");
	n->folder = folder;
	n->fd = fd;
	n->mode = mode & 07777;
	if (!folder) {
		disk.files = realloc(disk.files, (disk.file_count + 1) * sizeof(*disk.files));
		if (disk.files == NULL)
			die("memory");
		disk.files[disk.file_count++] = n;
	}
	return n;
}

static void link_at(struct entry **slot, const char *path, struct node *n)
{
	struct entry *e = calloc(1, sizeof(*e));
	if (e == NULL)
		die("memory");
	const char *slash = strrchr(path, '/');
	snprintf(e->name, sizeof(e->name), "%s", slash == NULL ? path : slash + 1);
	e->node = n;
	n->linked = true;
	e->next = *slot;
	*slot = e;
}

static struct node *unlink_at(struct entry **slot)
{
	struct entry *e = *slot;
	struct node *n = e->node;

	*slot = e->next;
	free(e);
	return n;
}

static void forget(struct node *n)
{
	n->linked = false;
	if (n->opens == 0)
		file_free(n);
}

void names_release(struct node *n)
{
	if (--n->opens == 0 && !n->linked)
		file_free(n);
}

static void op_add(enum op_kind kind, const char *from, const char *to, mode_t mode)
{
	disk.ops = realloc(disk.ops, (disk.op_count + 1) * sizeof(*disk.ops));
	if (disk.ops == NULL)
		die("memory");
	disk.ops[disk.op_count++] = (struct op){ kind, strdup(from), strdup(to), mode };
	disk.changes++;
}

static int op_apply(const struct op *op)
{
	switch (op->kind) {
	case OP_CREATE:
	case OP_RENAME:
		return rename(in_back(op->from), in_back(op->to));
	case OP_MKDIR:
		return mkdir(in_back(op->to), op->mode);
	case OP_UNLINK:
		return unlink(in_back(op->to));
	case OP_RMDIR:
		return rmdir(in_back(op->to));
	}
	return -1;
}

void names_apply(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (op_apply(&disk.ops[i]) != 0)
			die(disk.ops[i].to);
		free(disk.ops[i].from);
		free(disk.ops[i].to);
	}
	disk.op_count -= count;
	if (count > 0)
		memmove(disk.ops, disk.ops + count, disk.op_count * sizeof(*disk.ops));
}

struct node *names_create(const char *path, mode_t mode)
{
	struct node *folder;
	struct entry **slot = slot_of(path, &folder);
	char stash[64];

	if (slot == NULL || *slot != NULL) {
		errno = slot == NULL ? ENOENT : EEXIST;
		return NULL;
	}
	snprintf(stash, sizeof(stash), "%s/%lu", STASH, ++stashed);
	int fd = open(in_back(stash), O_RDWR | O_CREAT | O_EXCL, mode & 07777);
	if (fd < 0)
		return NULL;
	struct node *n = node_new(false, fd, mode);
	link_at(slot, path, n);
	op_add(OP_CREATE, stash, path, mode);
	return n;
}

int names_mkdir(const char *path, mode_t mode)
{
	struct node *folder;
	struct entry **slot = slot_of(path, &folder);

	if (slot == NULL || *slot != NULL)
		return slot == NULL ? -ENOENT : -EEXIST;
	link_at(slot, path, node_new(true, -1, mode));
	op_add(OP_MKDIR, "", path, mode & 07777);
	return 0;
}

int names_remove(const char *path, bool is_folder)
{
	struct node *folder;
	struct entry **slot = slot_of(path, &folder);

	if (slot == NULL || *slot == NULL)
		return -ENOENT;
	if ((*slot)->node->folder != is_folder)
		return is_folder ? -ENOTDIR : -EISDIR;
	if ((*slot)->node->children != NULL)
		return -ENOTEMPTY;
	op_add(is_folder ? OP_RMDIR : OP_UNLINK, "", path, 0);
	forget(unlink_at(slot));
	return 0;
}

int names_rename(const char *from, const char *to)
{
	struct node *folder;
	struct entry **slot = slot_of(from, &folder);

	if (slot == NULL || *slot == NULL)
		return -ENOENT;
	struct entry **target = slot_of(to, &folder);
	if (target == NULL)
		return -ENOENT;
	if (*target != NULL && ((*target)->node->folder || (*slot)->node->folder))
		return -EEXIST; /* folders over folders: nobody here needs it */
	if (*target == *slot)
		return 0;
	if (*target != NULL)
		forget(unlink_at(target));
	struct node *n = unlink_at(slot_of(from, &folder));
	link_at(slot_of(to, &folder), to, n);
	op_add(OP_RENAME, from, to, 0);
	return 0;
}

static void load_file(struct entry **slot, const char *path, const struct stat *st)
{
	int fd = open(in_back(path), O_RDWR);
	if (fd < 0)
		die(path);
	struct node *n = node_new(false, fd, st->st_mode);
	n->size = n->base = st->st_size;
	link_at(slot, path, n);
}

static void load_folder(struct node *folder, const char *path)
{
	DIR *d = opendir(in_back(path));
	if (d == NULL)
		die(path);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char child[PATH_BYTES];
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (folder == &disk.root && strcmp(e->d_name, STASH) == 0))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
		if (stat(in_back(child), &st) != 0)
			die(child);
		if (S_ISDIR(st.st_mode)) {
			struct node *n = node_new(true, -1, st.st_mode);
			link_at(&folder->children, child, n);
			load_folder(n, child);
		} else {
			load_file(&folder->children, child, &st);
		}
	}
	closedir(d);
}

/* Bytes without a name, from before the last cut. */
static void stash_empty(void)
{
	DIR *d = opendir(in_back(STASH));
	if (d == NULL)
		die(STASH);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[PATH_BYTES];
		snprintf(path, sizeof(path), "%s/%s", STASH, e->d_name);
		if (e->d_name[0] != '.' && unlink(in_back(path)) != 0)
			die(path);
	}
	closedir(d);
}

void names_load(void)
{
	if (mkdir(in_back(STASH), 0700) != 0 && errno != EEXIST)
		die(STASH);
	stash_empty();
	load_folder(&disk.root, "");
}
