/* SPDX-License-Identifier: MIT */
#include "user/posix/path.h"

#include "libipc/string.h"
#include "user/posix/node.h"

/* What is left of a path that is walked in here: it stands in path->rest. */
struct rest {
	const char *at, *end;
};

static void skip_slashes(struct rest *rest)
{
	while (rest->at < rest->end && *rest->at == '/')
		rest->at++;
}

static long to_disk(struct path *path, uint64_t directory, const char *text, uint64_t bytes)
{
	path->directory = directory;
	path->text = text;
	path->bytes = bytes;
	return PATH_DISK;
}

/* Puts the text of a link before the rest. Gives where the walk goes on, as walk_link does. */
static long splice_link(struct task *task, struct path *path, uint64_t link, struct rest *rest)
{
	uint64_t left = (uint64_t)(rest->end - rest->at);
	long bytes;

	memmove(path->rest + sizeof(path->rest) - left, rest->at, left);
	bytes = node_link(task, link, path->rest, sizeof(path->rest) - left);
	if (bytes < 0)
		return bytes;
	memmove(path->rest + bytes, path->rest + sizeof(path->rest) - left, left);
	if (path->rest[0] == '/')
		return to_disk(path, FS_ROOT, path->rest, (uint64_t)bytes + left);
	*rest = (struct rest){ path->rest, path->rest + bytes + left };
	return PATH_NODE;
}

/*
 * Follows a link found in the directory `*node`. PATH_NODE: the walk goes on in here, from `*node`
 * with the rest. All else is the end of it.
 */
static long walk_link(struct task *task, struct path *path, uint64_t link, uint64_t *node,
		      struct rest *rest)
{
	struct open_file *file;
	long error;

	if (++path->links > LINUX_LINKS_MAX)
		return -E_LOOP;
	error = node_file(task, link, &file);
	if (error)
		return error;
	if (!file)
		return splice_link(task, path, link, rest);
	if (rest->at == rest->end) {
		path->file = file;
		return PATH_FILE;
	}
	skip_slashes(rest);
	if (file->kind == FILE_VIRTUAL) {
		*node = file->node;
		return PATH_NODE;
	}
	if (file->kind != FILE_DISK)
		return -E_NOTDIR;
	if (rest->at == rest->end)
		return to_disk(path, file->record, ".", 1);
	return to_disk(path, file->record, rest->at, (uint64_t)(rest->end - rest->at));
}

static long to_memory(struct path *path, struct rest *rest)
{
	skip_slashes(rest);
	if (rest->at == rest->end)
		return to_disk(path, FS_ROOT_MEMORY, ".", 1);
	return to_disk(path, FS_ROOT_MEMORY, rest->at, (uint64_t)(rest->end - rest->at));
}

/* One name: `*node` is where it leads. PATH_NODE: go on. */
static long walk_name(struct task *task, struct path *path, uint64_t *node, const char *name,
		      uint64_t bytes, struct rest *rest, unsigned int flags)
{
	uint64_t child;
	long error;

	if (!node_is(*node, LINUX_S_IFDIR))
		return -E_NOTDIR;
	if (bytes == 1 && name[0] == '.')
		return PATH_NODE;
	if (bytes == 2 && name[0] == '.' && name[1] == '.') {
		*node = node_parent(*node);
		if (*node != NODE_NONE)
			return PATH_NODE;
		if (rest->at == rest->end)
			return to_disk(path, FS_ROOT, "/", 1);
		return to_disk(path, FS_ROOT, rest->at, (uint64_t)(rest->end - rest->at));
	}
	error = node_child(task, *node, name, bytes, &child);
	if (error)
		return error == -E_NOENT && flags & PATH_CREATE && rest->at == rest->end ?
			-E_ROFS : error;
	if (node_is(child, LINUX_S_IFLNK) && (rest->at < rest->end || !(flags & PATH_NOFOLLOW)))
		return flags & PATH_NO_LINKS || (flags & PATH_NO_MAGIC && node_is_magic(child)) ?
			-E_LOOP : walk_link(task, path, child, node, rest);
	*node = child;
	/* It is the fs's again. */
	if (child == NODE_SHM)
		return to_memory(path, rest);
	return PATH_NODE;
}

static long walk(struct task *task, struct path *path, uint64_t node, uint64_t bytes,
		 unsigned int flags)
{
	struct rest rest = { path->rest, path->rest + bytes };

	for (;;) {
		const char *name;
		long where;

		skip_slashes(&rest);
		if (rest.at == rest.end)
			break;
		name = rest.at;
		while (rest.at < rest.end && *rest.at != '/')
			rest.at++;
		where = walk_name(task, path, &node, name, (uint64_t)(rest.at - name), &rest,
				  flags);
		if (where != PATH_NODE)
			return where;
	}
	/* A slash at the end asks for a directory. */
	if (bytes && rest.end[-1] == '/' && !node_is(node, LINUX_S_IFDIR))
		return -E_NOTDIR;
	path->node = node;
	return PATH_NODE;
}

long path_cross(struct task *task, struct path *path, unsigned int crossed, unsigned int bytes,
		unsigned int flags)
{
	if (++path->links > LINUX_LINKS_MAX)
		return -E_LOOP;
	return walk(task, path, crossed == FS_CROSSED_DEV ? NODE_DEV : NODE_PROC, bytes, flags);
}

/* Where a relative path starts. */
static struct open_file *path_start(struct task *task, long directory)
{
	return (int)directory == LINUX_AT_FDCWD ? &task->process->files.directory :
		file_of(task, directory);
}

/* The path stands in path->rest, and does not start at a directory of the fs. */
static long begin_elsewhere(struct task *task, struct path *path, struct open_file *start,
			    uint64_t bytes, unsigned int flags)
{
	if (path->rest[0] == '/')
		return to_disk(path, FS_ROOT, path->rest, bytes);
	if (!start)
		return -E_BADF;
	if (start->kind != FILE_VIRTUAL)
		return -E_NOTDIR;
	return walk(task, path, start->node, bytes, flags);
}

static long begin_empty(struct path *path, struct open_file *start, unsigned int flags)
{
	path->file = start;
	if (!(flags & PATH_EMPTY))
		return -E_NOENT;
	return start ? PATH_FILE : -E_BADF;
}

long path_begin(struct task *task, struct path *path, long directory, uint64_t address,
		unsigned int flags)
{
	struct open_file *start = path_start(task, directory);
	long bytes = string_length(address, LINUX_PATH_MAX);

	path->links = 0;
	node_path_begins(task);
	if (bytes < 0)
		return bytes;
	if (bytes == 0)
		return begin_empty(path, start, flags);
	if (start && start->kind == FILE_DISK)
		return to_disk(path, start->record, (const char *)address, (uint64_t)bytes);
	bytes = string_from_program(path->rest, address, sizeof(path->rest));
	return bytes < 0 ? bytes : begin_elsewhere(task, path, start, (uint64_t)bytes, flags);
}

long path_begin_text(struct task *task, struct path *path, long directory, const char *text,
		     uint64_t bytes, unsigned int flags)
{
	struct open_file *start = path_start(task, directory);

	path->links = 0;
	node_path_begins(task);
	if (bytes == 0)
		return begin_empty(path, start, flags);
	if (start && start->kind == FILE_DISK)
		return to_disk(path, start->record, text, bytes);
	if (bytes > sizeof(path->rest))
		return -E_NAMETOOLONG;
	memcpy(path->rest, text, bytes);
	return begin_elsewhere(task, path, start, bytes, flags);
}
