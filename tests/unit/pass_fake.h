/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_PASS_FAKE_H
#define BULKHEAD_TESTS_PASS_FAKE_H

/* Those whom servers/pipe asks (pass.h), for the host: an fs that knows a few records. */
#include "servers/pipe/pass.h"

#define FAKE_HANDLES 8u

/* Bit n: client n holds the record; bit 63: the service does. Shared with children, like fake_world. */
static struct { uint64_t holders[FAKE_HANDLES]; } *fake_disk;

static __attribute__((constructor)) void fake_disk_start(void)
{
	fake_disk = mmap(0, sizeof(*fake_disk), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
}

void pass_start(void)
{
}

status_t pass_hold_disk(unsigned client, uint64_t handle, uint64_t position)
{
	(void)position;
	if (!(fake_disk->holders[handle] >> client & 1))
		return STATUS_ERRNO(E_BADF);
	fake_disk->holders[handle] |= 1ull << 63;
	return STATUS_OK;
}

status_t pass_give_disk(unsigned client, uint64_t handle)
{
	if (!(fake_disk->holders[handle] >> 63))
		return STATUS_ERRNO(E_BADF);
	fake_disk->holders[handle] |= 1ull << client;
	return STATUS_OK;
}

void pass_release_disk(uint64_t handle)
{
	fake_disk->holders[handle] &= ~(1ull << 63);
}

status_t pass_hold_terminal(unsigned client, uint64_t device)
{
	(void)client, (void)device;
	return STATUS_OK;
}

status_t pass_give_terminal(unsigned client, uint64_t device)
{
	(void)client, (void)device;
	return STATUS_OK;
}

void pass_release_terminal(uint64_t device)
{
	(void)device;
}

status_t pass_identify(unsigned client, struct pass_identity *identity)
{
	*identity = (struct pass_identity){ 100 + client, { client, client, client },
					    { client, client, client } };
	return STATUS_OK;
}

int pass_in_group(unsigned client, uint32_t gid)
{
	return client == gid;
}

int pass_may(unsigned client, unsigned capability)
{
	(void)capability;
	return client == 0;
}

static unsigned fake_signalled;          /* pid */
void pass_signal(uint32_t pid, uint32_t signal, uint64_t value)
{
	(void)signal, (void)value;
	fake_signalled = pid;
}

#endif
