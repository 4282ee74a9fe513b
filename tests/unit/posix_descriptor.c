/* sources: user/posix/descriptor.c */
/* SPDX-License-Identifier: MIT */
/* The descriptor table: lowest numbers, growth, limits, sharing of open files. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "libipc/proto/errno.h"
#include "user/posix/descriptor.h"
#include "user/posix/linux_file.h"

/* Banks that files_bank may still give. */
struct task { int banks; };

static void *banks[FILE_BANKS];
static int bank_count;

struct descriptor_bank *files_bank(struct task *task)
{
	if (task->banks == 0)
		return 0;
	task->banks--;
	banks[bank_count] = calloc(1, sizeof(struct descriptor_bank));
	return banks[bank_count++];
}

static struct task task;
static struct files files;

static void start(void)
{
	task.banks = FILE_BANKS;
	files_initialise(&files);
}

static void end(void)
{
	while (bank_count)
		free(banks[--bank_count]);
}

TestSuite(posix_descriptor, .init = start, .fini = end);

static struct open_file *open_new(unsigned long *descriptor)
{
	long lowest = files_lowest(&task, &files, 0);
	struct open_file *file = lowest < 0 ? 0 : files_allocate(&task, &files);

	cr_assert(file, "descriptor %ld", lowest);
	file->kind = FILE_DISK;
	files_name(&files, (unsigned long)lowest, file, 0);
	*descriptor = (unsigned long)lowest;
	return file;
}

static void close_one(unsigned long descriptor)
{
	struct open_file *file = files_find(&files, descriptor);

	files_remove(&files, descriptor);
	if (--file->references == 0)
		files_free(&files, file);
}

Test(posix_descriptor, lowest_free_number_first)
{
	unsigned long fd;

	for (unsigned long i = 0; i < 5; i++) {
		open_new(&fd);
		cr_assert_eq(fd, i);
	}
	close_one(3);
	close_one(1);
	open_new(&fd);
	cr_assert_eq(fd, 1);
	open_new(&fd);
	cr_assert_eq(fd, 3);
	open_new(&fd);
	cr_assert_eq(fd, 5);
}

Test(posix_descriptor, not_open_is_not_found)
{
	unsigned long fd;

	cr_assert_null(files_find(&files, 0));
	cr_assert_null(files_find(&files, ~0ul));
	open_new(&fd);
	cr_assert_not_null(files_find(&files, 0));
	cr_assert_null(files_find(&files, 1));
	cr_assert_null(files_find(&files, DESCRIPTOR_BANK));
	close_one(0);
	cr_assert_null(files_find(&files, 0));
	cr_assert_eq(files.descriptors_end, 0);
	cr_assert_eq(files.files_end, 0);
}

Test(posix_descriptor, two_descriptors_share_one_file)
{
	unsigned long fd;
	struct open_file *file = open_new(&fd);

	cr_assert_eq(files_room(&task, &files, 700), 0);
	files_name(&files, 700, file, LINUX_FD_CLOEXEC);
	cr_assert_eq(file->references, 2);
	cr_assert_eq(files_find(&files, 700), file);
	cr_assert_eq(files_descriptor(&files, 700)->flags, LINUX_FD_CLOEXEC);
	cr_assert_eq(files_descriptor(&files, 0)->flags, 0);
	close_one(0);
	cr_assert_eq(files_find(&files, 700), file);
	cr_assert_eq(file->references, 1);
	cr_assert_eq(files_lowest(&task, &files, 0), 0);
	close_one(700);
	cr_assert_eq(file->kind, FILE_NONE);
}

Test(posix_descriptor, from_a_number_on)
{
	unsigned long fd;
	struct open_file *file = open_new(&fd);
	long tenth = files_lowest(&task, &files, 10);

	cr_assert_eq(tenth, 10);
	files_name(&files, 10, file, 0);
	cr_assert_eq(files_lowest(&task, &files, 10), 11);
	/* The search from 10 must not hide the free ones below. */
	cr_assert_eq(files_lowest(&task, &files, 0), 1);
}

Test(posix_descriptor, all_of_them)
{
	struct open_file *mapped;
	unsigned long fd;

	files.limit = DESCRIPTORS_MAX;
	mapped = open_new(&fd);
	mapped->references++;
	close_one(fd);
	for (unsigned long i = 0; i < DESCRIPTORS_MAX; i++) {
		open_new(&fd);
		cr_assert_eq(fd, i);
	}
	cr_assert_eq(files_lowest(&task, &files, 0), -E_MFILE);
	cr_assert_eq(files_room(&task, &files, DESCRIPTORS_MAX), -E_BADF);
	close_one(500);
	open_new(&fd);
	cr_assert_eq(fd, 500);
}

Test(posix_descriptor, limit_can_be_lower)
{
	unsigned long fd;

	files.limit = 2;
	open_new(&fd);
	open_new(&fd);
	cr_assert_eq(files_lowest(&task, &files, 0), -E_MFILE);
	cr_assert_eq(files_room(&task, &files, 2), -E_BADF);
	cr_assert_eq(files_room(&task, &files, 1), 0);
}

Test(posix_descriptor, no_memory_for_a_bank)
{
	unsigned long fd;

	task.banks = 0;
	for (unsigned long i = 0; i < DESCRIPTOR_BANK; i++)
		open_new(&fd);
	cr_assert_eq(files_lowest(&task, &files, 0), -E_NOMEM);
	cr_assert_eq(files_room(&task, &files, DESCRIPTOR_BANK), -E_NOMEM);
	cr_assert_null(files_allocate(&task, &files));
	task.banks = 1;
	open_new(&fd);
	cr_assert_eq(fd, DESCRIPTOR_BANK);
}

Test(posix_descriptor, walk_finds_each_open_file_once)
{
	unsigned long fd;
	int found = 0;

	for (int i = 0; i < 150; i++)
		open_new(&fd);
	files_name(&files, (unsigned long)files_lowest(&task, &files, 0), files_find(&files, 7), 0);
	for (unsigned long i = 0; i < 150; i += 3)
		close_one(i);
	for (struct open_file *file = files_next(&files, 0); file; file = files_next(&files, file))
		found++;
	cr_assert_eq(found, 100);
}

/* Against a plain array, with many random steps. */
Test(posix_descriptor, random_steps_agree_with_a_plain_table)
{
	struct open_file *plain[DESCRIPTORS_MAX] = { 0 };

	srand(1);
	for (int step = 0; step < 20000; step++) {
		unsigned long fd = (unsigned long)rand() % 300, lowest = 0;

		if (plain[fd]) {
			close_one(fd);
			plain[fd] = 0;
			continue;
		}
		while (plain[lowest])
			lowest++;
		plain[lowest] = open_new(&fd);
		cr_assert_eq(fd, lowest);
		for (unsigned long i = 0; i < 320; i++)
			cr_assert_eq(files_find(&files, i), plain[i]);
	}
}
