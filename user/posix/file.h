/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_FILE_H
#define BULKHEAD_POSIX_FILE_H

#include <stdint.h>

#include "user/posix/linux_file.h"
#include "user/posix/path.h"
#include "user/posix/task.h"

#include "libipc/proto/console.h"
#include "libipc/proto/fs.h"

/* Where to read or write: at the open file's own position, which moves, or at an explicit one. */
#define POSITION_OWN (~0ull)

/*
 * What each kind of open file can do. Each gives a result or -errno. An operation that is absent
 * gets the answer that Linux gives for a file without it, said in brackets.
 */
struct file_operations {
	/* As /proc/self/fd shows it where it has no path; %lu: its inode. */
	const char *name;
	/*
	 * Bytes moved. The caller has checked the access, and that position is POSITION_OWN for a
	 * kind without seek. `address` is lent as it is: it may be anything.
	 */
	long (*read)(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		     uint64_t position);
	long (*write)(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		      uint64_t position);
	/* The new position [-ESPIPE]. */
	long (*seek)(struct task *task, struct open_file *file, int64_t offset,
		     unsigned int whence);
	long (*status)(struct task *task, struct open_file *file, struct fs_status *status);
	/* Bytes of directory entries from the file's position on [-ENOTDIR]. */
	long (*list)(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes);
	/*
	 * Which of `events`, POLLERR and POLLHUP hold; if none does, with `arm`, a notification
	 * will come [reading and writing are ready]. POLL_NEWS adds how often it has changed, for
	 * edge-triggered polls.
	 */
	long (*poll)(struct task *task, struct open_file *file, unsigned int events,
		     unsigned int arm);
	/* ioctl(2) [-ENOTTY] */
	long (*control)(struct task *task, struct open_file *file, uint64_t request,
			uint64_t argument);
	/* The last reference is gone [nothing to do]. */
	void (*release)(struct task *task, struct open_file *file);
};

#define POLL_NEWS(ready, changes) ((uint64_t)(uint32_t)(changes) << 32 | (ready))

extern const struct file_operations disk_operations, pipe_operations, terminal_operations,
	report_operations, device_operations, virtual_operations, event_operations,
	timer_operations, pidfd_operations, signal_operations, notify_operations, epoll_operations,
	socket_operations,
	segment_operations, queue_operations;

const struct file_operations *file_operations(const struct open_file *file);

/* ---- For the other half of the personality ---- */

/* For the first process: the current directory is the root; /dev/console is 0, 1 and 2. */
long files_start(struct task *task);
/*
 * Before process.fork: the servers let that client hold what this process holds. Positions are
 * shared from now on. 0 or -errno; then the child gets nothing that it could use.
 */
long files_inherit(struct task *task, unsigned int child);
/* After exec has succeeded: closes what is close-on-exec. */
void files_exec(struct task *task);

/*
 * open(2), for a path in the personality's own memory. FILE_OPEN_EXECUTE: execute permission is
 * needed, and a regular file (-EACCES).
 */
#define FILE_OPEN_EXECUTE 0x80000000u
long file_open_path(struct task *task, long directory, const char *path, unsigned long bytes,
		    unsigned int flags, unsigned int mode);
/* The same for a path that has begun at the fs. */
long file_open_place(struct task *task, struct path *path, unsigned int flags, unsigned int mode);
long file_pread(struct task *task, long descriptor, void *to, unsigned long bytes,
		uint64_t position);
long file_close(struct task *task, long descriptor);
long file_status(struct task *task, long descriptor, struct linux_stat *status);
/* /dev/kmsg */
long log_device_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes);
long log_device_write(struct task *task, uint64_t address, uint64_t bytes);
long log_device_seek(struct task *task, struct open_file *file, int64_t offset,
		     unsigned int whence);
/* /dev/zero: mmap of it is anonymous memory. */
int file_is_zero_device(const struct open_file *file);
/* The absolute path of an open file with its zero: its length, or -errno. */
long file_path(struct task *task, long descriptor, char *to, unsigned long size);

/* One reference less; with the last one the server lets go too, and the row is free. */
void file_put(struct task *task, struct open_file *file);

/* ---- Among the files of this half ---- */

/* The open file of a descriptor given as a system call's argument. */
static inline struct open_file *file_of(struct task *task, long descriptor)
{
	return files_find(&task->process->files, (unsigned int)descriptor);
}

/*
 * Opens what a path leads to. *file is all zero: filled in but for its references; or it becomes
 * another that is open already (a pipe by way of /proc/self/fd). After an error it holds rubbish.
 */
long file_open(struct task *task, struct path *path, long where, unsigned int flags,
	       unsigned int mode, struct open_file **file);
/*
 * A request of the fs about one path: the stub of a row, with the request filled in but for where
 * the path starts. path_request gives 0 when the fs has done it, -errno, or where else it leads.
 */
typedef status_t path_request_t(struct task *task, const struct path *path, const void *request,
				struct fs_crossing *crossing, const struct lent *lent);
long path_request(struct task *task, struct path *path, long where, unsigned int flags,
		  path_request_t *ask, const void *request);

/* Defines ask_NAME for an operation of the fs whose request has `directory` and `path_bytes`. */
#define PATH_REQUEST(name) \
	static status_t ask_##name(struct task *task, const struct path *path, const void *request, \
				   struct fs_crossing *crossing, const struct lent *lent) \
	{ \
		struct fs_##name##_request own = *(const struct fs_##name##_request *)request; \
		struct fs_##name##_reply reply; \
		status_t status; \
		\
		own.directory = path->directory; \
		own.path_bytes = path->bytes; \
		status = fs_##name(&task->fs, &own, &reply, lent); \
		*crossing = reply.crossing; \
		return status; \
	}

