/* SPDX-License-Identifier: MIT */
/* The texts of /proc/PID: what process and this process know, in the words of proc(5). */
#include "user/posix/proc.h"

#include "libipc/string.h"

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
	long error = proc_list(task, pid, reply);

	return error || reply->identity.pid != pid ? -E_SRCH : 0;
}

/* Fields as numbered in proc(5); those that nobody keeps are 0. */
long proc_pid_stat(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);
	const struct process_identity *who = &of.identity;

	if (error)
		return error;
	text_add(text, "%u (%s) %c %u %u %u %d %d 0 %lu 0 0 0 %lu 0 0 0 %d %d 1 0 %lu %lu %lu ",
	     who->pid, of.name, state_of(task, &of)[0], who->parent, who->group, who->session,
	     who->session ? (5 << 8 | 1) : 0, -1, of.usage.faults, of.usage.cpu_ns / TICK_NS,
	     20 + (int)of.nice, (int)of.nice, of.start_ns / TICK_NS, of.region_pages * 4096,
	     of.region_pages);
	text_add(text, "%lu 0 0 0 0 0 0 0 0 0 0 0 0 %d 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", ~0ul, SIGCHLD);
	return 0;
}

/* The mask of this thread; of others nobody knows it. */
static void add_signals(struct task *task, struct text *text)
{
	int own = text->pid == PROCESS_PAGE(task->page)->pid;
	uint64_t ignored = 0, caught = 0, pending = 0;

	for (unsigned int i = 0; own && i < SIGNAL_COUNT; i++) {
		uint64_t handler = task->process->action[i].handler;

		if (handler == SIG_IGN)
			ignored |= 1ull << i;
		else if (handler != SIG_DFL)
			caught |= 1ull << i;
	}
	pending = own ? PROCESS_PAGE(task->page)->signals_pending | task->signal.pending : 0;
	text_add(text, "SigQ:\t0/1024\nSigPnd:\t%016lx\nShdPnd:\t%016lx\n", 0ul, pending);
	text_add(text, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		 own ? task->signal.blocked : 0, ignored, caught);
}

static void add_capabilities(struct task *task, struct text *text)
{
	struct process_capabilities_reply reply = { 0 };
	const struct process_capabilities *has = &reply.capabilities;

	(void)!process_capabilities(&task->process_session, &(struct process_capabilities_request){
		text->pid }, &reply, 0);
	text_add(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n", has->inheritable,
		 has->permitted, has->effective);
	text_add(text, "CapBnd:\t%016lx\nCapAmb:\t%016lx\nNoNewPrivs:\t0\nSeccomp:\t0\n",
		 has->bounding, has->ambient);
	text_add(text, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\n");
}

static void add_ids(struct text *text, const char *name, const struct process_ids *ids)
{
	text_add(text, "%s:\t%u\t%u\t%u\t%u\n", name, ids->real, ids->effective, ids->saved,
		 ids->file);
}

/* Of the caller's own process: what others have locked is not known. */
static uint64_t locked_kb(struct task *task, const struct process_list_reply *of)
{
	return of->identity.pid == PROCESS_PAGE(task->page)->pid ?
		memory_locked(task, PROGRAM_START, PROGRAM_END) / 1024 : 0;
}

long proc_pid_status(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);
	uint64_t kb = of.region_pages * 4;

	if (error)
		return error;
	text_add(text, "Name:\t%s\nUmask:\t", of.name);
	text_octal(text, task->process->files.umask, 4);
	text_add(text, "\nState:\t%s\n", state_of(task, &of));
	text_add(text, "Tgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n",
		 of.identity.pid, of.identity.pid, of.identity.parent);
	add_ids(text, "Uid", &of.identity.credentials.user);
	add_ids(text, "Gid", &of.identity.credentials.group);
	text_add(text, "FDSize:\t%d\nGroups:\t\n", DESCRIPTORS_MAX);
	text_add(text, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmHWM:\t%8lu kB\n",
		 of.usage.peak_pages * 4 > kb ? of.usage.peak_pages * 4 : kb, kb,
		 locked_kb(task, &of), kb);
	text_add(text, "VmRSS:\t%8lu kB\nVmData:\t%8lu kB\nVmStk:\t%8d kB\nVmSwap:\t%8d kB\n",
		 kb, kb, 132, 0);
	text_add(text, "Threads:\t1\n");
	add_signals(task, text);
	add_capabilities(task, text);
	text_add(text, "voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
	return 0;
}

long proc_pid_statm(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);

	if (!error)
		text_add(text, "%lu %lu 0 0 0 %lu 0\n", of.region_pages, of.region_pages,
		     of.region_pages);
	return error;
}

long proc_pid_comm(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);

	if (!error)
		text_add(text, "%s\n", of.name);
	return error;
}

