/* SPDX-License-Identifier: MIT */
/* mount and umount: the fs has the table. */
#include "user/posix/node.h"

#include "libipc/format.h"
#include "libipc/string.h"

#define MS_REMOUNT    32
#define MS_BIND       4096
#define MS_MOVE       8192
#define MS_REC        16384
#define MS_PROPAGATION 0x1e0000  /* shared, private ...: there is one name space */
#define MS_MAGIC      0xc0ed0000u /* in the upper half, by old programs: ignored */
#define UMOUNT_FORCE  1
#define UMOUNT_NOFOLLOW 8
#define UMOUNT_FLAGS  0xf
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

/* What a mount is about: places are opened, and held until it is done. */
struct mounting {
	struct path path;
	struct open_file place, source;
	struct fs_mount_request request;
	char text[FS_MOUNT_SOURCE];
};

static long open_place(struct task *task, struct path *path, uint64_t address,
		       struct open_file *place)
{
	struct open_file *file = place;
	long where = path_begin(task, path, LINUX_AT_FDCWD, address, 0);
	long error = file_open(task, path, where, LINUX_O_PATH, 0, &file);

	if (error)
		place->kind = FILE_NONE;
	/* Open already, by way of /proc/self/fd. */
	return error || file == place ? error : -E_INVAL;
}

/* /dev and /proc are mounted elsewhere as often as one likes, what is in them is not. */
static long bind_node(struct mounting *mounting)
{
	unsigned int row = NODE_ROW(mounting->source.node);

	if (mounting->source.kind != FILE_VIRTUAL || (row != NODE_DEV && row != NODE_PROC))
		return -E_INVAL;
	mounting->request.kind = row == NODE_DEV ? FS_MOUNT_DEV : FS_MOUNT_PROC;
	return 0;
}

static long find_source(struct task *task, struct mounting *mounting, uint64_t address)
{
	long error = address ? open_place(task, &mounting->path, address, &mounting->source) :
		-E_INVAL;

	if (error)
		return error;
	if (mounting->source.kind != FILE_DISK)
		return mounting->request.kind == FS_MOUNT_MOVE ? -E_INVAL : bind_node(mounting);
	mounting->request.source = mounting->source.record;
	return 0;
}

/* Which of the things that mount(2) does, and what it needs. */
static long mount_what(struct task *task, struct mounting *mounting, uint64_t source,
		       const char *type, uint64_t flags)
{
	long kind;

	if (flags & (MS_BIND | MS_MOVE)) {
		mounting->request.kind = flags & MS_MOVE ? FS_MOUNT_MOVE :
			flags & MS_REC ? FS_MOUNT_BIND_ALL : FS_MOUNT_BIND;
		return find_source(task, mounting, source);
	}
	if (!type[0])
		return -E_INVAL;
	kind = mount_kind(type);
	if (kind < 0)
		return kind;
	mounting->request.kind = (uint32_t)kind;
	if (kind == FS_MOUNT_DISK && strcmp(mounting->text, "/dev/vdb"))
		return strcmp(mounting->text, "/dev/vda") ?
			(source ? -E_NOENT : -E_INVAL) : -E_BUSY;
	return 0;
}

static long mount_place(struct task *task, struct mounting *mounting, uint64_t flags)
{
	const struct fs_mount_request *request = &mounting->request;
	status_t status;

	/* /dev and /proc are mounts already. */
	if (mounting->place.kind != FILE_DISK)
		return -E_BUSY;
	if (flags & MS_REMOUNT)
		status = fs_remount(&task->fs, &(struct fs_remount_request){ mounting->place.record,
				    request->flags, !(flags & MS_BIND) },
				    &(struct fs_remount_reply){ }, 0);
	else
		status = fs_mount(&task->fs, request, &(struct fs_mount_reply){ },
				  LEND_IN(mounting->text, request->source_bytes));
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long mount_opened(struct task *task, struct mounting *mounting, uint64_t source,
			 const char *type, uint64_t flags)
{
	long error;

	if (capability_check(task, CAPABILITY_SYS_ADMIN))
		return -E_PERM;
	if (!(flags & MS_REMOUNT) && flags & MS_PROPAGATION)
		return 0;
	mounting->request.flags = (uint32_t)flags & FS_MOUNT_FLAGS;
	mounting->request.handle = mounting->place.record;
	mounting->request.source_bytes = (uint32_t)strlen(mounting->text);
	error = flags & MS_REMOUNT ? 0 : mount_what(task, mounting, source, type, flags);
	return error ? error : mount_place(task, mounting, flags);
}

/* A name of the caller's, cut to what there is room for; 0: none. -EFAULT. */
static long take_text(uint64_t address, char *to, uint64_t size)
{
	long bytes = address ? string_length(address, LINUX_PATH_MAX) : 0;
	long error;

	if (bytes < 0)
		return bytes == -E_NAMETOOLONG ? -E_INVAL : bytes;
	if ((uint64_t)bytes >= size)
		bytes = (long)size - 1;
	error = copy_from_program(to, address, (uint64_t)bytes);
	to[bytes] = 0;
	return error;
}

long sys_mount(struct task *task, long source, long target, long type_address, long flags,
	       long options)
{
	struct mounting mounting = { .request.mode = mount_mode((uint64_t)options) };
	uint64_t given = (uint64_t)flags;
	char type[FS_MOUNT_SOURCE];
	long error = take_text((uint64_t)type_address, type, sizeof(type));

	if ((given & 0xffff0000u) == MS_MAGIC)
		given &= 0xffff;
	if (!error)
		error = take_text((uint64_t)source, mounting.text, sizeof(mounting.text));
	if (!error && !source)
		memcpy(mounting.text, "none", sizeof("none"));
	if (!error)
		error = open_place(task, &mounting.path, (uint64_t)target, &mounting.place);
	if (!error)
		error = mount_opened(task, &mounting, (uint64_t)source, type, given);
	if (mounting.source.kind == FILE_DISK)
		disk_release(task, mounting.source.record);
	if (mounting.place.kind == FILE_DISK)
		disk_release(task, mounting.place.record);
	return error;
}

PATH_REQUEST(unmount)

long sys_umount2(struct task *task, long target, long flags)
{
	unsigned int walk = flags & UMOUNT_NOFOLLOW ? PATH_NOFOLLOW : 0;
	struct fs_unmount_request request = {
		.flags = (uint32_t)flags & (FS_UNMOUNT_DETACH | FS_UNMOUNT_EXPIRE),
		.walk = walk ? FS_NOFOLLOW : 0,
	};
	struct path path;
	long where;

	if (flags & ~(long)UMOUNT_FLAGS || (flags & FS_UNMOUNT_EXPIRE &&
					    flags & (UMOUNT_FORCE | FS_UNMOUNT_DETACH)))
		return -E_INVAL;
	where = path_begin(task, &path, LINUX_AT_FDCWD, (uint64_t)target, walk);
	where = path_request(task, &path, where, walk, ask_unmount, &request);
	if (where <= 0)
		return where;
	if (capability_check(task, CAPABILITY_SYS_ADMIN))
		return -E_PERM;
	return where == PATH_NODE && (path.node == NODE_DEV || path.node == NODE_PROC) ? -E_BUSY :
		-E_INVAL;
}
