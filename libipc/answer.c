/* SPDX-License-Identifier: MIT */
/*
 * What stable memory says about a caller's last request that must not be executed twice, and about
 * a request that kills its server. No kernel calls: tests/unit/answer.c runs it on the host.
 */
#include "libipc/server_private.h"

#include "libipc/string.h"

#define POISON_LIMIT 2u

/*
 * One slot for everybody who has one request outstanding: that is a thread. A process's first
 * thread has its client's slot, the others one by their own number, which is unique in the system.
 */
struct answer *answer_of(struct library_stable *stable, uint64_t badge)
{
	unsigned int thread = BADGE_THREAD(badge);

	return thread ? &stable->thread_answer[thread % CLIENT_THREAD_MAX] :
			&stable->answer[BADGE_CLIENT(badge) % CLIENT_MAX];
}

enum answer_verdict answer_find(const struct answer *answer, uint32_t sequence)
{
	return answer->sequence == sequence ? ANSWER_REPEATED : ANSWER_EXECUTE;
}

void answer_publish(struct answer *answer, uint32_t sequence, status_t status,
		    const uint64_t *reply, unsigned int words)
{
	answer->status = (uint16_t)status;
	answer->words = (uint16_t)words;
	for (unsigned int i = 0; i < words; i++)
		answer->reply[i] = reply[i];
	/*
	 * The one store that makes it valid comes last. Until then the slot still names the request
	 * before, whose answer the client has: it would not have sent this one otherwise.
	 */
	__atomic_store_n(&answer->sequence, sequence, __ATOMIC_RELEASE);
}

unsigned int poison_count(struct library_stable *stable, uint64_t culprit)
{
	unsigned int suspects = 0;

	if (culprit != NO_BADGE && BADGE_CLIENT(culprit) < CLIENT_MAX)
		answer_of(stable, culprit)->poison++;
	for (unsigned int i = 0; i < CLIENT_MAX; i++)
		suspects += stable->answer[i].poison != 0;
	for (unsigned int i = 0; i < CLIENT_THREAD_MAX; i++)
		suspects += stable->thread_answer[i].poison != 0;
	return suspects;
}

int poison_refuses(const struct answer *answer)
{
	return answer->poison >= POISON_LIMIT;
}

int answer_forget(struct answer *answer)
{
	int suspect = answer->poison != 0;

	memset(answer, 0, sizeof(*answer));
	return suspect;
}
