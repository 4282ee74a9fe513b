/* sources: kernel/capability.c kernel/memory.c kernel/space.c kernel/thread.c kernel/endpoint.c kernel/message.c kernel/fault.c kernel/interrupt.c kernel/control.c kernel/schedule.c kernel/syscall.c kernel/arch/x86_64/paging.c */
/* SPDX-License-Identifier: MIT */
/*
 * The portable kernel on the host: RAM is an array at DIRECT_MAP, leaving the kernel is a longjmp.
 * Millions of seeded calls with hostile arguments; after each step all counts and links are
 * recomputed from scratch and compared.
 */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/syscalls.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/boot.h"
#include "kernel/endpoint.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

#define RAM_PAGES 4096

/* ---- the architecture, as far as the portable kernel sees it ---- */

uint64_t *kernel_root;
uint64_t tsc_hz = 1000000000;
static uint64_t ticks;
static jmp_buf leave;
static struct info_page info;

_Noreturn void arch_return_to_user(struct thread *thread) { (void)thread; longjmp(leave, 1); }
void arch_idle(void) { longjmp(leave, 2); }
void arch_space_switch(uint64_t root) { cr_assert(root % PAGE_SIZE == 0); }
void arch_space_leave(const struct space *space) { (void)space; }
void arch_context_switch(struct thread *from, struct thread *to)
{
	cr_assert(!from || from->object.kind == KIND_THREAD);
	cr_assert(to->context == to);
}
void arch_context_reset(struct thread *thread) { (void)thread; }
void arch_tls_load(const struct thread *thread) { (void)thread; }
uint64_t arch_flags_fresh(void) { return 0x202; }
uint64_t arch_flags_allowed(uint64_t flags) { return flags | 0x202; }
void arch_translation_drop(const struct space *space, uint64_t address) { (void)space; (void)address; }
void arch_irq_enable(unsigned irq, unsigned line) { (void)irq; (void)line; }
void arch_irq_unmask(unsigned irq, unsigned line) { (void)irq; (void)line; }
void arch_irq_message(unsigned irq, uint64_t *address, uint64_t *data) { *address = irq; *data = 0; }
uint64_t arch_ticks(void) { return ticks += 100; }
void arch_timer_set(uint64_t deadline) { (void)deadline; }
uint32_t arch_port_read(unsigned port, unsigned bytes) { return port + bytes; }
void arch_port_write(unsigned port, unsigned bytes, uint32_t value)
{
	(void)port;
	(void)bytes;
	(void)value;
}
void arch_log(const char *text, unsigned long bytes) { (void)text; (void)bytes; }
void log_write(const char *text, unsigned long bytes) { arch_log(text, bytes); }
uint64_t log_read(uint64_t *position, char *to, uint64_t bytes)
{
	(void)bytes;
	*to = 0;
	return *position = 0;
}
_Noreturn void arch_shutdown(unsigned status) { (void)status; longjmp(leave, 3); }
void log_print(const char *format, ...) { (void)format; }
_Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	abort();
}
struct info_page *boot_info_page(void) { return &info; }

/* ---- a machine with one first program ---- */

enum { FIRST_MEMORY = 8, FIRST_CONTROL = 4, FIRST_SPACE = 1, FIRST_ENDPOINT = 3, FIRST_DEVICE = 6 };
static struct space *first_space;
static struct thread *first_thread;

static void give(unsigned number, struct slot value)
{
	cr_assert_eq(slot_fill(first_space, &first_space->table[number], &value), STATUS_OK);
}

