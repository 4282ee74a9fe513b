/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_FS_HOST_H
#define BULKHEAD_TESTS_FS_HOST_H

/*
 * The whole file system service on the host, but for disk.c and writeback.c: requests go through
 * its table of handlers, as libipc would call them, for one client. The disk is an array. The
 * service can be stopped at any store to its stable memory (host_stop_at), and started again.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "servers/fs/disk.h"
#include "servers/fs/operation.h"
#include "servers/fs/writeback.h"
#include "tests/unit/fs_host_process.h"

#define HOST_CLIENT       5u
static uint32_t host_client = HOST_CLIENT;       /* who makes the requests */
#define HOST_ANSWER_BYTES 65536u

static struct host {
	uint8_t *disk[DISKS];
	uint64_t disk_bytes[DISKS];
	uint32_t block_bytes[DISKS];
	uint8_t *memory;                 /* answers, then the service's own stable memory */
	uint64_t memory_bytes;
	uint8_t *arena;
	uint64_t arena_used, arena_bytes;
	uint32_t generation, sequence;
	uint8_t *window[2];
	uint64_t window_bytes[2];
	uint64_t window_limit;           /* more is not mapped */
	uint64_t random;
	uint32_t eager;                  /* writes frames back at random moments */
	uint32_t logged, verbose;        /* lines in the log; whether they are shown */
	char directory[64];              /* scratch, on the host */
} host;

static inline uint32_t host_random(uint32_t below)
{
	host.random ^= host.random << 13;
	host.random ^= host.random >> 7;
	host.random ^= host.random << 17;
	return (uint32_t)(host.random >> 32) % below;
}

