/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_NODE_H
#define BULKHEAD_POSIX_NODE_H

#include <stdint.h>

#include "user/posix/file.h"

/*
 * The tree of /dev and /proc. No server has it: the personality knows the devices, and asks process
 * for the rest. One row per node: name, parent, text of the name, mode, device number.
 */
#define NODE_DIRECTORY (LINUX_S_IFDIR | 0555u)
#define NODE_TEXT      (LINUX_S_IFREG | 0444u)
#define NODE_WRITABLE  (LINUX_S_IFREG | 0644u)  /* proc_take has what is written to it */
#define NODE_LINK      (LINUX_S_IFLNK | 0777u)
#define NODE_CHARACTER (LINUX_S_IFCHR | 0666u)
#define NODE_TABLE(ROW) \
	ROW(NONE,        NONE, "",           LINUX_S_IFDIR | 0755u, 0, 0) \
	ROW(DEV,         NONE, "dev",        LINUX_S_IFDIR | 0755u, 0, 0) \
	ROW(CONSOLE,     DEV,  "console",    LINUX_S_IFCHR | 0600u, 5, 1) \
	ROW(FD,          DEV,  "fd",         NODE_LINK, 0, 0) \
	ROW(FULL,        DEV,  "full",       NODE_CHARACTER, 1, 7) \
	ROW(KMSG,        DEV,  "kmsg",       LINUX_S_IFCHR | 0644u, 1, 11) \
	ROW(NULL,        DEV,  "null",       NODE_CHARACTER, 1, 3) \
	ROW(PTMX,        DEV,  "ptmx",       NODE_CHARACTER, 5, 2) \
	ROW(PTS,         DEV,  "pts",        LINUX_S_IFDIR | 0755u, 0, 0) \
	ROW(RANDOM,      DEV,  "random",     NODE_CHARACTER, 1, 8) \
	ROW(REPORT,      DEV,  "report",     NODE_CHARACTER, 10, 200) \
	ROW(SHM,         DEV,  "shm",        LINUX_S_IFDIR | 01777u, 0, 0) \
	ROW(STDERR,      DEV,  "stderr",     NODE_LINK, 0, 0) \
	ROW(STDIN,       DEV,  "stdin",      NODE_LINK, 0, 0) \
	ROW(STDOUT,      DEV,  "stdout",     NODE_LINK, 0, 0) \
	ROW(TTY,         DEV,  "tty",        NODE_CHARACTER, 5, 0) \
	ROW(URANDOM,     DEV,  "urandom",    NODE_CHARACTER, 1, 9) \
	ROW(ZERO,        DEV,  "zero",       NODE_CHARACTER, 1, 5) \
	ROW(PTS_SLAVE,   PTS,  "",           NODE_CHARACTER, 136, 0) \
	ROW(PROC,        NONE, "proc",       NODE_DIRECTORY, 0, 0) \
	ROW(CMDLINE,     PROC, "cmdline",    NODE_TEXT, 0, 0) \
	ROW(CPUINFO,     PROC, "cpuinfo",    NODE_TEXT, 0, 0) \
	ROW(DEVICES,     PROC, "devices",    NODE_TEXT, 0, 0) \
	ROW(DISKSTATS,   PROC, "diskstats",  NODE_TEXT, 0, 0) \
	ROW(FILESYSTEMS, PROC, "filesystems", NODE_TEXT, 0, 0) \
	ROW(INTERRUPTS,  PROC, "interrupts", NODE_TEXT, 0, 0) \
	ROW(LOADAVG,     PROC, "loadavg",    NODE_TEXT, 0, 0) \
	ROW(MEMINFO,     PROC, "meminfo",    NODE_TEXT, 0, 0) \
	ROW(MOUNTS,      PROC, "mounts",     NODE_LINK, 0, 0) \
	ROW(PARTITIONS,  PROC, "partitions", NODE_TEXT, 0, 0) \
	ROW(SELF,        PROC, "self",       NODE_LINK, 0, 0) \
	ROW(STAT,        PROC, "stat",       NODE_TEXT, 0, 0) \
	ROW(SWAPS,       PROC, "swaps",      NODE_TEXT, 0, 0) \
	ROW(SYS,         PROC, "sys",        NODE_DIRECTORY, 0, 0) \
	ROW(THREAD_SELF, PROC, "thread-self", NODE_LINK, 0, 0) \
	ROW(UPTIME,      PROC, "uptime",     NODE_TEXT, 0, 0) \
	ROW(VERSION,     PROC, "version",    NODE_TEXT, 0, 0) \
	ROW(VMSTAT,      PROC, "vmstat",     NODE_TEXT, 0, 0) \
	ROW(SYSVIPC,     PROC, "sysvipc",    NODE_DIRECTORY, 0, 0) \
	ROW(SYSVIPC_MSG, SYSVIPC, "msg",     NODE_TEXT, 0, 0) \
	ROW(SYSVIPC_SEM, SYSVIPC, "sem",     NODE_TEXT, 0, 0) \
	ROW(SYSVIPC_SHM, SYSVIPC, "shm",     NODE_TEXT, 0, 0) \
	ROW(SYS_FS,      SYS,  "fs",         NODE_DIRECTORY, 0, 0) \
	ROW(MQUEUE,      SYS_FS, "mqueue",   NODE_DIRECTORY, 0, 0) \
	ROW(MQ_MSG_DEFAULT, MQUEUE, "msg_default", NODE_WRITABLE, 0, 0) \
	ROW(MQ_MSG_MAX, MQUEUE, "msg_max", NODE_WRITABLE, 0, 0) \
	ROW(MQ_SIZE_DEFAULT, MQUEUE, "msgsize_default", NODE_WRITABLE, 0, 0) \
	ROW(MQ_SIZE_MAX, MQUEUE, "msgsize_max", NODE_WRITABLE, 0, 0) \
	ROW(MQ_QUEUES_MAX, MQUEUE, "queues_max", NODE_WRITABLE, 0, 0) \
	ROW(FILE_MAX,    SYS_FS, "file-max", NODE_TEXT, 0, 0) \
	ROW(SYS_INOTIFY, SYS_FS, "inotify",  NODE_DIRECTORY, 0, 0) \
	ROW(INOTIFY_QUEUE, SYS_INOTIFY, "max_queued_events", NODE_TEXT, 0, 0) \
	ROW(INOTIFY_INSTANCES, SYS_INOTIFY, "max_user_instances", NODE_TEXT, 0, 0) \
	ROW(INOTIFY_WATCHES, SYS_INOTIFY, "max_user_watches", NODE_TEXT, 0, 0) \
	ROW(FS_PROTECTED_HARD, SYS_FS, "protected_hardlinks", NODE_TEXT, 0, 0) \
	ROW(FS_PROTECTED_SYMBOLIC, SYS_FS, "protected_symlinks", NODE_TEXT, 0, 0) \
	ROW(FS_SUID_DUMPABLE, SYS_FS, "suid_dumpable", NODE_TEXT, 0, 0) \
	ROW(NR_OPEN,     SYS_FS, "nr_open",  NODE_TEXT, 0, 0) \
	ROW(PIPE_MAX,    SYS_FS, "pipe-max-size", NODE_WRITABLE, 0, 0) \
	ROW(SYS_KERNEL,  SYS,  "kernel",     NODE_DIRECTORY, 0, 0) \
	ROW(CAP_LAST_CAP, SYS_KERNEL, "cap_last_cap", NODE_TEXT, 0, 0) \
	ROW(CORE_PATTERN, SYS_KERNEL, "core_pattern", NODE_TEXT, 0, 0) \
	ROW(CORE_USES_PID, SYS_KERNEL, "core_uses_pid", NODE_TEXT, 0, 0) \
	ROW(DOMAINNAME,  SYS_KERNEL, "domainname", NODE_WRITABLE, 0, 0) \
	ROW(HOSTNAME,    SYS_KERNEL, "hostname",  NODE_WRITABLE, 0, 0) \
	ROW(NGROUPS_MAX, SYS_KERNEL, "ngroups_max", NODE_TEXT, 0, 0) \
	ROW(OSRELEASE,   SYS_KERNEL, "osrelease", NODE_TEXT, 0, 0) \
	ROW(MSGMAX, SYS_KERNEL, "msgmax", NODE_WRITABLE, 0, 0) \
	ROW(MSGMNB, SYS_KERNEL, "msgmnb", NODE_WRITABLE, 0, 0) \
	ROW(MSGMNI, SYS_KERNEL, "msgmni", NODE_WRITABLE, 0, 0) \
	ROW(OSTYPE,      SYS_KERNEL, "ostype",    NODE_TEXT, 0, 0) \
	ROW(OVERFLOWGID, SYS_KERNEL, "overflowgid", NODE_TEXT, 0, 0) \
	ROW(OVERFLOWUID, SYS_KERNEL, "overflowuid", NODE_TEXT, 0, 0) \
	ROW(PID_MAX,     SYS_KERNEL, "pid_max",   NODE_TEXT, 0, 0) \
	ROW(SYS_RANDOM,  SYS_KERNEL, "random",    NODE_DIRECTORY, 0, 0) \
	ROW(RANDOMIZE,   SYS_KERNEL, "randomize_va_space", NODE_TEXT, 0, 0) \
	ROW(TAINTED,     SYS_KERNEL, "tainted",   NODE_TEXT, 0, 0) \
	ROW(SEM, SYS_KERNEL, "sem", NODE_WRITABLE, 0, 0) \
	ROW(SHMALL, SYS_KERNEL, "shmall", NODE_WRITABLE, 0, 0) \
	ROW(SHMMAX, SYS_KERNEL, "shmmax", NODE_WRITABLE, 0, 0) \
	ROW(SHMMNI, SYS_KERNEL, "shmmni", NODE_WRITABLE, 0, 0) \
	ROW(THREADS_MAX, SYS_KERNEL, "threads-max", NODE_TEXT, 0, 0) \
	ROW(SYS_VERSION, SYS_KERNEL, "version",   NODE_TEXT, 0, 0) \
	ROW(BOOT_ID,     SYS_RANDOM, "boot_id",   NODE_TEXT, 0, 0) \
	ROW(ENTROPY,     SYS_RANDOM, "entropy_avail", NODE_TEXT, 0, 0) \
	ROW(POOLSIZE,    SYS_RANDOM, "poolsize",  NODE_TEXT, 0, 0) \
	ROW(UUID,        SYS_RANDOM, "uuid",      NODE_TEXT, 0, 0) \
	ROW(SYS_VM,      SYS,  "vm",         NODE_DIRECTORY, 0, 0) \
	ROW(MAP_COUNT,   SYS_VM, "max_map_count", NODE_TEXT, 0, 0) \
	ROW(MMAP_MIN,    SYS_VM, "mmap_min_addr", NODE_TEXT, 0, 0) \
	ROW(OVERCOMMIT,  SYS_VM, "overcommit_memory", NODE_WRITABLE, 0, 0) \
	ROW(SWAPPINESS,  SYS_VM, "swappiness", NODE_WRITABLE, 0, 0) \
	ROW(PID,         PROC, "",           NODE_DIRECTORY, 0, 0) \
	ROW(PID_CMDLINE, PID,  "cmdline",    NODE_TEXT, 0, 0) \
	ROW(PID_COMM,    PID,  "comm",       NODE_WRITABLE, 0, 0) \
	ROW(PID_CWD,     PID,  "cwd",        NODE_LINK, 0, 0) \
	ROW(PID_ENVIRON, PID,  "environ",    LINUX_S_IFREG | 0400u, 0, 0) \
	ROW(PID_EXE,     PID,  "exe",        NODE_LINK, 0, 0) \
	ROW(PID_FD,      PID,  "fd",         LINUX_S_IFDIR | 0500u, 0, 0) \
	ROW(PID_FDINFO,  PID,  "fdinfo",     LINUX_S_IFDIR | 0500u, 0, 0) \
	ROW(PID_IO,      PID,  "io",         LINUX_S_IFREG | 0400u, 0, 0) \
	ROW(PID_LIMITS,  PID,  "limits",     NODE_TEXT, 0, 0) \
	ROW(PID_MAPS,    PID,  "maps",       NODE_TEXT, 0, 0) \
	ROW(PID_MOUNTINFO, PID, "mountinfo", NODE_TEXT, 0, 0) \
	ROW(PID_MOUNTS,  PID,  "mounts",     NODE_TEXT, 0, 0) \
	ROW(PID_OOM_SCORE, PID, "oom_score", NODE_TEXT, 0, 0) \
	ROW(PID_OOM_ADJ, PID,  "oom_score_adj", NODE_WRITABLE, 0, 0) \
	ROW(PID_ROOT,    PID,  "root",       NODE_LINK, 0, 0) \
	ROW(PID_STAT,    PID,  "stat",       NODE_TEXT, 0, 0) \
	ROW(PID_STATM,   PID,  "statm",      NODE_TEXT, 0, 0) \
	ROW(PID_STATUS,  PID,  "status",     NODE_TEXT, 0, 0) \
	ROW(PID_TASK,    PID,  "task",       NODE_DIRECTORY, 0, 0) \
	ROW(PID_WCHAN,   PID,  "wchan",      NODE_TEXT, 0, 0) \
	ROW(PID_FD_LINK, PID_FD, "",         LINUX_S_IFLNK | 0700u, 0, 0) \
	ROW(PID_FDINFO_TEXT, PID_FDINFO, "", LINUX_S_IFREG | 0400u, 0, 0)