static void machine_start(void)
{
	struct endpoint *endpoint;
	void *ram = mmap((void *)DIRECT_MAP, RAM_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	cr_assert_eq(ram, (void *)DIRECT_MAP);
	frame_table = calloc(RAM_PAGES, sizeof(struct frame));
	frame_count = RAM_PAGES;
	kernel_root = direct(0);
	frame_table[0].type = FRAME_TABLE;
	first_space = space_create(1, 3, 48);
	endpoint = endpoint_create(4, 1, 48);
	first_thread = thread_create(5);
	for (unsigned i = 0; i < 16; i++)
		space_pool_add(first_space, 8 + i);
	thread_configure(first_thread, first_space, 48, false);
	thread_bind(first_thread, endpoint);
	space_map_page(first_space, arch_entry_make(first_space, MESSAGE_PAGES), 6,
	               MAP_READ | MAP_WRITE);
	thread_page_set(first_thread, 6);
	give(FIRST_SPACE, (struct slot){ (uint64_t)first_space, KIND_SPACE, 0xff, 0, 0 });
	give(FIRST_ENDPOINT, (struct slot){ (uint64_t)endpoint, KIND_ENDPOINT, 0xff, 0, 0 });
	give(FIRST_CONTROL, (struct slot){ 0, KIND_CONTROL, 0xff, 0, 0 });
	give(FIRST_DEVICE,
	     (struct slot){ 0xffffffffull << 32, KIND_MEMORY,
	                    MEMORY_READ | MEMORY_WRITE | MEMORY_DEVICE, 0, 0 });
	for (uint64_t i = 0; i < 4; i++)
		give(FIRST_MEMORY + (unsigned)i,
		     (struct slot){ (1024 * i + 32) | (i == 3 ? 900ull : 1024ull) << 32,
		                    KIND_MEMORY, 0x2f, 0, 0 });
	thread_start(first_thread, 0x400000, 0x500000, 0);
	if (!setjmp(leave))
		schedule_leave();
}

/* One call of the current thread; the status it ended with, or -1 if it waits. */
static int call_make(unsigned number, uint64_t slot, uint64_t operation, const uint64_t word[6])
{
	struct thread *self = processor.current;

	self->registers.rax = KERNEL_CALL_BASE + number;
	self->registers.rdi = slot;
	self->registers.rsi = operation;
	thread_words_set(self, word);
	self->resume = RESUME_CALL;
	if (!setjmp(leave))
		kernel_call(self);
	return processor.current == self ? (int)self->registers.rax : -1;
}

#define CALL(number, slot, operation, ...)                                                         \
	call_make(KERNEL_##number - KERNEL_CALL_BASE, slot, operation,                             \
	          (const uint64_t[6]){ __VA_ARGS__ })

/* ---- everything counted again ---- */

static uint32_t expected[RAM_PAGES];

static void count_object(const void *object) { expected[page_number(object)]++; }

static void count_table(const struct space *space)
{
	for (uint32_t i = 0; i < space->slot_count; i++) {
		const struct slot *slot = &space->table[i];

		switch (slot->kind) {
		case KIND_SPACE:
		case KIND_THREAD:
		case KIND_ENDPOINT:
		case KIND_NOTIFICATION:
			count_object(slot_object(slot));
			break;
		case KIND_SESSION:
			count_object(((struct session *)slot_object(slot))->endpoint);
			break;
		case KIND_REPLY: {
			const struct thread *caller = slot_object(slot);

			cr_assert_eq(caller->reply, slot);
			cr_assert_eq(caller->state, THREAD_AWAITING_REPLY);
			break;
		}
		}
	}
}

static void count_mappings(const struct space *space)
{
	uint64_t at = 0;

	for (uint64_t *entry = 0; (entry = arch_entry_mapped(space, &at, USER_TOP, entry));
	     entry++, at += PAGE_SIZE) {
		uint32_t page = arch_entry_read(*entry).page;

		cr_assert_eq(entry, arch_entry(space, at));

		if (page < RAM_PAGES && frame_table[page].type != FRAME_RESERVED) {
			cr_assert_eq(frame_table[page].type, FRAME_RAW,
			             "page %u of type %u is mapped", page, frame_table[page].type);
			expected[page]++;
		}
	}
}

static uint32_t references(const struct session *session)
{
	uint32_t found = 0;

	for (const struct space *space = space_list; space; space = space->next)
		for (uint32_t i = 0; i < space->slot_count; i++)
			if (space->table[i].kind == KIND_SESSION)
				found += slot_object(&space->table[i]) == session;
	for (uint32_t page = 0; page < RAM_PAGES; page++)
		if (frame_table[page].type == FRAME_OBJECT &&
		    ((struct object *)page_pointer(page))->kind == KIND_THREAD)
			found += ((struct thread *)page_pointer(page))->fault_session == session;
	return found;
}

static void check_endpoint(const struct endpoint *endpoint, bool thorough)
{
	uint32_t calls = 0, free_count = 0;

	for (const struct thread *caller = endpoint->calls_first; caller;
	     caller = caller->next, calls++) {
		cr_assert_eq(caller->state, THREAD_CALLING);
		cr_assert_eq(caller->session->endpoint, endpoint);
	}
	cr_assert_eq(calls, endpoint->calls);
	for (const struct session *session = endpoint->free; session;
	     session = session->next, free_count++)
		cr_assert(!session->count && !session->used);
	cr_assert_eq(free_count, endpoint->free_count);
	cr_assert_eq(!!(endpoint->pending & PENDING_CALLS), !!calls);
	cr_assert_eq(!!(endpoint->pending & PENDING_BITS), !!endpoint->bits);
	cr_assert_eq(!!(endpoint->pending & PENDING_EVENTS), !!endpoint->events_first);
	if (endpoint->receiver) {
		cr_assert_eq(endpoint->receiver, endpoint->thread);
		cr_assert_eq(endpoint->receiver->state, THREAD_RECEIVING);
		cr_assert(!(endpoint->pending & PENDING_RECEIVABLE));
		cr_assert(!endpoint->receiver->stopped && !endpoint->receiver->caller);
	}
	for (uint32_t i = 0; thorough && i < endpoint->session_total; i++)
		if (endpoint->sessions[i].used)
			cr_assert_eq(endpoint->sessions[i].count, references(&endpoint->sessions[i]));
}

static void check_thread(const struct thread *thread)
{
	if (thread->endpoint != &endpoint_none) {
		expected[page_number(thread->endpoint)]++;
		cr_assert_eq(thread->endpoint->thread, thread);
	}
	if (thread->fault_session)
		expected[page_number(thread->fault_session->endpoint)]++;
	if (thread->page)
		expected[page_number(thread->page)]++;
	if (thread->caller) {
		cr_assert_eq(thread->caller->state, THREAD_AWAITING_REPLY);
		cr_assert_eq(thread->caller->session->endpoint->thread, thread);
	}
	cr_assert_eq(thread->queued || thread == processor.current,
	             thread->state == THREAD_READY &&
	                     !(thread->stopped && !thread->queued && thread != processor.current),
	             "thread in state %u queued %u stopped %u", thread->state, thread->queued,
	             thread->stopped);
}

static void check_everything(bool thorough)
{
	memset(expected, 0, sizeof(expected));
	for (const struct space *space = space_list; space; space = space->next) {
		count_table(space);
		count_mappings(space);
	}
	for (unsigned irq = 0; irq < IRQ_COUNT; irq++)
		if (irqs[irq].endpoint)
			count_object(irqs[irq].endpoint);
	for (uint32_t page = 0; page < RAM_PAGES; page++) {
		const struct object *object = page_pointer(page);

		if (frame_table[page].type != FRAME_OBJECT)
			continue;
		expected[page] += object->kind != KIND_NONE;
		if (object->kind == KIND_THREAD)
			check_thread((const void *)object);
		else if (object->kind == KIND_ENDPOINT)
			check_endpoint((const void *)object, thorough);
	}
	for (uint32_t page = 0; page < RAM_PAGES; page++)
		if (frame_table[page].type == FRAME_RAW || frame_table[page].type == FRAME_OBJECT)
			cr_assert_eq(frame_table[page].count, expected[page],
			             "page %u type %u: count %u, found %u", page,
			             frame_table[page].type, frame_table[page].count,
			             expected[page]);
}

/* ---- hostile calls ---- */

static uint64_t seed;
static uint64_t any(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static uint64_t word_any(void)
{
	switch (any(10)) {
	case 0: return any(~0ull);
	case 1: return 1ull << any(64);
	case 2: return ~0ull - any(4096);
	case 3: return MESSAGE_PAGES + any(8) * PAGE_SIZE;
	case 4: return 0x400000 + any(32) * PAGE_SIZE;
	case 5: return any(1024);
	default: return any(40);
	}
}

/* The call most likely to get somewhere for each kind; the rest is noise. */
static void step_random(void)
{
	uint64_t word[6];

	for (unsigned i = 0; i < 6; i++)
		word[i] = word_any();
	if (processor.current->page && any(3) == 0) {
		struct message_page *page = processor.current->page;

		for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
			page->caps_send[i] = (uint32_t)word_any();
			page->caps_receive[i] = (uint32_t)any(60);
		}
		page->windows[any(2)] =
			(struct window){ word_any(), (uint32_t)word_any(), (uint32_t)any(4) };
	}
	uint64_t operation = any(4) ? any(12) : word_any();

	if (any(8) == 0)
		operation |= INFO_PAGE | any(128) << INFO_WORDS_SHIFT | any(8) << INFO_CAPS_SHIFT;
	call_make((unsigned)any(KERNEL_CALL_COUNT), any(5) ? any(64) : word_any(), operation, word);
}

/* Makes a fresh client-server pair now and then, so that the noise has something to hit. */
static void step_constructive(void)
{
	uint64_t base = any(900), memory = FIRST_MEMORY + any(3), slot = 20 + any(30);

	switch (any(8)) {
	case 0:
		CALL(INVOKE_MEMORY, memory, MEMORY_CREATE_SPACE, base, 3, 1 + any(47), slot);
		CALL(INVOKE_SPACE, slot, SPACE_DONATE, memory, base + 3, 8);
		break;
	case 1:
		CALL(INVOKE_MEMORY, memory, MEMORY_CREATE_THREAD, base, slot);
		CALL(INVOKE_THREAD, slot, THREAD_CONFIGURE, 20 + any(30), any(12), 20 + any(30),
		     MESSAGE_PAGES, 1 + any(40), memory << 32 | any(900));
		CALL(INVOKE_THREAD, slot, THREAD_START, 0x400000, 0x500000, 0);
		break;
	case 2:
		CALL(INVOKE_MEMORY, memory, MEMORY_CREATE_ENDPOINT, base, 1, 1 + any(47), slot);
		break;
	case 3:
		CALL(INVOKE_ENDPOINT, 20 + any(30), ENDPOINT_MINT, 20 + any(30), 1 + any(30),
		     any(9), SESSION_COPY);
		break;
	case 4:
		CALL(INVOKE_SPACE, 20 + any(30), SPACE_MAP, 0x400000 + any(32) * PAGE_SIZE, memory,
		     base, 1 + any(8), MAP_READ | any(128), 20 + any(30));
		break;
	case 5:
		CALL(INVOKE_SPACE, 20 + any(30), SPACE_SHARE, 20 + any(30), 0x400000, 1 + any(64),
		     any(2));
		break;
	case 6:
		CALL(INVOKE_SPACE, 20 + any(30), SPACE_GRANT, 1 + any(60), 1 + any(60), 0xff);
		break;
	case 7:
		CALL(INVOKE_MEMORY, memory, MEMORY_RECLAIM, base, 1 + any(64), 0);
		break;
	}
}

/* Nobody runs: time passes, faults happen, and in the end the first thread is set free again. */
static void step_from_outside(void)
{
	struct thread *current = processor.current;

	if (!setjmp(leave)) {
		if (current && current != first_thread && any(2))
			fault_raise(current, FAULT_PAGE, word_any(), 2, 14);
		else if (any(2))
			interrupt_arrived((unsigned)any(IRQ_COUNT));
		else {
			ticks += 10000000;
			schedule_tick();
		}
		schedule_leave();
	}
	if (processor.current)
		return;
	if (!setjmp(leave)) {
		thread_unwait(first_thread);
		if (first_thread->caller)
			call_end(first_thread->caller, STATUS_GONE);
		thread_start(first_thread, 0x400000, 0x500000, 0);
		schedule_leave();
	}
}

static void fuzz(uint64_t from, unsigned steps)
{
	machine_start();
	seed = from;
	for (unsigned step = 0; step < steps; step++) {
		if (!processor.current || any(16) == 0)
			step_from_outside();
		else if (processor.current == first_thread && any(2))
			step_constructive();
		else
			step_random();
		if (any(32) == 0)
			check_everything(false);
	}
	check_everything(true);
}

Test(kernel, hostile_calls_break_no_invariant_seed_1, .timeout = 120)
{
	fuzz(0x9e3779b97f4a7c15, 60000);
}
Test(kernel, hostile_calls_break_no_invariant_seed_2, .timeout = 120)
{
	fuzz(0xd1b54a32d192ed03, 60000);
}
Test(kernel, hostile_calls_break_no_invariant_seed_3, .timeout = 120)
{
	fuzz(0x2545f4914f6cdd1d, 60000);
}

/* ---- behaviour ---- */

enum { SPACE = 20, ENDPOINT, THREAD, PAGE_MEMORY = FIRST_MEMORY + 1 };

/* A thread of its own space at the priority; slots `at`, `at + 1`, `at + 2`: space, endpoint, thread. */
static void program_make(unsigned at, unsigned offset, unsigned level)
{
	cr_assert_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_CREATE_SPACE, offset, 3, level, at),
	             STATUS_OK);
	cr_assert_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_CREATE_ENDPOINT, offset + 3, 1, level,
	                  at + 1),
	             STATUS_OK);
	cr_assert_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_CREATE_THREAD, offset + 4, at + 2),
	             STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, at, SPACE_DONATE, FIRST_MEMORY, offset + 5, 8), STATUS_OK);
	cr_assert_eq(CALL(INVOKE_THREAD, at + 2, THREAD_CONFIGURE, at, 0, at + 1, 0, level, 0),
	             STATUS_OK);
}