static inline void host_command(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void host_command(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	cr_assert_eq(system(command), 0, "%s", command);
}

/* ---- what the service needs of libipc ---- */

void *stable_memory(uint64_t *size_bytes)
{
	*size_bytes = host.memory_bytes - HOST_ANSWER_BYTES;
	return host.memory + HOST_ANSWER_BYTES;
}

void *arena_allocate(uint64_t size_bytes, uint64_t alignment)
{
	uint64_t start = (host.arena_used + alignment - 1) & -alignment;

	if (start + size_bytes > host.arena_bytes)
		return 0;
	host.arena_used = start + size_bytes;
	return host.arena + start;
}

struct answer *answer_slot(struct call *call)
{
	return (struct answer *)host.memory + BADGE_CLIENT(call->badge);
}

void call_answered(struct call *call)
{
	call->answered = 1;
}

static status_t copy_check(unsigned window, uint64_t offset, uint64_t bytes)
{
	cr_assert(window < 2 && host.window[window], "no such window");
	if (offset + bytes > host.window_bytes[window])
		return STATUS_BAD_ARGUMENT;
	return offset + bytes > host.window_limit ? STATUS_UNMAPPED : STATUS_OK;
}

status_t call_copy_in(struct call *call, unsigned window, uint64_t offset, void *to, uint64_t bytes)
{
	status_t status = copy_check(window, offset, bytes);

	(void)call;
	if (status == STATUS_OK)
		memcpy(to, host.window[window] + offset, bytes);
	return status;
}

status_t call_copy_out(struct call *call, unsigned window, uint64_t offset, const void *from,
		       uint64_t bytes)
{
	status_t status = copy_check(window, offset, bytes);

	(void)call;
	if (status == STATUS_OK)
		memcpy(host.window[window] + offset, from, bytes);
	return status;
}

void fs_log(uint32_t volume, const char *text, uint64_t number)
{
	if (host.verbose)
		printf("volume %u: %s (%lu)\n", volume, text, number);
	host.logged++;
}

uint64_t fs_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- the disk, and writing back ---- */

uint64_t disk_start(uint32_t volume, int *read_only)
{
	*read_only = 0;
	return host.disk_bytes[volume];
}

status_t disk_peek(uint32_t volume, uint64_t offset, void *to, uint32_t bytes)
{
	memcpy(to, host.disk[volume] + offset, bytes);
	return STATUS_OK;
}

void disk_blocks(uint32_t volume, uint32_t block_bytes)
{
	host.block_bytes[volume] = block_bytes;
}

void disk_notified(uint32_t bits)
{
	(void)bits;
}

static void write_frame(uint32_t frame)
{
	uint64_t word = stable.words[frame];
	uint32_t volume = (uint32_t)(word >> 32) & 0xff, bytes;

	if (FRAME_STATE(word) != FRAME_DIRTY)
		return;
	bytes = host.block_bytes[volume];
	cache_writing(frame);
	cr_assert(((word & 0xffffffff) + 1) * bytes <= host.disk_bytes[volume]);
	memcpy(host.disk[volume] + (word & 0xffffffff) * bytes, cache_data(frame), bytes);
	cache_written(frame, STATUS_OK);
}

static void write_all(void)
{
	for (uint32_t frame = 0; frame < stable.head->frame_count; frame++)
		write_frame(frame);
	cr_assert_eq(cache_dirty_count(), 0);
}

/* Often only what was asked for arrives. */
status_t disk_load(struct call *call)
{
	struct missing what = cache_missing;
	uint32_t bytes = host.block_bytes[what.volume];

	(void)call;
	if (!what.blocks) {
		write_all();
		return STATUS_OK;
	}
	for (uint32_t i = 0; i < what.blocks; i++) {
		uint32_t frame;

		if (i && (cache_has(what.volume, what.block + i) || !host_random(4)))
			break;
		frame = cache_take();
		if (frame == FRAME_NONE) {
			if (!i)
				write_all();
			return STATUS_OK;
		}
		cr_assert((what.block + i + 1ull) * bytes <= host.disk_bytes[what.volume]);
		memcpy(cache_data(frame), host.disk[what.volume] + (uint64_t)(what.block + i) * bytes,
		       bytes);
		cache_insert(frame, what.volume, what.block + i, FRAME_CLEAN);
	}
	return STATUS_OK;
}

void disk_read_ahead(struct missing what)
{
	(void)what;
}

void writeback_start(void)
{
}

void writeback_timeout(void)
{
}

void writeback_consider(void)
{
	if (!host.eager)
		return;
	for (uint32_t n = host_random(host.eager); n; n--)
		write_frame(host_random(stable.head->frame_count));
}

status_t writeback_sync(struct call *call)
{
	(void)call;
	write_all();
	return STATUS_OK;
}

/* ---- stopping the service at a store ---- */

#define PAGE 4096ull

static sigjmp_buf host_stopped;
static volatile long host_stores;        /* so far */
static volatile long host_stop;          /* before this one; < 0: nowhere */
static volatile uint64_t host_store_at;  /* the instruction being let through */
static volatile uint64_t host_opened[4]; /* pages it may store to; 0: none */

static void protect(uint64_t address, uint64_t bytes, int protection)
{
	if (mprotect((void *)address, bytes, protection) != 0)
		abort();
}

static void protect_all(int protection)
{
	protect((uint64_t)host.memory, host.memory_bytes, protection);
}

/* A store to the protected memory: let this one instruction through, or stop before it. */
static void on_store(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;
	uint64_t address = (uint64_t)info->si_addr, rip = (uint64_t)machine->uc_mcontext.gregs[REG_RIP];
	unsigned i = 0;

	if (address - (uint64_t)host.memory >= host.memory_bytes) {
		signal(number, SIG_DFL);
		return;
	}
	/* The same one again: it stores to two pages, or it is a string instruction. */
	if (!host_opened[0] && host_stores++ == host_stop) {
		protect_all(PROT_READ | PROT_WRITE);
		siglongjmp(host_stopped, 1);
	}
	while (host_opened[i])
		i++;
	host_opened[i] = address & -PAGE;
	protect(host_opened[i], PAGE, PROT_READ | PROT_WRITE);
	host_store_at = rip;
	machine->uc_mcontext.gregs[REG_EFL] |= 0x100;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;

	(void)number;
	(void)info;
	/* A repeated string instruction steps once for each round: it counts as one store. */
	if ((uint64_t)machine->uc_mcontext.gregs[REG_RIP] == host_store_at && !host_opened[2])
		return;
	machine->uc_mcontext.gregs[REG_EFL] &= ~0x100ll;
	for (unsigned i = 0; i < 4 && host_opened[i]; i++) {
		protect(host_opened[i], PAGE, PROT_READ);
		host_opened[i] = 0;
	}
}

/* Runs it, and stops before its store number `at`, counted from 0. Gives 1 if it was stopped. */
static inline int host_stop_at(long at, void (*victim)(void))
{
	struct sigaction store = { .sa_sigaction = on_store, .sa_flags = SA_SIGINFO | SA_NODEFER };
	struct sigaction step = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_NODEFER };
	int stopped;

	sigaction(SIGSEGV, &store, 0);
	sigaction(SIGTRAP, &step, 0);
	stopped = sigsetjmp(host_stopped, 1);
	if (!stopped) {
		host_stores = 0;
		host_stop = at;
		protect_all(PROT_READ);
		victim();
		protect_all(PROT_READ | PROT_WRITE);
	}
	return stopped;
}

