/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_SERVER_PRIVATE_H
#define BULKHEAD_LIBIPC_SERVER_PRIVATE_H

#include "kernel/abi/layout.h"
#include "libipc/server.h"
#include "libipc/string.h"

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
/* The caller is gone: the slot is free for who gets its number. Gives whether it was suspect. */
int answer_forget(struct answer *answer);

/*
 * What there is in two kinds: message/fibre.c where the service has an address space of its own,
 * direct/ where it lives in the kernel. Handlers wait and go on; callers give up.
 */
/* Bits of the one word that the loop looks at before it takes the short way back. */
#define ATTENTION_READY 1u                       /* others can go on */
extern uint32_t attention __attribute__((visibility("hidden")));
void fibre_start(void);                          /* the calling thread becomes the first fibre */
void fibre_run_ready(void);                      /* lets all that are ready go on; then returns */
void fibre_cancel(uint64_t badge);               /* one call is wanted back */
/*
 * All calls of a client, or of one thread, that is gone: whose the badge is. Those that can be
 * interrupted have finished afterwards.
 */
void fibre_orphan(uint64_t badge);
/* Thread 0 stands for its whole process. */
static inline int badge_includes(uint64_t gone, uint64_t badge)
{
	return badge == gone || (!BADGE_THREAD(gone) && BADGE_CLIENT(badge) == BADGE_CLIENT(gone));
}
/* Through a window of the call, as call_copy_in and call_copy_out. */
status_t window_copy(struct call *call, unsigned window, unsigned direction, uint64_t offset,
		     uint64_t address, uint64_t bytes) MUST_CHECK;
/* call.c: of one who called by message. */
status_t window_copy_message(struct call *call, unsigned window, unsigned direction, uint64_t offset,
			     uint64_t address, uint64_t bytes) MUST_CHECK;

/* server.c */
/*
 * Operations below the limit may take the short way: all of them, but none before start() has
 * returned or while some client is suspected of killing this service.
 */
extern const struct operation *operations __attribute__((visibility("hidden")));
extern uint32_t operation_limit __attribute__((visibility("hidden")));

static inline uint64_t info_words(uint64_t info)
{
	return (info & INFO_WORDS_MASK) >> INFO_WORDS_SHIFT;
}

/* The words behind the sixth of a message whose info word says that there are some. */
static inline void words_from_page(uint64_t *words, const struct message_page *page, uint64_t info)
{
	memcpy(words + MESSAGE_REGISTERS, page->words + MESSAGE_REGISTERS,
	       8 * (info_words(info) - MESSAGE_REGISTERS));
}

static inline void words_to_page(struct message_page *page, const uint64_t *words, uint64_t info)
{
	memcpy(page->words + MESSAGE_REGISTERS, words + MESSAGE_REGISTERS,
	       8 * (info_words(info) - MESSAGE_REGISTERS));
}

/* A request off the short way. `from`: its sender's page. Gives the info word of the answer. */
uint64_t request_careful(struct call *call, uint64_t *request, uint64_t *reply,
			 const struct message_page *from);
void server_loop(void) __attribute__((noreturn));
status_t call_keep(struct call *call) MUST_CHECK; /* its reply goes into a slot */
void service_main(uint64_t message_page) __attribute__((noreturn));
void service_entry(void) __attribute__((noreturn)); /* start.S */

#endif
