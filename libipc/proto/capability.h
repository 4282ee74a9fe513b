/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_CAPABILITY_H
#define BULKHEAD_PROTO_CAPABILITY_H

#include <stdint.h>

/*
 * Capabilities as capabilities(7) has them: parts of what user 0 may do. Process keeps and changes
 * them, fs and process go by them. Numbers are Linux's; those that nothing here asks for are kept.
 */
enum capability {
	CAPABILITY_CHOWN, CAPABILITY_DAC_OVERRIDE, CAPABILITY_DAC_READ_SEARCH, CAPABILITY_FOWNER,
	CAPABILITY_FSETID, CAPABILITY_KILL, CAPABILITY_SETGID, CAPABILITY_SETUID,
	CAPABILITY_SETPCAP, CAPABILITY_LINUX_IMMUTABLE,
	CAPABILITY_IPC_LOCK = 14, CAPABILITY_IPC_OWNER,
	CAPABILITY_SYS_CHROOT = 18, CAPABILITY_SYS_PTRACE, CAPABILITY_SYS_PACCT,
	CAPABILITY_SYS_ADMIN, CAPABILITY_SYS_BOOT, CAPABILITY_SYS_NICE, CAPABILITY_SYS_RESOURCE,
	CAPABILITY_SYS_TIME, CAPABILITY_SYS_TTY_CONFIG, CAPABILITY_MKNOD,
	CAPABILITY_MAC_OVERRIDE = 32, CAPABILITY_SYSLOG = 34,
	CAPABILITY_LAST = 40
};
#define CAPABILITY_BIT(number) (1ull << (number))
#define CAPABILITIES_ALL (CAPABILITY_BIT(CAPABILITY_LAST + 1) - 1)

/* securebits: each with a lock one bit higher. */
#define SECURE_NO_ROOT         0x01u
#define SECURE_NO_SETUID_FIXUP 0x04u
#define SECURE_KEEP            0x10u
#define SECURE_NO_AMBIENT      0x40u
#define SECURE_ALL             0xffu
#define SECURE_LOCKS           0xaau

/* Sets of bits 1 << number. */
struct process_capabilities {
	uint64_t effective, permitted, inheritable, bounding, ambient, secure;
};

/* ---- Requests of proto/process.h ---- */

/* Of a process by its pid, 0: one's own. E_SRCH. set_capabilities: capset(2). E_PERM. */
struct process_capabilities_request { uint64_t pid; };
struct process_capabilities_reply { struct process_capabilities capabilities; };
struct process_set_capabilities_request { uint64_t effective, permitted, inheritable; };
struct process_set_capabilities_reply { };
/* What prctl(2) changes of one's own: value is a capability, or securebits. E_PERM, E_INVAL. */
enum process_capability_change {
	PROCESS_BOUNDING_DROP, PROCESS_AMBIENT_RAISE, PROCESS_AMBIENT_LOWER, PROCESS_AMBIENT_CLEAR,
	PROCESS_SECURE_SET, PROCESS_KEEP_SET,
};
struct process_change_capabilities_request { uint64_t change, value; };
struct process_change_capabilities_reply { };

/*
 * From fs, which says it of a file that the client has open to execute: with its next exec the
 * client gets these ids (PROCESS_KEEP_ID: it does not). E_PERM: it must not get new privileges.
 */
struct process_privilege_request { uint64_t client, handle; uint32_t user, group; };
struct process_privilege_reply { };
/* To who begins in such an exec: the file, and what was left for it. E_NOENT: it is none. */
struct process_taken_over_request { };
struct process_taken_over_reply { uint64_t handle, bytes; };

#endif
