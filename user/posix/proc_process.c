/* SPDX-License-Identifier: MIT */
/* The texts of /proc/PID: what process and this process know, in the words of proc(5). */
#include "user/posix/proc.h"

#include "libipc/string.h"
#include "user/posix/other.h"

/* Of whom the text is: the process, and the thread. */
struct subject {
	struct process_list_reply process;
	struct process_details_reply thread;
};

static long about(struct task *task, const struct text *text, struct subject *subject)
{
	long error = proc_list(task, text->pid, &subject->process);

	if (!error && subject->process.identity.pid != text->pid)
		error = -E_SRCH;
	if (!error)
		error = other_details(task, text->id, &subject->thread);
	return error ? -E_SRCH : 0;
}

/* A process that asks about itself waits for process just then, and is running all the same. */
static const char *state_of(struct task *task, const struct subject *subject)
{
	switch (subject->process.identity.state) {
	case PROCESS_ZOMBIE:
		return "Z (zombie)";
	case PROCESS_STOPPED:
		return "T (stopped)";
	default:
		return subject->thread.asleep &&
		       subject->thread.tid != PROCESS_PAGE(task->page)->tid ?
			"S (sleeping)" : "R (running)";
	}
}

/* ---- signals ---- */

struct masks { uint64_t pending, shared, blocked, ignored, caught; };

static void masks_of(struct task *task, const struct subject *subject, struct masks *masks)
{
	const struct process_details_reply *thread = &subject->thread;
	struct signal_action action[SIGNAL_COUNT];
	int own = thread->tid == PROCESS_PAGE(task->page)->tid;

	*masks = (struct masks){
		.pending = thread->signals_pending, .shared = thread->signals_shared,
		.blocked = own ? task->signal.blocked : thread->signals_blocked,
	};
	if (own)
		masks->pending |= task->signal.pending;
	if (!thread->may_inspect || OTHER_MEMBER(task, thread->client, action, &action))
		return;
	for (unsigned int i = 0; i < SIGNAL_COUNT; i++) {
		if (action[i].handler == SIG_IGN)
			masks->ignored |= 1ull << i;
		else if (action[i].handler != SIG_DFL)
			masks->caught |= 1ull << i;
	}
}

/* ---- stat, status, statm ---- */

/* Fields as numbered in proc(5); those that nobody keeps are 0. */
long proc_pid_stat(struct task *task, struct text *text)
{
	struct subject of;
	struct masks masks;
	long error = about(task, text, &of);
	const struct process_identity *who = &of.process.identity;
	int is_thread = text->id != text->pid;
	uint64_t cpu_ns = is_thread ? of.thread.cpu_ns : of.process.usage.cpu_ns;

	if (error)
		return error;
	masks_of(task, &of, &masks);
	text_add(text, "%u (%s) %c %u %u %u %d %d 0 %lu 0 0 0 %lu 0 0 0 %d %d %u 0 %lu %lu %lu ",
	     text->id, of.thread.name, state_of(task, &of)[0], who->parent, who->group,
	     who->session, who->session ? (5 << 8 | 1) : 0, -1, of.process.usage.faults,
	     cpu_ns / TICK_NS, 20 + (int)of.process.nice, (int)of.process.nice, of.thread.threads,
	     of.process.start_ns / TICK_NS, of.process.region_pages * 4096,
	     of.thread.resident_pages);
	text_add(text, "%lu 0 0 0 0 0 %lu %lu %lu %lu 0 0 0 %d 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", ~0ul,
		 (masks.pending | masks.shared) & 0x7fffffff, masks.blocked & 0x7fffffff,
		 masks.ignored & 0x7fffffff, masks.caught & 0x7fffffff, SIGCHLD);
	return 0;
}

static void add_signals(struct task *task, struct text *text, const struct subject *of)
{
	struct masks masks;

	masks_of(task, of, &masks);
	text_add(text, "SigQ:\t0/1024\nSigPnd:\t%016lx\nShdPnd:\t%016lx\n", masks.pending,
		 masks.shared);
	text_add(text, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n", masks.blocked,
		 masks.ignored, masks.caught);
}

