/* sources: servers/process/privilege.c */
/* SPDX-License-Identifier: MIT */
/* Ids and capabilities: what may be changed, and what follows from a change. */
#include <criterion/criterion.h>

#include "servers/process/process.h"

#define KEEP { PROCESS_KEEP_ID, PROCESS_KEEP_ID, PROCESS_KEEP_ID, PROCESS_KEEP_ID }

static struct process root(void)
{
	struct process process = { 0 };

	capabilities_start(&process.capabilities);
	return process;
}

static bool set_user(struct process *process, uint32_t real, uint32_t effective, uint32_t saved)
{
	struct process_credentials wanted = {
		.user = { real, effective, saved, PROCESS_KEEP_ID }, .group = KEEP };

	return credentials_set(process, &wanted);
}

Test(process_privilege, credentials)
{
	struct process p = root();
	struct process_credentials wanted = { .user = KEEP, .group = KEEP };

	cr_assert(set_user(&p, 5, 5, 6));
	cr_assert_eq(p.credentials.user.file, 5);
	cr_assert_eq(p.credentials.group.effective, 0);
	/* No root any more: only what it has. */
	cr_assert(!set_user(&p, PROCESS_KEEP_ID, 0, PROCESS_KEEP_ID));
	cr_assert(set_user(&p, PROCESS_KEEP_ID, 6, PROCESS_KEEP_ID));
	cr_assert_eq(p.credentials.user.effective, 6);
	cr_assert_eq(p.credentials.user.real, 5);
	wanted.group.real = 9;
	cr_assert(!credentials_set(&p, &wanted));
	p.capabilities.effective = CAPABILITY_BIT(CAPABILITY_SETGID);
	cr_assert(credentials_set(&p, &wanted));
}

Test(process_privilege, capabilities_follow_the_user)
{
	struct process p = root();
	struct process_credentials wanted = { .user = KEEP, .group = KEEP };

	cr_assert(set_user(&p, 5, 5, 0));
	cr_assert_eq(p.capabilities.effective, 0);
	cr_assert_eq(p.capabilities.permitted, CAPABILITIES_ALL);
	cr_assert(set_user(&p, PROCESS_KEEP_ID, 0, PROCESS_KEEP_ID));
	cr_assert_eq(p.capabilities.effective, CAPABILITIES_ALL);
	wanted.user.file = 7;
	cr_assert(credentials_set(&p, &wanted));
	cr_assert(!process_can(&p, CAPABILITY_CHOWN));
	cr_assert(process_can(&p, CAPABILITY_KILL));
	wanted.user.file = 0;
	cr_assert(credentials_set(&p, &wanted));
	cr_assert(process_can(&p, CAPABILITY_CHOWN));
	cr_assert(capabilities_change(&p.capabilities, PROCESS_KEEP_SET, 1));
	cr_assert(set_user(&p, 5, 5, 5));
	cr_assert_eq(p.capabilities.permitted, CAPABILITIES_ALL);
	cr_assert_eq(p.capabilities.effective, 0);
}

Test(process_privilege, sets_only_become_smaller)
{
	struct process p = root();
	struct process_set_capabilities_request wanted = {
		.permitted = CAPABILITY_BIT(CAPABILITY_KILL),
		.effective = CAPABILITY_BIT(CAPABILITY_KILL) | CAPABILITY_BIT(CAPABILITY_CHOWN) };

	cr_assert(!capabilities_set(&p.capabilities, &wanted));
	wanted.effective = CAPABILITY_BIT(CAPABILITY_KILL);
	cr_assert(capabilities_set(&p.capabilities, &wanted));
	wanted.permitted = CAPABILITIES_ALL;
	cr_assert(!capabilities_set(&p.capabilities, &wanted));
	wanted.permitted = wanted.effective;
	wanted.inheritable = CAPABILITY_BIT(CAPABILITY_CHOWN);
	cr_assert(!capabilities_set(&p.capabilities, &wanted));
	wanted.inheritable = CAPABILITY_BIT(CAPABILITY_KILL);
	cr_assert(capabilities_set(&p.capabilities, &wanted));
	cr_assert(capabilities_change(&p.capabilities, PROCESS_AMBIENT_RAISE, CAPABILITY_KILL));
	cr_assert(!capabilities_change(&p.capabilities, PROCESS_AMBIENT_RAISE, CAPABILITY_CHOWN));
	cr_assert(!capabilities_change(&p.capabilities, PROCESS_BOUNDING_DROP, CAPABILITY_CHOWN));
}

Test(process_privilege, exec)
{
	struct process p = root();

	cr_assert(capabilities_change(&p.capabilities, PROCESS_BOUNDING_DROP, CAPABILITY_CHOWN));
	capabilities_exec(&p, false);
	cr_assert_eq(p.capabilities.effective, CAPABILITIES_ALL & ~CAPABILITY_BIT(CAPABILITY_CHOWN));
	p.credentials.user = (struct process_ids){ 5, 5, 5, 5 };
	p.capabilities.inheritable = p.capabilities.ambient = CAPABILITY_BIT(CAPABILITY_KILL);
	capabilities_exec(&p, false);
	cr_assert_eq(p.capabilities.effective, CAPABILITY_BIT(CAPABILITY_KILL));
	cr_assert_eq(p.capabilities.permitted, CAPABILITY_BIT(CAPABILITY_KILL));
	capabilities_exec(&p, true);
	cr_assert_eq(p.capabilities.permitted, 0);
	/* root as an effective user only, and without what root has */
	p.credentials.user.effective = 0;
	capabilities_exec(&p, true);
	cr_assert(process_can(&p, CAPABILITY_KILL));
	p.capabilities.secure = SECURE_NO_ROOT;
	capabilities_exec(&p, true);
	cr_assert_eq(p.capabilities.permitted, 0);
}

Test(process_privilege, secure_bits_stay_locked)
{
	struct process p = root();

	cr_assert(capabilities_change(&p.capabilities, PROCESS_SECURE_SET, 3));
	cr_assert(!capabilities_change(&p.capabilities, PROCESS_SECURE_SET, 2));
	cr_assert(!capabilities_change(&p.capabilities, PROCESS_SECURE_SET, 1));
	cr_assert(!capabilities_change(&p.capabilities, PROCESS_SECURE_SET, 0x103));
	cr_assert(capabilities_change(&p.capabilities, PROCESS_SECURE_SET, 0x33));
	cr_assert(!capabilities_change(&p.capabilities, PROCESS_KEEP_SET, 0));
}
