/* tornfs_disk.c - pages over the files of BACK, and what a cut does to them.
 *
 * What a process reads at an offset is the page in memory, else BACK's byte below
 * `base`, else zero. A truncation lowers `base`, so that bytes which are still on
 * the platter do not shine through when the file grows again. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tornfs.h"

static size_t bytes_of_page(const struct node *n, size_t p)
{
	off_t left = n->size - (off_t)p * PAGE;
	return left <= 0 ? 0 : left < PAGE ? (size_t)left : PAGE;
}

static void platter_read(const struct node *n, uint8_t *out, size_t p)
{
	off_t at = (off_t)p * PAGE, left = n->base - at;

	memset(out, 0, PAGE);
	if (left > 0 && pread(n->fd, out, left < PAGE ? (size_t)left : PAGE, at) < 0)
		die("read of BACK");
}

static void platter_write(const struct node *n, const uint8_t *in, size_t size, off_t at)
{
	if (size > 0 && pwrite(n->fd, in, size, at) != (ssize_t)size)
		die("write to BACK");
}

static off_t platter_size(const struct node *n)
{
	struct stat st;
	if (fstat(n->fd, &st) != 0)
		die("stat in BACK");
	return st.st_size;
}

static void platter_resize(const struct node *n, off_t size)
{
	if (ftruncate(n->fd, size) != 0)
		die("truncate in BACK");
}

static void page_drop(struct node *n, size_t p)
{
	free(n->pages[p]);
	n->pages[p] = NULL;
}

/* T3. Not while BACK does not know of a truncation: order would be lost. */
static void write_back(struct node *n, size_t p)
{
	off_t at = (off_t)p * PAGE, end = at + (off_t)bytes_of_page(n, p);

	if (platter_size(n) > n->base)
		return;
	platter_write(n, n->pages[p]->bytes, (size_t)(end - at), at);
	if (end > n->base)
		n->base = end;
}

static struct page *page_for_write(struct node *n, size_t p)
{
	if (p >= n->page_count) {
		size_t count = p + p / 2 + 16;
		n->pages = realloc(n->pages, count * sizeof(*n->pages));
		if (n->pages == NULL)
			die("memory");
		memset(n->pages + n->page_count, 0, (count - n->page_count) * sizeof(*n->pages));
		n->page_count = count;
	}
	struct page *page = n->pages[p];
	if (page != NULL) {
		if (!page->lost && coin(8) == 0)
			write_back(n, p);
		page->lost = false;
		return page;
	}
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		die("memory");
	platter_read(n, page->bytes, p);
	return n->pages[p] = page;
}

int file_read(struct node *n, char *out, size_t size, off_t offset)
{
	uint8_t bytes[PAGE];

	if (offset >= n->size)
		return 0;
	if ((off_t)size > n->size - offset)
		size = (size_t)(n->size - offset);
	for (size_t done = 0; done < size;) {
		size_t p = (size_t)(offset + (off_t)done) / PAGE;
		size_t skip = (size_t)(offset + (off_t)done) % PAGE;
		size_t part = PAGE - skip < size - done ? PAGE - skip : size - done;
		const uint8_t *from = bytes;

		if (p < n->page_count && n->pages[p] != NULL)
			from = n->pages[p]->bytes;
		else
			platter_read(n, bytes, p);
		memcpy(out + done, from + skip, part);
		done += part;
	}
	return (int)size;
}

void file_write(struct node *n, const char *in, size_t size, off_t offset)
{
	for (size_t done = 0; done < size;) {
		size_t p = (size_t)(offset + (off_t)done) / PAGE;
		size_t skip = (size_t)(offset + (off_t)done) % PAGE;
		size_t part = PAGE - skip < size - done ? PAGE - skip : size - done;

		memcpy(page_for_write(n, p)->bytes + skip, in + done, part);
		done += part;
	}
	if (offset + (off_t)size > n->size)
		n->size = offset + (off_t)size;
	disk.changes++;
}