static void add_capabilities(struct task *task, struct text *text, const struct subject *of)
{
	struct process_capabilities_reply reply = { 0 };
	const struct process_capabilities *has = &reply.capabilities;

	(void)!process_capabilities(&task->process_session, &(struct process_capabilities_request){
		text->pid }, &reply, 0);
	text_add(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n", has->inheritable,
		 has->permitted, has->effective);
	text_add(text, "CapBnd:\t%016lx\nCapAmb:\t%016lx\nNoNewPrivs:\t%u\nSeccomp:\t0\n",
		 has->bounding, has->ambient, of->thread.no_new_privileges);
	text_add(text, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\n");
}

static void add_ids(struct text *text, const char *name, const struct process_ids *ids)
{
	text_add(text, "%s:\t%u\t%u\t%u\t%u\n", name, ids->real, ids->effective, ids->saved,
		 ids->file);
}

static void add_groups(struct text *text, const struct process_details_reply *of)
{
	text_add(text, "FDSize:\t%d\nGroups:\t", DESCRIPTORS_MAX);
	for (uint32_t i = 0; i < of->count && i < PROCESS_GROUPS; i++)
		text_add(text, i ? " %u" : "%u", of->groups[i]);
	text_add(text, " \n");
}

/* Of the caller's own process: what others have locked is not known. */
static uint64_t locked_kb(struct task *task, const struct subject *of)
{
	return of->process.identity.pid == PROCESS_PAGE(task->page)->pid ?
		memory_locked(task, PROGRAM_START, PROGRAM_END) / 1024 : 0;
}

/* What of it is there at most, nobody keeps: it is as much as is there now. */
static void add_memory(struct task *task, struct text *text, const struct subject *of)
{
	uint64_t kb = of->process.region_pages * 4, resident = of->thread.resident_pages * 4;
	uint64_t peak = of->process.usage.peak_pages * 4;

	if (of->process.identity.state == PROCESS_ZOMBIE)
		return;
	text_add(text, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmHWM:\t%8lu kB\n",
		 peak > kb ? peak : kb, kb, locked_kb(task, of), resident);
	text_add(text, "VmRSS:\t%8lu kB\nVmData:\t%8lu kB\nVmStk:\t%8d kB\nVmSwap:\t%8d kB\n",
		 resident, kb, 132, 0);
}

/* The mask for new files is known to the process itself. */
static void add_umask(struct task *task, struct text *text, const struct subject *of)
{
	uint32_t umask;

	if (!of->thread.may_inspect ||
	    OTHER_MEMBER(task, of->thread.client, files.umask, &umask))
		return;
	text_add(text, "Umask:\t");
	text_octal(text, umask & 07777, 4);
	text_add(text, "\n");
}

long proc_pid_status(struct task *task, struct text *text)
{
	struct subject of;
	long error = about(task, text, &of);

	if (error)
		return error;
	text_add(text, "Name:\t%s\n", of.thread.name);
	add_umask(task, text, &of);
	text_add(text, "State:\t%s\n", state_of(task, &of));
	text_add(text, "Tgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n",
		 text->pid, text->id, of.process.identity.parent);
	add_ids(text, "Uid", &of.process.identity.credentials.user);
	add_ids(text, "Gid", &of.process.identity.credentials.group);
	add_groups(text, &of.thread);
	add_memory(task, text, &of);
	text_add(text, "Threads:\t%u\n", of.thread.threads);
	add_signals(task, text, &of);
	add_capabilities(task, text, &of);
	text_add(text, "voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
	return 0;
}

long proc_pid_statm(struct task *task, struct text *text)
{
	struct subject of;
	long error = about(task, text, &of);

	if (!error)
		text_add(text, "%lu %lu 0 0 0 %lu 0\n", of.process.region_pages,
			 of.thread.resident_pages, of.process.region_pages);
	return error;
}

long proc_pid_comm(struct task *task, struct text *text)
{
	struct process_details_reply of;
	long error = other_details(task, text->id, &of);

	if (!error)
		text_add(text, "%s\n", of.name);
	return error;
}

/* ---- strings on its stack ---- */

/* Bytes of the program's memory, as far as they are there. */
static long add_strings(struct task *task, struct text *text, uint32_t client, uint64_t from,
			uint64_t end)
{
	char step[256];

	while (from < end && !text_is_full(text)) {
		uint64_t bytes = end - from < sizeof(step) ? end - from : sizeof(step);

		if (other_read(task, client, from, step, bytes))
			break;
		text_bytes(text, step, bytes);
		from += bytes;
	}
	return 0;
}

/* For all; of one that has ended there is nothing left. */
long proc_pid_cmdline(struct task *task, struct text *text)
{
	struct process_details_reply of;
	long error = other_details(task, text->id, &of);

	return error ? error : add_strings(task, text, of.client, of.arguments,
					   of.arguments + of.arguments_bytes);
}

long proc_pid_environ(struct task *task, struct text *text)
{
	struct { uint64_t start, end; } strings;
	uint32_t client;
	long error = other_client(task, text->pid, &client);

	_Static_assert(__builtin_offsetof(struct process_record, environment_end) ==
		       __builtin_offsetof(struct process_record, arguments_end) + 8, "side by side");
	if (!error)
		error = other_record(task, client, __builtin_offsetof(struct process_record,
				     arguments_end), &strings, sizeof(strings));
	return error ? error : add_strings(task, text, client, strings.start, strings.end);
}

/* ---- open files ---- */

static long fdinfo_of(struct task *task, struct text *text, struct open_file *copy,
		      uint64_t *position)
{
	struct open_file *file = file_of(task, (long)text->number);
	uint32_t client;
	long error;

	if (text->pid == PROCESS_PAGE(task->page)->pid) {
		if (!file)
			return -E_NOENT;
		*copy = *file;
		*position = 0;
		if (file_operations(file)->seek)
			*position = (uint64_t)file_operations(file)->seek(task, file, 0,
									  LINUX_SEEK_CUR);
		if (files_descriptor(&task->process->files, text->number)->flags & LINUX_FD_CLOEXEC)
			copy->flags |= LINUX_O_CLOEXEC;
		return 0;
	}
	error = other_client(task, text->pid, &client);
	if (!error)
		error = other_descriptor(task, client, text->number, copy);
	if (!error)
		error = other_view(task, client, copy, position);
	if (!error)
		other_let_go(task, &(struct open_file){ .kind = copy->kind, .record = copy->record,
							.node = copy->node });
	return error == -E_BADF ? -E_NOENT : error;
}

long proc_pid_fdinfo(struct task *task, struct text *text)
{
	struct open_file file;
	uint64_t position = 0;
	long error = fdinfo_of(task, text, &file, &position);

	if (error)
		return error;
	text_add(text, "pos:\t%lu\nflags:\t0", (long)position < 0 ? 0ul : position);
	text_octal(text, file.flags, 1);
	text_add(text, "\nmnt_id:\t20\n");
	return 0;
}

/* ---- maps ---- */

/* What a region is of: its name and number are asked for once where several follow each other. */
struct mapped {
	uint64_t tag;
	struct fs_status status;
	long name_bytes;
	char name[256];
};

static void mapped_find(struct task *task, uint32_t client, uint64_t tag, struct mapped *mapped)
{
	struct open_file file;
	struct fs_status_reply status;
	uint64_t position;

	if (mapped->tag == tag)
		return;
	*mapped = (struct mapped){ .tag = tag };
	if (other_mapped(task, client, tag, &file) || other_view(task, client, &file, &position))
		return;
	mapped->name_bytes = file_describe(task, &file, mapped->name, sizeof(mapped->name));
	if (file.kind == FILE_DISK &&
	    !fs_status(&task->fs, &(struct fs_status_request){ file.record }, &status, 0))
		mapped->status = status.status;
	other_let_go(task, &file);
}

static void add_region_name(struct text *text, const struct process_region_reply *region,
			    const struct mapped *mapped, uint64_t break_start)
{
	if (mapped && mapped->name_bytes > 0) {
		text_add(text, "                   ");
		text_bytes(text, mapped->name, (uint64_t)mapped->name_bytes);
	} else if (region->flags & PROCESS_MAP_GROWS_DOWN) {
		text_add(text, "                   [stack]");
	} else if (region->start <= break_start && break_start < region->end) {
		text_add(text, "                   [heap]");
	}
	text_add(text, "\n");
}

static void add_region(struct text *text, const struct process_region_reply *region,
		       const struct mapped *mapped)
{
	uint64_t device = mapped ? file_device_number(&mapped->status) : 0;

	text_add(text, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ", region->start, region->end,
		 region->protection & PROCESS_READ ? 'r' : '-',
		 region->protection & PROCESS_WRITE ? 'w' : '-',
		 region->protection & PROCESS_EXECUTE ? 'x' : '-',
		 region->flags & PROCESS_MAP_SHARED ? 's' : 'p', mapped ? region->offset : 0,
		 device >> 8, device & 0xff, mapped ? mapped->status.inode : 0);
}

long proc_pid_maps(struct task *task, struct text *text)
{
	struct process_region_reply region = { .end = 0 };
	struct mapped mapped = { 0 };
	uint64_t break_start = 0;
	uint32_t client;
	long error = other_client(task, text->pid, &client);

	if (!error)
		error = OTHER_MEMBER(task, client, memory.brk_start, &break_start);
	if (error)
		return error;
	while (process_region(&task->process_session,
			      &(struct process_region_request){ region.end, client }, &region,
			      0) == STATUS_OK && !text_is_full(text)) {
		int is_file = (region.flags & PROCESS_MAP_FILE) != 0;

		if (is_file)
			mapped_find(task, client, region.tag, &mapped);
		add_region(text, &region, is_file ? &mapped : 0);
		add_region_name(text, &region, is_file ? &mapped : 0, break_start);
	}
	return 0;
}

long proc_pid_io(struct task *task, struct text *text)
{
	struct subject of;
	long error = about(task, text, &of);

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
