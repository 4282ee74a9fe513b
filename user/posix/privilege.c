/* SPDX-License-Identifier: MIT */
/* capget(2), capset(2), setfsuid(2), personality(2). Process keeps capabilities. */
#include "user/posix/file.h"

#define CAPABILITY_VERSION_1 0x19980330u
#define CAPABILITY_VERSION_2 0x20071026u
#define CAPABILITY_VERSION_3 0x20080522u
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

long capability_check(struct task *task, enum capability capability)
{
	struct process_capabilities_reply reply;
	status_t status = process_capabilities(&task->process_session,
		&(struct process_capabilities_request){ 0 }, &reply, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	return reply.capabilities.effective & CAPABILITY_BIT(capability) ? 0 : -E_PERM;
}

long sys_capget(struct task *task, long header_address, long data_address)
{
	struct capability_header header;
	struct capability_data data[2] = { { 0 } };
	struct process_capabilities_reply reply;
	const struct process_capabilities *of = &reply.capabilities;
	unsigned int words = 0;
	status_t status;
	long error = header_read(task, (uint64_t)header_address, &header, &words);

	if (error || !data_address)
		return error == -E_INVAL && !words && !data_address ? 0 : error;
	status = process_capabilities(&task->process_session,
		&(struct process_capabilities_request){ (uint32_t)header.pid }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	for (int i = 0; i < 2; i++)
		data[i] = (struct capability_data){ (uint32_t)(of->effective >> 32 * i),
						    (uint32_t)(of->permitted >> 32 * i),
						    (uint32_t)(of->inheritable >> 32 * i) };
	return copy_to_program((uint64_t)data_address, data, words * sizeof(data[0]));
}

long sys_capset(struct task *task, long header_address, long data_address)
{
	struct capability_header header;
	struct capability_data data[2] = { { 0 } };
	unsigned int words = 0;
	status_t status;
	long error = header_read(task, (uint64_t)header_address, &header, &words);

	if (error)
		return error;
	if (header.pid && (uint32_t)header.pid != PROCESS_PAGE(task->page)->tid)
		return -E_PERM;
	if (copy_from_program(data, (uint64_t)data_address, words * sizeof(data[0])))
		return -E_FAULT;
	status = process_set_capabilities(&task->process_session,
		&(struct process_set_capabilities_request){
		(uint64_t)data[1].effective << 32 | data[0].effective,
		(uint64_t)data[1].permitted << 32 | data[0].permitted,
		(uint64_t)data[1].inheritable << 32 | data[0].inheritable },
		&(struct process_set_capabilities_reply){ }, 0);
	return status == STATUS_OK ? files_identify(task) : error_of_status(status);
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
		&(struct process_set_credentials_reply){ }, 0) == STATUS_OK) {
		*file = (uint32_t)id;
		(void)!files_identify(task);
	}
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

/*
 * What a program says that it is: kept, and handed on. Of the flags none has an effect: places are
 * not random, and nothing is executable that is not said to be.
 */
long sys_personality(struct task *task, long wanted)
{
	uint32_t before = task->process->personality;

	if ((uint32_t)wanted != 0xffffffffu)
		task->process->personality = (uint32_t)wanted;
	return before;
}
