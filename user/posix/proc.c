/* SPDX-License-Identifier: MIT */
/* The texts of /proc: what process knows, in the words of Linux's proc(5). */
#include "user/posix/node.h"

#include "libipc/format.h"
#include "libipc/proto/process.h"
#include "libipc/proto/supervisor.h"
#include "libipc/string.h"
#include "user/posix/names.h"

#define CLOCK_TICKS 100                  /* per second, in /proc */
#define TICK_NS     (1000000000 / CLOCK_TICKS)

/* A text being written. What does not fit is cut. */
struct text {
	char *to;
	uint64_t size, bytes;
	uint32_t pid;
};

#define TEXT(text, ...) \
	((text)->bytes += format_text((text)->to + (text)->bytes, (text)->size - (text)->bytes, \
				      __VA_ARGS__))

long proc_owner(struct task *task, uint32_t pid, uint32_t *uid, uint32_t *gid)
{
	struct process_identify_reply reply;
	status_t status = process_identify(&task->process_session,
		&(struct process_identify_request){ .pid = pid }, &reply, 0);

	if (status != STATUS_OK)
		return -E_NOENT;
	*uid = reply.identity.credentials.user.effective;
	*gid = reply.identity.credentials.group.effective;
	return 0;
}

static long list(struct task *task, uint32_t pid, struct process_list_reply *reply)
{
	status_t status = process_list(&task->process_session,
		&(struct process_list_request){ pid }, reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

uint32_t proc_next(struct task *task, uint32_t pid)
{
	struct process_list_reply reply;

	return list(task, pid ? pid : 1, &reply) ? 0 : reply.identity.pid;
}

static long statistics(struct task *task, struct process_statistics_reply *reply)
{
	status_t status = process_statistics(&task->process_session,
		&(struct process_statistics_request){ }, reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* ---- Of one process ---- */

/* A process that asks about itself waits for process just then, and is running all the same. */
static const char *state_of(struct task *task, const struct process_list_reply *about)
{
	switch (about->identity.state) {
	case PROCESS_ZOMBIE:
		return "Z (zombie)";
	case PROCESS_STOPPED:
		return "T (stopped)";
	default:
		return about->asleep && about->identity.pid != PROCESS_PAGE(task->page)->pid ?
			"S (sleeping)" : "R (running)";
	}
}

static long about(struct task *task, uint32_t pid, struct process_list_reply *reply)
{
	long error = list(task, pid, reply);

	return error || reply->identity.pid != pid ? -E_SRCH : 0;
}

/* Fields as numbered in proc(5); those that nobody keeps are 0. */
static long text_pid_stat(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);
	const struct process_identity *who = &of.identity;

	if (error)
		return error;
	TEXT(text, "%u (%s) %c %u %u %u %d %d 0 %lu 0 0 0 %lu 0 0 0 %d %d 1 0 %lu %lu %lu ",
	     who->pid, of.name, state_of(task, &of)[0], who->parent, who->group, who->session,
	     who->session ? (5 << 8 | 1) : 0, -1, of.usage.faults, of.usage.cpu_ns / TICK_NS,
	     20 + (int)of.nice, (int)of.nice, of.start_ns / TICK_NS, of.region_pages * 4096,
	     of.region_pages);
	TEXT(text, "%lu 0 0 0 0 0 0 0 0 0 0 0 0 %d 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", ~0ul, SIGCHLD);
	return 0;
}

static long text_pid_status(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);
	const struct process_ids *user = &of.identity.credentials.user;
	const struct process_ids *group = &of.identity.credentials.group;

	if (error)
		return error;
	TEXT(text, "Name:\t%s\nState:\t%s\n", of.name, state_of(task, &of));
	TEXT(text, "Tgid:\t%u\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n", of.identity.pid,
	     of.identity.pid, of.identity.parent);
	TEXT(text, "Uid:\t%u\t%u\t%u\t%u\n", user->real, user->effective, user->saved, user->file);
	TEXT(text, "Gid:\t%u\t%u\t%u\t%u\n", group->real, group->effective, group->saved,
	     group->file);
	TEXT(text, "FDSize:\t%d\nVmSize:\t%lu kB\nVmRSS:\t%lu kB\nThreads:\t1\n", DESCRIPTORS_MAX,
	     of.region_pages * 4, of.region_pages * 4);
	return 0;
}

static long text_pid_statm(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);

	if (!error)
		TEXT(text, "%lu %lu 0 0 0 %lu 0\n", of.region_pages, of.region_pages,
		     of.region_pages);
	return error;
}

static long text_pid_comm(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);

	if (!error)
		TEXT(text, "%s\n", of.name);
	return error;
}

