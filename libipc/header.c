/* SPDX-License-Identifier: MIT */
/*
 * The first words of a service's image. The crash routines do what a broken service would do, on
 * the real processor; the supervisor sends the service's thread into them on demand. They never
 * return, and trust nothing but rsp.
 */
#include "libipc/objects.h"
#include "libipc/server_private.h"

static void crash_null(void)
{
	__asm__ volatile("xor %%eax, %%eax\n\tmov (%%rax), %%rax" : : : "rax");
}

static void crash_jump(void)
{
	__asm__ volatile("mov $0x10, %%eax\n\tjmp *%%rax" : : : "rax");
}

static void crash_illegal(void)
{
	__asm__ volatile("ud2");
}

static void crash_privileged(void)
{
	__asm__ volatile("cli");
}

static void crash_divide(void)
{
	__asm__ volatile("xor %%ecx, %%ecx\n\tdiv %%rcx" : : : "rax", "rcx", "rdx");
}

static void crash_stack(void)
{
	__asm__ volatile("0: call 0b");
}

static void crash_exit(void)
{
	thread_exit(1);
}

static void crash_loop(void)
{
	__asm__ volatile("0: pause\n\tjmp 0b");
}

/* In the order of enum crash_kind (libipc/proto/supervisor.h). */
const struct service_header service_header __attribute__((section(".service_header"), used)) = {
	SERVICE_MAGIC,
	(uint64_t)service_entry,
	{ (uint64_t)crash_null, (uint64_t)crash_jump, (uint64_t)crash_illegal,
	  (uint64_t)crash_privileged, (uint64_t)crash_divide, (uint64_t)crash_stack,
	  (uint64_t)crash_exit, (uint64_t)crash_loop },
};
