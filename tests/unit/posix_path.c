/* sources: user/posix/path.c user/posix/node.c libipc/format.c */
/* SPDX-License-Identifier: MIT */
/* The walk through /dev and /proc, and back to the disk. */
#include <criterion/criterion.h>
#include <string.h>

#include "libipc/proto/process.h"
#include "user/posix/node.h"
#include "user/posix/other.h"

static struct process_record process;
static char page[4096] __attribute__((aligned(4096)));
static struct task task = { .process = &process, .page = (struct message_page *)page };
static struct path path;

/* The numbers of sys/mman.h stand in user/posix/memory.h. */
void *mmap(void *address, unsigned long bytes, int protection, int flags, int file, long offset);

#define OWN_PID 42

/* ---- What the walk needs of the rest ---- */

long string_length(uint64_t from, uint64_t limit)
{
	unsigned long length = strnlen((const char *)from, limit);

	return length == limit ? -E_NAMETOOLONG : (long)length;
}

long string_from_program(char *to, uint64_t from, uint64_t limit)
{
	long length = string_length(from, limit);

	if (length >= 0)
		memcpy(to, (const char *)from, (unsigned long)length + 1);
	return length;
}

long proc_owner(struct task *of, uint32_t pid, uint32_t *uid, uint32_t *gid)
{
	(void)of;
	*uid = *gid = 0;
	return pid == OWN_PID || pid == 1 ? 0 : -E_NOENT;
}

long file_describe(struct task *of, struct open_file *file, char *to, uint64_t size)
{
	(void)of, (void)file, (void)size;
	memcpy(to, "/somewhere", 10);
	return 10;
}

long file_permission(struct task *of, const struct fs_status *status, unsigned int wanted)
{
	(void)of, (void)status, (void)wanted;
	return 0;
}

/* Others have no files open. */
long other_client(struct task *of, uint32_t pid, uint32_t *client)
{
	(void)of;
	*client = pid;
	return 0;
}

long other_details(struct task *of, uint32_t id, struct process_details_reply *details)
{
	(void)of;
	details->pid = id;
	return id == OWN_PID || id == 1 ? 0 : -E_SRCH;
}

long other_descriptor(struct task *of, uint32_t client, unsigned long descriptor,
		      struct open_file *file)
{
	(void)of, (void)client, (void)descriptor, (void)file;
	return -E_NOENT;
}

long other_directory(struct task *of, uint32_t client, struct open_file *file)
{
	return other_descriptor(of, client, 0, file);
}

long other_root(struct task *of, uint32_t client, struct open_file *file)
{
	return other_descriptor(of, client, 0, file);
}

long other_executable(struct task *of, uint32_t client, struct open_file *file)
{
	return other_descriptor(of, client, 0, file);
}

long other_view(struct task *of, uint32_t client, struct open_file *file, uint64_t *position)
{
	(void)position;
	return other_descriptor(of, client, 0, file);
}

void other_let_go(struct task *of, struct open_file *file)
{
	(void)of, (void)file;
}

long terminal_pty(struct task *of, uint64_t number)
{
	(void)of, (void)number;
	return -E_NXIO;
}

void terminal_owner(struct task *of, uint64_t node, struct fs_status *status)
{
	(void)of, (void)node, (void)status;
}

long terminal_open(struct task *of, uint64_t node, unsigned int flags, struct open_file *file)
{
	(void)of, (void)node, (void)flags;
	file->kind = FILE_TERMINAL;
	return 0;
}

static struct open_file descriptor_file = {
	.kind = FILE_DISK, .references = 1, .record = 77, .access = FILE_READ,
};

static void start(void)
{
	cr_assert_neq(mmap((void *)INFO_PAGE_ADDRESS, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
			   MAP_FIXED_NOREPLACE, -1, 0), (void *)-1);
	((struct process_page *)(page + PROCESS_PAGE_OFFSET))->pid = OWN_PID;
	memset(&process, 0, sizeof(process));
	process.files.bank[0] = &process.files.first;
	process.files.first.descriptor[3].file = 1;
	process.files.first.file[0] = descriptor_file;
	process.files.descriptors_end = 4;
	process.files.files_end = 1;
	process.files.directory = (struct open_file){ .kind = FILE_DISK, .record = 5 };
}

TestSuite(posix_path, .init = start);

/* The fs said that the path crossed, and this is left. */
static long cross(unsigned int mount, const char *rest, unsigned int flags)
{
	path.links = 0;
	memcpy(path.rest, rest, strlen(rest));
	return path_cross(&task, &path, mount, (unsigned int)strlen(rest), flags);
}

