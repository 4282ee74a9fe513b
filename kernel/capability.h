/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_CAPABILITY_H
#define BULKHEAD_CAPABILITY_H

#include "kernel/abi/objects.h"
#include "kernel/arch/arch.h"

struct endpoint;
struct session;

/* What every kernel object begins with. `kind` turns to KIND_NONE when it is destroyed. */
struct object {
	uint32_t kind;
	uint32_t pages;                  /* of memory that it occupies */
};

/*
 * One capability: 16 bytes in a space's flat table. `value` by kind:
 * memory: base page | pages << 32; irq: number; ioport: first | count << 32; else: the object.
 */
struct slot {
	uint64_t value;
	uint8_t kind, rights;
	uint16_t reserved;
	uint32_t extra;                  /* memory: derivation depth; notification: mask of bits */
};
_Static_assert(sizeof(struct slot) == 16, "two slots in a cache line's half");

static inline void *slot_object(const struct slot *slot) { return (void *)slot->value; }
static inline uint32_t slot_base(const struct slot *slot) { return (uint32_t)slot->value; }
static inline uint32_t slot_count(const struct slot *slot) { return (uint32_t)(slot->value >> 32); }

/* The slot of that number, or 0: number 0, beyond the table. Empty slots are found too. */
struct slot *slot_find(const struct space *space, uint64_t number);
/* The slot if it holds a live capability of that kind with all those rights. */
status_t slot_get(const struct space *space, uint64_t number, unsigned kind, unsigned rights,
		  struct slot **found) MUST_CHECK;
/* The slot if it exists and is empty. */
status_t slot_get_empty(struct space *space, uint64_t number, struct slot **found) MUST_CHECK;
/* Needs: destination empty. Fails (NO_RIGHT) where the uphill rule forbids the session in `space`. */
status_t slot_fill(struct space *space, struct slot *destination, const struct slot *value) MUST_CHECK;
/* Takes the capability out, with all that hangs on the last one. */
void slot_clear(struct slot *slot);
/* Copies a capability to another table, keeping only `rights`. Replies are never copied. */
status_t slot_grant(const struct slot *source, struct space *to, uint64_t number,
		    unsigned rights) MUST_CHECK;

#endif
