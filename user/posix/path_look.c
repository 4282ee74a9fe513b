/* SPDX-License-Identifier: MIT */
/* Where files are: readlink, the text of /proc/self/fd, getcwd; statfs. */
#include "user/posix/node.h"

#include "libipc/format.h"

static long disk_path(struct task *task, uint64_t record, char *to, uint64_t size, uint64_t flags)
{
	struct fs_path_reply reply;
	status_t status;

	if (record == FS_ROOT) {
		to[0] = '/';
		return 1;
	}
	status = fs_path(&task->fs, &(struct fs_path_request){ record, size, flags }, &reply,
			 LEND_OUT(to, size));
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

long file_describe(struct task *task, struct open_file *file, char *to, uint64_t size)
{
	struct fs_status status;
	long error;

	if (file->kind == FILE_DISK)
		return disk_path(task, file->record, to, size, 0);
	if (!file_operations(file)->name)
		return node_path(file->node, to, size);
	if (file->node && file->kind == FILE_PIPE)
		return disk_path(task, file->node, to, size, 0);
	error = file_get_status(task, file, &status);
	if (error)
		return error;
	return (long)format_text(to, size, file_operations(file)->name, status.inode);
}

long file_path(struct task *task, long descriptor, char *to, unsigned long size)
{
	struct open_file *file = file_of(task, descriptor);
	long bytes = file ? file_describe(task, file, to, size - 1) : -E_BADF;

	if (bytes >= 0)
		to[bytes] = 0;
	return bytes;
}

/* The text of a link of ours, cut to what the program has room for. */
static long give_link(struct task *task, struct path *path, long address, uint64_t size)
{
	long bytes = node_link(task, path->node, path->rest, sizeof(path->rest)), error;

	if (bytes < 0)
		return bytes;
	bytes = (uint64_t)bytes < size ? bytes : (long)size;
	error = copy_to_program((uint64_t)address, path->rest, (uint64_t)bytes);
	return error ? error : bytes;
}

static long read_open_link(struct task *task, const struct open_file *file, uint64_t address,
			   uint64_t room)
{
	char text[LINUX_PATH_MAX];
	struct fs_read_link_reply reply;
	status_t status;
	long error;

	if (file->kind != FILE_DISK || !(file->flags & LINUX_O_PATH))
		return -E_NOENT;
	status = fs_read_link(&task->fs, &(struct fs_read_link_request){ file->record,
			      FS_EMPTY_PATH, 0, sizeof(text) }, &reply,
			      LEND_IN_OUT(text, 0, text, sizeof(text)));
	if (status != STATUS_OK)
		return status == STATUS_ERRNO(E_INVAL) ? -E_NOENT : error_of_status(status);
	room = reply.bytes < room ? reply.bytes : room;
	error = copy_to_program(address, text, room);
	return error ? error : (long)room;
}

/*
 * The second window of fs_read_link takes the text, or the rest of a path that crosses: so the
 * text comes here first.
 */
long sys_readlinkat(struct task *task, long directory, long path_address, long address, long size)
{
	struct path path;
	struct fs_read_link_reply reply;
	uint64_t room = (uint64_t)(int)size < LINUX_PATH_MAX ? (uint64_t)size : LINUX_PATH_MAX;
	long where, error;
	status_t status;

	if ((int)size <= 0)
		return -E_INVAL;
	where = path_begin(task, &path, directory, (uint64_t)path_address,
			   PATH_NOFOLLOW | PATH_EMPTY);
	/* An empty path is for a link that is open itself (O_PATH). */
	if (where == PATH_FILE)
		return read_open_link(task, path.file, (uint64_t)address, room);
	while (where == PATH_DISK) {
		status = fs_read_link(&task->fs, &(struct fs_read_link_request){ path.directory,
				      0, path.bytes, sizeof(path.rest) }, &reply,
				      LEND_IN_OUT(path.text, path.bytes, path.rest,
						  sizeof(path.rest)));
		if (status != STATUS_OK)
			return error_of_status(status);
		if (!reply.crossed) {
			room = reply.bytes < room ? reply.bytes : room;
			error = copy_to_program((uint64_t)address, path.rest, room);
			return error ? error : (long)room;
		}
		where = path_cross(task, &path, reply.crossed, reply.rest_bytes, PATH_NOFOLLOW);
	}
	if (where < 0)
		return where;
	return where == PATH_NODE ? give_link(task, &path, address, room) : -E_INVAL;
}

long sys_readlink(struct task *task, long path, long address, long size)
{
	return sys_readlinkat(task, LINUX_AT_FDCWD, path, address, size);
}

/* getcwd: with the zero at its end. A directory that was removed has no path: ENOENT. */
long sys_getcwd(struct task *task, long address, long size)
{
	char path[LINUX_PATH_MAX];
	struct open_file *directory = &task->process->files.directory;
	long bytes = directory->kind == FILE_DISK ?
		disk_path(task, directory->record, path, sizeof(path) - 1, FS_PATH_REACHABLE) :
		file_describe(task, directory, path, sizeof(path) - 1);
	long error;

	if (bytes < 0)
		return bytes == -E_RANGE ? -E_NAMETOOLONG : bytes;
	path[bytes++] = 0;
	if ((uint64_t)bytes > (uint64_t)size)
		return -E_RANGE;
	error = copy_to_program((uint64_t)address, path, (uint64_t)bytes);
	return error ? error : bytes;
}

/* ---- statfs ---- */

#define EXT2_MAGIC 0xef53

static long disk_volume(struct task *task, uint64_t record, struct linux_statfs *to)
{
	struct fs_volume_reply reply;
	status_t status = fs_volume(&task->fs, &(struct fs_volume_request){ record }, &reply, 0);
	uint32_t *id = (uint32_t *)reply.uuid;

	if (status != STATUS_OK)
		return error_of_status(status);
	_Static_assert((FS_MOUNT_FLAGS & LINUX_ST_MOUNT) == LINUX_ST_MOUNT, "passed on");
	*to = (struct linux_statfs){
		.type = reply.volume == FS_VOLUME_MEMORY ? LINUX_TMPFS_MAGIC : EXT2_MAGIC,
		.block_size = reply.block_bytes,
		.blocks = reply.blocks,
		.blocks_free = reply.blocks_free,
		.blocks_available = reply.blocks_available,
		.files = reply.inodes,
		.files_free = reply.inodes_free,
		.id = { (int32_t)(id[0] ^ id[2] ^ reply.filesystem), (int32_t)(id[1] ^ id[3]) },
		.name_length = reply.name_bytes,
		.fragment_size = reply.block_bytes,
		.flags = LINUX_ST_VALID | (reply.mount_flags & LINUX_ST_MOUNT) |
			(reply.mount_flags & (FS_MOUNT_NOATIME | FS_MOUNT_STRICTATIME) ? 0 :
			 LINUX_ST_RELATIME) | (reply.read_only ? LINUX_ST_RDONLY : 0),
	};
	return 0;
}

static long file_volume(struct task *task, struct open_file *file, long address)
{
	struct linux_statfs result = {
		.type = LINUX_PIPEFS_MAGIC, .block_size = 4096, .fragment_size = 4096,
		.name_length = LINUX_NAME_MAX, .flags = LINUX_ST_VALID,
	};
	uint64_t record = file->kind == FILE_PIPE ? file->node : file->record;
	long error = 0;

	if (file->kind == FILE_DISK || (file->kind == FILE_PIPE && record))
		error = disk_volume(task, record, &result);
	else if (file->kind != FILE_PIPE)
		result.type = NODE_ROW(file->node) < NODE_PROC ? LINUX_TMPFS_MAGIC :
			LINUX_PROC_MAGIC;
	return error ? error : copy_to_program((uint64_t)address, &result, sizeof(result));
}

long sys_fstatfs(struct task *task, long descriptor, long address)
{
	struct open_file *file = file_of(task, descriptor);

	return file ? file_volume(task, file, address) : -E_BADF;
}

/* The path is opened as a place, asked, and let go. */
long sys_statfs(struct task *task, long path_address, long address)
{
	struct path path;
	struct open_file place = { 0 }, *file = &place;
	long where = path_begin(task, &path, LINUX_AT_FDCWD, (uint64_t)path_address, 0);
	long error = file_open(task, &path, where, LINUX_O_PATH, 0, &file);

	if (error)
		return error;
	error = file_volume(task, file, address);
	if (file == &place && place.kind == FILE_DISK)
		disk_release(task, place.record);
	return error;
}