Test(kernel, a_session_downhill_is_refused)
{
	machine_start();
	program_make(20, 0, 30);
	program_make(30, 20, 10);
	cr_expect_eq(CALL(INVOKE_ENDPOINT, 31, ENDPOINT_MINT, 20, 5, 1, 0), STATUS_NO_RIGHT);
	cr_expect_eq(CALL(INVOKE_ENDPOINT, 21, ENDPOINT_MINT, 20, 5, 1, 0), STATUS_NO_RIGHT);
	cr_expect_eq(CALL(INVOKE_ENDPOINT, 21, ENDPOINT_MINT, 30, 5, 1, 0), STATUS_OK);
	check_everything(true);
}

Test(kernel, memory_in_use_never_becomes_an_object)
{
	machine_start();
	program_make(20, 0, 30);
	cr_expect_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x400000, FIRST_MEMORY, 100, 1,
	                  MAP_READ | MAP_WRITE),
	             STATUS_OK);
	cr_expect_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_CREATE_THREAD, 100, 40), STATUS_BAD_STATE);
	cr_expect_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x401000, FIRST_MEMORY, 4, 1, MAP_READ),
	             STATUS_BAD_STATE);
	cr_expect_eq(CALL(INVOKE_SPACE, 20, SPACE_UNMAP, 0x400000, 1), STATUS_OK);
	cr_expect_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_CREATE_THREAD, 100, 40), STATUS_OK);
	check_everything(true);
}

