/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_OBJECTS_H
#define BULKHEAD_ABI_OBJECTS_H

/*
 * Kinds of capabilities, their rights, and the operations of one invocation call per kind.
 * An invocation: rdi = slot of the capability, rsi = operation, words 0.. = arguments;
 * gives rax = status, words 0.. = results. Pages are 4 KiB. A destination slot is one of the
 * caller's own table unless a space is named; it must be empty (BAD_SLOT).
 */
enum capability_kind {
	KIND_NONE, KIND_MEMORY, KIND_SPACE, KIND_THREAD, KIND_ENDPOINT, KIND_SESSION,
	KIND_NOTIFICATION, KIND_REPLY, KIND_IRQ, KIND_IOPORT, KIND_CONTROL,
};

/* Memory: a contiguous range of physical pages. */
#define MEMORY_READ     1u
#define MEMORY_WRITE    2u
#define MEMORY_EXECUTE  4u
#define MEMORY_CREATE   8u      /* may become kernel objects and page tables, be reclaimed, revoked */
#define MEMORY_DEVICE   16u     /* no RAM: map only, uncached */
#define MEMORY_PHYSICAL_RIGHT 32u /* may learn the physical address (for devices) */
enum memory_operation {
	/* offset_pages, pages, rights, destination slot: a capability for a part of the range. */
	MEMORY_DERIVE,
	/* offset_pages, pages (2 + slots/256), level, destination slot. */
	MEMORY_CREATE_SPACE,
	/* offset_pages (one page), destination slot. */
	MEMORY_CREATE_THREAD,
	/*
	 * offset_pages, pages, level, destination slot: with SESSIONS_PER_PAGE sessions a page, one
	 * less in the first page's head.
	 */
	MEMORY_CREATE_ENDPOINT,
	/*
	 * offset_pages, pages: dead kernel objects become raw memory again. AGAIN: repeat, passing
	 * back word 0 as third argument (first time 0).
	 */
	MEMORY_RECLAIM,
	/*
	 * cursor (first time 0): takes back all that was derived from this capability, and all
	 * mappings of it. AGAIN with a new cursor in word 0.
	 */
	MEMORY_REVOKE,
	/*
	 * Gives word 0 = physical base address, word 1 = pages, word 2 = rights. Needs
	 * MEMORY_PHYSICAL_RIGHT for the address (else 0).
	 */
	MEMORY_DESCRIBE,
	/*
	 * offset_pages, pages (at most 58): for each page its FRAME_* type << 28 | count, as
	 * words 6.. of the message page (one word a page).
	 */
	MEMORY_FRAMES,
	MEMORY_OPERATIONS
};
/*
 * The head and the further pages of an object, a page table (or the kernel itself), no RAM for
 * programs.
 */
enum frame_type { FRAME_RAW, FRAME_OBJECT, FRAME_TABLE, FRAME_RESERVED, FRAME_TAIL };

