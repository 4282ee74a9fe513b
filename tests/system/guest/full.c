/* SPDX-License-Identifier: MIT */
/*
 * full DIRECTORY: fills the file system there, blocks first, then inodes, and tries what can be
 * tried meanwhile. Afterwards all is free again.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "try.h"

#define PIECE 65536

static char piece[PIECE];
static sigjmp_buf back;
static void jump(int signal) { siglongjmp(back, signal); }

static struct statvfs room(void)
{
	struct statvfs now;

	if (statvfs(".", &now))
		exit(1);
	return now;
}

/* Whatever the size of the pieces, to the last byte. */
static long fill(int file)
{
	long all = 0, done;

	for (long bytes = PIECE; bytes; bytes /= 2)
		while ((done = write(file, piece, (size_t)bytes)) > 0)
			all += done;
	return all;
}

/* Bytes that are not as they were written. */
static long wrong(int file, long from)
{
	static char read_back[PIECE];
	long count = 0, done;

	lseek(file, from, SEEK_SET);
	while ((done = read(file, read_back, PIECE)) > 0)
		for (long i = 0; i < done; i++)
			count += read_back[i] != 7;
	return count;
}

static void store(int file)
{
	char *memory = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	int signal;

	if (memory == MAP_FAILED)
		return;
	signal = sigsetjmp(back, 1);
	if (!signal)
		for (int i = 0; i < 65536; i += 4096)
			memory[i] = 7;
	printf("stores where no block is: %s\n", signal == SIGBUS ? "bus error" :
	       signal ? "another signal" : "fine");
	munmap(memory, 65536);
}

static void blocks(void)
{
	int file = open("filler", O_CREAT | O_RDWR, 0600), small, sparse;

	small = open("small", O_CREAT | O_RDWR, 0600);
	sparse = open("sparse", O_CREAT | O_RDWR, 0600);
	TRY(ftruncate(sparse, 65536));
	TRY(write(small, piece, 5000));
	printf("much was written: %d\n", fill(file) > 1000000);
	TRY(write(file, piece, 1));
	TRY(lseek(small, 0, SEEK_END));
	TRY(write(small, piece, PIECE) < PIECE);
	TRY(fsync(file));
	/* What has its blocks is written on. */
	TRY(pwrite(small, piece, 4096, 0));
	TRY(pwrite(sparse, piece, 1, 40000));
	TRY(posix_fallocate(sparse, 0, 65536) == ENOSPC);
	store(sparse);
	TRY(mkdir("directory", 0700));
	TRY(symlink("short", "link"));
	TRY(rename("link", "renamed"));
	TRY(unlink("renamed"));
	printf("wrong: %ld %ld\n", wrong(file, 0), wrong(small, 0));
	TRY(ftruncate(file, 8192));
	TRY(mkdir("directory", 0700));
	TRY(pwrite(sparse, piece, 1, 40000));
	TRY(rmdir("directory"));
	close(file);
	close(small);
	close(sparse);
	TRY(unlink("filler"));
	TRY(unlink("small"));
	TRY(unlink("sparse"));
}

static void inodes(void)
{
	char name[32];
	long count = 0, gone = 0;
	int file;

	while (sprintf(name, "file%ld", count),
	       (file = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600)) >= 0) {
		close(file);
		count++;
	}
	printf("many files: %d, %s\n", count > 1000, strerror(errno));
	TRY(mkdir("directory", 0700));
	TRY(symlink("file0", "link"));
	TRY(mkfifo("fifo", 0600));
	TRY(link("file0", "second"));
	TRY(rename("second", "file1"));
	file = open("file2", O_CREAT | O_RDWR, 0600);
	TRY(close(file));
	TRY(unlink("file3"));
	TRY(mkdir("directory", 0700));
	TRY(rmdir("directory"));
	for (long i = 0; i < count; i++) {
		sprintf(name, "file%ld", i);
		gone += unlink(name) == 0;
	}
	unlink("second");
	printf("all were removed: %d\n", gone == count - 1);
}

int main(int count, char **arguments)
{
	struct statvfs before, after;

	if (count != 2 || chdir(arguments[1]) || mkdir("full", 0700) || chdir("full"))
		return 1;
	memset(piece, 7, sizeof(piece));
	signal(SIGBUS, jump);
	before = room();
	blocks();
	inodes();
	chdir("..");
	TRY(rmdir("full"));
	sync();
	after = room();
	/* The directory that all stood in may have kept a block. */
	printf("blocks back: %d, inodes back: %d\n", after.f_bfree + 2 >= before.f_bfree,
	       after.f_ffree >= before.f_ffree);
	return 0;
}