Test(kernel, a_dead_session_is_told_once_and_listed_again_after_a_reset)
{
	machine_start();
	cr_assert_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_CREATE_SPACE, 0, 3, 10, 20), STATUS_OK);
	cr_assert_eq(CALL(INVOKE_ENDPOINT, FIRST_ENDPOINT, ENDPOINT_MINT, 20, 5, 77, 0), STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_DELETE, 5), STATUS_OK);
	cr_expect_eq(CALL(RECEIVE, 0, 0, 0), STATUS_DEAD);
	cr_expect_eq(first_thread->registers.rdi, 77);
	uint64_t number = first_thread->registers.rdx;
	cr_expect_eq(CALL(INVOKE_ENDPOINT, FIRST_ENDPOINT, ENDPOINT_RESET, 0), STATUS_OK);
	cr_expect_eq(CALL(RECEIVE, 0, 0, 0), STATUS_DEAD);
	cr_expect_eq(CALL(INVOKE_ENDPOINT, FIRST_ENDPOINT, ENDPOINT_ACKNOWLEDGE, number), STATUS_OK);
	cr_expect_eq(CALL(INVOKE_ENDPOINT, FIRST_ENDPOINT, ENDPOINT_ACKNOWLEDGE, number),
	             STATUS_BAD_ARGUMENT);
	check_everything(true);
}