/* Spaces: an address space and its table of capabilities. */
#define SPACE_MAP_RIGHT    1u   /* map, unmap, protect, share, donate, entry */
#define SPACE_GRANT_RIGHT  2u   /* put capabilities into its table, delete them */
#define SPACE_DESTROY_RIGHT 4u
#define SPACE_READ_RIGHT   8u   /* query; be the source of share and copy */
enum space_operation {
	/*
	 * address, memory slot, offset_pages, pages (at most 512), MAP_*, slot of the source space
	 * (MAP_COPY). Gives word 0 = pages mapped. AGAIN: go on after them; NO_MEMORY: the same,
	 * after donating pages for tables; BAD_STATE: an address is mapped already (without
	 * MAP_REPLACE), or a frame is not raw.
	 */
	SPACE_MAP,
	/*
	 * address, pages: word 0 = pages passed, word 1 = frames whose last mapping this was, their
	 * page numbers as words 6.. of the message page. AGAIN: go on after word 0 pages.
	 */
	SPACE_UNMAP,
	/*
	 * address, pages, MAP_READ|WRITE|EXECUTE (0: stays mapped, not for use): of mapped pages,
	 * holes are skipped. word 0 = pages passed, AGAIN as above.
	 */
	SPACE_PROTECT,
	/*
	 * address: word 0 = frame's page number (0: not mapped), word 1 = MAP_* (0: mapped, but not
	 * for use), word 2 = mappings of that frame, word 3 = first mapped address >= address (or
	 * ~0), word 4 = pages mapped in the whole space.
	 */
	SPACE_QUERY,
	/*
	 * source space slot, address, pages, flags (SHARE_*): maps the source's pages at the same
	 * address here. word 0 = pages passed; AGAIN: go on; NO_MEMORY: donate, go on.
	 */
	SPACE_SHARE,
	/* memory slot, offset_pages, pages: for its page tables. */
	SPACE_DONATE,
	/*
	 * own slot, destination slot there, rights to keep: copy a capability into that space's
	 * table.
	 */
	SPACE_GRANT,
	/* slot there: delete. */
	SPACE_DELETE,
	/* reflect entry, upcall entry, text start, text end, exit window start, exit window end. */
	SPACE_ENTRY,
	/*
	 * Gives frames as SPACE_UNMAP (word 1, message page), page tables and pool included. AGAIN:
	 * repeat. Its threads must be destroyed before (BAD_STATE).
	 */
	SPACE_DESTROY,
	SPACE_OPERATIONS
};
#define MAP_READ     1u
#define MAP_WRITE    2u
#define MAP_EXECUTE  4u
#define MAP_UNCACHED 8u
#define MAP_ZERO     16u        /* clear the frames first */
#define MAP_COPY     32u        /* fill them first from the source space at the same address */
/*
 * An existing mapping gives way (one page only). If its frame has no mapping left, word 1 = its
 * page number, else 0.
 */
#define MAP_REPLACE  64u
#define SHARE_COPY_ON_WRITE 1u  /* take the right to write from both */

/* Threads. */
#define THREAD_CONTROL_RIGHT   1u
#define THREAD_INTERRUPT_RIGHT 2u
enum thread_operation {
	/*
	 * space slot, slot of the fault session in that space's table (0: none: the thread just
	 * stops), endpoint slot (0: none), message page address, priority | flags << 8 | slice_us
	 * << 32, message page's memory slot << 32 | offset_pages.
	 */
	THREAD_CONFIGURE,
	/* rip, rsp, first argument (rdi): fresh registers, runs. Ends whatever it waited for. */
	THREAD_START,
	THREAD_STOP,
	THREAD_RESUME,
	/*
	 * Ends its wait: CANCELLED, or CANCEL at the server; running user code: an upcall. A wait
	 * that began between text start and text end (SPACE_ENTRY) goes on, unless its SYSCALL is
	 * the last instruction of the exit window. upcall_pending is set in any case.
	 */
	THREAD_INTERRUPT,
	THREAD_DESTROY,
	/* registers into / from upcall_registers of the invoker's message page. */
	THREAD_READ_REGISTERS,
	THREAD_WRITE_REGISTERS,
	/* fs_base, gs_base, which (1 fs, 2 gs, 3 both). Slot 0: own. */
	THREAD_TLS,
	/*
	 * word 0 = enum thread_state, word 1 = ticks of processor time used, word 2 = badge of
	 * the call being worked on, or ~0
	 */
	THREAD_STATE,
	/*
	 * slot 0 only: let others of the priority run; end (a fault message FAULT_EXIT with word 0
	 * goes to the fault endpoint).
	 */
	THREAD_YIELD,
	THREAD_EXIT,
	/*
	 * slot 0 only: deadline in ticks (0: none): receive gives TIMEOUT once when it passes.
	 * RECEIVE sets it too; REPLY_RECEIVE leaves it armed.
	 */
	THREAD_DEADLINE,
	/* priority, slice_us: of another thread from now on, whatever it does. */
	THREAD_PRIORITY,
	THREAD_OPERATIONS
};
#define THREAD_PROGRAM 1u       /* has FPU, FS and GS of its own */
#define PRIORITIES     64
enum thread_state {
	THREAD_STOPPED, THREAD_READY, THREAD_CALLING, THREAD_AWAITING_REPLY, THREAD_RECEIVING,
	THREAD_FAULTED, THREAD_DEAD,
};

