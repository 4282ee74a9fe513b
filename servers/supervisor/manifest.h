/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_SUPERVISOR_MANIFEST_H
#define BULKHEAD_SUPERVISOR_MANIFEST_H

#include <stdint.h>

/*
 * The manifest, parsed. servers/README.md explains the text, row by row. The supervisor parses it
 * at boot, and the checker (tests/manifests/check.c) at build time, with the same code: pure, no
 * kernel calls, nothing allocated.
 */
#define MANIFEST_NAME_BYTES 16
#define MANIFEST_SERVICES   16
#define MANIFEST_CALLS      8
#define MANIFEST_LINES      2            /* ranges of ports, interrupt lines, notified services */

struct manifest_notify {
	char name[MANIFEST_NAME_BYTES];
	uint32_t bits, line;
};

struct manifest_call {
	char name[MANIFEST_NAME_BYTES];
	uint32_t line;
};

struct manifest_ports {
	char name[MANIFEST_NAME_BYTES];
	uint32_t first, count;
};

struct manifest_irq {
	char name[MANIFEST_NAME_BYTES];
	uint32_t number, bits;
};

/* One bit per fact that stands once in a service's row. */
enum manifest_fact {
	FACT_LEVEL = 1 << 0,
	FACT_BINARY = 1 << 1,
	FACT_GIVES = 1 << 2,
	FACT_HEAP = 1 << 3,
	FACT_STABLE = 1 << 4,
	FACT_STACK = 1 << 5,
	FACT_SLOTS = 1 << 6,
	FACT_DEVICE = 1 << 7,
	FACT_DMA = 1 << 8,
	FACT_IMAGE = 1 << 9,
	FACT_MANAGES = 1 << 10,
	FACT_STARTS = 1 << 11,
	FACT_RESTART = 1 << 12,
};

struct manifest_service {
	char name[MANIFEST_NAME_BYTES];
	char binary[MANIFEST_NAME_BYTES];        /* its file in the boot archive */
	char gives[MANIFEST_NAME_BYTES];         /* its interface: libipc/proto/<gives>.h */
	char image[MANIFEST_NAME_BYTES];         /* a further file of the archive, for it to map */
	uint32_t line;                           /* of its first line, for messages */
	uint32_t facts;                          /* FACT_*: which stand there */
	uint32_t level;
	uint32_t slots;
	uint64_t heap_bytes, stable_bytes, stack_bytes, dma_bytes;
	uint32_t device;                         /* FACT_DEVICE: which of the virtio-blk functions */
	uint32_t calls, notifies, ports_count, irqs;
	struct manifest_call call[MANIFEST_CALLS];
	struct manifest_notify notify[MANIFEST_LINES];
	struct manifest_ports ports[MANIFEST_LINES];
	struct manifest_irq irq[MANIFEST_LINES];
	uint64_t backoff_first_ns, backoff_most_ns;
	uint32_t restart_limit;                  /* deaths in a row without a life worth the name */
};

struct manifest {
	uint32_t services;
	struct manifest_service service[MANIFEST_SERVICES];
	struct manifest_service program;         /* what programs may call; line 0: no such row */
};

/* What is wrong, and where. */
struct manifest_error {
	uint32_t line;
	char text[120];
};

/*
 * Gives the manifest that the text describes. Fails (0) at the first thing that is wrong, with the
 * error filled: an unknown word, a value out of range, a duplicate, an unknown service, a call that
 * does not go uphill, a cycle.
 */
int manifest_parse(struct manifest *manifest, const char *text, uint64_t bytes,
		   struct manifest_error *error);

/* The service of that name, or 0. */
const struct manifest_service *manifest_find(const struct manifest *manifest, const char *name);

#endif
