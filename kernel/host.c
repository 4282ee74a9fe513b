/* SPDX-License-Identifier: MIT */
/*
 * Services and the personality in the kernel: activations, monitors, receivers. The gate in
 * arch/x86_64/host.S does the common case of a call; what it cannot do comes here, with interrupts off.
 *
 * A service's monitor lets one in at a time; who is in it has the service's priority, so that nobody
 * who could call it runs meanwhile, and waiting for it is rare: the one in it itself waits for
 * somebody elsewhere. The receiver, an activation bound to the service's endpoint, runs the same loop
 * as in a process, for events and for those who call from processes. If it has to wait for
 * something, another one takes its place.
 */
#include "kernel/host.h"

#include "kernel/abi/layout.h"
#include "kernel/abi/syscalls.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/boot.h"
#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

#define THREAD_WAITING (THREAD_DEAD + 1) /* for a monitor, or until host_wake */
#define STACK_PAGES    8
#define STACK_STRIDE   ((STACK_PAGES + 1) * PAGE_SIZE)
#define ACTIVATIONS_LEAST 64
#define ACTIVATIONS_MOST  1088
#define MEMORY_SHARE      16             /* of the memory, for activations */
#define HOSTS             32
#define KERNEL_CALL_BYTES 5

extern const struct hosted hosted_services[];
extern const uint64_t hosted_service_count;
extern char host_gate[], host_begin[], host_user_copy_end[], host_user_copy_fault[];
extern uint64_t kernel_calls_start[], kernel_calls_end[];

void host_block(void);
_Noreturn void host_go(void);
void host_call(struct thread *self);
void host_leave(struct direct_call *call);
status_t host_contend(struct host *host);
status_t host_user_copy(void *to, const void *from, uint64_t bytes);
uint64_t host_gate_session(struct session *session, uint64_t info, uint64_t words[6]);
bool host_return(const struct registers *registers);

/* The personality, if it is linked in: user/posix/kernel/entry.S. */
extern char posix_boot[] HOSTED, posix_fork_child[] HOSTED, posix_upcall[] HOSTED;
extern char access_start[] HOSTED, access_end[] HOSTED, access_fault[] HOSTED;
HOSTED void upcall_inside(void *task, struct registers *registers);

static struct host hosts[HOSTS];
struct thread *host_idle;                /* activations, through `next` */

static void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
static void interrupts_on(void) { __asm__ volatile("sti" : : : "memory"); }

/* ---- start ------------------------------------------------------------------------------------ */

/* Every SYSCALL of a service, with its prefixes, becomes a call of the gate. */
void host_link(void)
{
	for (uint64_t *place = kernel_calls_start; place < kernel_calls_end; place++) {
		uint8_t *code = (uint8_t *)*place;
		int32_t distance = (int32_t)((uint64_t)host_gate - *place - KERNEL_CALL_BYTES);

		code[0] = 0xe8;
		__builtin_memcpy(code + 1, &distance, sizeof(distance));
	}
}

static struct thread *activation_create(uint64_t number)
{
	struct thread *thread = boot_allocate(1);
	uint64_t stack = HOST_STACKS + number * STACK_STRIDE + PAGE_SIZE;

	for (unsigned i = 0; i < STACK_PAGES; i++)
		arch_kernel_map(stack + i * PAGE_SIZE, boot_allocate(1), MAP_WRITE);
	thread->object.kind = KIND_THREAD;
	thread->kernel = 1;
	thread->stack_top = stack + STACK_PAGES * PAGE_SIZE;
	return thread;
}

static void activation_give(struct thread *thread)
{
	thread->endpoint = &endpoint_none;
	thread->state = THREAD_STOPPED;
	thread->slice_ticks = tsc_hz / 200;
	thread->attention = thread->interruptible = thread->bound = thread->outside = 0;
	thread->client = thread->context = 0;
	thread->direct = 0;
	thread->host = 0;
	thread->root = 0;
	thread->next = host_idle;
	host_idle = thread;
}

static struct thread *activation_take(void)
{
	struct thread *thread = host_idle;

	if (thread)
		host_idle = thread->next;
	return thread;
}

