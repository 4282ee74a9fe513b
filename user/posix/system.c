/* SPDX-License-Identifier: MIT */
/* The machine as programs see it. */
#include "user/posix/dispatch.h"
#include "user/posix/names.h"

#include "libipc/proto/supervisor.h"

/* ---- uname(2) ---- */

struct linux_names {
	char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

long host_name(struct task *task, uint32_t which, const char *new,
	       struct process_host_reply *reply)
{
	struct process_host_request request = { .which = which, .set = new != 0 };
	status_t status;

	if (new)
		__builtin_memcpy(request.name, new, sizeof(request.name));
	status = process_host(&task->process_session, &request, reply, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_uname(struct task *task, long address)
{
	struct linux_names names = {
		.system = NAME_SYSTEM, .release = NAME_RELEASE, .version = NAME_VERSION,
		.machine = NAME_MACHINE,
	};
	struct process_host_reply node, domain;
	long error = host_name(task, PROCESS_HOST, 0, &node);

	if (!error)
		error = host_name(task, PROCESS_DOMAIN, 0, &domain);
	if (error)
		return error;
	__builtin_memcpy(names.node, node.name, sizeof(names.node));
	__builtin_memcpy(names.domain, domain.name, sizeof(names.domain));
	return copy_to_program((uint64_t)address, &names, sizeof(names));
}

static long set_name(struct task *task, uint32_t which, long address, long bytes)
{
	char name[PROCESS_HOST_BYTES] = { 0 };
	struct process_host_reply reply;

	if (capability_check(task, CAPABILITY_SYS_ADMIN))
		return -E_PERM;
	if ((int)bytes < 0 || (int)bytes > HOST_NAME_MOST)
		return -E_INVAL;
	if (copy_from_program(name, (uint64_t)address, (uint32_t)bytes))
		return -E_FAULT;
	return host_name(task, which, name, &reply);
}

long sys_sethostname(struct task *task, long address, long bytes)
{
	return set_name(task, PROCESS_HOST, address, bytes);
}

long sys_setdomainname(struct task *task, long address, long bytes)
{
	return set_name(task, PROCESS_DOMAIN, address, bytes);
}

/* ---- sysinfo(2) ---- */

struct linux_sysinfo {
	int64_t uptime;
	uint64_t loads[3], total, free, shared, buffers, swap_total, swap_free;
	uint16_t processes, pad;
	uint64_t high_total, high_free;
	uint32_t unit;
};
_Static_assert(sizeof(struct linux_sysinfo) == 112, "struct sysinfo");

long sys_sysinfo(struct task *task, long address)
{
	struct process_statistics_reply statistics;
	struct linux_sysinfo info = { 0 };
	status_t status = process_statistics(&task->process_session,
		&(struct process_statistics_request){ }, &statistics, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	info.uptime = (int64_t)(time_now_ns() / 1000000000);
	info.total = statistics.frames_total * PAGE_BYTES;
	info.free = statistics.frames_free * PAGE_BYTES;
	info.processes = (uint16_t)statistics.processes;
	info.unit = 1;
	return copy_to_program((uint64_t)address, &info, sizeof(info));
}

/* ---- reboot(2): the only way is off; QEMU decides about a restart ---- */

#define REBOOT_MAGIC1     0xfee1deadu
#define REBOOT_MAGIC2     672274793u
#define REBOOT_MAGIC2A    85072278u
#define REBOOT_MAGIC2B    369367448u
#define REBOOT_MAGIC2C    537993216u
#define REBOOT_RESTART    0x01234567u
#define REBOOT_HALT       0xcdef0123u
#define REBOOT_CAD_ON     0x89abcdefu
#define REBOOT_CAD_OFF    0u
#define REBOOT_POWER_OFF  0x4321fedcu
#define REBOOT_RESTART2   0xa1b2c3d4u

long power_off(struct task *task, unsigned int exit_status)
{
	status_t status = supervisor_power_off(&task->supervisor,
		&(struct supervisor_power_off_request){ exit_status & 255 },
		&(struct supervisor_power_off_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* The argument, a string or nothing on Linux, is the exit status that the machine shows. */
long sys_reboot(struct task *task, long magic, long magic2, long command, long argument)
{
	uint32_t second = (uint32_t)magic2;

	if ((uint32_t)magic != REBOOT_MAGIC1 || (second != REBOOT_MAGIC2 && second != REBOOT_MAGIC2A &&
	    second != REBOOT_MAGIC2B && second != REBOOT_MAGIC2C))
		return -E_INVAL;
	if (capability_check(task, CAPABILITY_SYS_BOOT))
		return -E_PERM;
	switch ((uint32_t)command) {
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		return 0;
	case REBOOT_POWER_OFF:
		return power_off(task, (unsigned int)argument);
	case REBOOT_HALT:
	case REBOOT_RESTART:
	case REBOOT_RESTART2:
		return power_off(task, 0);
	default:
		return -E_INVAL;
	}
}

/* ---- Small things ---- */

long sys_getcpu(struct task *task, long processor, long node, long unused)
{
	uint32_t zero = 0;

	(void)task;
	(void)unused;
	if ((processor && copy_to_program((uint64_t)processor, &zero, sizeof(zero))) ||
	    (node && copy_to_program((uint64_t)node, &zero, sizeof(zero))))
		return -E_FAULT;
	return 0;
}
