/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROCESS_RESTART_H
#define BULKHEAD_PROCESS_RESTART_H

#include "servers/process/state.h"

/*
 * Only in start(), in this order. Frames of recorded objects do not count as free; mappings in the
 * own space that no record asks for go; what had begun to end ends.
 */
void frames_claim(void);
void windows_check(void);
void restart_finish(void);

/*
 * A ONCE request that takes something away and hands it to the caller: what it will take is written
 * down, then its answer is published, then it is taken. A successor takes it if the answer is out.
 */
void intent_begin(struct call *call, enum intent_kind kind, unsigned index, unsigned thread,
		  uint64_t signal);
void intent_publish(struct call *call, const void *reply, unsigned words);

#endif