void host_start(uint64_t memory_bytes)
{
	uint64_t count = memory_bytes / MEMORY_SHARE / (STACK_STRIDE + PAGE_SIZE);

	if (count < ACTIVATIONS_LEAST)
		count = ACTIVATIONS_LEAST;
	if (count > ACTIVATIONS_MOST)
		count = ACTIVATIONS_MOST;
	arch_kernel_map(HOST_INFO_PAGE, boot_info_page(), 0);
	for (uint64_t i = 0; i < count; i++)
		activation_give(activation_create(i));
	for (uint64_t i = 0; i < hosted_service_count; i++)
		log_print("kernel: contains the service %s\n", hosted_services[i].name);
}

/* Needs: nothing runs on it. It runs entry(argument) when it is picked. */
static void activation_begin(struct thread *thread, uint64_t entry, uint64_t argument)
{
	uint64_t *top = (uint64_t *)thread->stack_top;

	*--top = 0;
	*--top = (uint64_t)host_begin;
	*--top = entry;                          /* rbx, as host_block leaves it */
	*--top = argument;                       /* rbp */
	for (unsigned i = 0; i < 4; i++)
		*--top = 0;
	thread->registers.rsp = (uint64_t)top;
	thread->state = THREAD_READY;
	schedule_ready(thread);
}

/* The current activation is done. Its stack is in use until host_go leaves it. */
static _Noreturn void activation_end(struct thread *self)
{
	activation_give(self);
	processor.current = 0;
	host_go();
}

/* ---- whose code runs -------------------------------------------------------------------------- */

struct thread *host_self(void) { return processor.current; }

static struct host *host_of(const struct thread *thread)
{
	return thread->direct ? thread->direct->host : thread->host;
}

const char *host_name(void)
{
	const struct thread *thread = processor.current;
	const struct host *host = thread && thread->kernel ? host_of(thread) : 0;

	return host ? host->hosted->name : 0;
}

int host_is_direct(const void *call) { return processor.current->direct == call; }

static struct direct_call *outermost(const struct thread *thread)
{
	struct direct_call *call = thread->direct;

	while (call && call->previous)
		call = call->previous;
	return call;
}

/* ---- monitors --------------------------------------------------------------------------------- */

static void queue(struct host *host, struct thread *thread)
{
	thread->next = 0;
	*(host->first ? &host->last->next : &host->first) = thread;
	host->last = thread;
}

/* Whoever has waited longest has it from now on. */
static void monitor_leave(struct host *host)
{
	struct thread *thread = host->first;

	host->busy = thread != 0;
	if (!thread)
		return;
	host->first = thread->next;
	thread->state = THREAD_READY;
	schedule_ready(thread);
}

static void monitor_enter(struct host *host, struct thread *self)
{
	if (!host->busy) {
		host->busy = 1;
		return;
	}
	self->state = THREAD_WAITING;
	queue(host, self);
	host_block();
}

/* The gate found the monitor taken. Afterwards the caller has it, or was interrupted. */
status_t host_contend(struct host *host)
{
	struct thread *self = processor.current;

	self->registers.rax = STATUS_OK;
	monitor_enter(host, self);
	return (status_t)self->registers.rax;
}

/* It no longer waits to call. True: it did. */
static bool contender_remove(struct thread *thread)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		struct thread **link = &hosts[i].first, *previous = 0;

		for (; *link && *link != thread; link = &(*link)->next)
			previous = *link;
		if (!*link)
			continue;
		*link = thread->next;
		if (hosts[i].last == thread)
			hosts[i].last = previous;
		return true;
	}
	return false;
}

/*
 * A direct call has returned; the caller's own is restored, the monitor free unless somebody waits.
 */
void host_leave(struct direct_call *call)
{
	struct thread *self = processor.current;

	if (!call->host->busy && call->host->first)
		monitor_leave(call->host);
	if (self->attention && !call->previous) {
		self->attention = 0;
		if (!self->client && !self->host)
			activation_end(self);    /* the program's thread is gone */
		if (call->session && call->session->events & EVENT_CANCEL)
			session_event_clear(call->session, EVENT_CANCEL);
	}
	if (!schedule_stays())
		host_block();
}

/* ---- what services ask for -------------------------------------------------------------------- */

