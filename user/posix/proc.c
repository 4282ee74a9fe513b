/* SPDX-License-Identifier: MIT */
/* The texts of /proc: which node has which, and how a part of one is made. */
#include "user/posix/proc.h"

#include "libipc/string.h"
#include "user/posix/dispatch.h"
#include "user/posix/names.h"

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

long proc_list(struct task *task, uint32_t pid, struct process_list_reply *reply)
{
	status_t status = process_list(&task->process_session,
		&(struct process_list_request){ pid }, reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

uint32_t proc_next(struct task *task, uint32_t pid)
{
	struct process_list_reply reply;

	return proc_list(task, pid ? pid : 1, &reply) ? 0 : reply.identity.pid;
}

/* ---- Texts ---- */

#define LINE_BYTES 512

void text_bytes(struct text *text, const void *from, uint64_t bytes)
{
	uint64_t at = text->bytes, start, end;

	text->bytes += bytes;
	start = at > text->skip ? at : text->skip;
	end = text->bytes < text->skip + text->size ? text->bytes : text->skip + text->size;
	if (start < end)
		memcpy(text->to + (start - text->skip), (const char *)from + (start - at),
		       end - start);
}

void text_add(struct text *text, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	text_bytes(text, line, format_arguments(line, sizeof(line), format, arguments));
	va_end(arguments);
}

void text_octal(struct text *text, uint32_t value, unsigned int least)
{
	char digits[11];
	unsigned int at = sizeof(digits);

	while (value || sizeof(digits) - at < least) {
		digits[--at] = (char)('0' + (value & 7));
		value >>= 3;
	}
	text_bytes(text, digits + at, sizeof(digits) - at);
}

/* What the node's text is made by, or what it always is. */
static const struct { proc_text_t *make; const char *fixed; } texts[NODE_ROWS] = {
	[NODE_PID_CMDLINE] = { .make = proc_pid_cmdline },
	[NODE_PID_COMM] = { .make = proc_pid_comm },
	[NODE_PID_ENVIRON] = { .make = proc_pid_environ },
	[NODE_PID_IO] = { .make = proc_pid_io },
	[NODE_PID_FDINFO_TEXT] = { .make = proc_pid_fdinfo },
	[NODE_PID_LIMITS] = { .make = proc_pid_limits },
	[NODE_PID_MAPS] = { .make = proc_pid_maps },
	[NODE_PID_MOUNTINFO] = { .make = proc_mountinfo },
	[NODE_PID_MOUNTS] = { .make = proc_mounts },
	[NODE_PID_OOM_ADJ] = { .make = proc_pid_badness },
	[NODE_PID_OOM_SCORE] = { .fixed = "0\n" },
	[NODE_PID_STAT] = { .make = proc_pid_stat },
	[NODE_PID_STATM] = { .make = proc_pid_statm },
	[NODE_PID_STATUS] = { .make = proc_pid_status },
	[NODE_PID_WCHAN] = { .fixed = "0" },
	[NODE_CMDLINE] = { .make = proc_cmdline },
	[NODE_CPUINFO] = { .make = proc_cpuinfo },
	[NODE_DEVICES] = { .fixed = "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n"
		"  5 /dev/ptmx\n136 pts\n\nBlock devices:\n254 virtblk\n" },
	[NODE_DISKSTATS] = { .fixed = "" },
	[NODE_FILESYSTEMS] = { .fixed =
		"nodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\n\text2\n" },
	[NODE_INTERRUPTS] = { .make = proc_interrupts },
	[NODE_LOADAVG] = { .make = proc_loadavg },
	[NODE_MEMINFO] = { .make = proc_meminfo },
	[NODE_PARTITIONS] = { .make = proc_partitions },
	[NODE_STAT] = { .make = proc_stat },
	[NODE_SWAPS] = { .fixed = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" },
	[NODE_UPTIME] = { .make = proc_uptime },
	[NODE_VERSION] = { .fixed = NAME_SYSTEM " version " NAME_RELEASE " " NAME_VERSION "\n" },
	[NODE_VMSTAT] = { .make = proc_vmstat },
	[NODE_CAP_LAST_CAP] = { .fixed = "40\n" },
	[NODE_CORE_PATTERN] = { .fixed = "core\n" },
	[NODE_CORE_USES_PID] = { .fixed = "0\n" },
	[NODE_DOMAINNAME] = { .make = proc_domain },
	[NODE_HOSTNAME] = { .make = proc_host },
	[NODE_NGROUPS_MAX] = { .fixed = "32\n" },
	[NODE_OSRELEASE] = { .fixed = NAME_RELEASE "\n" },
	[NODE_OSTYPE] = { .fixed = NAME_SYSTEM "\n" },
	[NODE_OVERFLOWGID] = { .fixed = "65534\n" },
	[NODE_OVERFLOWUID] = { .fixed = "65534\n" },
	[NODE_RANDOMIZE] = { .fixed = "0\n" },
	[NODE_TAINTED] = { .fixed = "0\n" },
	[NODE_PID_MAX] = { .fixed = "32768\n" },
	[NODE_THREADS_MAX] = { .fixed = "1023\n" },
	[NODE_SYS_VERSION] = { .fixed = NAME_VERSION "\n" },
	[NODE_BOOT_ID] = { .make = proc_boot_id },
	[NODE_ENTROPY] = { .fixed = "256\n" },
	[NODE_POOLSIZE] = { .fixed = "256\n" },
	[NODE_UUID] = { .make = proc_random_uuid },
	[NODE_FILE_MAX] = { .fixed = "8192\n" },
	[NODE_INOTIFY_QUEUE] = { .fixed = "1022\n" },
	[NODE_INOTIFY_INSTANCES] = { .fixed = "64\n" },
	[NODE_INOTIFY_WATCHES] = { .fixed = "2048\n" },
	[NODE_FS_PROTECTED_HARD] = { .fixed = "0\n" },
	[NODE_FS_PROTECTED_SYMBOLIC] = { .fixed = "0\n" },
	[NODE_FS_SUID_DUMPABLE] = { .fixed = "0\n" },
	[NODE_NR_OPEN] = { .fixed = "4096\n" },
	[NODE_MQ_MSG_DEFAULT] = { .make = proc_setting },
	[NODE_MQ_MSG_MAX] = { .make = proc_setting },
	[NODE_MQ_SIZE_DEFAULT] = { .make = proc_setting },
	[NODE_MQ_SIZE_MAX] = { .make = proc_setting },
	[NODE_MQ_QUEUES_MAX] = { .make = proc_setting },
	[NODE_MSGMAX] = { .make = proc_setting },
	[NODE_MSGMNB] = { .make = proc_setting },
	[NODE_MSGMNI] = { .make = proc_setting },
	[NODE_SEM] = { .make = proc_setting },
	[NODE_SHMALL] = { .make = proc_setting },
	[NODE_SHMMAX] = { .make = proc_setting },
	[NODE_SHMMNI] = { .make = proc_setting },
	[NODE_PIPE_MAX] = { .make = proc_setting },
	[NODE_SYSVIPC_MSG] = { .make = proc_messages },
	[NODE_SYSVIPC_SEM] = { .make = proc_semaphores },
	[NODE_SYSVIPC_SHM] = { .make = proc_segments },
	[NODE_OVERCOMMIT] = { .fixed = "0\n" },
	[NODE_MAP_COUNT] = { .fixed = "16384\n" },
	[NODE_MMAP_MIN] = { .fixed = "65536\n" },
	[NODE_SWAPPINESS] = { .fixed = "0\n" },
};

int proc_number(const char *from, uint64_t bytes, int64_t *number)
{
	uint64_t at = 0, digits;
	int64_t value = 0;
	int negative;

	while (at < bytes && from[at] == ' ')
		at++;
	negative = at < bytes && from[at] == '-';
	at += (uint64_t)negative;
	for (digits = 0; at < bytes && from[at] >= '0' && from[at] <= '9'; digits++, at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, from[at] - '0', &value))
			return 0;
	while (at < bytes && (from[at] == ' ' || from[at] == '\n' || !from[at]))
		at++;
	*number = negative ? -value : value;
	return digits && at == bytes;
}

static long badness(struct task *task, uint32_t pid, uint32_t set, int64_t *value)
{
	struct process_badness_reply reply;
	status_t status = process_badness(&task->process_session,
		&(struct process_badness_request){ pid, set, *value }, &reply, 0);

	*value = reply.value;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long proc_pid_badness(struct task *task, struct text *text)
{
	int64_t value = 0;
	long error = badness(task, text->pid, 0, &value);

	if (!error)
		text_add(text, "%ld\n", value);
	return error;
}

/* What stands before a line end. */
static long take_host(struct task *task, uint32_t which, const char *from, uint64_t bytes)
{
	char name[PROCESS_HOST_BYTES] = { 0 };
	struct process_host_reply reply;
	uint64_t length = 0;

	while (length < bytes && length < HOST_NAME_MOST && from[length] && from[length] != '\n')
		length++;
	memcpy(name, from, length);
	return host_name(task, which, name, &reply);
}

/* As Linux has it: of the threads of one's own process, line ends included. */
static long take_name(struct task *task, uint64_t node, const char *from, uint64_t bytes)
{
	char name[PROCESS_NAME_BYTES] = { 0 };

	if (!node_is_own(task, node))
		return -E_INVAL;
	memcpy(name, from, bytes < sizeof(name) - 1 ? bytes : sizeof(name) - 1);
	return task_rename(task, NODE_ID(node), name);
}

long proc_take(struct task *task, uint64_t node, const char *from, uint64_t bytes)
{
	int64_t value;

	switch (NODE_ROW(node)) {
	case NODE_PID_COMM:
		return take_name(task, node, from, bytes);
	case NODE_HOSTNAME:
		return take_host(task, PROCESS_HOST, from, bytes);
	case NODE_DOMAINNAME:
		return take_host(task, PROCESS_DOMAIN, from, bytes);
	case NODE_PID_OOM_ADJ:
		if (!proc_number(from, bytes, &value))
			return -E_INVAL;
		return badness(task, NODE_PROCESS(node), 1, &value);
	default:
		return proc_take_setting(task, node, from, bytes);
	}
}

static long host(struct task *task, struct text *text, uint32_t which)
{
	struct process_host_reply reply;
	long error = host_name(task, which, 0, &reply);

	if (!error)
		text_add(text, "%s\n", reply.name);
	return error;
}

long proc_host(struct task *task, struct text *text)
{
	return host(task, text, PROCESS_HOST);
}

long proc_domain(struct task *task, struct text *text)
{
	return host(task, text, PROCESS_DOMAIN);
}

long proc_text(struct task *task, uint64_t node, uint64_t skip, char *to, uint64_t size)
{
	struct text text = { .to = to, .size = size, .skip = skip, .pid = NODE_PROCESS(node),
			     .id = NODE_ID(node), .number = NODE_NUMBER(node),
			     .row = NODE_ROW(node) };
	unsigned int row = NODE_ROW(node);
	long error = 0;

	if (texts[row].make)
		error = texts[row].make(task, &text);
	else if (texts[row].fixed)
		text_bytes(&text, texts[row].fixed, strlen(texts[row].fixed));
	else
		error = -E_IO;
	if (error)
		return error;
	if (text.bytes <= skip)
		return 0;
	return (long)(text.bytes - skip < size ? text.bytes - skip : size);
}