static long text_pid_cmdline(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);
	uint64_t bytes;

	if (error)
		return error;
	bytes = of.command_bytes < sizeof(of.command) ? of.command_bytes : sizeof(of.command);
	memcpy(text->to, of.command, bytes);
	text->bytes = bytes;
	return 0;
}

/* One line a region; file regions are not named. Only of the process itself. */
static long text_pid_maps(struct task *task, struct text *text)
{
	struct process_region_reply region = { .end = 0 };

	if (text->pid != PROCESS_PAGE(task->page)->pid)
		return -E_ACCES;
	while (process_region(&task->process_session,
			      &(struct process_region_request){ .address = region.end }, &region,
			      0) == STATUS_OK && text->size - text->bytes > 64)
		TEXT(text, "%08lx-%08lx %c%c%c%c %08lx 00:00 0\n", region.start, region.end,
		     region.protection & PROCESS_READ ? 'r' : '-',
		     region.protection & PROCESS_WRITE ? 'w' : '-',
		     region.protection & PROCESS_EXECUTE ? 'x' : '-',
		     region.flags & PROCESS_MAP_SHARED ? 's' : 'p', region.offset);
	return 0;
}

static long text_mounts(struct task *task, struct text *text)
{
	struct fs_volume_reply volume;
	status_t status = fs_volume(&task->fs, &(struct fs_volume_request){ FS_ROOT }, &volume, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	TEXT(text, "/dev/vda / ext2 %s,relatime 0 0\n", volume.read_only ? "ro" : "rw");
	TEXT(text, "dev /dev devtmpfs rw 0 0\nproc /proc proc rw 0 0\n");
	return 0;
}

/* ---- Of the system ---- */

static long text_meminfo(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	long error = statistics(task, &of);

	if (error)
		return error;
	TEXT(text, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n",
	     of.frames_total * 4, of.frames_free * 4, of.frames_free * 4);
	TEXT(text, "Buffers:        %8d kB\nCached:         %8d kB\nSwapCached:     %8d kB\n"
	     "SwapTotal:      %8d kB\nSwapFree:       %8d kB\nShmem:          %8d kB\n"
	     "SReclaimable:   %8d kB\n", 0, 0, 0, 0, 0, 0, 0);
	return 0;
}

/* Idle time is not kept: it stands for all of the time. */
static long text_uptime(struct task *task, struct text *text)
{
	const struct supervisor_counters_request request = { };
	struct supervisor_counters_reply counted;
	uint64_t hundredths = time_now_ns() / 10000000, idle;
	status_t status = supervisor_counters(&task->supervisor, &request, &counted, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	idle = time_scale(counted.idle_ticks, info_page()->ns_multiplier) / 10000000;
	TEXT(text, "%lu.%02lu %lu.%02lu\n", hundredths / 100, hundredths % 100, idle / 100,
	     idle % 100);
	return 0;
}

/* No load is kept; how many processes there are is. */
static long text_loadavg(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	long error = statistics(task, &of);

	if (!error)
		TEXT(text, "0.00 0.00 0.00 1/%lu %u\n", of.processes,
		     PROCESS_PAGE(task->page)->pid);
	return error;
}

static long text_stat(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	uint64_t ticks = time_now_ns() / TICK_NS;
	long error = statistics(task, &of);

	if (error)
		return error;
	TEXT(text, "cpu  0 0 0 %lu 0 0 0 0 0 0\ncpu0 0 0 0 %lu 0 0 0 0 0 0\nctxt 0\nbtime %lu\n",
	     ticks, ticks, info_page()->wall_boot_ns / 1000000000);
	TEXT(text, "processes %lu\nprocs_running 1\nprocs_blocked 0\n", of.forks);
	return 0;
}

static void cpuid(uint32_t leaf, uint32_t words[4])
{
	__asm__ volatile("cpuid" : "=a"(words[0]), "=b"(words[1]), "=c"(words[2]), "=d"(words[3])
			 : "a"(leaf), "c"(0));
}

static long text_cpuinfo(struct task *task, struct text *text)
{
	uint32_t vendor[4], model[4], name[12];
	const char *brand = (const char *)name;
	uint64_t khz = info_page()->tsc_hz / 1000;

	(void)task;
	cpuid(0, vendor);
	cpuid(1, model);
	for (uint32_t i = 0; i < 3; i++)
		cpuid(0x80000002 + i, name + 4 * i);
	vendor[0] = vendor[1], vendor[1] = vendor[3];
	TEXT(text, "processor\t: 0\nvendor_id\t: ");
	for (int i = 0; i < 12; i++)
		TEXT(text, "%c", ((const char *)vendor)[i]);
	TEXT(text, "\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: ", model[0] >> 8 & 15,
	     (model[0] >> 4 & 15) | (model[0] >> 12 & 0xf0));
	for (unsigned int i = 0; i < sizeof(name) && brand[i]; i++)
		TEXT(text, "%c", brand[i]);
	TEXT(text, "\nstepping\t: %u\ncpu MHz\t\t: %lu.%03lu\nsiblings\t: 1\ncpu cores\t: 1\n\n",
	     model[0] & 15, khz / 1000, khz % 1000);
	return 0;
}

static long text_fixed(struct text *text, const char *string)
{
	TEXT(text, "%s\n", string);
	return 0;
}

long proc_text(struct task *task, uint64_t node, char *to, uint64_t size)
{
	struct text text = { .to = to, .size = size, .pid = NODE_PROCESS(node) };
	long error;

	switch (NODE_ROW(node)) {
	case NODE_PID_CMDLINE: error = text_pid_cmdline(task, &text); break;
	case NODE_PID_COMM:    error = text_pid_comm(task, &text); break;
	case NODE_PID_MAPS:    error = text_pid_maps(task, &text); break;
	case NODE_PID_MOUNTS:  error = text_mounts(task, &text); break;
	case NODE_PID_STAT:    error = text_pid_stat(task, &text); break;
	case NODE_PID_STATM:   error = text_pid_statm(task, &text); break;
	case NODE_PID_STATUS:  error = text_pid_status(task, &text); break;
	case NODE_CPUINFO:     error = text_cpuinfo(task, &text); break;
	case NODE_FILESYSTEMS:
		error = text_fixed(&text, "nodev\tproc\nnodev\tdevtmpfs\n\text2");
		break;
	case NODE_LOADAVG:     error = text_loadavg(task, &text); break;
	case NODE_MEMINFO:     error = text_meminfo(task, &text); break;
	case NODE_STAT:        error = text_stat(task, &text); break;
	case NODE_UPTIME:      error = text_uptime(task, &text); break;
	case NODE_PID_MAX:     error = text_fixed(&text, "4194304"); break;
	case NODE_VERSION:
		error = text_fixed(&text, NAME_SYSTEM " version " NAME_RELEASE " " NAME_VERSION);
		break;
	case NODE_HOSTNAME:    error = text_fixed(&text, NAME_NODE); break;
	case NODE_OSRELEASE:   error = text_fixed(&text, NAME_RELEASE); break;
	case NODE_OSTYPE:      error = text_fixed(&text, NAME_SYSTEM); break;
	default:               error = -E_IO; break;
	}
	return error ? error : (long)text.bytes;
}