static void receiver_begin(struct host *host, struct thread *thread, uint64_t entry, uint64_t argument)
{
	thread_bind(thread, host->endpoint);
	thread->host = host;
	thread->space = host->space;
	thread->page = host->page;
	thread->priority = host->priority;
	activation_begin(thread, entry, argument);
}

/* The receiver has to wait for something: another one takes its place. */
static bool receiver_replace(struct host *host, struct thread *self)
{
	struct thread *thread = activation_take();
	uint64_t deadline = self->deadline;

	if (!thread)
		return false;
	thread->timed_out = self->timed_out;
	self->timed_out = 0;
	schedule_deadline(self, 0);
	thread_bind(self, &endpoint_none);
	receiver_begin(host, thread, (uint64_t)host->hosted->entries->receive, 0);
	schedule_deadline(thread, deadline);
	return true;
}

status_t host_wait(void)
{
	struct thread *self = processor.current;
	struct host *host = host_of(self);
	status_t status = STATUS_NO_MEMORY;

	interrupts_off();
	if (self->endpoint != host->endpoint || receiver_replace(host, self)) {
		self->state = THREAD_WAITING;
		monitor_leave(host);
		host_block();
		status = STATUS_OK;
	}
	interrupts_on();
	return status;
}

void host_wake(struct thread *thread)
{
	interrupts_off();
	queue(host_of(processor.current), thread);
	interrupts_on();
}

void host_let_others(void)
{
	struct thread *self = processor.current;
	struct host *host = host_of(self);

	interrupts_off();
	if (host->first) {
		self->state = THREAD_WAITING;
		queue(host, self);
		monitor_leave(host);
		host_block();
	}
	interrupts_on();
}

void host_enter(void)
{
	struct thread *self = processor.current;

	interrupts_off();
	monitor_enter(self->host, self);
	interrupts_on();
}

/* The current call's caller may be a process: that has nothing to lend but what it could use. */
static bool may_lend(const struct window *window)
{
	uint64_t end = posix_boot ? PROGRAM_END : USER_TOP;

	return !processor.current->outside ||
		(window->address <= end && window->size_bytes <= end - window->address);
}

status_t host_copy(const struct direct_call *call, unsigned number, unsigned direction,
		   uint64_t offset, uint64_t address, uint64_t bytes)
{
	struct window window;
	void *here = (void *)address, *there;

	if (call->orphan)
		return STATUS_BAD_STATE;
	if (number >= MESSAGE_WINDOWS)
		return STATUS_BAD_ARGUMENT;
	/* Once: a process may change what it has lent while we look. */
	window = *(volatile struct window *)&call->page->windows[number];
	if (!(window.direction & direction) || offset > window.size_bytes ||
	    bytes > window.size_bytes - offset || (!call->previous && !may_lend(&window)))
		return STATUS_BAD_ARGUMENT;
	there = (void *)(window.address + offset);
	return direction == WINDOW_READ ? host_user_copy(here, there, bytes)
					: host_user_copy(there, here, bytes);
}

void host_capabilities(struct direct_call *call)
{
	interrupts_off();
	capabilities_transfer(&(struct party){ call->space, call->page },
			      &(struct party){ call->host->space, call->host->page }, call->info);
	interrupts_on();
}

/* Kernel memory is itself; a program's is found by its tables. */
void *host_alias(const struct thread *thread, uint64_t address, unsigned flags)
{
	if (address >= USER_TOP && !thread->outside)
		return (void *)address;
	return thread->client ? space_alias(thread->client->space, address, flags) : 0;
}

/* ---- kernel calls, but for direct ones -------------------------------------------------------- */

static void wait_until_ready(struct thread *self)
{
	while (self->state != THREAD_READY)
		host_block();
}

/* To a service in a process, or to nobody. */
static void message(struct thread *self)
{
	struct message_page *page = self->page;

	if (self->client && !self->direct)
		self->page = host_alias(self, (uint64_t)page, MAP_READ);
	kernel_call_make(self);
	wait_until_ready(self);
	self->page = page;
}

static void receive_event(struct thread *self)
{
	struct host *host = self->host;

	if (host && self->endpoint != host->endpoint) {
		monitor_leave(host);             /* replaced, and done with what it waited for */
		activation_end(self);
	}
	kernel_call_make(self);
	self->endpoint->receiver = 0;            /* the fast path is for processes */
	if (self->state == THREAD_READY)
		return;
	if (host)
		monitor_leave(host);
	wait_until_ready(self);
	if (host)
		monitor_enter(host, self);
}

