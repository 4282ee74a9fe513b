/* SPDX-License-Identifier: MIT */
/*
 * capget(2), capset(2), setfsuid(2), personality(2). User 0 has all of Linux's capabilities, others
 * none: that is what servers go by. They can be given up in word only.
 */
#include "user/posix/task.h"

#define CAPABILITY_VERSION_1 0x19980330u
#define CAPABILITY_VERSION_2 0x20071026u
#define CAPABILITY_VERSION_3 0x20080522u
#define CAPABILITIES_ALL     0x1ffffffffffull

struct capability_header { uint32_t version; int32_t pid; };
struct capability_data { uint32_t effective, permitted, inheritable; };

/* How many words of data follow; 0: an unknown version, to which the answer is the newest. */
static unsigned int capability_words(uint32_t version)
{
	if (version == CAPABILITY_VERSION_1)
		return 1;
	return version == CAPABILITY_VERSION_2 || version == CAPABILITY_VERSION_3 ? 2 : 0;
}

static long header_read(struct task *task, uint64_t address, struct capability_header *header,
			unsigned int *words)
{
	uint32_t newest = CAPABILITY_VERSION_3;

	(void)task;
	if (copy_from_program(header, address, sizeof(*header)))
		return -E_FAULT;
	*words = capability_words(header->version);
	if (!*words)
		return copy_to_program(address, &newest, sizeof(newest)) ? -E_FAULT : -E_INVAL;
	return header->pid < 0 ? -E_INVAL : 0;
}

static uint64_t capabilities(uint32_t user)
{
	return user ? 0 : CAPABILITIES_ALL;
}

long sys_capget(struct task *task, long header_address, long data_address)
{
	struct capability_header header;
	struct capability_data data[2] = { { 0 } };
	struct process_identify_reply of = { .identity.credentials = task->process->credentials };
	unsigned int words = 0;
	uint64_t effective, permitted;
	long error = header_read(task, (uint64_t)header_address, &header, &words);

	if (error)
		return error == -E_INVAL && !words && !data_address ? 0 : error;
	if (header.pid && process_identify(&task->process_session,
			&(struct process_identify_request){ (uint32_t)header.pid, 0 }, &of, 0))
		return -E_SRCH;
	effective = capabilities(of.identity.credentials.user.effective);
	permitted = effective | capabilities(of.identity.credentials.user.saved);
	for (int i = 0; i < 2; i++)
		data[i] = (struct capability_data){ (uint32_t)(effective >> 32 * i),
						    (uint32_t)(permitted >> 32 * i), 0 };
	return copy_to_program((uint64_t)data_address, data, words * sizeof(data[0]));
}

/* Less than one has is granted and changes nothing; more is refused. */
long sys_capset(struct task *task, long header_address, long data_address)
{
	struct capability_header header;
	struct capability_data data[2] = { { 0 } };
	unsigned int words = 0;
	uint64_t permitted = capabilities(task->process->credentials.user.effective);
	long error = header_read(task, (uint64_t)header_address, &header, &words);

	if (error)
		return error;
	if (header.pid && (uint32_t)header.pid != PROCESS_PAGE(task->page)->tid)
		return -E_PERM;
	if (copy_from_program(data, (uint64_t)data_address, words * sizeof(data[0])))
		return -E_FAULT;
	for (unsigned int i = 0; i < words; i++) {
		if ((data[i].permitted | data[i].effective) & ~(uint32_t)(permitted >> 32 * i))
			return -E_PERM;
	}
	return 0;
}

/* Gives the id before, whether or not it could be changed. */
static long set_file_id(struct task *task, long id, int is_group)
{
	struct process_ids keep = { PROCESS_KEEP_ID, PROCESS_KEEP_ID, PROCESS_KEEP_ID,
				    PROCESS_KEEP_ID }, new = keep;
	struct process_credentials *now = &task->process->credentials;
	uint32_t *file = is_group ? &now->group.file : &now->user.file;
	uint32_t before = *file;

	new.file = (uint32_t)id;
	if ((uint32_t)id != PROCESS_KEEP_ID &&
	    process_set_credentials(&task->process_session, &(struct process_set_credentials_request){
		{ is_group ? keep : new, is_group ? new : keep } },
		&(struct process_set_credentials_reply){ }, 0) == STATUS_OK)
		*file = (uint32_t)id;
	return before;
}

long sys_setfsuid(struct task *task, long id)
{
	return set_file_id(task, id, 0);
}

long sys_setfsgid(struct task *task, long id)
{
	return set_file_id(task, id, 1);
}

/* PER_LINUX, always. */
long sys_personality(struct task *task __attribute__((unused)), long wanted)
{
	return (uint32_t)wanted == 0xffffffffu || !(uint32_t)wanted ? 0 : -E_INVAL;
}