#define NODE_ENUM(name, parent, text, mode, major, minor) NODE_##name,
enum node_row { NODE_TABLE(NODE_ENUM) NODE_ROWS };
#undef NODE_ENUM

/*
 * A node is its row, whom it is about (0: nobody), and a number (PID_FD_LINK: the descriptor). That
 * is a process, or in /proc/PID/task one of its threads. The node is its inode number too.
 */
#define NODE(row, who, number) ((uint64_t)(number) << 40 | (uint64_t)(who) << 8 | (row))
#define NODE_ROW(node)    ((unsigned int)((node) & 0xff))
#define NODE_WHO(node)    ((uint32_t)((node) >> 8))
#define NODE_NUMBER(node) ((unsigned long)((node) >> 40))
#define WHO(pid, tid)     ((uint32_t)(pid) | (uint32_t)(tid) << 16)
#define NODE_PROCESS(node) (NODE_WHO(node) & 0xffff)
#define NODE_THREAD(node) (NODE_WHO(node) >> 16)
#define NODE_ID(node)     (NODE_THREAD(node) ? NODE_THREAD(node) : NODE_PROCESS(node))

unsigned int node_mode(uint64_t node);
int node_is(uint64_t node, unsigned int type);
int node_is_own(struct task *task, uint64_t node);
/*
 * Links into other processes that were followed are let go of two paths later (rename has two):
 * every path that begins says so.
 */
