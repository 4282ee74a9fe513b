/* SPDX-License-Identifier: MIT */
/* Addresses of local sockets: files and abstract names. */
#include "libipc/string.h"
#include "user/posix/node.h"
#include "user/posix/socket.h"

long socket_address_from(struct socket_target *target, uint64_t address, long bytes)
{
	struct linux_sockaddr_un name;
	long error;
	uint64_t length;

	*target = (struct socket_target){ .family = LINUX_AF_UNSPEC };
	if (bytes < LINUX_SOCKADDR_HEADER || (uint64_t)bytes > sizeof(name))
		return -E_INVAL;
	error = copy_from_program(&name, address, (uint64_t)bytes);
	if (error)
		return error;
	target->family = name.family;
	length = (uint64_t)bytes - LINUX_SOCKADDR_HEADER;
	/* A path ends with a zero byte, which counts; all of an abstract name does. */
	if (length && name.path[0]) {
		const char *end = memchr(name.path, 0, length);

		length = end ? (uint64_t)(end - name.path) : length;
		memcpy(target->name, name.path, length);
		target->place.bytes = (uint32_t)(length < LINUX_UNIX_PATH ? length + 1 : length);
		return 0;
	}
	memcpy(target->name, name.path, length);
	target->place.bytes = (uint32_t)length;
	return 0;
}

/* Opens the file of a path as a place only. */
static long open_place(struct task *task, const struct socket_target *target, unsigned int flags,
		       struct open_file *file)
{
	struct open_file *opened = file;
	struct path path;
	long where = path_begin_text(task, &path, LINUX_AT_FDCWD, target->name,
				     strlen(target->name), flags & LINUX_O_NOFOLLOW ?
				     PATH_NOFOLLOW : 0);
	long error;

	*file = (struct open_file){ 0 };
	if (where < 0)
		return where;
	error = file_open(task, &path, where, LINUX_O_PATH | flags, 0, &opened);
	if (!error && (opened != file || file->kind != FILE_DISK))
		return -E_CONNREFUSED;
	return error;
}

long socket_find_file(struct task *task, struct socket_target *target)
{
	struct fs_status status;
	struct open_file file;
	long error;

	if (!target->name[0])
		return 0;
	error = open_place(task, target, 0, &file);
	if (error)
		return error;
	error = file_get_status(task, &file, &status);
	if (!error)
		error = file_permission(task, &status, LINUX_W_OK);
	if (!error && (status.mode & LINUX_S_IFMT) != LINUX_S_IFSOCK)
		error = -E_CONNREFUSED;
	target->place.inode = status.inode;
	target->place.volume = status.volume;
	disk_release(task, file.record);
	return error;
}

PATH_REQUEST(make_node)

/* Makes the file, and opens it, so that its number is not used again while the socket is there. */
static long make_file(struct task *task, struct socket_target *target, struct open_file *file)
{
	struct fs_make_node_request request = {
		.mode = LINUX_S_IFSOCK | (0777 & ~task->process->files.umask),
	};
	struct fs_status status;
	struct path path;
	long error = path_begin_text(task, &path, LINUX_AT_FDCWD, target->name,
				     strlen(target->name), PATH_CREATE | PATH_NOFOLLOW);

	error = path_request(task, &path, error, PATH_CREATE | PATH_NOFOLLOW, ask_make_node,
			     &request);
	if (error)
		return error == -E_EXIST || error > 0 ? -E_ADDRINUSE : error;
	error = open_place(task, target, LINUX_O_NOFOLLOW, file);
	if (!error)
		error = file_get_status(task, file, &status);
	target->place.inode = status.inode;
	target->place.volume = status.volume;
	return error;
}

static long name_of(struct task *task, struct open_file *file, uint32_t peer, char *name,
		    uint64_t *bytes)
{
	struct pipe_socket_name_reply reply;
	status_t status = pipe_socket_name(&task->pipe, &(struct pipe_socket_name_request){
		(uint32_t)file->record, peer }, &reply, LEND_OUT(name, SOCKET_NAME_BYTES));

	*bytes = reply.bytes;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_bind(struct task *task, long descriptor, long address, long bytes)
{
	struct open_file *file, place = { 0 };
	struct pipe_bind_reply reply;
	struct socket_target target;
	uint64_t bound;
	char name[SOCKET_NAME_BYTES];
	long error = socket_of(task, descriptor, &file);
	status_t status;

	if (!error)
		error = socket_address_from(&target, (uint64_t)address, bytes);
	if (!error && target.family != LINUX_AF_UNIX)
		error = -E_INVAL;
	if (!error)
		error = name_of(task, file, 0, name, &bound);
	if (!error && bound && target.place.bytes)
		error = -E_INVAL;
	if (!error && target.name[0])
		error = make_file(task, &target, &place);
	if (error)
		return error;
	status = pipe_bind(&task->pipe, &(struct pipe_bind_request){ file->record, target.place },
			   &reply, LEND_IN(target.name, target.place.bytes));
	if (status != STATUS_OK) {
		disk_release(task, place.record);
		return error_of_status(status);
	}
	file->node = place.record;
	return 0;
}

long socket_address_to(const char *name, uint64_t bytes, uint64_t address, uint64_t length)
{
	/* A path always has its zero, even where it was as long as can be. */
	struct { struct linux_sockaddr_un name; char end; } full = { { LINUX_AF_UNIX, { 0 } }, 0 };
	int unended = bytes && name[0] && name[bytes - 1];
	uint32_t room, is = (uint32_t)(LINUX_SOCKADDR_HEADER + bytes) + (unended ? 1 : 0);
	long error = copy_from_program(&room, length, sizeof(room));

	if (error)
		return error;
	if ((int32_t)room < 0)
		return -E_INVAL;
	memcpy(full.name.path, name, bytes);
	error = copy_to_program(address, &full, room < is ? room : is);
	return error ? error : copy_to_program(length, &is, sizeof(is));
}

static long get_name(struct task *task, long descriptor, uint64_t address, uint64_t length,
		     uint32_t peer)
{
	struct open_file *file;
	char name[SOCKET_NAME_BYTES];
	uint64_t bytes;
	long error = socket_of(task, descriptor, &file);

	if (!error)
		error = name_of(task, file, peer, name, &bytes);
	return error ? error : socket_address_to(name, bytes, address, length);
}

long sys_getsockname(struct task *task, long descriptor, long address, long length)
{
	return get_name(task, descriptor, (uint64_t)address, (uint64_t)length, 0);
}

long sys_getpeername(struct task *task, long descriptor, long address, long length)
{
	return get_name(task, descriptor, (uint64_t)address, (uint64_t)length, 1);
}
