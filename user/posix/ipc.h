/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_IPC_H
#define BULKHEAD_POSIX_IPC_H

#include "user/posix/file.h"

#include "libipc/proto/pipe.h"

/* System V IPC and POSIX message queues: numbers and structures of Linux. */
#define IPC_64       0x100
#define IPC_COMMANDS 0xff
enum { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO };
enum { MSG_STAT = 11, MSG_INFO, MSG_STAT_ANY };
enum { GETPID = 11, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL, SEM_STAT, SEM_INFO,
       SEM_STAT_ANY };
enum { SHM_LOCK = 11, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY };

struct linux_ipc_perm {
	uint32_t key, uid, gid, cuid, cgid, mode;
	uint16_t sequence, pad;
	uint32_t pad2;
	uint64_t unused[2];
};
struct linux_semid_ds {
	struct linux_ipc_perm perm;
	int64_t operated, unused1, changed, unused2;
	uint64_t count, unused3, unused4;
};
struct linux_msqid_ds {
	struct linux_ipc_perm perm;
	int64_t sent, received, changed;
	uint64_t bytes, count, most_bytes;
	uint32_t sender, receiver;
	uint64_t unused[2];
};
struct linux_shmid_ds {
	struct linux_ipc_perm perm;
	uint64_t bytes;
	int64_t attached, detached, changed;
	uint32_t creator, last;
	uint64_t count, unused[2];
};
struct linux_seminfo {
	int32_t map, sets, semaphores, undos, per_set, per_call, undo_entries, undo_bytes, most,
		undo_most;
};
struct linux_msginfo {
	int32_t pool, map, most, queue_most, queues, segment_bytes, messages;
	uint16_t segments, pad;
};
struct linux_shminfo { uint64_t most, least, segments, per_process, pages, unused[4]; };
struct linux_shm_info {
	int32_t used, pad;
	uint64_t pages, resident, swapped, attempts, successes;
};
_Static_assert(sizeof(struct linux_semid_ds) == 104 && sizeof(struct linux_msqid_ds) == 120 &&
	       sizeof(struct linux_shmid_ds) == 112, "as Linux has them");

/* One of enum ipc_setting. */
uint64_t ipc_setting(struct task *task, uint32_t which);

/* The program has unmapped something: attachments of which nothing is left end. */
void segments_prune(struct task *task);

#endif
