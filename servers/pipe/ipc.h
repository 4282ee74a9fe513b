/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_IPC_H
#define BULKHEAD_PIPE_IPC_H

#include "libipc/server.h"
#include "libipc/proto/pipe.h"

/*
 * System V IPC and POSIX message queues. Their requests change several words at once: the ledger
 * (ipc_ledger.c) makes one effect of them. Here is what of them is in stable memory.
 */

/* ---- The ledger ---- */

#define LEDGER_CHANGES 4096u
/*
 * The last effect: these words get these values, and that is its answer. A successor does it once
 * more, which changes nothing if it had been done: words of IPC are changed by the ledger only.
 */
struct ledger {
	uint64_t count;                  /* of changes that hold */
	uint32_t client, sequence;       /* the caller's badge; NO_CLIENT: nobody is answered */
	uint64_t reply[2];
	struct ledger_change { uint64_t offset, value; } change[LEDGER_CHANGES];
};

/* ---- Objects of System V ---- */

/* Exists if `used` is set. Its id has the place in the table and how often that was given away. */
struct key_object {
	uint64_t used;
	uint64_t sequence;
	uint32_t key, uid, gid, cuid, cgid, mode;
	int64_t changed_s;
};
#define KEY_MODE_REMOVED 01000u          /* SHM_DEST: lives until nobody has it attached */
#define KEY_MODE_LOCKED  02000u          /* SHM_LOCKED: all memory is, this one is said to be */

struct semaphore { int32_t value, pid; };
struct semaphore_set {
	struct key_object key;
	uint64_t first, count;           /* in the pool */
	int64_t operated_s;
};

/* What the end of a process does to a semaphore; all zero: free. One word. */
struct semaphore_undo {
	uint16_t client;                 /* index + 1 */
	uint16_t set, number;
	int16_t by;
};

/* Messages in blocks; links are indices + 1, 0 ends a chain. */
#define BLOCK_BYTES 96u
struct block {
	uint64_t more;                   /* of the same message */
	uint64_t next;                   /* message: in its first block, as are type and bytes */
	int64_t type;                    /* or priority */
	uint64_t bytes;
	uint8_t data[BLOCK_BYTES];
};
struct message_list { uint64_t first, last, count, bytes; };

struct message_queue {
	struct key_object key;
	struct message_list list;
	uint64_t most_bytes;
	int64_t sent_s, received_s;
	uint64_t sender, receiver;       /* pids */
};

struct segment {
	struct key_object key;
	uint64_t bytes, handle;          /* its file at the fs, which the service holds */
	int64_t attached_s, detached_s;
	uint32_t creator, last;          /* pids */
};

/* ---- POSIX message queues ---- */

enum { NOTICE_NONE, NOTICE_WANTED, NOTICE_DUE };
struct posix_queue {
	uint64_t used;
	uint64_t named;                  /* it can be found; without, it lives while it is open */
	struct message_list list;
	uint64_t messages_most, message_bytes;
	uint32_t uid, gid, mode, name_bytes;
	uint64_t notice;                 /* NOTICE_* */
	uint32_t notice_pid, notice_client, notice_how, notice_signal;
	uint64_t notice_value;
	char name[QUEUE_NAME_BYTES + 1];
};

/* In stable memory (layout.c). */
struct ipc_tables {
	struct semaphore_set *sets;
	struct message_queue *messages;
	struct segment *segments;
	struct posix_queue *queues;
	struct semaphore *semaphores;
	struct semaphore_undo *undos;
	struct block *blocks;
};

/* What is not in stable memory: who sleeps; what is free. */
struct semaphore_sleeper {
	struct semaphore_sleeper *next;
	uint32_t set, number, zero;      /* waits for 0, or for a greater value */
};
struct ipc_live {
	struct event *set_changed;
	struct semaphore_sleeper *sleepers;
	struct event *message_room, *message_came, *queue_room, *queue_came;
	uint32_t *queue_receivers;       /* asleep */
	uint32_t *free_block, free_blocks;
	uint32_t ledger_count;
};

struct pipe_record;

/* Before the records are counted: the last effect. After it: what is free and unfinished. */
void ipc_recover(void);
void ipc_start(void);
/* What a dead client leaves behind. Its records are released before. */
void ipc_client_dead(unsigned client);
/* A record that nobody holds any more was of that object. */
void segment_record_ends(uint32_t index);
void queue_record_ends(uint32_t index);
/* Does a segment need that file of the fs? */
int segment_holds(uint64_t handle);
/* A record of a segment has one holder less. */
void segment_detached(uint32_t index);
uint32_t queue_ready(const struct pipe_record *record);

/* ---- Among these files ---- */

uint64_t ipc_setting(uint32_t which);

/* One effect: changes of 8-byte words in stable memory, and the answer. */
void ledger_begin(void);
/* Needs: at most LEDGER_CHANGES of them. */
void ledger_change(void *word, uint64_t value);
/* call 0: nobody is answered. */
void ledger_commit(const struct call *call, uint64_t reply, uint64_t more);

/* Who asks; `group` ... is asked of process when it matters. */
struct ipc_caller { unsigned client; uint32_t pid, uid, gid; };
status_t ipc_identify(unsigned client, struct ipc_caller *caller) MUST_CHECK;
int ipc_in_group(const struct ipc_caller *caller, uint32_t gid);
int ipc_may(const struct ipc_caller *caller, unsigned capability);
/* wanted: bits 4 (read) and 2 (write) of the mode. ACCES. */
status_t key_permitted(const struct ipc_caller *caller, const struct key_object *object,
		       uint32_t wanted) MUST_CHECK;
/* The object of an id, or 0. */
struct key_object *key_find(uint32_t kind, uint32_t id);
uint32_t key_id(uint32_t kind, const struct key_object *object);
static inline int64_t ipc_seconds(uint64_t wall_ns)
{
	return (int64_t)(wall_ns / 1000000000);
}

/*
 * As event_wait, until monotonic time is deadline_ns (0: never): TIMEDOUT. It may wake without
 * cause.
 */
status_t ipc_wait(struct event *event, struct call *call, uint64_t deadline_ns) MUST_CHECK;
/* Those whose time has come look again. Gives the next deadline, 0: none. */
uint64_t ipc_sleepers_look(uint64_t now_ns);

/* A message from window 0 into free blocks: its first one + 1. 0 and NOMEM: not enough are free. */
status_t block_put(struct call *call, uint64_t bytes, int64_t type, uint64_t *message) MUST_CHECK;
/* At most `bytes` of it into window 0. */
status_t block_get(struct call *call, uint64_t message, uint64_t bytes) MUST_CHECK;
void block_free(uint64_t message);
void blocks_start(void);
struct block *block_at(uint64_t message);
/* In the ledger: the message behind `previous` (0: at the front); it is taken out from there. */
void list_insert(struct message_list *list, uint64_t previous, uint64_t message);
void list_remove(struct message_list *list, uint64_t previous, uint64_t message);
void list_free(struct message_list *list);

/* What is made with a fresh object, and what its end takes along; inside of a ledger's effect. */
status_t semaphores_make(struct semaphore_set *set, uint64_t count) MUST_CHECK;
void semaphores_end(uint32_t index);
void semaphores_client_dead(unsigned client);
status_t segment_make(struct call *call, const struct segment *segment) MUST_CHECK;
void segment_end(uint32_t index);
uint64_t segment_attached(uint32_t index);
void queues_client_dead(unsigned client);
void queues_start(void);

#endif
