/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_SUPERVISOR_SUPERVISOR_H
#define BULKHEAD_SUPERVISOR_SUPERVISOR_H

#include "kernel/abi/info.h"
#include "kernel/abi/layout.h"
#include "libipc/server.h"
#include "libipc/objects.h"
#include "libipc/proto/supervisor.h"
#include "servers/supervisor/manifest.h"

/* What the files of the supervisor share. */

#define PAGE_BYTES 4096ull
#define PAGES(bytes) (((bytes) + PAGE_BYTES - 1) / PAGE_BYTES)

/* Where the supervisor maps things for itself. One page, or a window's worth, per service. */
#define OWN(offset)       service_address(SERVICE_DEVICE + (offset))
#define OWN_INFO_PAGES    OWN(0x0000000000ull)
#define OWN_MESSAGE_PAGES OWN(0x0000100000ull)
#define OWN_CONFIGURATION OWN(0x0000200000ull)    /* PCI: host bridge */
#define OWN_IMAGE_WINDOW  OWN(0x0010000000ull)
#define OWN_FILES         OWN(0x0020000000ull)    /* files given to services ... */
#define OWN_FILE_BYTES    0x1000000ull            /* ... so far apart */

/* ram.c: the free memory that the kernel handed over, given out page by page, never taken back. */
struct pages {
	uint32_t memory;                         /* slot */
	uint64_t offset;                         /* in pages, in that memory */
	uint64_t count;
};
void ram_start(const struct boot_info *boot);
struct pages ram_take(uint64_t pages);
uint64_t ram_physical(struct pages pages);       /* address of the first */
struct pages ram_rest(unsigned int range);       /* all that is left of a range; count 0: nothing */

/* All or a panic: at boot there is nobody to tell. */
void map(uint32_t space, uint64_t address, struct pages pages, uint32_t flags);
void unmap(uint32_t space, uint64_t address, uint64_t pages);
void must(status_t status, const char *what);
void panic(const char *what, uint64_t value) __attribute__((noreturn));

/* archive.c: a file of the boot archive; 0: there is none of that name. */
const void *archive_find(const char *name, uint64_t *bytes);
void archive_start(const struct boot_info *boot);

/* image.c: an ELF file's segments as a service sees them. */
#define IMAGE_SEGMENTS 4
struct image {
	const char *file;
	uint64_t bytes;
	uint64_t first_address, pages_count;     /* of all segments together */
	uint32_t segments;
	struct image_segment {
		uint64_t address, memory_bytes, offset, file_bytes;
		uint32_t flags;                  /* MAP_* */
	} segment[IMAGE_SEGMENTS];
};
void image_open(struct image *image, const char *name);
void image_fill(const struct image *image, void *memory);

/* pci.c */
#define PCI_BARS 6
struct pci_function {
	uint64_t configuration;                  /* physical address of its 4 KiB page */
	struct { uint64_t address, bytes; } bar[PCI_BARS];
};
void pci_start(void);
/* The index-th virtio-blk function of bus 0. 0: there are not so many. */
int pci_find_virtio_blk(unsigned int index, struct pci_function *function);

/* clock.c: tells the kernel what time it is. */
void clock_start(void);

/* A range of a service's memory that a restart empties. */
struct region {
	uint64_t address;
	struct pages pages;
	uint32_t flags;
};

/* Slots in a service's table that the supervisor fills. The resources follow. */
enum service_slot {
	SERVICE_SLOT_ENDPOINT = 1,
	SERVICE_SLOT_SPACE,
	SERVICE_SLOT_LOG,
	SERVICE_SLOT_SUPERVISOR,                 /* for its faults */
	SERVICE_SLOT_UP,
	SERVICE_SLOT_RESOURCES,
};

/* One row of the manifest at work. */
struct ward {
	const struct manifest_service *row;
	uint32_t index;
	uint32_t space, endpoint, thread;        /* slots of ours; no thread in the kernel */
	uint64_t place;                          /* what is added to addresses of abi/layout.h */
	struct image image;
	struct pages image_pages;
	struct region stack, heap;               /* no stack and no image in the kernel */
	struct service_info *info;               /* our alias of its page */
	void *message_page;                      /* likewise */
	uint64_t crash[SERVICE_CRASH_KINDS], entry;
	/* What happened to it; restart.c. */
	uint32_t state, generation, restarts, death;
	uint64_t death_vector, death_address, death_rip;
	uint32_t calls_ended, calls_queued;
	uint64_t death_ns, up_ns, restart_ns, restart_at_ns;
	uint32_t failures;                       /* deaths in a row soon after a start */
	uint32_t injected;                       /* the death to come is nobody's fault */
	uint64_t gather_until_ns;                /* stopped until then, to crash; 0: not so ... */
	uint64_t gather_calls;                   /* ... or until so many calls wait */
	uint32_t beat, beats_missed;             /* hang.c: notification of its endpoint, 0: none */
	struct event changed, gathered;
};
#define WARDS MANIFEST_SERVICES
extern struct ward ward_table[WARDS];
extern uint32_t ward_count;
struct ward *ward_find(const char *name);

/* ward.c: makes all services out of the manifest, up to their first instruction. */
void wards_make(const struct manifest *manifest);
/* Fresh memory for the next generation, none of the old left. */
void ward_fill(struct ward *ward);
void ward_start(struct ward *ward);
/* Sends it into one of its crash routines. */
status_t ward_crash(struct ward *ward, uint64_t kind);

/* restart.c */
status_t on_fault(struct call *call, unsigned label, const struct fault *fault, uint64_t *answer);
void on_up(struct ward *ward);
/* Stops the service; returns when so many calls wait for it, or after that time. */
status_t ward_gather(struct ward *ward, struct call *call, uint64_t calls, uint64_t ns);
/* Calls being worked on and queued at the service. */
status_t calls_count(const struct ward *ward, uint32_t *under_way, uint32_t *queued);
/* The calls at all services that call this one: they wait for it too. */
uint64_t calls_behind(const struct ward *ward);
/* It works without end: that is a death too. */
void ward_hangs(struct ward *ward);
/* Something that was to happen at a certain time is due. */
void on_timeout(void);

/* hang.c: looks whether services answer; gives the time of the next look. */
void hang_start(void);
uint64_t hang_look(uint64_t now);
void hang_answered(struct ward *ward);

#endif
