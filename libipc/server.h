/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_SERVER_H
#define BULKHEAD_LIBIPC_SERVER_H

#include "kernel/abi/layout.h"
#include "libipc/client.h"      /* servers call others too; includes interface.h */
#include "libipc/service.h"

/*
 * A server is a state struct and a table of handlers; the library owns the loop. A service is a
 * monitor: one handler runs at a time, and event_wait lets others in until the event is signalled.
 */

/* One request at work. Valid until its handler returns, across event_wait. */
struct call {
	uint64_t badge;                  /* BADGE_CLIENT(badge): whose table row */
	union {
		uint64_t info;           /* as it came; kernel/abi/message.h */
		struct {
			uint64_t operation : 16, words : 7, : 1, capabilities : 3, : 1;
			uint64_t windows : 2, : 1, page : 1;  /* windows: how many were lent */
			uint64_t sequence : 32;  /* ONCE requests: its number, else 0 */
		};
	};
	uint32_t reply_slot;             /* 0 while it is the current call */
	uint32_t cancelled;              /* its client wants it back: answer soon */
	uint32_t orphan;                 /* its client is gone: nobody hears the answer */
	uint32_t answered;               /* call_answered: the handler has published its answer */
	uint32_t capability[MESSAGE_CAPS]; /* slots of what came, 0: none; a handler
					  * that keeps one puts 0 there */
};

/* Services have the highest client indices. */
#define SERVICES_MAX 16
static inline int call_from_service(const struct call *call)
{
	return BADGE_CLIENT(call->badge) >= CLIENT_MAX - SERVICES_MAX;
}

/* A handler answers with its reply struct and STATUS_OK, or with another status and no reply. */
typedef status_t handler_t(struct call *call, const void *request, void *reply);

struct operation {
	const char *name;
	handler_t *handler;
	uint64_t info;                   /* of a request of the right shape, but for windows */
	uint32_t reply_info;             /* of a successful answer */
	uint32_t once;
};

/* A thread whose fault session is on this endpoint has faulted. */
struct fault { uint64_t address, rip, code, vector, rsp; };

struct service {
	const char *name;
	const struct operation *operations;
	uint32_t operation_count;
	/* Rebuild all state from stable memory (generation 0: there is none yet), set up devices. */
	status_t (*start)(uint32_t generation);
	/* Notification bits arrived (bits of this service's manifest row). May be 0. */
	void (*notified)(uint32_t bits);
	/* A client is gone: drop what it held. May be 0. */
	void (*client_dead)(unsigned client);
	/* The deadline set with server_deadline passed. May be 0. */
	void (*timeout)(void);
	/*
	 * A thread has faulted; label: FAULT_*. OK, and *answer 0 or FAULT_REPLY_UPCALL: it goes on;
	 * else it stops. May be 0.
	 */
	status_t (*fault)(struct call *call, unsigned label, const struct fault *fault,
			  uint64_t *answer);
};
/* Each service defines its own; linked with server.c. */
extern const struct service service __attribute__((visibility("hidden")));

/* A session with the service of that name, as the manifest grants it (slot 0: it does not). */
struct session service_session(const char *name);

#define SERVER_ROW(interface, operation_, repeat) \
	[interface##_##operation_##_operation] = { \
		#interface "." #operation_, (handler_t *)on_##operation_, \
		INFO(interface##_##operation_##_operation, \
		     sizeof(struct interface##_##operation_##_request) / 8), \
		INFO(STATUS_OK, sizeof(struct interface##_##operation_##_reply) / 8), repeat },
#define SERVER_TABLE(interface, TABLE) \
	static const struct operation interface##_operations[] = { TABLE(SERVER_ROW) };

/* Windows that the client lent. UNMAPPED: return it at once if nothing was changed yet. */
status_t call_copy_in(struct call *call, unsigned window, uint64_t offset, void *to,
		      uint64_t bytes) MUST_CHECK;
status_t call_copy_out(struct call *call, unsigned window, uint64_t offset, const void *from,
		       uint64_t bytes) MUST_CHECK;

/*
 * ONCE requests: the library answers a repeated one from the caller's answer slot. A plain handler
 * needs nothing: the library publishes the answer after it. A handler with a log of its own calls
 * answer_slot and publishes answer and effect in one store itself (then call_answered(call)).
 */
struct answer {                          /* 64 bytes, in stable memory, per calling thread */
	uint32_t sequence;               /* of the last ONCE request executed; 0: none */
	uint16_t status, words;
	uint64_t reply[MESSAGE_REGISTERS];
	uint32_t poison;                 /* times the server died on the caller's present request */
	uint32_t reserved;
};
struct answer *answer_slot(struct call *call);
void call_answered(struct call *call);
/* Publishes the answer OK now: what the handler does afterwards is its own to finish. */
void call_publish(struct call *call, const void *reply, unsigned words);

/*
 * Waiting, in a handler or (call 0) in start, notified, timeout, client_dead. Others run meanwhile:
 * check again what was true before. event_wait returns CANCELLED when the client wants its call
 * back; event_wait_anyway does not let go. Both fail with NO_MEMORY when the arena is used up.
 */
struct event { struct fibre *first; };
status_t event_wait(struct event *event, struct call *call) MUST_CHECK;
status_t event_wait_anyway(struct event *event, struct call *call) MUST_CHECK;
void event_signal(struct event *event);  /* all that wait go on, after the current handler */

/* At most one: service.timeout is called when monotonic time (time_now_ns) reaches it; 0: none. */
void server_deadline(uint64_t monotonic_ns);

/* Raise bits at a client (capability it gave) or at a service named in the manifest (`notifies`). */
void notify(uint32_t slot, uint32_t bits);

/* This service's stable memory, behind the library's own part; zero at generation 0. */
void *stable_memory(uint64_t *size_bytes);
/* Memory that a restart empties: never freed. 0 when used up: size it in the manifest. */
void *arena_allocate(uint64_t size_bytes, uint64_t alignment);

/*
 * Free slots of the own capability table, the lowest one; 0: none left. slot_delete deletes the
 * capability too.
 * At a restart every slot taken is emptied, but for those marked by slot_keep (until slot_free):
 * the successor finds their numbers in stable memory.
 */
uint32_t slot_allocate(void);
void slot_free(uint32_t slot);           /* the slot must be empty */
void slot_delete(uint32_t slot);
void slot_keep(uint32_t slot);

#define NOTIFY_RESTARTED 0x80000000u     /* a service we call has a successor: begin again with it */

#endif
