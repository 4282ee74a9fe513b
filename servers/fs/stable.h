/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_STABLE_H
#define BULKHEAD_FS_STABLE_H

#include <stdint.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/status.h"
#include "libipc/proto/fs.h"

/*
 * Memory that outlives the server: all that a successor needs, and nothing else.
 *
 *	head        sizes; how much of the log is in use
 *	log         old contents of what the open transaction has changed
 *	records     open file descriptions
 *	locks       parts of files that are locked
 *	watch       whom to notify
 *	roots       of clients: where their absolute paths begin
 *	mounts      what stands at which directory
 *	gone        names that open files have lost
 *	listeners   of inotify, what they listen to, their queues
 *	mapped      files with pages that programs share
 *	words       one per frame: which block it holds, and whether the disk has it
 *	frames      blocks, one in each
 *
 * The server may be stopped between any two instructions. Hence: words and log_used change by one
 * store each, everything else either is logged before it changes (log.h), or is not reachable
 * yet (a frame whose word is free), or may be half done (file data that is not acknowledged).
 */
#define LOG_BYTES    65536u
#define FRAME_BYTES  4096u
#define FRAME_SHIFT  12

struct stable_head {
	uint64_t magic;                  /* last store of the first start */
	uint64_t bytes;
	uint32_t record_count, frame_count;
	volatile uint64_t log_used;      /* bytes; 0: no transaction is open */
	uint32_t read_only;              /* volume 0 is to be */
	uint32_t was_unclean;            /* volume 0 was not clean when it was first seen */
	uint32_t mount_ids;              /* given so far */
	uint32_t gone_next;              /* row of `gone` that is overwritten next */
	uint32_t listeners;              /* how many there may be */
	uint32_t cookie;                 /* of the last rename that was told */
};

/* An open file description. In use as long as anybody holds it. */
#define RECORD_LISTENER 0x40000000u      /* flags: it is no file (notify.h) */
#define RECORD_SHARED 0x80000000u        /* flags: the position is here, not with the client */
struct record {
	uint32_t tag;                    /* differs at each use: handles are never reused */
	uint32_t flags;                  /* FS_OPEN_*, RECORD_SHARED */
	uint32_t volume, inode;
	uint32_t parent;                 /* directory it was opened in: for its path */
	uint32_t mount;                  /* row that it was opened in */
	uint64_t position;
	uint64_t holders[CLIENT_MAX / 64];
};

/* Bytes of a file that are locked. A free one has kind 0. */
struct lock {
	uint64_t start, last;
	uint64_t owner;                  /* PROCESS: the client + 1; else the handle of the record */
	uint32_t volume, inode;
	uint16_t kind, type;             /* enum fs_lock_kind, fs_lock_type */
	uint32_t client;                 /* who asked for it */
};
#define LOCKS 1024u

#define MAPPED 512u

/*
 * What is mounted. A place is mount << 48 | volume << 32 | inode: a directory (or a file) as it is
 * seen in that mount. Row 0 is the root of all, and stands nowhere.
 */
#define PLACE(mount, volume, inode) ((uint64_t)(mount) << 48 | (uint64_t)(volume) << 32 | (inode))
#define PLACE_MOUNT(place) ((uint32_t)((place) >> 48))
struct mounted {
	uint64_t at;                     /* 0: nowhere (any more) */
	uint64_t root;
	uint32_t at_directory;           /* where the name of `at` is, of files */
	uint32_t root_directory;
	uint32_t kind;                   /* enum fs_mount_kind; 0: a free row */
	uint32_t flags;                  /* FS_MOUNT_*, MOUNTED_EXPIRING */
	uint32_t filesystem;             /* as fs_status tells it */
	uint32_t top;                    /* inode of a file system's root in memory; 0: of a disk */
	uint32_t id;                     /* grows from one mount to the next */
	uint32_t reserved;
	char source[FS_MOUNT_SOURCE];    /* ends with a zero */
};
_Static_assert(sizeof(struct mounted) == 128, "rows");
#define MOUNTED 64u
#define MOUNTED_EXPIRING 0x80000000u

/* A name that an open file has lost (gone.h). */
struct gone {
	uint32_t volume, inode, generation, bytes;
	char name[FS_NAME_BYTES + 1];
};
#define GONE 60u

/* inotify (notify.h): who listens, to what, and what they have not read yet. */
struct listener {
	uint64_t handle;                 /* of its record; 0: free */
	uint32_t head, tail;             /* of its queue: bytes taken and put so far */
	uint32_t last, number;           /* where the last event begins; of its latest watch */
};
struct listening {
	uint32_t listener;               /* row + 1; 0: free */
	uint32_t number, mask;
	uint32_t volume, inode;
};

struct stable {
	struct stable_head *head;
	uint8_t *log;
	struct record *records;
	struct lock *locks;
	struct watch_table *watch;
	struct mounted *mounts;
	uint64_t *roots;                 /* places; 0: the root of all */
	struct gone *gone;
	struct listener *listeners;      /* head->listeners of them, each with a queue */
	struct listening *listenings;    /* FS_NOTIFY_WATCHES */
	uint8_t *queues;
	uint64_t *mapped;                /* MAPPED names of process_shared, 0: free */
	volatile uint64_t *words;
	uint8_t *frames;
};
extern struct stable stable;

/* Stores before it are in memory before stores after it: one processor, so only the compiler. */
#define stable_barrier() __asm__ volatile("" ::: "memory")

/*
 * Lays the memory out, or finds it as it was left.
 * Needs: the memory is zero before the first start, and untouched by others afterwards.
 * Fails: NO_MEMORY (too small to be of use), BAD_STATE (what is in it is not ours).
 */
status_t stable_open(void *memory, uint64_t bytes) MUST_CHECK;

#endif
