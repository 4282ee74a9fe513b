/* SPDX-License-Identifier: MIT */
/*
 * User and group ids and capabilities, by the rules of credentials(7) and capabilities(7). Pure:
 * see tests/unit/process_privilege.c.
 */
#include "servers/process/process.h"

/* What follows the user of file access alone. */
#define CAPABILITIES_OF_FILES ( \
	CAPABILITY_BIT(CAPABILITY_CHOWN) | CAPABILITY_BIT(CAPABILITY_MKNOD) | \
	CAPABILITY_BIT(CAPABILITY_DAC_OVERRIDE) | CAPABILITY_BIT(CAPABILITY_DAC_READ_SEARCH) | \
	CAPABILITY_BIT(CAPABILITY_FOWNER) | CAPABILITY_BIT(CAPABILITY_FSETID) | \
	CAPABILITY_BIT(CAPABILITY_LINUX_IMMUTABLE) | CAPABILITY_BIT(CAPABILITY_MAC_OVERRIDE))

static bool id_allowed(const struct process_ids *ids, uint32_t wanted)
{
	return wanted == PROCESS_KEEP_ID || wanted == ids->real || wanted == ids->effective ||
	       wanted == ids->saved;
}

static bool ids_allowed(const struct process_ids *ids, const struct process_ids *wanted)
{
	return id_allowed(ids, wanted->real) && id_allowed(ids, wanted->effective) &&
	       id_allowed(ids, wanted->saved) &&
	       (id_allowed(ids, wanted->file) || wanted->file == ids->file);
}

static void ids_set(struct process_ids *ids, const struct process_ids *wanted)
{
	if (wanted->real != PROCESS_KEEP_ID)
		ids->real = wanted->real;
	if (wanted->effective != PROCESS_KEEP_ID)
		ids->effective = ids->file = wanted->effective;
	if (wanted->saved != PROCESS_KEEP_ID)
		ids->saved = wanted->saved;
	if (wanted->file != PROCESS_KEEP_ID)
		ids->file = wanted->file;
}

static bool has_root(const struct process_ids *ids)
{
	return !ids->real || !ids->effective || !ids->saved;
}

/* "Effect of user ID changes on capabilities" */
static void capabilities_follow(struct process_capabilities *capabilities,
				const struct process_ids *old, const struct process_ids *new)
{
	if (capabilities->secure & SECURE_NO_SETUID_FIXUP)
		return;
	if (has_root(old) && !has_root(new)) {
		if (!(capabilities->secure & SECURE_KEEP))
			capabilities->permitted = capabilities->effective = 0;
		capabilities->ambient = 0;
	}
	if (!old->effective && new->effective)
		capabilities->effective = 0;
	if (old->effective && !new->effective)
		capabilities->effective = capabilities->permitted;
	/* setfsuid alone; otherwise it has followed the effective one. */
	if (old->effective != new->effective || !old->file == !new->file)
		return;
	if (new->file)
		capabilities->effective &= ~CAPABILITIES_OF_FILES;
	else
		capabilities->effective |= capabilities->permitted & CAPABILITIES_OF_FILES;
}

bool credentials_set(struct process *process, const struct process_credentials *wanted)
{
	struct process_credentials *credentials = &process->credentials;
	struct process_ids old = credentials->user;

	if ((!process_can(process, CAPABILITY_SETUID) &&
	     !ids_allowed(&credentials->user, &wanted->user)) ||
	    (!process_can(process, CAPABILITY_SETGID) &&
	     !ids_allowed(&credentials->group, &wanted->group)))
		return false;
	ids_set(&credentials->user, &wanted->user);
	ids_set(&credentials->group, &wanted->group);
	capabilities_follow(&process->capabilities, &old, &credentials->user);
	return true;
}

bool may_inspect(const struct process *process, const struct process *other)
{
	const struct process_credentials *own = &process->credentials, *its = &other->credentials;
	uint32_t user = own->user.file, group = own->group.file;

	if (process == other || process_can(process, CAPABILITY_SYS_PTRACE))
		return true;
	return user == its->user.real && user == its->user.effective && user == its->user.saved &&
	       group == its->group.real && group == its->group.effective &&
	       group == its->group.saved && !other->attribute[PROCESS_NOT_DUMPABLE] &&
	       !(other->capabilities.permitted & ~process->capabilities.permitted);
}

void capabilities_start(struct process_capabilities *capabilities)
{
	*capabilities = (struct process_capabilities){
		.effective = CAPABILITIES_ALL, .permitted = CAPABILITIES_ALL,
		.bounding = CAPABILITIES_ALL };
}