/* Bytes of the program's own strings. */
static long add_strings(struct text *text, uint64_t from, uint64_t end)
{
	char step[256];

	while (from < end && !text_is_full(text)) {
		uint64_t bytes = end - from < sizeof(step) ? end - from : sizeof(step);

		if (copy_from_program(step, from, bytes))
			break;
		text_bytes(text, step, bytes);
		from += bytes;
	}
	return 0;
}

/* Of others only the beginning is known. */
long proc_pid_cmdline(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error;

	if (text->pid == PROCESS_PAGE(task->page)->pid)
		return add_strings(text, task->process->arguments_start,
				   task->process->arguments_end);
	error = about(task, text->pid, &of);
	if (error)
		return error;
	text_bytes(text, of.command, of.command_bytes < sizeof(of.command) ? of.command_bytes :
		   sizeof(of.command));
	return 0;
}

long proc_pid_environ(struct task *task, struct text *text)
{
	if (text->pid != PROCESS_PAGE(task->page)->pid)
		return -E_ACCES;
	return add_strings(text, task->process->arguments_end, task->process->environment_end);
}

/* The name of the file that a region is of. */
static void add_region_file(struct task *task, struct text *text,
			    const struct process_region_reply *region)
{
	struct open_file *file = region->flags & PROCESS_MAP_FILE ? memory_file(task, region->tag) :
		0;
	char name[256];
	long bytes = file ? file_describe(task, file, name, sizeof(name)) : 0;
	uint64_t break_start = task->process->memory.brk_start;

	if (bytes > 0) {
		text_add(text, "                   ");
		text_bytes(text, name, (uint64_t)bytes);
	} else if (region->flags & PROCESS_MAP_GROWS_DOWN) {
		text_add(text, "                   [stack]");
	} else if (region->start <= break_start && break_start < region->end) {
		text_add(text, "                   [heap]");
	}
	text_add(text, "\n");
}

/* Only of the process itself. */
long proc_pid_maps(struct task *task, struct text *text)
{
	struct process_region_reply region = { .end = 0 };

	if (text->pid != PROCESS_PAGE(task->page)->pid)
		return -E_ACCES;
	while (process_region(&task->process_session,
			      &(struct process_region_request){ .address = region.end }, &region,
			      0) == STATUS_OK && !text_is_full(text)) {
		int is_file = (region.flags & PROCESS_MAP_FILE) != 0;

		text_add(text, "%08lx-%08lx %c%c%c%c %08lx %s %lu ", region.start, region.end,
			 region.protection & PROCESS_READ ? 'r' : '-',
			 region.protection & PROCESS_WRITE ? 'w' : '-',
			 region.protection & PROCESS_EXECUTE ? 'x' : '-',
			 region.flags & PROCESS_MAP_SHARED ? 's' : 'p', is_file ? region.offset : 0,
			 is_file ? "fe:00" : "00:00", is_file ? 1ul : 0ul);
		add_region_file(task, text, &region);
	}
	return 0;
}

long proc_pid_io(struct task *task, struct text *text)
{
	struct process_list_reply of;
	long error = about(task, text->pid, &of);

	if (!error)
		text_add(text, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\n"
			 "write_bytes: 0\ncancelled_write_bytes: 0\n");
	return error;
}

long proc_pid_limits(struct task *task, struct text *text)
{
	static const struct { const char *name, *unit; } rows[PROCESS_LIMITS] = {
		{ "Max cpu time", "seconds" }, { "Max file size", "bytes" },
		{ "Max data size", "bytes" }, { "Max stack size", "bytes" },
		{ "Max core file size", "bytes" }, { "Max resident set", "bytes" },
		{ "Max processes", "processes" }, { "Max open files", "files" },
		{ "Max locked memory", "bytes" }, { "Max address space", "bytes" },
		{ "Max file locks", "locks" }, { "Max pending signals", "signals" },
		{ "Max msgqueue size", "bytes" }, { "Max nice priority", "" },
		{ "Max realtime priority", "" }, { "Max realtime timeout", "us" },
	};
	struct process_limit_reply limit;

	text_add(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (uint32_t i = 0; i < PROCESS_LIMITS; i++) {
		char soft[21] = "unlimited", hard[21] = "unlimited";

		if (process_limit(&task->process_session, &(struct process_limit_request){
				text->pid, i, 0, 0, 0 }, &limit, 0) != STATUS_OK)
			return -E_ACCES;
		if (limit.soft != PROCESS_LIMIT_NONE)
			format_text(soft, sizeof(soft), "%lu", limit.soft);
		if (limit.hard != PROCESS_LIMIT_NONE)
			format_text(hard, sizeof(hard), "%lu", limit.hard);
		text_add(text, "%-25s %-20s %-20s %-10s\n", rows[i].name, soft, hard, rows[i].unit);
	}
	return 0;
}
