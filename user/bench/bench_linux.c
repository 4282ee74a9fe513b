/* SPDX-License-Identifier: MIT */
/*
 * What Linux system calls about files cost: an ordinary Linux binary, the same file on every build
 * and on Linux itself. Each result is checked. measure.h has the arguments.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/bench/measure.h"

#define PAGE       4096
#define FILE_BYTES (1 << 20)
#define NAME       "/tmp/bench_file"

static char buffer[FILE_BYTES];
static int file, null, zero;

static void do_nops(long count)
{
	while (count--)
		__asm__ volatile(".rept 1000\n\tnop\n\t.endr");
}

static void do_getpid(long count)
{
	long pid = getpid();

	while (count--)
		require(syscall(SYS_getpid) == pid, "getpid");
}

static void do_read_zero(long count)
{
	while (count--) {
		buffer[0] = 1;
		require(read(zero, buffer, 1) == 1 && buffer[0] == 0, "read of /dev/zero");
	}
}

static void do_write_null(long count)
{
	while (count--)
		require(write(null, buffer, 1) == 1, "write to /dev/null");
}

static void do_fstat(long count)
{
	struct stat status;

	while (count--)
		require(fstat(file, &status) == 0 && status.st_size == FILE_BYTES, "fstat");
}

static void do_stat(long count)
{
	struct stat status;

	while (count--)
		require(stat(NAME, &status) == 0 && status.st_size == FILE_BYTES, "stat");
}

static void do_open_close(long count)
{
	while (count--) {
		int opened = open(NAME, O_RDONLY);

		require(opened >= 0 && close(opened) == 0, "open and close");
	}
}

/* The file's bytes tell which page they are of. */
static void read_at(long count, size_t bytes, off_t at)
{
	while (count--) {
		buffer[bytes - 1] = -1;
		require(pread(file, buffer, bytes, at) == (ssize_t)bytes &&
			buffer[bytes - 1] == (char)((at + (off_t)bytes - 1) / PAGE % 128), "pread");
	}
}

static void do_pread_1b(long count) { read_at(count, 1, 8 * PAGE + 5); }
static void do_pread_4k(long count) { read_at(count, PAGE, 8 * PAGE); }
static void do_pread_64k(long count) { read_at(count, 65536, 65536); }
static void do_pread_1m(long count) { read_at(count, FILE_BYTES, 0); }

static void do_pwrite(long count)
{
	while (count--)
		require(pwrite(file, buffer, PAGE, 9 * PAGE) == PAGE, "pwrite");
}

static void before_pwrite(long count)
{
	memset(buffer, 9, PAGE);
	buffer[count % PAGE] = 77;
}

static void after_pwrite(long count)
{
	static char back[PAGE];

	require(!count || (pread(file, back, PAGE, 9 * PAGE) == PAGE &&
				  memcmp(back, buffer, PAGE) == 0),
		"what pwrite wrote");
	memset(buffer, 9, PAGE);
	require(pwrite(file, buffer, PAGE, 9 * PAGE) == PAGE, "pwrite");
}

static void do_create_unlink(long count)
{
	while (count--) {
		int created = open("/tmp/bench_new", O_CREAT | O_EXCL | O_WRONLY, 0600);

		require(created >= 0 && close(created) == 0 && unlink("/tmp/bench_new") == 0,
			"create, unlink");
	}
}

static void do_create_write_unlink(long count)
{
	while (count--) {
		int created = open("/tmp/bench_new", O_CREAT | O_EXCL | O_WRONLY, 0600);

		require(created >= 0 && write(created, buffer, PAGE) == PAGE &&
				close(created) == 0 && unlink("/tmp/bench_new") == 0,
			"create, write, unlink");
	}
}

static void do_mkdir_rmdir(long count)
{
	while (count--)
		require(mkdir("/tmp/bench_directory", 0700) == 0 &&
				rmdir("/tmp/bench_directory") == 0,
			"mkdir, rmdir");
}

/* There and back, so that a round of an even count leaves all as it was. */
static void do_rename(long count)
{
	for (; count > 0; count -= 2)
		require(rename(NAME, NAME "_2") == 0 && rename(NAME "_2", NAME) == 0, "rename");
}

static const struct bench benches[] = {
	{ "nops_1000", do_nops, 100 },
	{ "getpid", do_getpid, 1000 },
	{ "read_1b_dev_zero", do_read_zero, 1000 },
	{ "write_1b_dev_null", do_write_null, 1000 },
	{ "fstat", do_fstat, 500 },
	{ "stat", do_stat, 500 },
	{ "open_close", do_open_close, 500 },
	{ "pread_1b_cached", do_pread_1b, 500 },
	{ "pread_4k_cached", do_pread_4k, 500 },
	{ "pread_64k_cached", do_pread_64k, 50 },
	{ "pread_1m_cached", do_pread_1m, 10 },
	{ "pwrite_4k_cached", do_pwrite, 500, before_pwrite, after_pwrite },
	{ "create_unlink", do_create_unlink, 50 },
	{ "create_write_4k_unlink", do_create_write_unlink, 50 },
	{ "mkdir_rmdir", do_mkdir_rmdir, 50 },
	{ "rename", do_rename, 50 },
};

static void prepare(void)
{
	int i;

	for (i = 0; i < FILE_BYTES; i++)
		buffer[i] = (char)(i / PAGE % 128);
	file = open(NAME, O_CREAT | O_TRUNC | O_RDWR, 0600);
	null = open("/dev/null", O_WRONLY);
	zero = open("/dev/zero", O_RDONLY);
	require(file >= 0 && null >= 0 && zero >= 0 &&
			write(file, buffer, FILE_BYTES) == FILE_BYTES,
		"files");
}

int main(int count, char **arguments)
{
	prepare();
	if (count != 3)         /* when events are counted, those of the disk would disturb */
		sync();
	measure_main(benches, sizeof(benches) / sizeof(*benches), count, arguments);
	unlink(NAME);
	return 0;
}