/* What a thread may do to itself: here it acts for a program's thread, or for a service. */
static status_t self_invoke(struct thread *self, uint64_t operation, const uint64_t *word)
{
	struct host *host = host_of(self);

	switch (operation) {
	case THREAD_TLS:
		return self->client ? thread_tls(self->client, word) : STATUS_BAD_STATE;
	case THREAD_STATE:
		return thread_state(self, self->client ? self->client : self);
	case THREAD_YIELD:
		schedule_yield();
		return STATUS_OK;
	case THREAD_EXIT:
		panic("the service `%s` ended with status %lu", host ? host->hosted->name : "?", word[0]);
	case THREAD_DEADLINE:
		if (host && host->endpoint->thread)
			schedule_deadline(host->endpoint->thread, word[0]);
		return STATUS_OK;
	}
	return STATUS_BAD_CALL;
}

void host_call(struct thread *self)
{
	uint64_t words[6];

	self->resume = RESUME_CALL;
	switch ((uint32_t)self->registers.rax) {
	case KERNEL_CALL:
		message(self);
		break;
	case KERNEL_RECEIVE:
	case KERNEL_REPLY_RECEIVE:
		receive_event(self);
		break;
	case KERNEL_INVOKE_THREAD:
		if (!self->registers.rdi) {
			thread_words_get(self, words);
			self->registers.rax =
				(uint64_t)self_invoke(self, self->registers.rsi, words);
			break;
		}
		/* fall through */
	default:
		kernel_call_make(self);
	}
	if (!schedule_stays())
		host_block();
}

/* ---- programs' threads ------------------------------------------------------------------------ */

bool host_personality_entry(uint64_t address)
{
	return address && (address == (uint64_t)posix_boot || address == (uint64_t)posix_fork_child ||
			   address == (uint64_t)posix_upcall);
}

bool host_private(uint64_t address)
{
	return posix_boot && address >= PERSONALITY_PRIVATE && address < MESSAGE_PAGES;
}

status_t host_attach(struct thread *thread)
{
	struct thread *activation = thread->activation;

	if (!posix_boot)
		return STATUS_OK;
	if (!activation)
		activation = activation_take();
	if (!activation)
		return STATUS_NO_MEMORY;
	thread->activation = activation;
	activation->bound = 1;
	activation->client = activation->context = thread;
	activation->space = thread->space;
	activation->root = thread->root;
	activation->priority = thread->priority;
	activation->slice_ticks = thread->slice_ticks;
	/* It waits there in the thread's place. */
	activation->endpoint = thread->endpoint;
	if (thread->endpoint != &endpoint_none)
		thread->endpoint->thread = activation;
	return STATUS_OK;
}

static void unbind(struct thread *thread)
{
	if (thread->activation->bound && thread->endpoint != &endpoint_none)
		thread->endpoint->thread = thread;
	thread->activation = 0;
}

/* From now on it works for nobody, in memory that is the kernel's own. */
static void orphan(struct thread *activation)
{
	struct direct_call *call = outermost(activation);
	struct session *session = call->session;

	call->cancelled = call->orphan = 1;
	call->session = 0;
	if (session && session->count)
		session_event(session, EVENT_CANCEL);
	activation->client = activation->context = 0;
	activation->attention = 1;
	activation->bound = activation->outside = 0;
	activation->endpoint = &endpoint_none;
	activation->root = physical(kernel_root);
	if (activation == processor.current && processor.root != activation->root) {
		processor.root = activation->root;
		arch_space_switch(activation->root);
	}
}

void host_detach(struct thread *thread)
{
	struct thread *activation = thread->activation;

	if (activation->state == THREAD_STOPPED)
		return;
	thread->state = THREAD_STOPPED;
	if (activation->direct) {
		unbind(thread);
		orphan(activation);
		return;
	}
	/* In the personality's own code: whatever that was about, nobody wants it. */
	if (activation->state == THREAD_WAITING)
		contender_remove(activation);
	else
		thread_unwait(activation);
	schedule_deadline(activation, 0);
	activation->state = THREAD_STOPPED;
	activation->interruptible = activation->attention = activation->outside = 0;
	if (!activation->bound)
		host_release(thread);
}