void file_truncate(struct node *n, off_t size)
{
	for (size_t p = (size_t)size / PAGE + (size % PAGE != 0); p < n->page_count; p++)
		page_drop(n, p);
	if (size < n->size && size % PAGE != 0) {
		struct page *page = page_for_write(n, (size_t)size / PAGE);
		memset(page->bytes + size % PAGE, 0, (size_t)(PAGE - size % PAGE));
	}
	if (size < n->base)
		n->base = size;
	n->size = size;
	disk.changes++;
}

bool disk_sync_fails(void)
{
	disk.syncs++;
	if (disk.fail_syncs == 0)
		return false;
	disk.fail_syncs--;
	disk.failed_syncs++;
	return true;
}

static void file_settle(struct node *n)
{
	if (platter_size(n) > n->base)
		platter_resize(n, n->base);
	for (size_t p = 0; p < n->page_count; p++) {
		if (n->pages[p] == NULL || n->pages[p]->lost)
			continue;
		platter_write(n, n->pages[p]->bytes, bytes_of_page(n, p), (off_t)p * PAGE);
		page_drop(n, p);
	}
	platter_resize(n, n->size);
	n->base = n->size;
}

int file_sync(struct node *n)
{
	if (n == NULL || n->folder)
		return 0;
	if (disk_sync_fails()) {
		for (size_t p = 0; p < n->page_count; p++)
			if (n->pages[p] != NULL)
				n->pages[p]->lost = true;
		return -EIO;
	}
	file_settle(n);
	return 0;
}

void file_free(struct node *n)
{
	for (size_t p = 0; p < n->page_count; p++)
		page_drop(n, p);
	free(n->pages);
	if (n->fd >= 0)
		close(n->fd);
	for (size_t i = 0; i < disk.file_count; i++)
		if (disk.files[i] == n)
			disk.files[i] = disk.files[--disk.file_count];
	free(n);
}

/* Some sectors of the new page and the rest of what lay there before. */
static void page_tear(struct node *n, size_t p)
{
	uint8_t mixed[PAGE] = { 0 };
	off_t at = (off_t)p * PAGE;
	size_t split = (1 + coin(PAGE / SECTOR - 1)) * SECTOR;
	bool head = coin(2) == 0;

	if (pread(n->fd, mixed, PAGE, at) < 0)
		die("read of BACK");
	memcpy(mixed + (head ? 0 : split), n->pages[p]->bytes + (head ? 0 : split),
	       head ? split : PAGE - split);
	platter_write(n, mixed, bytes_of_page(n, p), at);
	disk.torn++;
}

static void page_cut(struct node *n, size_t p, uint64_t keep_of_4)
{
	if (n->pages[p]->lost || coin(4) >= keep_of_4) {
		disk.dropped++;
	} else if (coin(4) == 0) {
		page_tear(n, p);
	} else {
		platter_write(n, n->pages[p]->bytes, bytes_of_page(n, p), (off_t)p * PAGE);
		disk.kept++;
	}
}

static void file_cut(struct node *n, uint64_t keep_of_4)
{
	if (platter_size(n) > n->base && coin(4) < keep_of_4)
		platter_resize(n, n->base);
	for (size_t p = 0; p < n->page_count; p++)
		if (n->pages[p] != NULL)
			page_cut(n, p, keep_of_4);
	if (n->size > platter_size(n) && coin(4) < keep_of_4)
		platter_resize(n, n->size); /* the size came through, the data did not */
}

/* Each cut has its own temper: from "nothing unsynced survives" to "all of it does". */
void disk_cut(void)
{
	uint64_t keep_of_4 = coin(5);

	disk.dark = true;
	for (size_t i = 0; i < disk.file_count; i++)
		file_cut(disk.files[i], keep_of_4);
	size_t happened = disk.op_count == 0 ? 0 : coin(disk.op_count + 1);
	disk.names_lost = disk.op_count - happened;
	names_apply(happened);
}

void disk_settle(void)
{
	for (size_t i = 0; i < disk.file_count; i++)
		file_settle(disk.files[i]);
	names_apply(disk.op_count);
}
