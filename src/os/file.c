/* file.c - folders, whole files, locks, room on the disk.
 *
 * F1  A file written by os_file_write is the old one or the new one after a power
 *     cut, never a mixture: new name, sync, rename, sync of the folder. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os/os.h"

static enum err err_of_errno(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	default:
		return ERR_IO;
	}
}

int64_t os_disk_free(const char *folder)
{
	struct statvfs v;

	if (statvfs(folder, &v) != 0)
		return -1;
	return (int64_t)(v.f_bavail * v.f_frsize);
}

static enum err folder_make_one(const char *path)
{
	struct stat s;

	if (mkdir(path, 0700) == 0)
		return OK;
	if (errno != EEXIST)
		return err_of_errno();
	return stat(path, &s) == 0 && S_ISDIR(s.st_mode) ? OK : ERR_IO;
}

enum err os_folder_make(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof part)
		return ERR_LIMIT;
	memcpy(part, path, len + 1);
	for (size_t i = 1; i < len; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		TRY(folder_make_one(part));
		part[i] = '/';
	}
	return folder_make_one(part);
}

static enum err read_all(int fd, struct arena *a, size_t max, struct str *out)
{
	struct stat s;
	size_t len = 0;

	if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode))
		return ERR_IO;
	if ((uint64_t)s.st_size > max)
		return ERR_LIMIT;
	char *bytes = arena_try(a, (size_t)s.st_size + 1);
	if (bytes == NULL)
		return ERR_LIMIT;
	while (len < (size_t)s.st_size) {
		ssize_t n = read(fd, bytes + len, (size_t)s.st_size - len);
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n == 0)
			break; /* cut short meanwhile: what there is */
		len += n > 0 ? (size_t)n : 0;
	}
	*out = (struct str){ bytes, len };
	return OK;
}

enum err os_file_read(struct arena *a, const char *path, size_t max, struct str *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*out = S_NONE;
	if (fd < 0)
		return errno == ENOENT ? OK : ERR_IO;
	enum err e = read_all(fd, a, max, out);
	close(fd);
	return e;
}

static enum err write_all(int fd, struct str s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.at, s.len);
		if (n < 0 && errno != EINTR)
			return err_of_errno();
		if (n > 0)
			s = str_from(s, (size_t)n);
	}
	return fsync(fd) == 0 ? OK : err_of_errno();
}

static enum err write_new(const char *path, struct str s)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_of_errno();
	enum err e = fchmod(fd, 0600) == 0 ? write_all(fd, s) : ERR_IO;
	if (close(fd) != 0 && e == OK)
		e = err_of_errno();
	return e;
}

static enum err folder_sync(const char *file)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - file);

	if (len == 0)
		memcpy(folder, slash == NULL ? "." : "/", 2);
	else
		memcpy(folder, file, len);
	folder[len == 0 ? 1 : len] = '\0';
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	enum err e = fsync(fd) == 0 ? OK : ERR_IO;
	close(fd);
	return e;
}

enum err os_file_write(const char *path, struct str s)
{
	char new_path[PATH_MAX];

	if (snprintf(new_path, sizeof new_path, "%s.new", path) >= (int)sizeof new_path)
		return ERR_LIMIT;
	enum err e = write_new(new_path, s);
	if (e == OK && rename(new_path, path) != 0)
		e = err_of_errno();
	if (e != OK) {
		unlink(new_path);
		return e;
	}
	return folder_sync(path);
}

static enum err copy_bytes(int from, int to)
{
	char block[64 * 1024];
	ssize_t got;

	while ((got = read(from, block, sizeof block)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_of_errno();
		for (ssize_t at = 0; at < got;) {
			ssize_t n = write(to, block + at, (size_t)(got - at));
			if (n < 0 && errno != EINTR)
				return err_of_errno();
			at += n > 0 ? n : 0;
		}
	}
	return fsync(to) == 0 ? OK : err_of_errno();
}

/* Whether the last line is whole. */
static bool ends_with_line(int fd, off_t size)
{
	char last;

	return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

/* Two programs may add to the same file. */
static enum err append(int fd, struct str lines)
{
	struct stat s;

	if (flock(fd, LOCK_EX) != 0 || fstat(fd, &s) != 0)
		return ERR_IO;
	enum err e = OK;
	if (S_ISREG(s.st_mode) && !ends_with_line(fd, s.st_size))
		e = write_all(fd, S("\n"));
	if (e == OK)
		e = write_all(fd, lines);
	if (e != OK && S_ISREG(s.st_mode) && ftruncate(fd, s.st_size) != 0)
		return ERR_IO; /* half of them may be there: the next ones begin a line */
	return e;
}

enum err os_file_append(const char *path, struct str lines)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_of_errno();
	enum err e = append(fd, lines);
	if (close(fd) != 0 && e == OK)
		e = err_of_errno();
	return e == OK ? folder_sync(path) : e;
}

enum err os_file_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return ERR_IO;
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum err e = out < 0 ? err_of_errno() : copy_bytes(in, out);
	if (out >= 0 && close(out) != 0 && e == OK)
		e = err_of_errno();
	close(in);
	if (e == OK)
		e = folder_sync(to);
	else if (out >= 0)
		unlink(to);
	return e;
}

int os_file_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void os_file_unlock(int descriptor)
{
	if (descriptor >= 0)
		close(descriptor);
}