/* The lowest free descriptor at or above `from` names the file too. */
long descriptor_duplicate(struct task *task, struct open_file *file, unsigned long from,
			  unsigned int flags);

/*
 * A descriptor for a new open file, flags: LINUX_O_CLOEXEC or 0. On an error (-errno) the file is
 * released.
 */
long descriptor_make(struct task *task, struct open_file *file, unsigned int flags);

/* fstat and lseek of what has no file at all (eventfd ...): the position never moves. */
long anonymous_seek(struct task *task, struct open_file *file, int64_t offset, unsigned int whence);
long anonymous_status(struct task *task, struct open_file *file, struct fs_status *status);

/* Bytes into the buffer of a read: the program's, or one of ours in the private area. */
long file_fill(uint64_t address, const void *from, uint64_t bytes);
/* Bytes out of the buffer of a write, likewise. */
long file_take(void *to, uint64_t address, uint64_t bytes);

/* What fstat tells, of any kind of open file; and as stat(2) shows it. */
long file_get_status(struct task *task, struct open_file *file, struct fs_status *status);
void file_linux_status(const struct fs_status *status, struct linux_stat *to);
/* Volumes of fs_status that are none of the fs: st_dev is 0:number. */
#define FILE_VOLUME_ANONYMOUS 0x10000u
uint64_t file_device_number(const struct fs_status *status);

/* Where it was opened, as /proc/self/fd shows it: bytes (not terminated), or -errno. */
long file_describe(struct task *task, struct open_file *file, char *to, uint64_t size);

/* Opens a terminal by its node of /dev. -ENXIO: /dev/tty, without a controlling terminal. */
long terminal_open(struct task *task, uint64_t node, unsigned int flags, struct open_file *file);
/* The number of the pty that exists, `number` or the next; -ENXIO: none. */
long terminal_pty(struct task *task, uint64_t number);
/* It becomes the session's controlling terminal; steal: even if it is another's. */
long terminal_acquire(struct task *task, const struct open_file *file, uint64_t steal);
/* Whose the terminal of a node of /dev is, as stat(2) tells it; changed: -EROFS: of no terminal. */
void terminal_owner(struct task *task, uint64_t node, struct fs_status *status);
long terminal_change(struct task *task, uint64_t node, const struct fs_change_request *request);
long terminal_control(struct task *task, struct open_file *file, uint64_t request,
		      uint64_t argument);
/* Is it held at the console (a pty's side)? */
static inline int file_is_pty(const struct open_file *file)
{
	return file->kind == FILE_TERMINAL && CONSOLE_DEVICE(file->record);
}
/* What waits long, of terminals and pipes: as the operations of these names. */
long terminal_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		   uint64_t position);
long terminal_write(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		    uint64_t position);
long terminal_drain(struct task *task, struct open_file *file);
long pipe_read_file(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		    uint64_t position);
long pipe_write_file(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		     uint64_t position);
/* Makes an open file of a fifo that the fs has opened as `opened`. */
long pipe_open_fifo(struct task *task, const struct fs_open_reply *opened, unsigned int flags,
		    struct open_file *file);

/* Of all kinds whose record is at the pipe service. */
long pipe_poll_file(struct task *task, struct open_file *file, unsigned int events,
		    unsigned int arm);
long pipe_control(struct task *task, struct open_file *file, uint64_t request, uint64_t argument);
void pipe_release_file(struct task *task, struct open_file *file);
/* What a pipe holds, from now on if bytes is not 0. -EBADF: it is none. */
long pipe_size(struct task *task, struct open_file *file, uint64_t bytes);
/* The O_NONBLOCK of a pipe's end is kept by its server: LINUX_O_NONBLOCK or 0; -errno. */
long pipe_nonblock(struct task *task, struct open_file *file);
long pipe_set_nonblock(struct task *task, struct open_file *file, unsigned int flags);

/* Of the fs: fsync; close of a record. */
long disk_sync(struct task *task, struct open_file *file);
void disk_release(struct task *task, uint64_t record);

/* fcntl's F_GETLK and relatives. */
long file_lock(struct task *task, struct open_file *file, int command, uint64_t address);
/* A descriptor of the file is closed: the process loses its locks of it, however it got them. */
void file_unlock(struct task *task, struct open_file *file);

#define FILE_SEALS_WRITE 0x18
/* How many of the bytes RLIMIT_FSIZE allows there; -EFBIG and SIGXFSZ: none. */
long file_size_limit(struct task *task, uint64_t position, uint64_t bytes);
long file_seals(struct task *task, struct open_file *file);
long file_add_seals(struct task *task, struct open_file *file, uint64_t seals);

/* The fs is to notify this thread (its watch), when it said that it would. 0 or -errno. */
long fs_watching(struct task *task);

/* The credentials have changed: the fs is to ask for them anew. 0 or -errno. */
long files_identify(struct task *task);

/* Does the mode grant all of `wanted` (LINUX_R_OK ...) to the process? -EACCES if not. */
#define FILE_PERMISSION_REAL 8u          /* to its real user */
long file_permission(struct task *task, const struct fs_status *status, unsigned int wanted);

#endif
