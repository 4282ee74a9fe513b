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

Test(answer, a_slot_is_one_cache_line)
{
	cr_assert_eq(sizeof(struct answer), 64);
}

Test(answer, poison_refuses_at_the_third_attempt)
{
	static struct library_stable stable;
	uint64_t badge = 3 << 16 | 7;

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
