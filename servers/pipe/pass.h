/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_PASS_H
#define BULKHEAD_PIPE_PASS_H

#include "servers/pipe/table.h"

/*
 * What the service asks of others: holding the records of descriptors that are on the way, and who
 * a client is. Holding and letting go may be repeated.
 */
void pass_start(void);
/* What the client holds, this service holds too. position: for the fs. */
status_t pass_hold_disk(unsigned client, uint64_t handle, uint64_t position) MUST_CHECK;
status_t pass_give_disk(unsigned client, uint64_t handle) MUST_CHECK;
void pass_release_disk(uint64_t handle);
/* The same of a pty's side. */
status_t pass_hold_terminal(unsigned client, uint64_t device) MUST_CHECK;
status_t pass_give_terminal(unsigned client, uint64_t device) MUST_CHECK;
void pass_release_terminal(uint64_t device);

struct pass_identity {
	uint32_t pid;
	uint32_t uid[3], gid[3];         /* effective, real, saved */
};
status_t pass_identify(unsigned client, struct pass_identity *identity) MUST_CHECK;
/* Is the user of that client in the group? */
int pass_in_group(unsigned client, uint32_t gid);
/* Has it the capability (libipc/proto/capability.h)? */
int pass_may(unsigned client, unsigned capability);
/* The signal of a message queue. */
void pass_signal(uint32_t pid, uint32_t signal, uint64_t value);

#endif
