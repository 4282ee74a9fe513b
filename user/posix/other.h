/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_OTHER_H
#define BULKHEAD_POSIX_OTHER_H

#include "user/posix/file.h"

/*
 * What stands in the personality of another process, for /proc: its descriptors, its directories.
 * Its private pages are read as they are (process_look), while it runs, sleeps or stands still; the
 * image is the same, and so is the place of everything. Nothing read so is trusted: it may be a lie.
 */

/* What process tells of a process or thread. -ESRCH. */
long other_details(struct task *task, uint32_t id, struct process_details_reply *details);
/* The client of that pid, if it may be inspected. -ESRCH, -EACCES. */
long other_client(struct task *task, uint32_t pid, uint32_t *client);
/* Bytes of its memory. -EFAULT: not all are there; -EACCES. */
long other_read(struct task *task, uint32_t client, uint64_t from, void *to, uint64_t bytes);

/* A member of its process record, or of its table of descriptors. 0 or -errno. */
#define OTHER_MEMBER(task, client, member, to) \
	other_record(task, client, __builtin_offsetof(struct process_record, member), to, \
		     sizeof(*(to)))
long other_record(struct task *task, uint32_t client, uint64_t offset, void *to, uint64_t bytes);

/* Copies of its open files: they are still its own. -EBADF: there is none. */
long other_descriptor(struct task *task, uint32_t client, unsigned long descriptor,
		      struct open_file *file);
/* The lowest open descriptor at or above; -EBADF: none. */
long other_next_descriptor(struct task *task, uint32_t client, unsigned long from);
long other_directory(struct task *task, uint32_t client, struct open_file *file);
long other_root(struct task *task, uint32_t client, struct open_file *file);
long other_executable(struct task *task, uint32_t client, struct open_file *file);
/* Of a mapping, by its region's tag. */
long other_mapped(struct task *task, uint32_t client, uint64_t tag, struct open_file *file);

/*
 * Makes of such a copy a place of this process's own, so that paths can begin there; position: what
 * its descriptor would read next. other_let_go when it is not needed any more.
 */
long other_view(struct task *task, uint32_t client, struct open_file *file, uint64_t *position);
void other_let_go(struct task *task, struct open_file *file);

#endif