static void expect_disk(long where, uint64_t directory, const char *text)
{
	cr_assert_eq(where, PATH_DISK, "%ld", where);
	cr_assert_eq(path.directory, directory);
	cr_assert_eq(path.bytes, strlen(text));
	cr_assert_eq(memcmp(path.text, text, strlen(text)), 0, "%.*s", (int)path.bytes, path.text);
}

Test(posix_path, starts_at_the_directory_it_is_relative_to)
{
	static const char text[] = "a/b";

	expect_disk(path_begin(&task, &path, LINUX_AT_FDCWD, (uint64_t)text, 0), 5, "a/b");
	expect_disk(path_begin(&task, &path, 3, (uint64_t)text, 0), 77, "a/b");
	cr_assert_eq(path_begin(&task, &path, 2, (uint64_t)text, 0), -E_BADF);
	expect_disk(path_begin(&task, &path, 2, (uint64_t)"/x", 0), FS_ROOT, "/x");
}

Test(posix_path, an_empty_path_is_the_directory_itself_if_asked)
{
	cr_assert_eq(path_begin(&task, &path, 3, (uint64_t)"", 0), -E_NOENT);
	cr_assert_eq(path_begin(&task, &path, 3, (uint64_t)"", PATH_EMPTY), PATH_FILE);
	cr_assert_eq(path.file, &process.files.first.file[0]);
	cr_assert_eq(path_begin(&task, &path, LINUX_AT_FDCWD, (uint64_t)"", PATH_EMPTY), PATH_FILE);
	cr_assert_eq(path.file, &process.files.directory);
	cr_assert_eq(path_begin(&task, &path, 9, (uint64_t)"", PATH_EMPTY), -E_BADF);
}

