/* SPDX-License-Identifier: MIT */
/* mount and umount: the fs has the table. */
#include "user/posix/node.h"

#include "libipc/format.h"
#include "libipc/string.h"

#define MS_RDONLY     1
#define MS_REMOUNT    32
#define MS_BIND       4096
#define MS_MOVE       8192
#define MS_PROPAGATION 0x1e0000  /* shared, private ...: there is one name space */
#define UMOUNT_FLAGS  0xf
#define TYPE_BYTES    16
#define OPTION_BYTES  128

/* What a type of file system is here: -ENODEV. */
static long mount_kind(const char *type)
{
	static const struct { const char *name; uint32_t kind; } types[] = {
		{ "tmpfs", FS_MOUNT_MEMORY }, { "ramfs", FS_MOUNT_MEMORY },
		{ "ext2", FS_MOUNT_DISK }, { "devtmpfs", FS_MOUNT_DEV },
		{ "proc", FS_MOUNT_PROC },
	};

	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i].name))
			return types[i].kind;
	return -E_NODEV;
}

/* The mode of a tmpfs stands in its options: mode=755. */
static uint32_t mount_mode(uint64_t options)
{
	char text[OPTION_BYTES];
	uint32_t mode = 0;

	if (!options || string_from_program(text, options, sizeof(text)) < 0)
		return 01777;
	for (const char *at = text; *at; at++) {
		if (strncmp(at, "mode=", 5) || (at > text && at[-1] != ','))
			continue;
		for (at += 5; *at >= '0' && *at <= '7'; at++)
			mode = mode << 3 | (uint32_t)(*at - '0');
		return mode & 07777;
	}
	return 01777;
}

/* The target is opened as a place: what it is, and how it is called. */
static long mount_at(struct task *task, struct open_file *place, const char *source, long kind,
		     uint32_t mode)
{
	char text[FS_MOUNT_TEXT + LINUX_PATH_MAX];
	uint64_t bytes = strlen(source) + 1;
	status_t status;
	long length;

	memcpy(text, source, bytes);
	length = file_describe(task, place, text + bytes, LINUX_PATH_MAX - 1);
	if (length < 0)
		return length;
	text[bytes + (uint64_t)length] = 0;
	bytes += (uint64_t)length + 1;
	status = fs_mount(&task->fs, &(struct fs_mount_request){ place->record, (uint32_t)kind,
			  mode, bytes }, &(struct fs_mount_reply){ }, LEND_IN(text, bytes));
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long remount(struct task *task, const struct open_file *place, uint64_t flags)
{
	struct fs_status status;
	status_t done;
	long error = file_get_status(task, (struct open_file *)place, &status);

	/* Others are what they are. */
	if (error || status.volume || status.inode != 2)
		return error;
	done = fs_remount(&task->fs, &(struct fs_remount_request){ flags & MS_RDONLY },
			  &(struct fs_remount_reply){ }, 0);
	return done == STATUS_OK ? 0 : error_of_status(done);
}

long sys_mount(struct task *task, long source_address, long target, long type_address, long flags,
	       long options)
{
	char source[FS_MOUNT_TEXT / 2] = "none", type[TYPE_BYTES];
	struct open_file place = { 0 }, *file = &place;
	struct path path;
	long kind = 0, where, error;

	if (capability_check(task, CAPABILITY_SYS_ADMIN))
		return -E_PERM;
	if (flags & (MS_BIND | MS_MOVE))
		return -E_INVAL;
	if (flags & MS_PROPAGATION)
		return 0;
	if (source_address && string_from_program(source, (uint64_t)source_address,
						  sizeof(source)) < 0)
		return -E_FAULT;
	if (!(flags & MS_REMOUNT)) {
		if (string_from_program(type, (uint64_t)type_address, sizeof(type)) < 0)
			return -E_NODEV;
		kind = mount_kind(type);
		if (kind < 0)
			return kind;
		if (kind == FS_MOUNT_DISK && strcmp(source, "/dev/vdb"))
			return strcmp(source, "/dev/vda") ? -E_NOENT : -E_BUSY;
	}
	where = path_begin(task, &path, LINUX_AT_FDCWD, (uint64_t)target, 0);
	error = file_open(task, &path, where, LINUX_O_PATH, 0, &file);
	if (error)
		return error;
	if (place.kind != FILE_DISK)
		return -E_BUSY;          /* /dev and /proc are mounts already */
	error = flags & MS_REMOUNT ? remount(task, &place, (uint64_t)flags) :
		mount_at(task, &place, source, kind, mount_mode((uint64_t)options));
	disk_release(task, place.record);
	return error;
}

long sys_umount2(struct task *task, long target, long flags)
{
	char path[FS_MOUNT_TEXT];
	long bytes = string_from_program(path, (uint64_t)target, sizeof(path));
	status_t status;

	if (flags & ~(long)UMOUNT_FLAGS)
		return -E_INVAL;
	if (bytes < 0)
		return bytes;
	while (bytes > 1 && path[bytes - 1] == '/')
		bytes--;
	status = fs_unmount(&task->fs, &(struct fs_unmount_request){ (uint64_t)bytes },
			    &(struct fs_unmount_reply){ }, LEND_IN(path, (uint64_t)bytes));
	return status == STATUS_OK ? 0 : error_of_status(status);
}