void host_release(struct thread *thread)
{
	struct thread *activation = thread->activation;

	unbind(thread);
	schedule_deadline(activation, 0);
	activation_give(activation);
}

bool host_interrupt(struct thread *thread)
{
	struct thread *activation = thread->activation;
	struct direct_call *call = outermost(activation);

	if (activation->state == THREAD_STOPPED)
		return false;
	if (!activation->interruptible &&
	    !(activation->outside && thread_wait_interruptible(thread)))
		return true;
	if (call) {
		call->cancelled = 1;
		activation->attention = 1;
		session_event(call->session, EVENT_CANCEL);
		return true;
	}
	switch (activation->state) {
	case THREAD_WAITING:
		if (contender_remove(activation))
			thread_finish(activation, STATUS_CANCELLED);
		break;
	case THREAD_CALLING:
		call_end(activation, STATUS_CANCELLED);
		break;
	case THREAD_AWAITING_REPLY:
		session_event(activation->session, EVENT_CANCEL);
		break;
	case THREAD_RECEIVING:
		thread_finish(activation, STATUS_CANCELLED);
		break;
	}
	return true;
}

/* The personality is done: the program goes on with these registers. False: its rip is no address. */
bool host_return(const struct registers *registers)
{
	struct thread *activation = processor.current, *thread = activation->client;
	uint64_t fs = thread->registers.fs_base, gs = thread->registers.gs_base;

	if (registers->rip >= USER_TOP - PAGE_SIZE)
		return false;
	thread->registers = *registers;
	thread->registers.fs_base = fs;
	thread->registers.gs_base = gs;
	thread->registers.rflags = arch_flags_allowed(registers->rflags);
	thread->resume = RESUME_TRAP;
	thread->state = THREAD_READY;
	activation->state = THREAD_STOPPED;
	processor.current = thread;
	host_go();
}

/* ---- interrupts and exceptions in kernel mode ------------------------------------------------- */

void host_preempt(void)
{
	if (processor.current && processor.current->kernel && !schedule_stays())
		host_block();
}

/* The fault of a program's thread in its personality, as its fault session is told. */
static uint64_t fault_tell(struct thread *self, uint64_t words[6])
{
	struct session *session = self->client->fault_session;

	if (session->endpoint->host)
		return host_gate_session(session, INFO(FAULT_PAGE, 5), words);
	self->registers.rsi = INFO(FAULT_PAGE, 5);
	thread_words_set(self, words);
	call_send(self, session);
	wait_until_ready(self);
	thread_words_get(self, words);
	return self->registers.rax ? self->registers.rax : self->registers.rsi;
}

static void personality_fault(struct trap_frame *frame, uint64_t address)
{
	struct thread *self = processor.current, *thread = self->client;
	uint64_t words[6] = { address, frame->rip, frame->code, frame->vector, frame->rsp, 0 };
	struct registers registers;

	if ((fault_tell(self, words) & INFO_LABEL_MASK) != STATUS_OK) {
		frame->rip = (uint64_t)access_fault;
	} else if (words[0] == FAULT_REPLY_UPCALL) {
		thread->page->upcall_address = address;
		thread->page->upcall_code = frame->code | frame->vector << 32;
		thread->page->upcall_reason = UPCALL_FAULT;
		thread->page->upcall_registers.rip = frame->rip;
		interrupts_on();
		upcall_inside((void *)thread->registers.gs_base, &registers);
		if (registers.rip != frame->rip)
			frame->rip = (uint64_t)access_fault;
	}
	interrupts_off();
}

/* Memory of the program is touched in two places only. */
bool host_fault(struct trap_frame *frame, uint64_t address)
{
	struct thread *self = processor.current;

	if (frame->rip >= (uint64_t)host_user_copy && frame->rip < (uint64_t)host_user_copy_end) {
		frame->rip = (uint64_t)host_user_copy_fault;
		return true;
	}
	if (!self || !self->client || self->direct || frame->rip < (uint64_t)access_start ||
	    frame->rip >= (uint64_t)access_end)
		return false;
	personality_fault(frame, address);
	return true;
}

