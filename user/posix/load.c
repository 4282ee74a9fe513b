/* SPDX-License-Identifier: MIT */
/* What a new program finds: its segments, its stack, its registers. */
#include "user/posix/load.h"

#include "user/posix/dispatch.h"

#define STACK_BYTES  0x22000                      /* at first; it grows when touched */
#define CLOCK_TICKS  100                          /* per second, as times(2) counts */
#define RFLAGS_START 0x202
#define SIGNAL_FRAME_BYTES 1088                   /* the most that frame.c puts on a stack */

extern const uint64_t vdso_address;

/* AT_HWCAP is what CPUID leaf 1 says in EDX. */
static uint64_t hardware_capabilities(void)
{
	uint32_t eax = 1, ebx, ecx, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	return edx;
}

long load_block(struct task *task, const struct argument_block *block,
		const struct elf_image *program, const struct elf_image *interpreter,
		uint8_t *image)
{
	const struct process_ids *user = &task->process->credentials.user;
	const struct process_ids *group = &task->process->credentials.group;
	struct auxiliary auxiliary[] = {
		{ AT_SYSINFO_EHDR, vdso_address },
		{ AT_HWCAP, hardware_capabilities() },
		{ AT_PAGESZ, PAGE_BYTES },
		{ AT_CLKTCK, CLOCK_TICKS },
		{ AT_PHDR, program->program_headers },
		{ AT_PHENT, sizeof(struct elf_program_header) },
		{ AT_PHNUM, program->program_header_count },
		{ AT_BASE, interpreter->bias },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, program->entry },
		{ AT_UID, user->real },
		{ AT_EUID, user->effective },
		{ AT_GID, group->real },
		{ AT_EGID, group->effective },
		{ AT_SECURE, user->real != user->effective || group->real != group->effective },
		{ AT_HWCAP2, 0 },
		{ AT_MINSIGSTKSZ, SIGNAL_FRAME_BYTES },
	};
	_Static_assert(sizeof(auxiliary) / sizeof(auxiliary[0]) + 4 <= AUXILIARY_ROWS, "room");

	return arguments_build(block, image, LOAD_STACK_TOP, auxiliary,
			       sizeof(auxiliary) / sizeof(auxiliary[0]));
}

const uint8_t *load_strings(const struct argument_block *block, const uint8_t *image)
{
	return image + 8 * arguments_words(block);
}

/* Zeros from the end of the file's contents to the end of their page. */
static long clear_tail(uint64_t from, uint64_t end)
{
	static const uint8_t zeros[256];
	long result = 0;

	while (!result && from < end) {
		uint64_t step = end - from < sizeof(zeros) ? end - from : sizeof(zeros);

		result = copy_to_program(from, zeros, step);
		from += step;
	}
	return result;
}

static long load_segment(struct task *task, const struct elf_segment *segment,
			 struct open_file *file)
{
	uint64_t start = PAGE_DOWN(segment->address), skipped = segment->address - start;
	uint64_t file_end = segment->address + segment->file_bytes;
	uint64_t memory_end = PAGE_UP(segment->address + segment->memory_bytes);
	uint64_t anonymous = segment->file_bytes ? PAGE_UP(file_end) : start;
	long result = 0;

	if (segment->file_bytes)
		result = memory_map(task, start, anonymous - start, segment->protection,
				    PROCESS_MAP_KEEP, file, segment->offset - skipped);
	if (!result && memory_end > anonymous)
		result = memory_map(task, anonymous, memory_end - anonymous, segment->protection, 0, 0, 0);
	if (!result && segment->memory_bytes > segment->file_bytes && segment->file_bytes &&
	    (segment->protection & PROT_WRITE))
		result = clear_tail(file_end, PAGE_UP(file_end));
	return result;
}

long load_image(struct task *task, const struct elf_image *image, struct open_file *file)
{
	struct memory *memory = &task->process->memory;
	long result = 0;

	for (uint32_t i = 0; !result && i < image->count; i++)
		result = load_segment(task, &image->segment[i], file);
	if (image->count)
		memory->brk_start = memory->brk_end = PAGE_UP(image->end);
	return result;
}

long load_stack(struct task *task, const struct elf_image *image, const uint8_t *block,
		uint64_t bytes)
{
	uint64_t size = STACK_BYTES + PAGE_UP(bytes);
	long result = memory_map(task, LOAD_STACK_TOP - size, size, image->stack_protection,
				 PROCESS_MAP_GROWS_DOWN, 0, 0);

	return result ? result : copy_to_program(LOAD_STACK_TOP - bytes, block, bytes);
}

void load_registers(struct task *task, uint64_t entry, uint64_t block_bytes)
{
	task->program = (struct registers){
		.rip = entry, .rsp = LOAD_STACK_TOP - block_bytes, .rflags = RFLAGS_START };
	task->call = NO_CALL;
	task_set_tls(task, 0);
	task_reset_fpu(task);
}
