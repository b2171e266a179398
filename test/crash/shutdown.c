/* shutdown.c - the power of a mounted ext4 goes away: nothing more reaches its disk.
 *
 *   shutdown MOUNT
 *
 * EXT4_IOC_SHUTDOWN without a flush of the journal: as after a real cut, the next
 * mount replays what the journal has. The ioctl is not in the system headers. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NO_LOG_FLUSH = 2 };

int main(int argc, char **argv)
{
	uint32_t how = NO_LOG_FLUSH;

	if (argc != 2)
		return 2;
	int folder = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (folder < 0 || ioctl(folder, _IOR('X', 125, uint32_t), &how) != 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
