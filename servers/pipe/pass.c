/* SPDX-License-Identifier: MIT */
#include "servers/pipe/pass.h"

#include "libipc/proto/console.h"
#include "libipc/proto/fs.h"
#include "libipc/proto/process.h"

static struct session console, fs, process;

void pass_start(void)
{
	console = service_session("console");
	fs = service_session("fs");
	process = service_session("process");
}

status_t pass_hold_disk(unsigned client, uint64_t handle, uint64_t position)
{
	struct fs_hold_reply reply;

	return fs_hold(&fs, &(struct fs_hold_request){ client, handle, position }, &reply, 0);
}

status_t pass_give_disk(unsigned client, uint64_t handle)
{
	struct fs_inherit_request request = { .client = client, .count = 1 };
	struct fs_inherit_reply reply;

	request.record[0].handle = handle;
	request.record[0].position = FS_POSITION_SHARED;
	return fs_inherit(&fs, &request, &reply, 0);
}

void pass_release_disk(uint64_t handle)
{
	struct fs_release_reply reply;

	/* Not held any more: that is what is wanted. */
	(void)!fs_release(&fs, &(struct fs_release_request){ handle }, &reply, 0);
}

status_t pass_hold_terminal(unsigned client, uint64_t device)
{
	struct console_hold_reply reply;

	return console_hold(&console, &(struct console_hold_request){ client, (uint32_t)device },
			    &reply, 0);
}

status_t pass_give_terminal(unsigned client, uint64_t device)
{
	struct console_inherit_reply reply;

	return console_inherit(&console, &(struct console_inherit_request){
		.child = client, .count = 1, .device = { (uint32_t)device } }, &reply, 0);
}

void pass_release_terminal(uint64_t device)
{
	struct console_release_reply reply;

	(void)!console_release(&console, &(struct console_release_request){ device }, &reply, 0);
}

status_t pass_identify(unsigned client, struct pass_identity *identity)
{
	struct process_identify_reply reply;
	const struct process_credentials *credentials = &reply.identity.credentials;
	status_t status = process_identify(&process,
		&(struct process_identify_request){ 0, client }, &reply, 0);

	if (status != STATUS_OK)
		return status;
	*identity = (struct pass_identity){
		.pid = reply.identity.pid,
		.uid = { credentials->user.effective, credentials->user.real,
			 credentials->user.saved },
		.gid = { credentials->group.effective, credentials->group.real,
			 credentials->group.saved },
	};
	return STATUS_OK;
}

int pass_in_group(unsigned client, uint32_t gid)
{
	struct process_in_group_reply reply;

	return process_in_group(&process, &(struct process_in_group_request){ client, gid },
				&reply, 0) == STATUS_OK && reply.yes;
}

int pass_may(unsigned client, unsigned capability)
{
	struct process_access_reply reply;

	return process_access(&process, &(struct process_access_request){ client }, &reply, 0) ==
		STATUS_OK && reply.effective & CAPABILITY_BIT(capability);
}

#define SI_MESGQ (-3)

void pass_signal(uint32_t pid, uint32_t signal, uint64_t value)
{
	struct process_kill_reply reply;

	/* Whoever wanted it may be gone. */
	(void)!process_kill(&process, &(struct process_kill_request){ (int32_t)pid, signal, -1,
		SI_MESGQ, value }, &reply, 0);
}
