/* SPDX-License-Identifier: MIT */
/* readv, writev, preadv, pwritev and their second versions. */
#include "user/posix/file.h"

/* Vectors are copied in by so many at a time. */
#define VECTOR_STEP 16

struct vectors {
	uint64_t address;                /* of those not copied in yet */
	uint64_t count;
	uint64_t bytes;                  /* all that the call may still move */
	struct linux_iovec step[VECTOR_STEP];
};

/* The next vectors, how many, or -errno. */
static long vectors_next(struct vectors *vectors)
{
	uint64_t count = vectors->count < VECTOR_STEP ? vectors->count : VECTOR_STEP;
	long error = copy_from_program(vectors->step, vectors->address,
				       count * sizeof(vectors->step[0]));

	if (error)
		return error;
	vectors->address += count * sizeof(vectors->step[0]);
	vectors->count -= count;
	return (long)count;
}

/* Linux looks at all the vectors first: a length that is negative, or a sum that is, is EINVAL. */
static long vectors_begin(struct vectors *vectors, long address, long count)
{
	struct vectors check = { .address = (uint64_t)address, .count = (uint64_t)count };
	long got;

	if (count < 0 || count > LINUX_IOV_MAX)
		return -E_INVAL;
	while (check.count) {
		got = vectors_next(&check);
		if (got < 0)
			return got;
		for (long i = 0; i < got; i++)
			if (check.step[i].bytes > INT64_MAX ||
			    __builtin_add_overflow(check.bytes, check.step[i].bytes, &check.bytes))
				return -E_INVAL;
	}
	if (check.bytes > INT64_MAX)
		return -E_INVAL;
	vectors->address = (uint64_t)address;
	vectors->count = (uint64_t)count;
	vectors->bytes = check.bytes < LINUX_TRANSFER_MAX ? check.bytes : LINUX_TRANSFER_MAX;
	return 0;
}

/* Copies vectors together as far as they can be read: bytes, or -errno if there are none. */
static long gather(struct vectors *vectors, char *to, uint64_t size)
{
	uint64_t filled = 0;
	long got, error = 0;

	while (vectors->count && !error) {
		got = vectors_next(vectors);
		error = got < 0 ? got : 0;
		for (long i = 0; i < got && !error; i++) {
			const struct linux_iovec *vector = &vectors->step[i];

			/* They were added up before: more than that is a program changing them. */
			if (vector->bytes > size - filled)
				return -E_INVAL;
			error = copy_from_program(to + filled, vector->base, vector->bytes);
			filled += error ? 0 : vector->bytes;
		}
	}
	return filled || !error ? (long)filled : error;
}

/*
 * A small write is one write: so the parts of it stay together in a pipe and behind O_APPEND, and
 * stdio's two vectors cost one call.
 */
static long write_gathered(struct task *task, struct open_file *file, struct vectors *vectors,
			   uint64_t position)
{
	char bytes[LINUX_PIPE_BUF];
	long filled = gather(vectors, bytes, sizeof(bytes));

	if (filled < 0)
		return filled;
	return file_operations(file)->write(task, file, (uint64_t)bytes, (uint64_t)filled,
					    position);
}

/* A small read of a file is one read, and what came goes where the vectors say. */
static long read_scattered(struct task *task, struct open_file *file, struct vectors *vectors,
			   uint64_t position)
{
	const struct file_operations *operations = file_operations(file);
	char bytes[LINUX_PIPE_BUF];
	long all = operations->read(task, file, (uint64_t)bytes, vectors->bytes, position);
	long done = 0, error = 0;

	while (vectors->count && done < all && !error) {
		long got = vectors_next(vectors);

		error = got < 0 ? got : 0;
		for (long i = 0; i < got && done < all && !error; i++) {
			const struct linux_iovec *vector = &vectors->step[i];
			uint64_t left = (uint64_t)(all - done);
			uint64_t part = vector->bytes < left ? vector->bytes : left;

			error = copy_to_program(vector->base, bytes + done, part);
			done += error ? 0 : (long)part;
		}
	}
	/* What had no place was not read. */
	if (done < all && position == POSITION_OWN)
		(void)operations->seek(task, file, done - all, LINUX_SEEK_CUR);
	return all <= 0 ? all : done || !error ? done : error;
}

