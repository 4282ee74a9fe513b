/* SPDX-License-Identifier: MIT */
/*
 * Core files: an ELF file with the registers of the thread that got the signal in notes, and the
 * program's memory. What was never written of a mapped file is not in it, a debugger has the file.
 * Layouts: struct elf_prstatus and elf_prpsinfo of linux/elfcore.h, System V ABI chapter 5.
 */
#include "user/posix/core.h"

#include "user/posix/elf.h"
#include "user/posix/file.h"
#include "user/posix/linux_file.h"
#include "user/posix/threads.h"

#define SIGNALS_CORE (SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | \
		      SIGNAL_BIT(SIGABRT) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | \
		      SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGXCPU) | SIGNAL_BIT(SIGXFSZ) | \
		      SIGNAL_BIT(SIGSYS))
#define LIMIT_CORE     4u
#define PAGE           4096ull
#define ELF_CORE       4
#define ELF_LOAD       1
#define ELF_NOTE       4
#define MACHINE_X86_64 62
#define SEGMENTS_MOST  0xfff0u
#define USER_CS        0x33
#define USER_SS        0x2b
enum { NOTE_STATUS = 1, NOTE_FLOATING_POINT = 2, NOTE_PROCESS = 3, NOTE_SIGNAL = 0x53494749 };

struct core_status {
	int32_t signo, code, error;
	int16_t current, reserved;
	uint64_t pending, held;
	uint32_t pid, parent, group, session;
	struct linux_timeval times[4];
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t original_rax, rip, cs, rflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
	uint32_t has_floating_point, reserved2;
};
_Static_assert(sizeof(struct core_status) == 336, "struct elf_prstatus");

struct core_process {
	uint8_t state, name, zombie, nice;
	uint32_t reserved;
	uint64_t flags;
	uint32_t user, group, pid, parent, process_group, session;
	char file[16], arguments[80];
};
_Static_assert(sizeof(struct core_process) == 136, "struct elf_prpsinfo");

struct note_header { uint32_t name_bytes, bytes, kind; char name[8]; };

/* The file as it is written: what does not fit the limit is left out. */
struct core {
	struct task *task;
	struct open_file *file;
	uint64_t limit, position;
	long error;
};

static void core_write(struct core *core, uint64_t address, uint64_t bytes)
{
	uint64_t room = core->limit > core->position ? core->limit - core->position : 0;
	long done = 0;

	for (uint64_t at = 0; !core->error && at < bytes && at < room; at += (uint64_t)done) {
		uint64_t step = bytes < room ? bytes - at : room - at;

		done = file_operations(core->file)->write(core->task, core->file, address + at,
							  step, core->position + at);
		if (done <= 0)
			core->error = done ? done : -E_IO;
	}
	core->position += bytes;
}

/* ---- what there is of the program ---- */

static int region_next(struct task *task, uint64_t from, struct process_region_reply *region)
{
	return process_region(&task->process_session, &(struct process_region_request){ from, 0 },
			      region, 0) == STATUS_OK && region->start < PROGRAM_END;
}

/* A file's pages that were never writable are the file's, and what cannot be read is not there. */
static int is_dumped(const struct process_region_reply *region)
{
	return region->protection & PROCESS_READ &&
	       (!(region->flags & PROCESS_MAP_FILE) ||
		(region->protection & PROCESS_WRITE && !(region->flags & PROCESS_MAP_SHARED)));
}

static uint32_t segments_count(struct task *task)
{
	struct process_region_reply region;
	uint32_t count = 0;

	for (uint64_t at = 0; count < SEGMENTS_MOST && region_next(task, at, &region); count++)
		at = region.end;
	return count;
}

static void segments_write(struct core *core, uint32_t count, uint64_t offset)
{
	struct process_region_reply region;
	uint64_t at = 0;

	for (uint32_t i = 0; i < count && region_next(core->task, at, &region); i++) {
		struct elf_program_header header = {
			.type = ELF_LOAD, .offset = offset, .address = region.start,
			.memory_bytes = region.end - region.start, .alignment = PAGE,
			.flags = (region.protection & PROCESS_READ ? 4u : 0) |
				 (region.protection & PROCESS_WRITE ? 2u : 0) |
				 (region.protection & PROCESS_EXECUTE ? 1u : 0),
		};

		if (is_dumped(&region))
			header.file_bytes = header.memory_bytes;
		offset += header.file_bytes;
		core_write(core, (uint64_t)&header, sizeof(header));
		at = region.end;
	}
}

/* Pages that never were there stay holes in the file. */
static void region_write(struct core *core, const struct process_region_reply *region)
{
	struct process_present_reply present = { .end = region->start };
	uint64_t begin = core->position;

	if (region->flags & PROCESS_MAP_FILE) {
		core_write(core, region->start, region->end - region->start);
		/* The file has become shorter. */
		if (core->error == -E_FAULT)
			core->error = 0;
		return;
	}
	while (!core->error && process_present(&core->task->process_session,
			&(struct process_present_request){ present.end, region->end }, &present,
			0) == STATUS_OK) {
		core->position = begin + present.start - region->start;
		core_write(core, present.start, present.end - present.start);
	}
	core->position = begin + region->end - region->start;
}

static void memory_write(struct core *core, uint32_t count)
{
	struct process_region_reply region;
	uint64_t at = 0;

	for (uint32_t i = 0; i < count && region_next(core->task, at, &region); i++) {
		if (is_dumped(&region) && core->position < core->limit)
			region_write(core, &region);
		at = region.end;
	}
}

/* ---- notes ---- */

