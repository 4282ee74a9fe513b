/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_IPC_H
#define BULKHEAD_PROTO_IPC_H

#include "libipc/interface.h"

/*
 * System V's semaphores, message queues and shared memory, and POSIX message queues: a part of the
 * pipe service's interface. Refusals are those of the manual pages.
 */
#define IPC_ROWS(ROW) \
	ROW(pipe, setting,         REPEATABLE) \
	ROW(pipe, key_get,         ONCE) \
	ROW(pipe, key_status,      REPEATABLE) \
	ROW(pipe, key_set,         REPEATABLE) \
	ROW(pipe, key_remove,      ONCE) \
	ROW(pipe, segment_lock,    REPEATABLE) \
	ROW(pipe, key_totals,      REPEATABLE) \
	ROW(pipe, semaphore_operate, ONCE) \
	ROW(pipe, semaphore_get,   REPEATABLE) \
	ROW(pipe, semaphore_set,   REPEATABLE) \
	ROW(pipe, message_send,    ONCE) \
	ROW(pipe, message_receive, ONCE) \
	ROW(pipe, segment_attach,  ONCE) \
	ROW(pipe, segment_state,   REPEATABLE) \
	ROW(pipe, queue_open,      ONCE) \
	ROW(pipe, queue_unlink,    ONCE) \
	ROW(pipe, queue_send,      ONCE) \
	ROW(pipe, queue_receive,   ONCE) \
	ROW(pipe, queue_notify,    ONCE) \
	ROW(pipe, queue_state,     REPEATABLE)

/* What /proc/sys lets root change. INVAL: not such a value; PERM. */
enum ipc_setting {
	SETTING_PIPE_BYTES,                                     /* fs.pipe-max-size */
	SETTING_MESSAGE_BYTES, SETTING_MESSAGE_QUEUE, SETTING_MESSAGE_QUEUES, /* msgmax, mnb, mni */
	SETTING_SEGMENT_BYTES, SETTING_SEGMENT_PAGES, SETTING_SEGMENTS, /* shmmax, shmall, shmmni */
	/* sem */
	SETTING_SET_SEMAPHORES, SETTING_ALL_SEMAPHORES, SETTING_CALL_SEMAPHORES, SETTING_SETS,
	SETTING_QUEUE_MESSAGES, SETTING_QUEUE_BYTES,            /* fs.mqueue: defaults, limits */
	SETTING_QUEUE_MESSAGES_MOST, SETTING_QUEUE_BYTES_MOST, SETTING_QUEUES,
	SETTINGS
};
struct pipe_setting_request { uint32_t which, set; uint64_t value; };
struct pipe_setting_reply { uint64_t value; };

/* ---- What the three kinds of System V have in common ---- */

enum key_kind { KEY_SEMAPHORES, KEY_MESSAGES, KEY_SEGMENT, KEY_KINDS };
/* How many there may be of each kind, and how much of it. Times are seconds since 1970. */
#define KEY_OBJECTS        512u
#define SEMAPHORES_SET     1024u         /* SEMMSL */
#define SEMAPHORES_ALL     16384u        /* SEMMNS */
#define SEMAPHORES_CALL    500u          /* SEMOPM */
#define SEMAPHORE_MOST     32767         /* SEMVMX, SEMAEM */
#define MESSAGE_MOST       8192u         /* MSGMAX, unless root changes it */
#define MESSAGES_MOST      16384u        /* MSGMNB, likewise */
#define SEGMENT_BYTES_MOST (1ull << 40)  /* SHMMAX */

/*
 * semget, msgget, shmget. flags: theirs (IPC_CREAT, IPC_EXCL, a mode). A segment is a file of the
 * fs that the caller holds: without a handle the answer may be `missing`; make one, and ask again.
 * The service holds it from then on; `unused`: there is a segment already, the file is not needed.
 */
#define KEY_CREATE    01000u
#define KEY_EXCLUSIVE 02000u
struct pipe_key_get_request { uint32_t kind, key, flags, reserved; uint64_t size, handle; };
struct pipe_key_get_reply { uint32_t id, missing; };

/* IPC_STAT; *_STAT: `id` is a place in the table; *_STAT_ANY: by whom is not asked. */
enum key_how { KEY_BY_ID, KEY_BY_INDEX, KEY_BY_INDEX_ANY };
struct key_owner { uint32_t key, uid, gid, cuid, cgid, mode, sequence, id; };
struct pipe_key_status_request { uint32_t kind, id, how, reserved; };
struct pipe_key_status_reply {
	struct key_owner owner;
	int64_t changed_s;
	int64_t first_s, second_s;       /* semop; msgsnd, msgrcv; shmat, shmdt */
	uint32_t first_pid, second_pid;  /* of msgsnd, msgrcv; creator, last of a segment */
	uint64_t size;                   /* semaphores; most bytes of a queue; bytes */
	uint64_t bytes, count;           /* in a queue; count: attached to a segment */
};
/* IPC_SET. size: of a message queue. */
struct pipe_key_set_request { uint32_t kind, id, uid, gid, mode, reserved; uint64_t size; };
struct pipe_key_set_reply { };
struct pipe_key_remove_request { uint32_t kind, id; };
struct pipe_key_remove_reply { };
/* SHM_LOCK, SHM_UNLOCK: memory is never swapped, but who may ask for it sees that it is locked. */
struct pipe_segment_lock_request { uint32_t id, locked; };
struct pipe_segment_lock_reply { };
/* Highest place in use; objects; semaphores, messages, pages; bytes of messages. */
struct pipe_key_totals_request { uint64_t kind; };
struct pipe_key_totals_reply { uint64_t highest, objects, count, bytes; };

