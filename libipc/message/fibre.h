/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_FIBRE_H
#define BULKHEAD_LIBIPC_FIBRE_H

#include "libipc/server_private.h"

struct fibre {
	struct fibre *next;                      /* in one list: ready, idle, or an event's */
	struct fibre *next_of_all;
	uint64_t rsp;
	struct event *event;                     /* whose list it is in, if it waits */
	struct call *call;                       /* for which it has waited; 0: none, answered */
	uint32_t interruptible, interrupted;
};
void fibre_switch(uint64_t *own_rsp, uint64_t other_rsp);

#endif
