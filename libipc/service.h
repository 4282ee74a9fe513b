/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_SERVICE_H
#define BULKHEAD_LIBIPC_SERVICE_H

#include <stdint.h>

/*
 * What the supervisor tells a service about itself, read-only in its space. Names are those of the
 * manifest: sessions to the services it calls, notifications it may raise, devices it was given.
 */
#define SERVICE_RESOURCES 24
#define NO_BADGE (~0ull)
enum resource_kind {
	RESOURCE_NONE,
	RESOURCE_SESSION,        /* slot: may call the service of that name */
	RESOURCE_NOTIFY,         /* slot: may notify the service of that name; value: the bits it raises */
	RESOURCE_IRQ,            /* slot; value: bits it raises here */
	RESOURCE_IOPORT,         /* slot; value: first port, bytes: number of ports */
	RESOURCE_DEVICE,         /* address, bytes: a BAR, the configuration page; uncached */
	RESOURCE_DMA,            /* address, bytes; value: physical address; slot: the memory */
	RESOURCE_MEMORY,         /* slot: memory to manage (process); bytes, value: physical address */
	RESOURCE_ENDPOINT,       /* slot: may make sessions with that service, for programs */
	RESOURCE_IMAGE,          /* slot: memory; address, bytes: a file of the boot archive */
	RESOURCE_CLOCK,          /* slot: memory of the info page, for programs */
};
struct resource {
	char name[16];
	uint32_t kind, slot;
	uint64_t value, address, bytes;
};
struct service_info {
	char name[16];
	uint32_t index;                          /* its row in the manifest */
	uint32_t client;                         /* its client index elsewhere: CLIENT_MAX - 1 - index */
	uint32_t generation;                     /* 0, then one more at each restart */
	uint32_t level;                          /* priority */
	uint32_t first_free_slot, slot_count;
	uint32_t self_endpoint_slot, self_space_slot, log_slot;
	uint32_t up_slot, up_bits;               /* notification: start() has succeeded */
	uint64_t culprit;                        /* badge of the call that the predecessor died on */
	uint64_t message_page, stable_address, stable_bytes, heap_address, heap_bytes;
	uint64_t stack_address, stack_bytes;
	struct resource resource[SERVICE_RESOURCES];
};
_Static_assert(sizeof(struct service_info) <= 4096, "service_info is one page");
const struct service_info *service_info(void);

/*
 * What stands at `address` (kernel/abi/layout.h) in a process of its own, where this service has
 * it: elsewhere if it lives in the kernel. The message page tells; it is set before everything else.
 */
uint64_t service_address(uint64_t address);
void service_place(uint64_t message_page);

/* The resource of that kind and name, or 0. */
const struct resource *service_resource(enum resource_kind kind, const char *name);

/* Run before everything else. Does nothing, but for the supervisor, whom nobody else prepares. */
void service_prepare(uint64_t message_page);

/* A bit of every service's endpoint: the supervisor asks, the loop answers, no handler sees it. */
#define NOTIFY_BEAT 0x08000000u

/* The first words of a service's image, at SERVICE_IMAGE: where to start it, where to crash it. */
#define SERVICE_CRASH_KINDS 8            /* null jump illegal privileged divide stack exit loop */
struct service_header {
	uint64_t magic;
	uint64_t entry;
	uint64_t crash[SERVICE_CRASH_KINDS];
};
#define SERVICE_MAGIC 0x65636976726573ull

#endif
