/* SPDX-License-Identifier: MIT */
/* memfd_create and seals: files without a name in the volume that is memory. */
#include "user/posix/file.h"

#define MFD_CLOEXEC       1
#define MFD_ALLOW_SEALING 2
#define MFD_NOEXEC_SEAL   8
#define MFD_EXEC          16
#define NAME_MAX_MEMORY   249
#define F_SEAL_SEAL       1
#define F_SEAL_ALL        0x1f

static long seal(struct task *task, struct open_file *file, uint64_t seals)
{
	struct fs_seal_reply reply;
	status_t status = fs_seal(&task->fs, &(struct fs_seal_request){ file->record, seals },
				  &reply, 0);

	return status == STATUS_OK ? (long)reply.seals : error_of_status(status);
}

long sys_memfd_create(struct task *task, long name, long flags)
{
	struct path path = { .directory = FS_ROOT_MEMORY, .text = ".", .bytes = 1 };
	uint32_t mode = flags & MFD_NOEXEC_SEAL ? 0666 : 0777;
	long length = string_length((uint64_t)name, NAME_MAX_MEMORY + 1), descriptor;

	if (flags & ~(long)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC))
		return -E_INVAL;
	if (length < 0)
		return length == -E_NAMETOOLONG ? -E_INVAL : length;
	descriptor = file_open_place(task, &path, LINUX_O_TMPFILE | LINUX_O_RDWR | LINUX_O_EXCL |
				     (flags & MFD_CLOEXEC ? LINUX_O_CLOEXEC : 0), mode);
	if (descriptor < 0)
		return descriptor;
	file_of(task, descriptor)->flags = LINUX_O_RDWR | LINUX_O_LARGEFILE;
	seal(task, file_of(task, descriptor), FS_SEALABLE |
	     (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL) ? 0 : F_SEAL_SEAL));
	return descriptor;
}

/* fcntl's F_GET_SEALS (seals 0) and F_ADD_SEALS. */
long file_seals(struct task *task, struct open_file *file)
{
	return file->kind == FILE_DISK ? seal(task, file, 0) : -E_INVAL;
}

long file_add_seals(struct task *task, struct open_file *file, uint64_t seals)
{
	long result;

	if (!(file->access & FILE_WRITE))
		return -E_PERM;
	if (file->kind != FILE_DISK || seals & ~(uint64_t)F_SEAL_ALL)
		return -E_INVAL;
	result = seal(task, file, seals);
	return result < 0 ? result : 0;
}
