/* SPDX-License-Identifier: MIT */
/* /dev/shm, memfd_create, seals, O_TMPFILE. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "tests/system/guest/try.h"

static char text[100];
static struct stat status;

static void shared_memory(void)
{
	int fd = shm_open("/bulkhead-test", O_RDWR | O_CREAT | O_EXCL, 0600);
	struct statfs volume;
	char *at;

	printf("%s\n", fd < 0 ? strerror(errno) : "open");
	TRY(shm_open("/bulkhead-test", O_RDWR | O_CREAT | O_EXCL, 0600));
	TRY(ftruncate(fd, 10000));
	at = mmap(0, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fflush(stdout);
	if (!fork()) {
		int own = shm_open("/bulkhead-test", O_RDWR, 0);
		char *second = mmap(0, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);

		strcpy(second + 5000, "from the child");
		_exit(0);
	}
	wait(0);
	printf("%s\n", at + 5000);
	TRY(pread(fd, text, 15, 5000));
	printf("%s\n", text);
	TRY(fstat(fd, &status));
	printf("%o %ld\n", status.st_mode, (long)status.st_size);
	TRY(fstatfs(fd, &volume));
	printf("%lx\n", (long)volume.f_type);
	TRY(access("/dev/shm/bulkhead-test", F_OK));
	TRY(shm_unlink("/bulkhead-test"));
	TRY(shm_unlink("/bulkhead-test"));
	close(fd);
	munmap(at, 10000);
}

static void directories(void)
{
	DIR *directory;
	struct dirent *entry;
	int names = 0;

	TRY(mkdir("/dev/shm/bulkhead", 0755));
	TRY(chdir("/dev/shm/bulkhead"));
	TRY(symlink("file", "link"));
	TRY(close(open("link", O_CREAT | O_WRONLY, 0644)));
	TRY(rename("file", "../bulkhead/renamed"));
	printf("%s\n", getcwd(text, sizeof(text)));
	directory = opendir(".");
	while ((entry = readdir(directory)))
		names++;
	closedir(directory);
	printf("%d\n", names);
	TRY(stat("..", &status));
	printf("%o\n", status.st_mode);
	TRY(access("../../null", F_OK));
	TRY(access("../../../dev/shm/bulkhead/renamed", F_OK));
	TRY(rename("renamed", "/tmp/renamed"));
	TRY(unlink("renamed"));
	TRY(unlink("link"));
	TRY(chdir("/"));
	TRY(rmdir("/dev/shm/bulkhead"));
}

static void memory_file(void)
{
	int fd = memfd_create("name", MFD_ALLOW_SEALING | MFD_CLOEXEC), plain;
	char *at;

	printf("%d\n", fd >= 0);
	TRY(fcntl(fd, F_GETFD));
	TRY(write(fd, "contents", 8));
	TRY(fstat(fd, &status));
	printf("%o %ld %ld\n", status.st_mode, (long)status.st_nlink, (long)status.st_size);
	TRY(fcntl(fd, F_GETFL) & ~0100000);
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	TRY(pwrite(fd, "x", 1, 8));
	TRY(pwrite(fd, "x", 1, 7));
	TRY(ftruncate(fd, 9));
	TRY(ftruncate(fd, 5));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	TRY(ftruncate(fd, 4));
	at = mmap(0, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	at[0] = 'C';
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY(munmap(at, 5));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY(pwrite(fd, "x", 1, 0));
	TRY(mmap(0, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	TRY(mmap(0, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(pread(fd, text, 8, 0));
	printf("%.5s\n", text);
	plain = memfd_create("", 0);
	TRY(fcntl(plain, F_GET_SEALS));
	TRY(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW));
	TRY(memfd_create("", 0x1000));
	TRY(memfd_create((char *)8, 0));
	memset(text, 'n', 99);
	TRY(fcntl(0, F_GET_SEALS));
	close(fd);
	close(plain);
}

static void temporary(void)
{
	char path[40];
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);

	printf("%s\n", fd < 0 ? strerror(errno) : "open");
	TRY(write(fd, "temporary", 9));
	TRY(fstat(fd, &status));
	printf("%o %ld\n", status.st_mode, (long)status.st_nlink);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	TRY(linkat(fd, "", AT_FDCWD, "second", AT_EMPTY_PATH));
	TRY(stat("named", &status));
	printf("%o %ld %ld\n", status.st_mode, (long)status.st_nlink, (long)status.st_size);
	close(fd);
	fd = open("named", O_RDONLY);
	TRY(read(fd, text, 9));
	printf("%.9s\n", text);
	TRY(unlink("named"));
	TRY(unlink("second"));
	TRY(linkat(fd, "", AT_FDCWD, "third", AT_EMPTY_PATH));
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640);
	TRY(linkat(fd, "", AT_FDCWD, "fourth", AT_EMPTY_PATH));
	close(fd);
	TRY(open(".", O_TMPFILE | O_RDONLY, 0640));
	TRY(open("none", O_TMPFILE | O_RDWR, 0640));
	TRY(open("/proc", O_TMPFILE | O_RDWR, 0640));
}

int main(void)
{
	umask(0);
	temporary();
	shared_memory();
	directories();
	memory_file();
	return 0;
}
