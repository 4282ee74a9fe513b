/* sources: libipc/answer.c */
/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "libipc/server_private.h"

int session_touch(const struct lent *lent)
{
	(void)lent;
	return 0;
}

Test(answer, a_new_number_is_executed_and_a_known_one_is_not)
{
	struct answer answer = { .sequence = 0 };
	const uint64_t reply[] = { 11, 12 };

	cr_assert_eq(answer_find(&answer, 1), ANSWER_EXECUTE);
	answer_publish(&answer, 1, STATUS_OK, reply, 2);
	cr_assert_eq(answer_find(&answer, 1), ANSWER_REPEATED);
	cr_assert_eq(answer.words, 2);
	cr_assert_eq(answer.reply[1], 12);
	cr_assert_eq(answer_find(&answer, 2), ANSWER_EXECUTE);
	answer_publish(&answer, 2, STATUS_REFUSED, reply, 0);
	cr_assert_eq(answer.status, STATUS_REFUSED);
	cr_assert_eq(answer_find(&answer, 2), ANSWER_REPEATED);
	/* The caller has the answer to 1: if the number comes again, it has come round. */
	cr_assert_eq(answer_find(&answer, 1), ANSWER_EXECUTE);
}

Test(answer, each_thread_has_a_slot_of_its_own)
{
	static struct library_stable stable;
	const uint64_t one[] = { 1 }, two[] = { 2 };
	struct answer *first = answer_of(&stable, BADGE(7, 0));
	struct answer *other = answer_of(&stable, BADGE(7, 900));

	cr_assert_neq(first, other);
	cr_assert_eq(other, answer_of(&stable, BADGE(7, 900)));
	answer_publish(first, 5, STATUS_OK, one, 1);
	answer_publish(other, 5, STATUS_OK, two, 1);
	cr_assert_eq(answer_of(&stable, BADGE(7, 0))->reply[0], 1);
	cr_assert_eq(other->reply[0], 2);
	cr_assert_eq(answer_forget(other), 0);
	/* Whoever gets that number next begins with an empty slot. */
	cr_assert_eq(answer_find(answer_of(&stable, BADGE(8, 900)), 5), ANSWER_EXECUTE);
	cr_assert_eq(answer_find(first, 5), ANSWER_REPEATED);
	/* A badge that nobody should have stays inside the table. */
	cr_assert_geq(answer_of(&stable, BADGE(7, 0xffff)), stable.thread_answer);
	cr_assert_lt(answer_of(&stable, BADGE(7, 0xffff)),
		     stable.thread_answer + CLIENT_THREAD_MAX);
}

Test(answer, poison_is_a_threads)
{
	static struct library_stable stable;
	struct answer *thread = answer_of(&stable, BADGE(7, 3));

	cr_assert_eq(poison_count(&stable, BADGE(7, 3)), 1);
	cr_assert_eq(poison_count(&stable, BADGE(7, 3)), 1);
	cr_assert(poison_refuses(thread));
	cr_assert(!poison_refuses(answer_of(&stable, BADGE(7, 0))));
	cr_assert_eq(answer_forget(thread), 1);
	cr_assert(!poison_refuses(thread));
}

Test(answer, a_slot_is_one_cache_line)
{
	cr_assert_eq(sizeof(struct answer), 64);
}

Test(answer, poison_refuses_at_the_third_attempt)
{
	static struct library_stable stable;
	uint64_t badge = BADGE(7, 0);

	cr_assert_eq(poison_count(&stable, NO_BADGE), 0);
	cr_assert(!poison_refuses(&stable.answer[7]));
	cr_assert_eq(poison_count(&stable, badge), 1);
	cr_assert(!poison_refuses(&stable.answer[7]));
	cr_assert_eq(poison_count(&stable, badge), 1);
	cr_assert(poison_refuses(&stable.answer[7]));
	cr_assert_eq(poison_count(&stable, 8), 2);
	cr_assert(!poison_refuses(&stable.answer[8]));
	/* Out of the table: nobody is blamed. */
	cr_assert_eq(poison_count(&stable, 0xffff), 2);
}
