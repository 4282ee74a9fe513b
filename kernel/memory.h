/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_MEMORY_H
#define BULKHEAD_MEMORY_H

#include "kernel/capability.h"

/*
 * One word per page frame of RAM: its type (enum frame_type) and a count. Raw: mappings, which
 * include message pages in use. Object: the object itself while it lives, and every capability and
 * kernel reference to it. A frame changes its type only at count zero: so memory that a program
 * can write is never a kernel object, whoever holds overlapping capabilities.
 */
struct frame { uint32_t count : 28, type : 4; };
extern struct frame *frame_table;
extern uint32_t frame_count;

static inline struct frame *frame_of(uint32_t page)
{
	return page < frame_count ? &frame_table[page] : 0;
}
static inline struct frame *frame_of_object(const void *object)
{
	return &frame_table[page_number(object)];
}
static inline void object_hold(const void *object) { frame_of_object(object)->count++; }
static inline void object_release(const void *object) { frame_of_object(object)->count--; }

/* Marks pages as one object's. Needs: all raw and unmapped. */
void frames_take(uint32_t page, uint32_t pages, unsigned type);
bool frames_raw_and_free(uint32_t page, uint32_t pages);
/* The object ends: its frames lose its own count. */
void object_end(struct object *object);

status_t invoke_memory(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);

#endif
