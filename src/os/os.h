/* os.h - clock, chance, files, signals: the questions to the machine.
 *
 * Everything here may fail or differ from machine to machine; nothing else in the
 * tree may ask (a lint checks it). Sockets and threads of the event loops are
 * libuv's and live in http/ and egress/. */
#ifndef RINGI_OS_OS_H
#define RINGI_OS_OS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

struct now os_now(void);
int64_t os_mono_ns(void);
int64_t os_wall_ms(void); /* for log_clock */
void os_random(void *to, size_t size);

/* Free bytes for us on the file system of `folder`; -1 when it cannot be told. */
int64_t os_disk_free(const char *folder);
int64_t os_memory_resident(void); /* bytes; -1 unknown */
int os_cores(void);

enum err os_folder_make(const char *path) MUST_USE; /* with parents; exists already: OK */
/* The whole file, in the arena; absent when there is none; ERR_LIMIT above `max` bytes. */
enum err os_file_read(struct arena *, const char *path, size_t max, struct str *out) MUST_USE;
/* Replaces the file in one step and syncs it and its folder; mode 0600. */
enum err os_file_write(const char *path, struct str) MUST_USE;
/* Adds lines to the end of the file, which is made if need be (mode 0600), and syncs it and its
 * folder. On failure nothing of them is left in it. Behind a line that a power cut has torn they
 * begin with one of their own. */
enum err os_file_append(const char *path, struct str) MUST_USE;
/* A new file, synced with its folder; mode 0600. `to` must not be there yet. What was
 * begun is removed on failure. */
enum err os_file_copy(const char *from, const char *to) MUST_USE;
/* Exclusive lock on a file, created if need be, for the life of the process: its
 * descriptor; -1 when somebody holds it or it cannot be opened. */
int os_file_lock(const char *path);
void os_file_unlock(int descriptor);

/* A thread with a 512 KiB stack that sees no signals; dies when there can be none. */
struct os_thread;
struct os_thread *os_thread_start(const char *name, void (*run)(void *), void *context);
void os_thread_join(struct os_thread *); /* waits, then frees it */

/* SIGPIPE and SIGXFSZ ignored, core dumps of secrets off, descriptor limit raised, freed
 * memory kept for the next request up to a bound. */
void os_process_prepare(void);
/* Tells systemd (NOTIFY_SOCKET), when there is one: "READY=1", "STOPPING=1". */
void os_notify(const char *state);

#endif