static void note_write(struct core *core, uint32_t kind, const void *data, uint32_t bytes)
{
	struct note_header header = { 5, bytes, kind, "CORE" };

	core_write(core, (uint64_t)&header, sizeof(header));
	core_write(core, (uint64_t)data, bytes);
}
#define NOTES_BYTES (4 * sizeof(struct note_header) + sizeof(struct core_status) + \
		     sizeof(struct core_process) + sizeof(struct signal_info) + 512)

static void status_write(struct core *core, const struct signal_info *info)
{
	const struct registers *from = &core->task->program;
	volatile struct process_page *page = PROCESS_PAGE(core->task->page);
	struct core_status status = {
		.signo = info->signo, .code = info->code, .current = (int16_t)info->signo,
		.held = core->task->signal.blocked, .pid = page->tid, .parent = page->parent,
		.group = page->group, .session = page->session,
		.original_rax = core->task->call, .cs = USER_CS, .ss = USER_SS,
		.fs_base = from->fs_base, .has_floating_point = 1,
	};

#define SAVE(register) status.register = from->register;
	SAVE(r15) SAVE(r14) SAVE(r13) SAVE(r12) SAVE(rbp) SAVE(rbx) SAVE(r11) SAVE(r10) SAVE(r9)
	SAVE(r8) SAVE(rax) SAVE(rcx) SAVE(rdx) SAVE(rsi) SAVE(rdi) SAVE(rip) SAVE(rflags) SAVE(rsp)
#undef SAVE
	note_write(core, NOTE_STATUS, &status, sizeof(status));
}

static void process_write(struct core *core)
{
	const struct process_record *record = core->task->process;
	volatile struct process_page *page = PROCESS_PAGE(core->task->page);
	struct core_process process = {
		.name = 'R', .user = record->credentials.user.real,
		.group = record->credentials.group.real, .pid = page->pid, .parent = page->parent,
		.process_group = page->group, .session = page->session,
	};
	uint64_t bytes = record->arguments_end - record->arguments_start;

	__builtin_memcpy(process.file, record->command, sizeof(process.file));
	if (bytes > sizeof(process.arguments) - 1)
		bytes = sizeof(process.arguments) - 1;
	if (copy_from_program(process.arguments, record->arguments_start, bytes))
		bytes = 0;
	for (uint64_t i = 0; i + 1 < bytes; i++) {
		if (!process.arguments[i])
			process.arguments[i] = ' ';
	}
	note_write(core, NOTE_PROCESS, &process, sizeof(process));
}

static void core_fill(struct core *core, const struct signal_info *info)
{
	struct task *task = core->task;
	uint32_t count = segments_count(task);
	uint64_t notes = sizeof(struct elf_header) +
			 (count + 1) * sizeof(struct elf_program_header);
	uint64_t memory = (notes + NOTES_BYTES + PAGE - 1) & ~(PAGE - 1);
	struct elf_header header = {
		.identification = { 0x7f, 'E', 'L', 'F', 2, 1, 1 }, .type = ELF_CORE,
		.machine = MACHINE_X86_64, .version = 1, .program_headers = sizeof(header),
		.header_bytes = sizeof(header),
		.program_header_bytes = sizeof(struct elf_program_header),
		.program_header_count = (uint16_t)(count + 1),
	};
	struct elf_program_header note = {
		.type = ELF_NOTE, .offset = notes, .file_bytes = NOTES_BYTES, .alignment = 4 };

	core_write(core, (uint64_t)&header, sizeof(header));
	core_write(core, (uint64_t)&note, sizeof(note));
	segments_write(core, count, memory);
	__asm__ volatile("fxsave64 %0" : "=m"(task->fpu));
	status_write(core, info);
	process_write(core);
	note_write(core, NOTE_SIGNAL, info, sizeof(*info));
	note_write(core, NOTE_FLOATING_POINT, task->fpu, sizeof(task->fpu));
	core->position = memory;
	memory_write(core, count);
}

/* ---- the file ---- */

static uint64_t core_limit(struct task *task, int signal)
{
	struct process_attribute_reply attribute;
	struct process_limit_reply limit;

	if (!(SIGNAL_BIT(signal) & SIGNALS_CORE) ||
	    process_limit(&task->process_session, &(struct process_limit_request){
		.resource = LIMIT_CORE }, &limit, 0) || limit.soft < PAGE ||
	    process_attribute(&task->process_session, &(struct process_attribute_request){
		.which = PROCESS_NOT_DUMPABLE }, &attribute, 0) || attribute.value)
		return 0;
	return limit.soft;
}

/* Only into a file that is nobody else's, and has no other name. */
static int is_fit(struct task *task, const struct linux_stat *status)
{
	return (status->mode & LINUX_S_IFMT) == LINUX_S_IFREG && status->links == 1 &&
	       status->user == task->process->credentials.user.file;
}

unsigned int core_dump(struct task *task, const struct signal_info *info)
{
	struct core core = { .task = task, .limit = core_limit(task, info->signo) };
	struct linux_stat status;
	long descriptor;

	if (!core.limit)
		return 0;
	if (task->process->threads)
		threads_end_others(task);
	descriptor = file_open_path(task, LINUX_AT_FDCWD, "core", sizeof("core") - 1,
		LINUX_O_WRONLY | LINUX_O_CREAT | LINUX_O_NOFOLLOW | LINUX_O_NONBLOCK, 0600);
	if (descriptor < 0)
		return 0;
	core.file = file_of(task, descriptor);
	if (file_status(task, descriptor, &status) || !is_fit(task, &status) ||
	    sys_ftruncate(task, descriptor, 0))
		return 0;
	core_fill(&core, info);
	/* The end may be a hole, unless that is beyond what a file can be. */
	(void)!sys_ftruncate(task, descriptor, (long)(core.position < core.limit ?
						      core.position : core.limit));
	file_close(task, descriptor);
	return core.error ? 0 : STATUS_CORE;
}