Test(posix_path, finds_devices)
{
	cr_assert_eq(cross(FS_CROSSED_DEV, "null", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE_NULL);
	cr_assert_eq(cross(FS_CROSSED_DEV, "", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE_DEV);
	cr_assert_eq(cross(FS_CROSSED_DEV, ".//./zero", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE_ZERO);
	cr_assert_eq(cross(FS_CROSSED_DEV, "nothing", 0), -E_NOENT);
	cr_assert_eq(cross(FS_CROSSED_DEV, "null/x", 0), -E_NOTDIR);
	cr_assert_eq(cross(FS_CROSSED_DEV, "null/", 0), -E_NOTDIR);
	cr_assert_eq(cross(FS_CROSSED_DEV, "new", PATH_CREATE), -E_ROFS);
	cr_assert_eq(cross(FS_CROSSED_DEV, "new/er", PATH_CREATE), -E_NOENT);
}

Test(posix_path, dots_lead_back_to_the_disk)
{
	expect_disk(cross(FS_CROSSED_DEV, "..", 0), FS_ROOT, "/");
	expect_disk(cross(FS_CROSSED_DEV, "../tmp/f", 0), FS_ROOT, "/tmp/f");
	expect_disk(cross(FS_CROSSED_PROC, "sys/../../etc", 0), FS_ROOT, "/etc");
	cr_assert_eq(cross(FS_CROSSED_PROC, "sys/kernel/../../uptime", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE_UPTIME);
}

Test(posix_path, processes_are_directories)
{
	cr_assert_eq(cross(FS_CROSSED_PROC, "1/stat", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE(NODE_PID_STAT, 1, 0));
	cr_assert_eq(cross(FS_CROSSED_PROC, "self/stat", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE(NODE_PID_STAT, OWN_PID, 0));
	cr_assert_eq(cross(FS_CROSSED_PROC, "self", PATH_NOFOLLOW), PATH_NODE);
	cr_assert_eq(path.node, NODE_SELF);
	cr_assert_eq(cross(FS_CROSSED_PROC, "self/..", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE_PROC);
	cr_assert_eq(cross(FS_CROSSED_PROC, "mounts", 0), PATH_NODE);
	cr_assert_eq(path.node, NODE(NODE_PID_MOUNTS, OWN_PID, 0));
	cr_assert_eq(cross(FS_CROSSED_PROC, "7", 0), -E_NOENT);
	cr_assert_eq(cross(FS_CROSSED_PROC, "042", 0), -E_NOENT);
}

Test(posix_path, descriptors_are_links_to_open_files)
{
	cr_assert_eq(cross(FS_CROSSED_PROC, "self/fd/3", 0), PATH_FILE);
	cr_assert_eq(path.file, &process.files.first.file[0]);
	cr_assert_eq(cross(FS_CROSSED_PROC, "self/fd/3", PATH_NOFOLLOW), PATH_NODE);
	cr_assert_eq(path.node, NODE(NODE_PID_FD_LINK, OWN_PID, 3));
	expect_disk(cross(FS_CROSSED_PROC, "self/fd/3/x/y", 0), 77, "x/y");
	expect_disk(cross(FS_CROSSED_PROC, "self/fd/3//", 0), 77, ".");
	expect_disk(cross(FS_CROSSED_PROC, "self/cwd/../f", 0), 5, "../f");
	cr_assert_eq(cross(FS_CROSSED_PROC, "self/fd/2", 0), -E_NOENT);
	cr_assert_eq(cross(FS_CROSSED_PROC, "1/fd/3", 0), -E_NOENT);
	/* A link whose text starts at the root is the fs's again, which says that it crosses. */
	expect_disk(cross(FS_CROSSED_DEV, "stdin", 0), FS_ROOT, "/proc/self/fd/0");
	expect_disk(cross(FS_CROSSED_DEV, "fd/3", 0), FS_ROOT, "/proc/self/fd/3");
}

Test(posix_path, relative_paths_from_a_directory_in_proc)
{
	process.files.directory = (struct open_file){ .kind = FILE_VIRTUAL, .node = NODE_SYS };
	cr_assert_eq(path_begin(&task, &path, LINUX_AT_FDCWD, (uint64_t)"kernel/ostype", 0),
		     PATH_NODE);
	cr_assert_eq(path.node, NODE_OSTYPE);
	expect_disk(path_begin(&task, &path, LINUX_AT_FDCWD, (uint64_t)"../../x", 0), FS_ROOT,
		    "/x");
	expect_disk(path_begin(&task, &path, LINUX_AT_FDCWD, (uint64_t)"/y", 0), FS_ROOT, "/y");
	cr_assert_eq(path_begin_text(&task, &path, LINUX_AT_FDCWD, "kernel", 6, 0), PATH_NODE);
	cr_assert_eq(path.node, NODE_SYS_KERNEL);
}

Test(posix_path, a_link_before_a_long_rest_does_not_fit)
{
	static char rest[LINUX_PATH_MAX];
	unsigned long bytes = sizeof(rest);

	memset(rest, 'x', bytes);
	memcpy(rest, "fd/", 3);
	path.links = 0;
	memcpy(path.rest, rest, bytes);
	cr_assert_eq(path_cross(&task, &path, FS_CROSSED_DEV, (unsigned int)bytes, 0),
		     -E_NAMETOOLONG);
}

Test(posix_path, crossing_again_and_again_is_a_loop)
{
	long where = PATH_DISK;

	path.links = 0;
	for (int i = 0; i < 100 && where == PATH_DISK; i++) {
		memcpy(path.rest, "../dev", 6);
		where = path_cross(&task, &path, FS_CROSSED_DEV, 6, 0);
	}
	cr_assert_eq(where, -E_LOOP);
}

Test(posix_path, names_of_nodes)
{
	char text[64];
	uint64_t child;

	cr_assert_eq(node_path(NODE(NODE_PID_FD_LINK, 7, 3), text, sizeof(text)), 12);
	cr_assert_eq(memcmp(text, "/proc/7/fd/3", 12), 0);
	cr_assert_eq(node_path(NODE_OSTYPE, text, 10), -E_NAMETOOLONG);
	cr_assert_eq(node_device(1ull << 32 | 3), NODE_NULL);
	cr_assert_eq(node_device(8ull << 32), NODE_NONE);
	/* Every row is found under its own name. */
	for (unsigned int row = NODE_DEV; row < NODE_ROWS; row++) {
		uint64_t node = NODE(row, row > NODE_PID ? OWN_PID : 0, 0);

		if (row == NODE_DEV || row == NODE_PROC || row == NODE_PID ||
		    row == NODE_PTS_SLAVE || row == NODE_PID_FD_LINK || row == NODE_PID_FDINFO_TEXT)
			continue;
		cr_assert_eq(node_child(&task, node_parent(node), node_name(node, text),
					strlen(node_name(node, text)), &child), 0, "%u", row);
		cr_assert_eq(child, node);
	}
}

Test(posix_path, opening_nodes)
{
	struct open_file file = { .access = FILE_READ | FILE_WRITE };

	cr_assert_eq(node_open(&task, NODE_TTY, LINUX_O_RDWR, &file), 0);
	cr_assert_eq(file.kind, FILE_TERMINAL);
	cr_assert_eq(node_open(&task, NODE_PROC, LINUX_O_RDWR, &file), -E_ISDIR);
	cr_assert_eq(node_open(&task, NODE_TTY, LINUX_O_DIRECTORY, &file), -E_NOTDIR);
	cr_assert_eq(node_open(&task, NODE_NULL, LINUX_O_CREAT | LINUX_O_EXCL, &file), -E_EXIST);
	cr_assert_eq(node_open(&task, NODE_SELF, LINUX_O_NOFOLLOW, &file), -E_LOOP);
}