/* One vector after the other, until one is not moved whole. What came so far hides an error. */
static long move_vectors(struct task *task, struct open_file *file, struct vectors *vectors,
			 uint64_t position, unsigned int access)
{
	const struct file_operations *operations = file_operations(file);
	uint64_t done = 0;

	while (vectors->count && done < vectors->bytes) {
		long got = vectors_next(vectors), moved;

		if (got < 0)
			return done ? (long)done : got;
		for (long i = 0; i < got && done < vectors->bytes; i++) {
			uint64_t bytes = vectors->step[i].bytes < vectors->bytes - done ?
				vectors->step[i].bytes : vectors->bytes - done;

			if (bytes == 0)
				continue;
			if (program_range(vectors->step[i].base, bytes))
				return done ? (long)done : -E_FAULT;
			/* What came already is not held back by waiting for more. */
			if (done && access == FILE_READ && operations->poll &&
			    !operations->poll(task, file, LINUX_POLLIN, 0))
				return (long)done;
			moved = (access == FILE_READ ? operations->read : operations->write)(
				task, file, vectors->step[i].base, bytes,
				position == POSITION_OWN ? position : position + done);
			if (moved < 0)
				return done ? (long)done : moved;
			done += (uint64_t)moved;
			if ((uint64_t)moved < bytes)
				return (long)done;
		}
	}
	return (long)done;
}

static long vector_call(struct task *task, long descriptor, long address, long count,
			uint64_t position, unsigned int access)
{
	struct open_file *file = file_of(task, descriptor);
	struct vectors vectors;
	long error;

	if (!file)
		return -E_BADF;
	if (position != POSITION_OWN && !file_operations(file)->seek)
		return -E_SPIPE;
	if (!(file->access & access))
		return -E_BADF;
	error = vectors_begin(&vectors, address, count);
	if (error)
		return error;
	if (!(access == FILE_READ ? file_operations(file)->read : file_operations(file)->write))
		return -E_INVAL;
	if (access == FILE_WRITE && count > 1 && vectors.bytes <= LINUX_PIPE_BUF)
		return write_gathered(task, file, &vectors, position);
	if (access == FILE_READ && count > 1 && vectors.bytes <= LINUX_PIPE_BUF &&
	    file->kind == FILE_DISK)
		return read_scattered(task, file, &vectors, position);
	return move_vectors(task, file, &vectors, position, access);
}

long sys_readv(struct task *task, long descriptor, long vectors, long count)
{
	return vector_call(task, descriptor, vectors, count, POSITION_OWN, FILE_READ);
}

long sys_writev(struct task *task, long descriptor, long vectors, long count)
{
	return vector_call(task, descriptor, vectors, count, POSITION_OWN, FILE_WRITE);
}

long sys_preadv(struct task *task, long descriptor, long vectors, long count, long position)
{
	if (position < 0)
		return -E_INVAL;
	return vector_call(task, descriptor, vectors, count, (uint64_t)position, FILE_READ);
}

long sys_pwritev(struct task *task, long descriptor, long vectors, long count, long position)
{
	if (position < 0)
		return -E_INVAL;
	return vector_call(task, descriptor, vectors, count, (uint64_t)position, FILE_WRITE);
}

#define RWF_HIPRI  0x01
#define RWF_DSYNC  0x02
#define RWF_SYNC   0x04
#define RWF_NOWAIT 0x08
#define RWF_APPEND 0x10
#define RWF_ALL    0x1f

/*
 * Position -1 means the file's own. What only hurries or promises is taken note of; a write is on
 * the disk, or at the end of the file, where that is asked for.
 */
static long vector_call_flags(struct task *task, long descriptor, long vectors, long count,
			      long position, long flags, unsigned int access)
{
	struct open_file *file = file_of(task, descriptor);
	uint32_t more = 0, before;
	long done;

	if (flags & ~(long)RWF_ALL || (access == FILE_READ && flags & RWF_APPEND))
		return -E_OPNOTSUPP;
	if (position < -1)
		return -E_INVAL;
	if (!file || file->kind != FILE_DISK || access == FILE_READ)
		return vector_call(task, descriptor, vectors, count, (uint64_t)position, access);
	more |= flags & (RWF_DSYNC | RWF_SYNC) ? LINUX_O_DSYNC : 0;
	more |= flags & RWF_APPEND ? LINUX_O_APPEND : 0;
	before = file->flags;
	file->flags |= more;
	done = vector_call(task, descriptor, vectors, count, (uint64_t)position, access);
	file->flags = before;
	return done;
}

/* `high` is the upper half of the position where longs have 32 bits. */
long sys_preadv2(struct task *task, long descriptor, long vectors, long count, long position,
		 long high, long flags)
{
	(void)high;
	return vector_call_flags(task, descriptor, vectors, count, position, flags, FILE_READ);
}

long sys_pwritev2(struct task *task, long descriptor, long vectors, long count, long position,
		  long high, long flags)
{
	(void)high;
	return vector_call_flags(task, descriptor, vectors, count, position, flags, FILE_WRITE);
}
