/* tornfs.h - what the three files of the tornfs tool share.
 *
 *   tornfs.c        FUSE operations, commands
 *   tornfs_disk.c   pages, syncs and the power cut
 *   tornfs_names.c  folders and the log of name changes
 *
 * One thread; memory is never short (a test tool). Functions that return int return
 * 0 or a negative errno. */
#ifndef TORNFS_H
#define TORNFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PAGE = 4096, SECTOR = 512, NAME_BYTES = 256, PATH_BYTES = 4096 };

struct page {
	bool lost; /* its sync failed: no later sync writes it (T4) */
	uint8_t bytes[PAGE];
};

struct node {
	bool folder;
	bool linked; /* has a name (in memory) */
	int opens;
	int fd; /* in BACK; -1 for folders */
	mode_t mode;
	off_t size;          /* as processes see it */
	off_t base;          /* below it BACK's bytes count where no page lies over them */
	struct page **pages; /* [page_count], NULL: as in BACK */
	size_t page_count;
	struct entry *children;
};

struct entry {
	struct entry *next;
	struct node *node;
	char name[NAME_BYTES];
};

/* A change of names that BACK does not know yet. */
enum op_kind { OP_CREATE, OP_MKDIR, OP_UNLINK, OP_RMDIR, OP_RENAME };
struct op {
	enum op_kind kind;
	char *from, *to; /* paths below BACK; owned */
	mode_t mode;
};

struct disk {
	char *back;
	uint64_t seed;
	bool dark;                /* power is off */
	unsigned long armed;      /* changes until the cut, 0: not armed */
	unsigned long fail_syncs; /* the next so many syncs fail */
	struct node root;
	struct node **files; /* every file node, for the cut */
	size_t file_count;
	struct op *ops;
	size_t op_count;
	unsigned long changes, syncs, failed_syncs, kept, dropped, torn;
	size_t names_lost;
};
extern struct disk disk;

uint64_t coin(uint64_t sides); /* 0 .. sides - 1, from the seed */
_Noreturn void die(const char *what);

/* files */
int file_read(struct node *, char *out, size_t size, off_t offset); /* bytes read */
void file_write(struct node *, const char *in, size_t size, off_t offset);
void file_truncate(struct node *, off_t size);
int file_sync(struct node *);
void file_free(struct node *);
bool disk_sync_fails(void); /* counts a sync; true: it is one of those that fail */
void disk_cut(void);
void disk_settle(void); /* everything to BACK */

/* names; path starts with '/' */
void names_load(void);
struct node *names_find(const char *path);                /* NULL: none */
struct node *names_create(const char *path, mode_t mode); /* NULL and errno */
int names_mkdir(const char *path, mode_t mode);
int names_remove(const char *path, bool folder);
int names_rename(const char *from, const char *to);
void names_release(struct node *);
void names_apply(size_t count); /* the first `count` changes of the log reach BACK */

#endif