/* ---- Semaphores ---- */

#define SEMAPHORE_NO_WAIT 04000
#define SEMAPHORE_UNDO    010000
struct semaphore_operation { uint16_t number; int16_t by, flags; };
/* Window 0: `count` of them. deadline_ns: monotonic, 0: none; AGAIN when it comes. */
struct pipe_semaphore_operate_request { uint32_t id, count; uint64_t deadline_ns; };
struct pipe_semaphore_operate_reply { };
/* One of a semaphore; or window 0: the values of all, two bytes each. */
enum semaphore_what {
	SEMAPHORE_VALUE, SEMAPHORE_PID, SEMAPHORE_RISERS, SEMAPHORE_ZEROERS, SEMAPHORE_ALL,
};
struct pipe_semaphore_get_request { uint32_t id, number, what, reserved; };
struct pipe_semaphore_get_reply { uint64_t value; };
/* The value of one; or (all) of each, from window 0. */
struct pipe_semaphore_set_request { uint32_t id, number; int32_t value; uint32_t all; };
struct pipe_semaphore_set_reply { };

/* ---- Messages: window 0 is the text ---- */

#define MESSAGE_NO_WAIT  04000u
#define MESSAGE_CUT      010000u         /* MSG_NOERROR */
#define MESSAGE_EXCEPT   020000u
#define MESSAGE_COPY     040000u
struct pipe_message_send_request { uint32_t id, flags; int64_t type; uint64_t bytes; };
struct pipe_message_send_reply { };
struct pipe_message_receive_request { uint32_t id, flags; int64_t type; uint64_t bytes; };
struct pipe_message_receive_reply { uint64_t bytes; int64_t type; };

/*
 * An attachment is a record, and a fork inherits it. The caller holds the segment's file, too, with
 * its first attachment, and lets go of it with its last.
 */
#define SEGMENT_READ_ONLY 010000u
#define SEGMENT_EXECUTE   0100000u
struct pipe_segment_attach_request { uint32_t id, flags; };
struct pipe_segment_attach_reply { uint64_t record; };
struct pipe_segment_state_request { uint64_t record; };
struct pipe_segment_state_reply { uint64_t handle, bytes; };

/* ---- POSIX message queues: a record for each open; NONBLOCK is its flag ---- */

#define QUEUE_NAME_BYTES    255
#define QUEUES              256u
#define QUEUE_PRIORITIES    32768u
#define QUEUE_MESSAGES      10u          /* what one has, and may have at most; root may more */
#define QUEUE_MESSAGE_BYTES 8192u
#define QUEUE_ROOT_MESSAGES 65536u
#define QUEUE_ROOT_BYTES    (16u << 20)
/*
 * Window 0: the name. messages, message_bytes: 0: as usual. limit: what the queues of one user may
 * take (MFILE). access: PIPE_READ, PIPE_WRITE.
 */
#define QUEUE_CREATE    1u
#define QUEUE_EXCLUSIVE 2u
#define QUEUE_NONBLOCK  4u
#define QUEUE_SIZED     8u               /* the numbers count */
struct pipe_queue_open_request {
	uint32_t flags, access, mode, name_bytes;
	int64_t messages, message_bytes;
	uint64_t limit;
};
struct pipe_queue_open_reply { uint64_t record; };
struct pipe_queue_unlink_request { uint64_t name_bytes; };
struct pipe_queue_unlink_reply { };
/* Window 0: the message. deadline_ns: monotonic, 0: none; TIMEDOUT when it comes. */
struct pipe_queue_send_request { uint32_t record, priority; uint64_t bytes, deadline_ns; };
struct pipe_queue_send_reply { };
struct pipe_queue_receive_request { uint64_t record, bytes, deadline_ns; };
struct pipe_queue_receive_reply { uint64_t bytes, priority; };
/* Once a message comes to the empty queue the caller wants a signal, or nothing; or no more. */
enum queue_notice { QUEUE_SILENT, QUEUE_SIGNAL, QUEUE_NOTHING };
struct pipe_queue_notify_request { uint32_t record, how, signal, reserved; uint64_t value; };
struct pipe_queue_notify_reply { };
struct pipe_queue_state_request { uint64_t record; };
struct pipe_queue_state_reply {
	uint64_t messages_most, message_bytes, messages, bytes;
	uint32_t how, signal, pid, nonblock;
};

#endif
