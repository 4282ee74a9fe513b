/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_DESCRIPTOR_H
#define BULKHEAD_POSIX_DESCRIPTOR_H

#include <stdint.h>

/*
 * The descriptor table of a process. It lives in the process, not in a server: a descriptor names
 * an open file (POSIX: open file description), and that names a record at its server.
 *
 * Invariants: an open file is free (all zero) exactly when its references are 0; a descriptor names
 * an open file that is not free, or none; references count the descriptors and the file mappings
 * that name it.
 *
 * The table is an array of banks, one page each, so that fork copies only what was ever needed.
 */

enum file_kind {
	FILE_NONE,
	FILE_DISK,               /* regular files and directories of the fs */
	FILE_NOTIFY,             /* a listener of inotify, at the fs too */
	FILE_PIPE,               /* an end of a pipe or fifo */
	FILE_EVENT,              /* eventfd */
	FILE_TIMER,              /* timerfd */
	FILE_SEGMENT,            /* an attachment of shared memory: no descriptor (segment.c) */
	FILE_QUEUE,              /* a POSIX message queue */
	FILE_EPOLL,              /* a set of epoll(7) */
	FILE_SOCKET,             /* type and timeouts are its position (socket.h) */
	FILE_SIGNAL,             /* signalfd: its mask is the position */
	FILE_PROCESS,            /* pidfd: record and node say whose */
	FILE_TERMINAL,
	FILE_REPORT,             /* the report channel */
	FILE_DEVICE,             /* null, zero ...: done in here, no server behind them */
	FILE_VIRTUAL,            /* directories and texts of /dev and /proc */
	FILE_KINDS
};

#define FILE_READ   1u           /* opened for reading ... */
#define FILE_WRITE  2u
#define FILE_SHARED 4u           /* a fork has put the position into the server's record */

struct open_file {
	uint8_t kind;            /* enum file_kind */
	uint8_t access;          /* FILE_* */
	uint16_t references;
	uint32_t flags;          /* as F_GETFL shows them */
	uint64_t record;         /* at its server */
	uint64_t node;           /* of /dev or /proc; of a fifo: its record at the fs; else 0 */
	uint64_t position;       /* unless FILE_SHARED */
};

#define DESCRIPTOR_BANK   64
#define DESCRIPTOR_BANKS  64
#define DESCRIPTORS_BEGIN 1024   /* RLIMIT_NOFILE of the first process */
#define DESCRIPTORS_MAX   (DESCRIPTOR_BANK * DESCRIPTOR_BANKS)
/* Rows of the table: exec opens what it executes though a program has all descriptors in use. */
#define DESCRIPTOR_ROWS   (DESCRIPTORS_MAX + DESCRIPTOR_BANK)
/* Open files without a descriptor, those that are mapped, take some rows more. */
#define FILE_BANKS        (DESCRIPTOR_BANKS + 2)

struct descriptor {
	uint16_t file;           /* index of the open file + 1; 0: not open */
	uint16_t flags;          /* LINUX_FD_CLOEXEC */
};

struct descriptor_bank {
	struct descriptor descriptor[DESCRIPTOR_BANK];
	struct open_file file[DESCRIPTOR_BANK];
};
_Static_assert(sizeof(struct descriptor_bank) <= 4096, "a bank fits a page");

struct files {
	struct open_file directory;              /* the current directory */
	struct open_file root;                   /* of chroot; kind FILE_NONE: none */
	uint32_t umask;
	uint32_t limit;                          /* RLIMIT_NOFILE, at most DESCRIPTORS_MAX */
	uint64_t size_limit;                     /* RLIMIT_FSIZE + 1; 0: none */
	uint32_t locking;                        /* it has had locks of its own (file_lock.c) */
	uint32_t descriptors_full;               /* all descriptors below are open ... */
	uint32_t descriptors_end;                /* ... and none at or above */
	uint32_t files_full, files_end;          /* likewise for open files */
	uint32_t foreign;                        /* some set may have files of other services */
	struct descriptor_bank *bank[FILE_BANKS]; /* 0: not needed yet */
	struct descriptor_bank first;
};

struct task;

/* Those kinds whose record is at the pipe service. */
static inline int file_at_pipe(const struct open_file *file)
{
	return file->kind >= FILE_PIPE && file->kind <= FILE_SOCKET;
}

/* And at the fs. */
static inline int file_at_disk(const struct open_file *file)
{
	return file->kind == FILE_DISK || file->kind == FILE_NOTIFY;
}

/* An empty table. Needs: all bytes zero. */
void files_initialise(struct files *files);

/* The open file of a descriptor, 0: not open. Inlined: every call on a descriptor starts here. */
static inline struct open_file *files_find(const struct files *files, unsigned long descriptor)
{
	const struct descriptor_bank *bank;
	unsigned int file;

	if (descriptor >= files->descriptors_end)
		return 0;
	bank = files->bank[descriptor / DESCRIPTOR_BANK];
	if (!bank || !bank->descriptor[descriptor % DESCRIPTOR_BANK].file)
		return 0;
	file = bank->descriptor[descriptor % DESCRIPTOR_BANK].file - 1u;
	return &files->bank[file / DESCRIPTOR_BANK]->file[file % DESCRIPTOR_BANK];
}

/* The descriptor, 0: not open. */
struct descriptor *files_descriptor(const struct files *files, unsigned long descriptor);

/*
 * A zeroed page for a bank, in the private area; 0: none left. Where it comes from differs between
 * a process and a unit test.
 */
struct descriptor_bank *files_bank(struct task *task);

/*
 * The lowest free descriptor at or above `from`, with room for it in the table. Fails: -EMFILE (the
 * limit), -ENOMEM (no page for a bank).
 */
long files_lowest(struct task *task, struct files *files, unsigned long from);

/* Room for that descriptor, open or not. Fails: -EBADF (at or above the limit), -ENOMEM. */
long files_room(struct task *task, struct files *files, unsigned long descriptor);

/*
 * A free open file for the caller to fill in: no references, all else zero. It is taken only once
 * files_name has given it a descriptor. Fails with 0: no page for a bank.
 */
struct open_file *files_allocate(struct task *task, struct files *files);

/*
 * The descriptor names `file` from now on, which gets one more reference. Needs: the descriptor
 * is free and there is room for it (files_lowest, files_room). Cannot fail.
 */
void files_name(struct files *files, unsigned long descriptor, struct open_file *file,
		unsigned int flags);

/* The open file is in use without a descriptor: it has one reference. */
void files_hold(struct files *files, struct open_file *file);
/* Takes an open descriptor away. The caller then takes back the reference it had (file_put). */
void files_remove(struct files *files, unsigned long descriptor);
/* An open file without references is free again. */
void files_free(struct files *files, struct open_file *file);

/* Walks the open files that are in use: pass 0 first, then what came last. 0: no more. */
struct open_file *files_next(struct files *files, const struct open_file *last);

#endif