Test(kernel, copy_on_write_sharing_takes_the_right_to_write_from_both)
{
	machine_start();
	program_make(20, 0, 30);
	program_make(30, 20, 10);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x400000, FIRST_MEMORY, 100, 4,
	                  MAP_READ | MAP_WRITE | MAP_ZERO),
	             STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, 30, SPACE_SHARE, 20, 0x400000, 4, SHARE_COPY_ON_WRITE),
	             STATUS_OK);
	for (unsigned space = 20; space <= 30; space += 10) {
		cr_assert_eq(CALL(INVOKE_SPACE, space, SPACE_QUERY, 0x401000), STATUS_OK);
		cr_expect_eq(first_thread->registers.r8, MAP_READ);
		cr_expect_eq(first_thread->registers.r9, 2);
	}
	cr_assert_eq(CALL(INVOKE_SPACE, 30, SPACE_UNMAP, 0x400000, 4), STATUS_OK);
	cr_expect_eq(first_thread->registers.r8, 0);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_UNMAP, 0x400000, 4), STATUS_OK);
	cr_expect_eq(first_thread->registers.r8, 4);
	check_everything(true);
}

Test(kernel, a_page_without_rights_stays_mapped)
{
	machine_start();
	program_make(20, 0, 30);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x400000, FIRST_MEMORY, 100, 1,
	                  MAP_READ | MAP_WRITE),
	             STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_PROTECT, 0x400000, 1, 0), STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_QUERY, 0x400000), STATUS_OK);
	cr_expect_eq(first_thread->registers.rdx, 32 + 100);
	cr_expect_eq(first_thread->registers.r8, 0);
	cr_expect_eq(space_alias(slot_object(&first_space->table[20]), 0x400000, MAP_READ), NULL);
	cr_expect_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x400000, FIRST_MEMORY, 101, 1, MAP_READ),
	             STATUS_BAD_STATE);
	check_everything(true);
}