/* ---- life of the service ---- */

static inline void host_restart(void)
{
	memset(host.arena, 0, host.arena_used);
	host.arena_used = 0;
	cr_assert_eq(service.start(host.generation++), STATUS_OK);
}

static inline void read_disk(uint32_t volume, const char *path)
{
	struct stat status;
	int file = open(path, O_RDONLY);

	cr_assert(file >= 0 && fstat(file, &status) == 0);
	free(host.disk[volume]);
	host.disk_bytes[volume] = (uint64_t)status.st_size;
	host.disk[volume] = malloc(host.disk_bytes[volume]);
	cr_assert_eq(read(file, host.disk[volume], host.disk_bytes[volume]), status.st_size);
	close(file);
}

static inline void host_memory(uint64_t stable_bytes)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	host.memory_bytes = HOST_ANSWER_BYTES + stable_bytes;
	host.memory = mmap(0, host.memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	host.arena_bytes = 8u << 20;
	host.arena = mmap(0, host.arena_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	host.window_limit = ~0ull >> 1;
	host.random = 0x1234567;
	snprintf(host.directory, sizeof(host.directory), "%s/bulkhead-fs-XXXXXX", base);
	cr_assert(mkdtemp(host.directory));
	host_command("mkdir %s/tree", host.directory);
}

/* Makes an image of the scratch tree, and starts the service on it. */
static inline void host_start(const char *options, uint32_t kibibytes, uint64_t stable_bytes)
{
	char path[128];

	if (!host.memory)
		host_memory(stable_bytes);
	host_command("mke2fs -q -F -t ext2 %s -d %s/tree %s/image %uk", options, host.directory,
		     host.directory, kibibytes);
	snprintf(path, sizeof(path), "%s/image", host.directory);
	read_disk(VOLUME_ROOT, path);
	memset(host.memory, 0, host.memory_bytes);
	host.generation = 0;
	host.sequence = 0;
	host_restart();
}

/* Everything goes to the disk, and e2fsck finds nothing to complain about. */
static inline void host_check(void)
{
	char path[128];
	int file;

	write_all();
	snprintf(path, sizeof(path), "%s/checked", host.directory);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert_eq(write(file, host.disk[0], host.disk_bytes[0]), (ssize_t)host.disk_bytes[0]);
	close(file);
	host_command("e2fsck -fn %s >%s/e2fsck 2>&1 || { cat %s/e2fsck; exit 1; }", path,
		     host.directory, host.directory);
}

static inline void host_end(void)
{
	host_command("rm -rf %s", host.directory);
}

/* ---- requests ---- */

static inline void host_lend(unsigned window, const void *address, uint64_t bytes)
{
	host.window[window] = (uint8_t *)(uintptr_t)address;
	host.window_bytes[window] = bytes;
}

/* As libipc does it; the same sequence again is the same request. Gives an errno, 0: done. */
static inline int host_request(uint32_t operation, uint32_t sequence, const void *request,
			       void *reply, unsigned windows)
{
	struct call call = { .badge = host_client, .capability = { host_client } };
	struct answer *answer = answer_slot(&call);
	const struct operation *row = &service.operations[operation];
	uint64_t reply_bytes = 8 * ((row->reply_info & INFO_WORDS_MASK) >> INFO_WORDS_SHIFT);
	status_t status;

	memset(reply, 0, reply_bytes);
	call.sequence = row->once ? sequence : 0;
	call.windows = windows & 3;
	if (row->once && answer->sequence == sequence) {
		memcpy(reply, answer->reply, reply_bytes);
		status = answer->status;
	} else {
		status = row->handler(&call, request, reply);
		if (row->once && !call.answered && status != STATUS_UNMAPPED) {
			answer->status = (uint16_t)status;
			answer->words = 0;
			stable_barrier();
			answer->sequence = sequence;
		}
	}
	cr_assert(status == STATUS_OK || status == STATUS_UNMAPPED || STATUS_IS_ERRNO(status),
		  "%s: status %x", row->name, status);
	if (status == STATUS_UNMAPPED)
		return E_FAULT;
	return status == STATUS_OK ? 0 : ERRNO_OF_STATUS(status);
}

#define HOST_REQUEST(name, reply, windows, ...) \
	host_request(fs_##name##_operation, ++host.sequence, \
		     &(struct fs_##name##_request){ __VA_ARGS__ }, (reply), (windows))

static inline int host_open(const char *path, uint32_t flags, uint32_t mode, uint64_t *handle)
{
	struct fs_open_reply reply;
	int error;

	host_lend(0, path, strlen(path));
	error = HOST_REQUEST(open, &reply, 1, .flags = flags, .mode = mode, .path_bytes = strlen(path));
	*handle = reply.handle;
	return error;
}

static inline uint64_t host_make_file(const char *path)
{
	uint32_t flags = FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_CREATE;
	uint64_t handle;

	cr_assert_eq(host_open(path, flags, 0644, &handle), 0);
	return handle;
}

static inline int host_lookup(const char *path, uint32_t flags, struct fs_status *status)
{
	struct fs_lookup_reply reply;
	int error;

	host_lend(0, path, strlen(path));
	error = HOST_REQUEST(lookup, &reply, 1, .flags = flags, .path_bytes = strlen(path));
	*status = reply.status;
	return error;
}

static inline void host_release(uint64_t handle)
{
	struct fs_release_reply reply;

	cr_assert_eq(HOST_REQUEST(release, &reply, 0, handle), 0);
}

/* All of it, or an error. */
static inline int host_write(uint64_t handle, uint64_t position, const void *from, uint64_t bytes)
{
	while (bytes) {
		struct fs_write_reply reply;
		int error;

		host_lend(0, from, bytes);
		error = HOST_REQUEST(write, &reply, 1, handle, position, bytes);
		if (error)
			return error;
		position += reply.bytes;
		from = (const uint8_t *)from + reply.bytes;
		bytes -= reply.bytes;
	}
	return 0;
}

/* Gives how many bytes there were. */
static inline uint64_t host_read(uint64_t handle, uint64_t position, void *to, uint64_t bytes)
{
	uint64_t done = 0;

	while (done < bytes) {
		struct fs_read_reply reply;

		host_lend(0, (uint8_t *)to + done, bytes - done);
		cr_assert_eq(HOST_REQUEST(read, &reply, 1, handle, position + done, bytes - done), 0);
		if (!reply.bytes)
			break;
		done += reply.bytes;
	}
	return done;
}

#define HOST_PATH_REQUEST(name, reply, path_, ...) ({ \
	host_lend(0, (path_), strlen(path_)); \
	HOST_REQUEST(name, (reply), 1, .path_bytes = strlen(path_), __VA_ARGS__); })

static inline int host_make_directory(const char *path, uint32_t mode)
{
	struct fs_make_directory_reply reply;

	return HOST_PATH_REQUEST(make_directory, &reply, path, .mode = mode);
}

static inline int host_remove(const char *path, uint32_t flags)
{
	struct fs_remove_reply reply;

	return HOST_PATH_REQUEST(remove, &reply, path, .flags = flags);
}

static inline int host_rename(const char *from, const char *to, uint32_t flags)
{
	struct fs_rename_reply reply;

	host_lend(0, from, strlen(from));
	host_lend(1, to, strlen(to));
	return HOST_REQUEST(rename, &reply, 2, .flags = flags, .old_path_bytes = strlen(from),
			    .new_path_bytes = strlen(to));
}

static inline int host_link(const char *from, const char *to)
{
	struct fs_link_reply reply;

	host_lend(0, from, strlen(from));
	host_lend(1, to, strlen(to));
	return HOST_REQUEST(link, &reply, 2, .flags = FS_NOFOLLOW, .old_path_bytes = strlen(from),
			    .new_path_bytes = strlen(to));
}

static inline int host_symlink(const char *text, const char *path)
{
	struct fs_symlink_reply reply;

	host_lend(0, path, strlen(path));
	host_lend(1, text, strlen(text));
	return HOST_REQUEST(symlink, &reply, 2, .path_bytes = strlen(path),
			    .text_bytes = strlen(text));
}

static inline int host_truncate(uint64_t handle, uint64_t bytes)
{
	struct fs_truncate_reply reply;

	return HOST_REQUEST(truncate, &reply, 0, handle, bytes);
}

#endif