static bool is_within(uint64_t set, uint64_t of)
{
	return !(set & ~of);
}

bool capabilities_set(struct process_capabilities *capabilities,
		      const struct process_set_capabilities_request *wanted)
{
	uint64_t inheritable = wanted->inheritable & CAPABILITIES_ALL;
	uint64_t permitted = wanted->permitted & CAPABILITIES_ALL;
	uint64_t effective = wanted->effective & CAPABILITIES_ALL;

	if (!(capabilities->effective & CAPABILITY_BIT(CAPABILITY_SETPCAP)) &&
	    !is_within(inheritable, capabilities->inheritable | capabilities->permitted))
		return false;
	if (!is_within(inheritable, capabilities->inheritable | capabilities->bounding) ||
	    !is_within(permitted, capabilities->permitted) || !is_within(effective, permitted))
		return false;
	capabilities->effective = effective;
	capabilities->permitted = permitted;
	capabilities->inheritable = inheritable;
	capabilities->ambient &= permitted & inheritable;
	return true;
}

/* A locked bit, and a lock, stays as it is. */
static bool secure_set(struct process_capabilities *capabilities, uint64_t value)
{
	uint64_t changed = capabilities->secure ^ value;
	uint64_t locks = capabilities->secure & SECURE_LOCKS;

	if (value & ~(uint64_t)SECURE_ALL || changed & (locks >> 1) || locks & ~value ||
	    !(capabilities->effective & CAPABILITY_BIT(CAPABILITY_SETPCAP)))
		return false;
	capabilities->secure = value;
	return true;
}

static bool keep_set(struct process_capabilities *capabilities, uint64_t value)
{
	if (capabilities->secure & SECURE_KEEP << 1)
		return false;
	capabilities->secure &= ~(uint64_t)SECURE_KEEP;
	capabilities->secure |= value ? SECURE_KEEP : 0;
	return true;
}

bool capabilities_change(struct process_capabilities *capabilities,
			 enum process_capability_change change, uint64_t value)
{
	uint64_t bit = value <= CAPABILITY_LAST ? CAPABILITY_BIT(value) : 0;

	switch (change) {
	case PROCESS_BOUNDING_DROP:
		if (!(capabilities->effective & CAPABILITY_BIT(CAPABILITY_SETPCAP)))
			return false;
		capabilities->bounding &= ~bit;
		return true;
	case PROCESS_AMBIENT_RAISE:
		if (!(capabilities->permitted & capabilities->inheritable & bit) ||
		    capabilities->secure & SECURE_NO_AMBIENT)
			return false;
		capabilities->ambient |= bit;
		return true;
	case PROCESS_AMBIENT_LOWER:
		capabilities->ambient &= ~bit;
		return true;
	case PROCESS_AMBIENT_CLEAR:
		capabilities->ambient = 0;
		return true;
	case PROCESS_SECURE_SET:
		return secure_set(capabilities, value);
	case PROCESS_KEEP_SET:
		return keep_set(capabilities, value);
	}
	return false;
}

/* "Transformation of capabilities during execve()", for files without capabilities of their own. */
void capabilities_exec(struct process *process, bool ids_changed)
{
	struct process_capabilities *capabilities = &process->capabilities;
	const struct process_ids *user = &process->credentials.user;
	bool root = !(capabilities->secure & SECURE_NO_ROOT);
	uint64_t permitted = 0;

	if (root && (!user->effective || !user->real))
		permitted = capabilities->bounding | capabilities->inheritable;
	if (ids_changed)
		capabilities->ambient = 0;
	permitted |= capabilities->ambient;
	capabilities->permitted = permitted;
	capabilities->effective = root && !user->effective ? permitted : capabilities->ambient;
	capabilities->secure &= ~(uint64_t)SECURE_KEEP;
}

void credentials_exec(struct process *process, const struct grant *grant)
{
	struct process_ids *user = &process->credentials.user, *group = &process->credentials.group;

	if (grant && grant->user != PROCESS_KEEP_ID)
		user->effective = grant->user;
	if (grant && grant->group != PROCESS_KEEP_ID)
		group->effective = grant->group;
	user->saved = user->file = user->effective;
	group->saved = group->file = group->effective;
	capabilities_exec(process, grant != 0);
	/* Its inside is not for its real user. */
	process->attribute[PROCESS_NOT_DUMPABLE] = user->effective != user->real ||
						   group->effective != group->real;
	if (grant)
		process->attribute[PROCESS_PARENT_DEATH] = 0;
}
