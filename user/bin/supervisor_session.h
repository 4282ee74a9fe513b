/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_USER_BIN_SUPERVISOR_SESSION_H
#define BULKHEAD_USER_BIN_SUPERVISOR_SESSION_H

/*
 * How a program, otherwise an ordinary Linux binary, talks to the supervisor: through the session
 * that every process finds in its table.
 */
#include <stdint.h>

#include "kernel/abi/layout.h"
#include "libipc/client.h"
#include "libipc/proto/errno.h"
#include "libipc/proto/supervisor.h"
#include "libipc/time.h"

/* Nothing is lent through these sessions. */
int session_touch(const struct lent *lent)
{
	(void)lent;
	return 0;
}

/*
 * The personality numbers its requests to the supervisor from 1; ours start elsewhere, so that no
 * request of ours is taken for a repetition of one of its.
 */
static inline struct session supervisor_session(void)
{
	return (struct session){ SLOT_SUPERVISOR, 0x40000000u | (uint32_t)(time_ticks() & 0x3fffffff),
				 (struct message_page *)MESSAGE_PAGES };
}

#endif