Test(kernel, a_destroyed_space_gives_every_page_back)
{
	unsigned freed = 0;
	int status;

	machine_start();
	program_make(20, 0, 30);
	for (uint64_t i = 0; i < 100; i++)
		cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x400000 + i * PAGE_SIZE,
		                  FIRST_MEMORY, 200 + i, 1, MAP_READ | MAP_WRITE),
		             STATUS_OK);
	cr_expect_eq(CALL(INVOKE_SPACE, 20, SPACE_DESTROY, 0), STATUS_BAD_STATE);
	cr_assert_eq(CALL(INVOKE_THREAD, 22, THREAD_DESTROY, 0), STATUS_OK);
	do {
		status = CALL(INVOKE_SPACE, 20, SPACE_DESTROY, 0);
		freed += (unsigned)first_thread->registers.r8;
	} while (status == STATUS_AGAIN);
	cr_expect_eq(status, STATUS_OK);
	cr_expect_eq(freed, 108);
	cr_assert_eq(CALL(INVOKE_ENDPOINT, 21, ENDPOINT_DESTROY, 0), STATUS_OK);
	for (unsigned slot = 20; slot < 23; slot++)
		cr_assert_eq(CALL(INVOKE_SPACE, FIRST_SPACE, SPACE_DELETE, slot), STATUS_OK);
	cr_expect_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_RECLAIM, 0, 5, 0), STATUS_OK);
	for (unsigned page = 0; page < 400; page++)
		cr_expect_eq(frame_table[32 + page].type, FRAME_RAW, "page %u", page);
	check_everything(true);
}

Test(kernel, revoking_memory_takes_capabilities_and_mappings)
{
	uint64_t cursor = 0;
	int status;

	machine_start();
	program_make(20, 0, 30);
	cr_assert_eq(CALL(INVOKE_MEMORY, FIRST_MEMORY, MEMORY_DERIVE, 500, 10, 0xff, 40), STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_GRANT, 40, 9, 0xff), STATUS_OK);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_MAP, 0x400000, 40, 0, 10, MAP_READ), STATUS_OK);
	do {
		status = CALL(INVOKE_MEMORY, 40, MEMORY_REVOKE, cursor);
		cursor = first_thread->registers.rdx;
	} while (status == STATUS_AGAIN);
	cr_expect_eq(status, STATUS_OK);
	cr_expect_eq(((struct space *)slot_object(&first_space->table[20]))->table[9].kind, KIND_NONE);
	cr_expect_eq(first_space->table[40].kind, KIND_MEMORY);
	cr_assert_eq(CALL(INVOKE_SPACE, 20, SPACE_QUERY, 0x400000), STATUS_OK);
	cr_expect_eq(first_thread->registers.r8, 0);
	check_everything(true);
}
