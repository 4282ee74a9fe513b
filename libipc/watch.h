/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_WATCH_H
#define BULKHEAD_LIBIPC_WATCH_H

#include "libipc/client_set.h"
#include "libipc/server.h"

/*
 * The server's half of proto/poll.h. The table of notifications that clients gave is in stable
 * memory; who waits for what is not: a successor wakes everybody once, and they ask again.
 */
#define WATCH_THREADS 1024u              /* numbers of threads that are not the first */
struct watch { uint32_t slot, bits; };
struct watch_table {
	struct watch client[CLIENT_MAX];
	/* Each further thread that polls (BADGE_THREAD) has a notification of its own. */
	struct { struct watch watch; uint64_t client; } thread[WATCH_THREADS];
	struct client_set threaded;      /* clients with any of those */
};

/* Which clients want to hear of one object's next change: all their threads are told. */
struct watchers {
	struct client_set set;
	uint32_t some;                   /* 0: the set is empty */
	uint32_t changes;                /* since the service's start: edges are seen by it */
};

/* The `watch` operation: takes the call's first capability. BADF errno: it brought none. */
status_t watch_set(struct watch_table *table, struct call *call, uint64_t bits) MUST_CHECK;
/* The client is gone. */
void watch_drop(struct watch_table *table, unsigned client);

void watch_arm(struct watchers *watchers, unsigned client);
/* The object changed. */
void watch_raise(const struct watch_table *table, struct watchers *watchers);
void watch_raise_one(const struct watch_table *table, unsigned client);
/* At a successor's start. */
void watch_raise_all(const struct watch_table *table);

#endif
