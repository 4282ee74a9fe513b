/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_SUPERVISOR_H
#define BULKHEAD_SUPERVISOR_H

#include "kernel/capability.h"

struct info_page;

/* The first user program, made by hand from the ELF file `supervisor` of the boot archive. */
struct supervisor {
	struct space *space;
	struct thread *thread;
	struct endpoint *endpoint;
	struct message_page *page;
	uint64_t entry;
	uint64_t place;                  /* added to its addresses; not 0: it lives in the kernel */
};

/* Needs: boot_allocate. Makes its objects and maps its image. */
void supervisor_create(struct supervisor *supervisor, const void *archive, uint64_t bytes);
/* Needs: the frame table sorted. Gives it all that is free. */
void supervisor_endow(struct supervisor *supervisor, struct info_page *info, uint64_t archive,
		      uint64_t archive_bytes, const char *command_line);
/* Makes it ready to run. */
void supervisor_start(struct supervisor *supervisor);

#endif
