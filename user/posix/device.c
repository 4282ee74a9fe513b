/* SPDX-License-Identifier: MIT */
/* null, zero, full, random, urandom: all is done in here. */
#include "libipc/string.h"
#include "user/posix/node.h"

/* Bytes made at a time on the way to the program. */
#define DEVICE_STEP 1024

static long device_fill(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes)
{
	uint8_t step[DEVICE_STEP] = { 0 };
	int random = file->node == NODE_RANDOM || file->node == NODE_URANDOM;
	uint64_t done = 0;

	while (done < bytes) {
		uint64_t part = bytes - done < sizeof(step) ? bytes - done : sizeof(step);
		long error;

		if (random)
			random_bytes(&task->process->random, step, part);
		error = file_fill(address + done, step, part);
		if (error)
			return done ? (long)done : error;
		done += part;
		if (signal_waiting(task))
			break;
	}
	return (long)done;
}

static long device_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
			uint64_t position __attribute__((unused)))
{
	if (file->node == NODE_NULL)
		return 0;
	if (file->node == NODE_KMSG)
		return log_device_read(task, file, address, bytes);
	return device_fill(task, file, address, bytes);
}

static long device_write(struct task *task, struct open_file *file, uint64_t address,
			 uint64_t bytes, uint64_t position __attribute__((unused)))
{
	if (file->node == NODE_KMSG)
		return log_device_write(task, address, bytes);
	return file->node == NODE_FULL ? -E_NOSPC : (long)bytes;
}

long anonymous_seek(struct task *task __attribute__((unused)),
		    struct open_file *file __attribute__((unused)),
		    int64_t offset __attribute__((unused)),
		    unsigned int whence __attribute__((unused)))
{
	return 0;
}

static long device_seek(struct task *task, struct open_file *file, int64_t offset,
			unsigned int whence)
{
	return file->node == NODE_KMSG ? log_device_seek(task, file, offset, whence) : 0;
}

static long device_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	return node_status(task, file->node, status);
}

/* Of the random devices: the generator is seeded, and does not run dry. */
#define ENTROPY_BITS 256

static long device_control(struct task *task __attribute__((unused)), struct open_file *file,
			   uint64_t request, uint64_t argument)
{
	int32_t bits = ENTROPY_BITS;

	if (request != LINUX_RNDGETENTCNT ||
	    (file->node != NODE_RANDOM && file->node != NODE_URANDOM))
		return -E_NOTTY;
	return copy_to_program(argument, &bits, sizeof(bits));
}

int file_is_zero_device(const struct open_file *file)
{
	return file->kind == FILE_DEVICE && file->node == NODE_ZERO;
}

const struct file_operations device_operations = {
	.read = device_read,
	.write = device_write,
	.seek = device_seek,
	.status = device_status,
	.control = device_control,
};