/* ---- placing ---------------------------------------------------------------------------------- */

static uint64_t host_make(const struct hosted *hosted, struct space *space, struct endpoint *endpoint)
{
	uint64_t number = (uint64_t)(hosted - hosted_services);
	struct host *host = &hosts[number];

	*host = (struct host){ .busy = 1, .priority = endpoint->level, .space = space,
			       .serve = hosted->entries->serve, .endpoint = endpoint,
			       .hosted = hosted };
	endpoint->host = host;
	space->root = physical(kernel_root);
	space->start = HOST_SERVICES + (number << HOST_SERVICE_SHIFT);
	space->end = space->start + (1ull << HOST_SERVICE_SHIFT);
	return space->start - (MESSAGE_PAGES >> HOST_SERVICE_SHIFT << HOST_SERVICE_SHIFT);
}

static const struct hosted *hosted_find(const char *name)
{
	for (uint64_t i = 0; i < hosted_service_count && i < HOSTS; i++)
		if (!__builtin_strncmp(hosted_services[i].name, name, sizeof(hosted_services[i].name)))
			return &hosted_services[i];
	return 0;
}

static status_t place(struct thread *self, const uint64_t *word)
{
	const struct hosted *hosted = hosted_find((const char *)word);
	struct slot *space, *endpoint;
	status_t status = slot_get(self->space, word[2], KIND_SPACE, SPACE_MAP_RIGHT, &space);

	if (status == STATUS_OK)
		status = slot_get(self->space, word[3], KIND_ENDPOINT, ENDPOINT_BIND_RIGHT, &endpoint);
	if (status != STATUS_OK)
		return status;
	if (!hosted)
		return STATUS_BAD_ARGUMENT;
	if (hosts[hosted - hosted_services].hosted || ((struct endpoint *)slot_object(endpoint))->host)
		return STATUS_BAD_STATE;
	*thread_word(self, 0) = host_make(hosted, slot_object(space), slot_object(endpoint));
	return STATUS_OK;
}

static void start(struct host *host, uint64_t message_page)
{
	struct thread *thread = activation_take();

	if (!thread)
		panic("no activation for `%s`", host->hosted->name);
	host->page = (struct message_page *)message_page;
	receiver_begin(host, thread, (uint64_t)host->hosted->entries->start, message_page);
}

/* The service's own crash routine, in its name. */
static status_t crash(struct host *host, uint64_t kind)
{
	struct thread *thread = activation_take();

	if (!thread)
		return STATUS_NO_MEMORY;
	thread->host = host;
	thread->space = host->space;
	thread->page = host->page;
	thread->priority = host->priority;
	activation_begin(thread, host->hosted->entries->crash[kind], 0);
	return STATUS_OK;
}

status_t host_control(struct thread *self, uint64_t operation, const uint64_t *word)
{
	struct slot *slot;
	struct host *host;
	status_t status;

	if (operation == CONTROL_PLACE)
		return place(self, word);
	status = slot_get(self->space, word[0], KIND_ENDPOINT, ENDPOINT_BIND_RIGHT, &slot);
	if (status != STATUS_OK)
		return status;
	host = ((struct endpoint *)slot_object(slot))->host;
	if (!host)
		return STATUS_BAD_STATE;
	if (operation == CONTROL_CRASH)
		return word[1] < host->hosted->entries->crash_kinds ? crash(host, word[1])
								    : STATUS_BAD_ARGUMENT;
	if (host->page)
		return STATUS_BAD_STATE;
	if (word[1] < host->space->start || word[1] > host->space->end - PAGE_SIZE)
		return STATUS_BAD_ARGUMENT;
	start(host, word[1]);
	return STATUS_OK;
}

uint64_t host_supervisor(struct space *space, struct endpoint *endpoint, struct thread **thread)
{
	const struct hosted *hosted = hosted_find("supervisor");

	if (!hosted)
		return 0;
	*thread = boot_allocate(1);              /* its capability; it never runs */
	(*thread)->object.kind = KIND_THREAD;
	return host_make(hosted, space, endpoint);
}

void host_supervisor_start(struct endpoint *endpoint, uint64_t message_page)
{
	start(endpoint->host, message_page);
}