/* Endpoints and sessions. */
#define ENDPOINT_BIND_RIGHT  1u /* threads may be bound to it */
#define ENDPOINT_MINT_RIGHT  2u /* sessions and notifications may be made */
#define ENDPOINT_RESET_RIGHT 4u
#define ENDPOINT_HEAD_SESSIONS 32
#define SESSIONS_PER_PAGE      64
enum endpoint_operation {
	/*
	 * space slot (0: own), destination slot there, badge, rights (SESSION_COPY). NO_MEMORY: no
	 * free session. NO_RIGHT: downhill.
	 */
	ENDPOINT_MINT,
	/* space slot (0: own), destination slot there, mask (32 bits). */
	ENDPOINT_MINT_NOTIFICATION,
	/*
	 * The server died: calls it worked on end with GONE. word 0 = calls ended, word 1 = calls
	 * still queued.
	 */
	ENDPOINT_RESET,
	/* word 0 that receive gave with DEAD: that session goes back to the free ones. */
	ENDPOINT_ACKNOWLEDGE,
	/* word 0 = calls queued, word 1 = calls being worked on, word 2 = free sessions */
	ENDPOINT_STATE,
	/*
	 * Queued calls end with BAD_SLOT, so do later ones. A bound thread must be destroyed before
	 * (BAD_STATE).
	 */
	ENDPOINT_DESTROY,
	ENDPOINT_OPERATIONS
};
#define SESSION_COPY 2u         /* may be granted on, or sent in a message */
/* For the personality: its program may not call, where a personality in the kernel can tell. */
#define SESSION_PERSONALITY 4u

enum reply_operation {
	REPLY_SAVE,             /* slot 0; destination slot: keep the current call's reply */
	REPLY_OPERATIONS
};

enum irq_operation {
	IRQ_BIND,               /* endpoint slot, bits */
	IRQ_ACKNOWLEDGE,        /* handled: let the next one come */
	IRQ_MESSAGE,            /* word 0 = address, word 1 = data for MSI-X */
	IRQ_OPERATIONS
};

enum ioport_operation {         /* port [, value]; word 0 = value read */
	IOPORT_READ8, IOPORT_READ16, IOPORT_READ32,
	IOPORT_WRITE8, IOPORT_WRITE16, IOPORT_WRITE32,
	IOPORT_OPERATIONS
};

#define CONTROL_LOG_RIGHT   1u
#define CONTROL_ALL_RIGHT   2u
enum control_operation {
	CONTROL_LOG,            /* bytes (at most 464): from word 6 of the message page on */
	/*
	 * position: what was logged from there on (bytes since boot; moved to where any is kept),
	 * at most 464 bytes, into words 6..; word 0 = the position, word 1 = how many there are.
	 */
	CONTROL_LOG_READ,
	CONTROL_SHUTDOWN,       /* status: power off; isa-debug-exit shows it */
	CONTROL_CREATE_IRQ,     /* line (IRQ_ANY: any vector, for MSI-X), destination slot */
	CONTROL_CREATE_IOPORT,  /* first port, ports, destination slot */
	CONTROL_COUNTERS,       /* struct kernel_counters into words 6.. of the message page */
	CONTROL_WALL_CLOCK,     /* nanoseconds since 1970 at boot, into the info page */
	/*
	 * name (words 0 and 1), space slot, endpoint slot: the service of that name that is linked
	 * into the kernel lives in that space from now on; its mappings are in the kernel's half.
	 * word 0 = how far from where abi/layout.h has them. BAD_ARGUMENT: none of that name is.
	 */
	CONTROL_PLACE,
	CONTROL_START,          /* endpoint slot of a placed service, its message page: it starts */
	CONTROL_CRASH,          /* endpoint slot, kind: runs a crash routine in that service */
	CONTROL_OPERATIONS
};
#define IRQ_ANY 0xffffffffu

/* What happened since boot, counted on the slow paths and by the counting kernel on all. */
struct kernel_counters {
	unsigned long entries, address_space_switches, msr_writes, interrupts, faults,
		idle_ticks, slow_calls, reflections, context_restores;
};

/*
 * A fault is a call to the thread's fault session with one of these labels: word 0 = address or
 * exit status, word 1 = rip, word 2 = the processor's error code, word 3 = vector, word 4 = rsp.
 * Answered with label OK: the thread goes on where it was; with FAULT_REPLY_UPCALL in word 0: at
 * the upcall entry with reason UPCALL_FAULT. Any other label stops it.
 */
enum fault_label {
	FAULT_PAGE = 0xff00, FAULT_EXCEPTION, FAULT_EXIT, FAULT_NO_ENTRY,
};
#define FAULT_REPLY_UPCALL 1u

#endif
