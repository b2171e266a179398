/* file_test.c - folders, whole files, locks, and what the machine tells of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "os/os.h"

static char folder[64], path[128];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/ringi-test-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void a_file_is_replaced_whole_and_private(void **state)
{
	struct arena *a = arena_open();
	struct stat s;
	struct str text;

	(void)state;
	in_folder("secret");
	assert_int_equal(os_file_read(a, path, 100, &text), OK);
	check_text(text, NULL); /* there is none */
	assert_int_equal(os_file_write(path, S("one, and long")), OK);
	assert_int_equal(os_file_write(path, S("two")), OK);
	assert_int_equal(os_file_read(a, path, 3, &text), OK);
	check_text(text, "two");
	assert_int_equal(os_file_read(a, path, 2, &text), ERR_LIMIT);
	assert_int_equal(stat(path, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
	assert_int_equal(os_file_write(path, S("")), OK);
	assert_int_equal(os_file_read(a, path, 2, &text), OK);
	check_text(text, "");
	assert_int_equal(os_file_read(a, folder, 2, &text), ERR_IO);
	assert_int_equal(os_file_write("/nowhere/at/all", S("x")), ERR_IO);
	arena_close(a);
}

static void a_lock_is_held_once(void **state)
{
	(void)state;
	int one = os_file_lock(in_folder("lock"));
	assert_true(one >= 0);
	assert_int_equal(os_file_lock(path), -1);
	os_file_unlock(one);
	int two = os_file_lock(path);
	assert_true(two >= 0);
	os_file_unlock(two);
	os_file_unlock(-1);
}

static void folders_are_made_with_their_parents(void **state)
{
	char deep[128];

	(void)state;
	snprintf(deep, sizeof deep, "%s/a/b/c/", folder);
	assert_int_equal(os_folder_make(deep), OK);
	assert_int_equal(os_folder_make(deep), OK);
	assert_int_equal(os_file_write(in_folder("file"), S("x")), OK);
	assert_int_equal(os_folder_make(path), ERR_IO); /* a file stands there */
	assert_int_equal(os_folder_make(""), ERR_LIMIT);
	for (size_t len = strlen(deep) - 1; len > strlen(folder); len -= 2) {
		deep[len] = '\0';
		assert_int_equal(rmdir(deep), 0);
	}
}

static void the_machine_tells_of_itself(void **state)
{
	uint8_t one[32] = { 0 }, two[32] = { 0 };
	struct now before = os_now();

	(void)state;
	assert_true(os_cores() >= 1);
	assert_true(os_memory_resident() > 64 * 1024);
	assert_true(os_disk_free(folder) > 0);
	assert_int_equal(os_disk_free("/nowhere/at/all"), -1);
	os_random(one, sizeof one);
	os_random(two, sizeof two);
	assert_memory_not_equal(one, two, sizeof one);
	assert_true(os_now().mono_ms >= before.mono_ms);
	assert_true(before.wall_ms > 1577836800000); /* 2020 */
	assert_true(os_mono_ns() / 1000000 >= before.mono_ms);
}

static void systemd_is_told_when_it_listens(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[32] = { 0 };

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	os_notify("READY=1"); /* to nobody */
	snprintf(address.sun_path, sizeof address.sun_path, "%.100s", in_folder("notify"));
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	os_notify("READY=1");
	assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 7);
	assert_string_equal(text, "READY=1");
	close(fd);
	os_notify("STOPPING=1"); /* nobody listens any more */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_replaced_whole_and_private, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lock_is_held_once, setup, teardown),
		cmocka_unit_test_setup_teardown(folders_are_made_with_their_parents, setup, teardown),
		cmocka_unit_test_setup_teardown(the_machine_tells_of_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(systemd_is_told_when_it_listens, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
