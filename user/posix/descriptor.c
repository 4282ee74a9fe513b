/* SPDX-License-Identifier: MIT */
#include "user/posix/descriptor.h"

#include "libipc/proto/errno.h"

#define FILES_MAX (DESCRIPTOR_BANK * FILE_BANKS)

void files_initialise(struct files *files)
{
	files->limit = DESCRIPTORS_BEGIN;
	files->umask = 022;
	files->bank[0] = &files->first;
}

struct descriptor *files_descriptor(const struct files *files, unsigned long descriptor)
{
	if (!files_find(files, descriptor))
		return 0;
	return &files->bank[descriptor / DESCRIPTOR_BANK]
		->descriptor[descriptor % DESCRIPTOR_BANK];
}

static struct descriptor_bank *bank_make(struct task *task, struct files *files, unsigned long row)
{
	struct descriptor_bank **bank = &files->bank[row / DESCRIPTOR_BANK];

	if (!*bank)
		*bank = files_bank(task);
	return *bank;
}

long files_lowest(struct task *task, struct files *files, unsigned long from)
{
	unsigned long row = from > files->descriptors_full ? from : files->descriptors_full;

	while (row < files->descriptors_end && files_find(files, row))
		row++;
	if (row >= files->limit)
		return -E_MFILE;
	if (from <= files->descriptors_full)
		files->descriptors_full = (uint32_t)row;
	return bank_make(task, files, row) ? (long)row : -E_NOMEM;
}

long files_room(struct task *task, struct files *files, unsigned long descriptor)
{
	if (descriptor >= files->limit)
		return -E_BADF;
	return bank_make(task, files, descriptor) ? 0 : -E_NOMEM;
}

static struct open_file *file_row(const struct files *files, unsigned long row)
{
	return &files->bank[row / DESCRIPTOR_BANK]->file[row % DESCRIPTOR_BANK];
}

/* The index of an open file: the bank it lies in tells. Its bank exists. */
static unsigned long file_index(const struct files *files, const struct open_file *file)
{
	unsigned long bank = 0;

	while (!files->bank[bank] || file < files->bank[bank]->file ||
	       file >= files->bank[bank]->file + DESCRIPTOR_BANK)
		bank++;
	return bank * DESCRIPTOR_BANK + (unsigned long)(file - files->bank[bank]->file);
}

struct open_file *files_allocate(struct task *task, struct files *files)
{
	unsigned long row = files->files_full;

	while (row < FILES_MAX && bank_make(task, files, row) &&
	       file_row(files, row)->references)
		row++;
	files->files_full = (uint32_t)row;
	if (row == FILES_MAX || !files->bank[row / DESCRIPTOR_BANK])
		return 0;
	return file_row(files, row);
}

void files_name(struct files *files, unsigned long descriptor, struct open_file *file,
		unsigned int flags)
{
	struct descriptor *named = &files->bank[descriptor / DESCRIPTOR_BANK]
		->descriptor[descriptor % DESCRIPTOR_BANK];
	unsigned long row = file_index(files, file);

	named->file = (uint16_t)(row + 1);
	named->flags = (uint16_t)flags;
	file->references++;
	if (files->descriptors_end <= descriptor)
		files->descriptors_end = (uint32_t)descriptor + 1;
	if (files->files_end <= row)
		files->files_end = (uint32_t)row + 1;
}

void files_hold(struct files *files, struct open_file *file)
{
	unsigned long row = file_index(files, file);

	file->references++;
	if (files->files_end <= row)
		files->files_end = (uint32_t)row + 1;
}

void files_remove(struct files *files, unsigned long descriptor)
{
	files_descriptor(files, descriptor)->file = 0;
	if (files->descriptors_full > descriptor)
		files->descriptors_full = (uint32_t)descriptor;
	while (files->descriptors_end && !files_find(files, files->descriptors_end - 1))
		files->descriptors_end--;
}

void files_free(struct files *files, struct open_file *file)
{
	unsigned long row = file_index(files, file);

	*file = (struct open_file){ 0 };
	if (files->files_full > row)
		files->files_full = (uint32_t)row;
	while (files->files_end && (!files->bank[(files->files_end - 1) / DESCRIPTOR_BANK] ||
				    !file_row(files, files->files_end - 1)->references))
		files->files_end--;
}

struct open_file *files_next(struct files *files, const struct open_file *last)
{
	unsigned long row = last ? file_index(files, last) + 1 : 0;

	for (; row < files->files_end; row++)
		if (files->bank[row / DESCRIPTOR_BANK] && file_row(files, row)->references)
			return file_row(files, row);
	return 0;
}
