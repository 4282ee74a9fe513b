/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_SERVER_PRIVATE_H
#define BULKHEAD_LIBIPC_SERVER_PRIVATE_H

#include "kernel/abi/layout.h"
#include "libipc/server.h"

/* What the files of the server half of libipc share. Services do not include this. */

/* The library's part of stable memory, at its start. All zero at generation 0. */
#define SLOTS_MAX 65536
struct library_stable {
	struct answer answer[CLIENT_MAX];        /* of processes and services, by client */
	struct answer thread_answer[CLIENT_THREAD_MAX]; /* of further threads, by their number */
	uint64_t dead[CLIENT_MAX / 64];          /* clients gone whose client_dead has not returned */
	uint64_t kept[SLOTS_MAX / 64];           /* slots marked by slot_keep */
	uint64_t running;                        /* badge + 1 of the kept call being worked on, or 0 */
	uint64_t reserved[7];
};
struct library_stable *library_stable(void);

/* memory.c: stable memory and arena exist. */
void memory_start(const struct service_info *info);

/* slot.c: takes back what the predecessor left, but for what it kept. */
void slot_start(const struct service_info *info);

/* answer.c: pure, tested on the host. */
enum answer_verdict { ANSWER_EXECUTE, ANSWER_REPEATED };
struct answer *answer_of(struct library_stable *stable, uint64_t badge);
enum answer_verdict answer_find(const struct answer *answer, uint32_t sequence);
void answer_publish(struct answer *answer, uint32_t sequence, status_t status,
		    const uint64_t *reply, unsigned int words);
/* Another death on this caller's request. Gives how many callers are suspect now. */
unsigned int poison_count(struct library_stable *stable, uint64_t culprit);
/* Is the caller's request to be refused? */
int poison_refuses(const struct answer *answer);
/* That caller is gone: the slot is free for whoever gets its number. Gives whether it was suspect. */
int answer_forget(struct answer *answer);

/* fibre.c */
struct fibre {
	struct fibre *next;                      /* in one list: ready, idle, or an event's */
	struct fibre *next_of_all;
	uint64_t rsp;
	struct event *event;                     /* whose list it is in, if it waits */
	struct call *call;                       /* for which it has waited; 0: none, answered */
	uint32_t interruptible, interrupted;
};
/* Bits of the one word that the loop looks at before it takes the short way back. */
#define ATTENTION_READY 1u                       /* fibres can go on */
extern uint32_t attention __attribute__((visibility("hidden")));
void fibre_start(void);                          /* the calling thread becomes the first fibre */
void fibre_run_ready(void);                      /* lets all that are ready go on; then returns */
void fibre_cancel(uint64_t badge);               /* one call is wanted back */
void fibre_orphan(uint64_t badge);               /* all calls of a client, or thread, that is gone */
void fibre_switch(uint64_t *own_rsp, uint64_t other_rsp);

/* server.c */
void server_loop(void) __attribute__((noreturn));
status_t call_keep(struct call *call) MUST_CHECK; /* its reply goes into a slot */
void service_main(uint64_t argument) __attribute__((noreturn));
void service_entry(void) __attribute__((noreturn)); /* start.S */

#endif