void node_path_begins(struct task *task);
/* Its name; `number` is room for one. */
#define NODE_NAME_BYTES 24
const char *node_name(uint64_t node, char number[NODE_NAME_BYTES]);
/* Its absolute path, not terminated: bytes, or -ENAMETOOLONG. */
long node_path(uint64_t node, char *to, uint64_t size);
/* The directory above; NODE_NONE: the fs's root. */
uint64_t node_parent(uint64_t node);
/* The node of that name: 0, -ENOENT, -ENOTDIR. */
long node_child(struct task *task, uint64_t node, const char *name, uint64_t bytes,
		uint64_t *child);
/* What stands at that device number: a node, or 0. */
uint64_t node_device(uint64_t device);
/* The text of a link: its bytes (not terminated), -ENOENT, -ENAMETOOLONG. */
long node_link(struct task *task, uint64_t node, char *to, uint64_t size);
/*
 * The open file that a link means (a descriptor, the current directory), 0: follow the text. Of
 * another process it is a view (other.h). 0 or -errno.
 */
long node_file(struct task *task, uint64_t node, struct open_file **file);
/* Is it a link that means an open file, whatever its text? */
static inline int node_is_magic(uint64_t node)
{
	unsigned int row = NODE_ROW(node);

	return row == NODE_PID_FD_LINK || row == NODE_PID_CWD || row == NODE_PID_EXE ||
	       row == NODE_PID_ROOT;
}
long node_status(struct task *task, uint64_t node, struct fs_status *status);
/* open(2) of a node. file: as for file_open. */
long node_open(struct task *task, uint64_t node, unsigned int flags, struct open_file *file);

/* Contents of a NODE_TEXT from `skip` on: at most `size` bytes, how many, or -errno. */
long proc_text(struct task *task, uint64_t node, uint64_t skip, char *to, uint64_t size);
/*
 * What a program writes to a NODE_WRITABLE, at most PROC_TAKE_BYTES of it. A setting that nobody
 * follows is taken and forgotten. 0 or -errno.
 */
#define PROC_TAKE_BYTES 72
long proc_take(struct task *task, uint64_t node, const char *from, uint64_t bytes);
/* Does that process exist? 0 or -ENOENT; the owner of its nodes. */
long proc_owner(struct task *task, uint32_t pid, uint32_t *uid, uint32_t *gid);
/* The lowest pid at or above, 0: none. */
uint32_t proc_next(struct task *task, uint32_t pid);

#endif
