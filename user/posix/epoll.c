/* SPDX-License-Identifier: MIT */
/*
 * epoll. What a set is interested in lives in the process, in pages of its private area, and is
 * copied at a fork (Linux shares it). An open file that goes away leaves all sets (epoll_forget).
 *
 * Edge-triggered: the servers count the changes of what they keep (libipc/proto/poll.h); an item is
 * news when the count differs from the one reported last.
 */
#include "user/posix/epoll.h"

#include "user/posix/poll.h"

enum { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL, EPOLL_CTL_MOD };
#define EPOLL_EXCLUSIVE (1u << 28)
#define EPOLL_WAKEUP    (1u << 29)
#define EPOLL_ONESHOT   (1u << 30)
#define EPOLL_EDGE      (1u << 31)
#define EPOLL_MODES     (EPOLL_EXCLUSIVE | EPOLL_WAKEUP | EPOLL_ONESHOT | EPOLL_EDGE)
/* What may be asked for together with EXCLUSIVE. */
#define EPOLL_EXCLUSIVE_OK (EPOLL_EXCLUSIVE | EPOLL_WAKEUP | EPOLL_EDGE | LINUX_POLLIN | \
			    LINUX_POLLOUT | LINUX_POLLERR | LINUX_POLLHUP | LINUX_POLLRDNORM | \
			    LINUX_POLLWRNORM)
#define EPOLL_NESTS 4

/* struct epoll_event of x86-64 is packed. */
struct epoll_event { uint32_t events; uint64_t data; } __attribute__((packed));

struct epoll_item {
	struct open_file *file;          /* 0: free */
	uint64_t data;
	uint32_t events;
	uint32_t changes;                /* reported last */
	int32_t descriptor;
	uint8_t fresh;                   /* nothing was reported since it was added or modified */
	uint8_t disabled;                /* ONESHOT has fired */
};

#define EPOLL_PAGE_ITEMS 126
struct epoll_page {
	struct epoll_page *next;
	struct epoll_item item[EPOLL_PAGE_ITEMS];
};
_Static_assert(sizeof(struct epoll_page) <= PAGE_BYTES, "one page");

static struct epoll_page *first_page(const struct open_file *set)
{
	return (struct epoll_page *)set->record;
}

/* Walks the items in use: item 0 first. */
static struct epoll_item *item_next(const struct open_file *set, struct epoll_page **page,
				    unsigned int *at)
{
	if (!*page)
		*page = first_page(set);
	for (; *page; *page = (*page)->next, *at = 0) {
		for (; *at < EPOLL_PAGE_ITEMS; ++*at)
			if ((*page)->item[*at].file)
				return &(*page)->item[(*at)++];
		if (!(*page)->next)
			break;
	}
	return 0;
}

#define FOR_EACH_ITEM(item, set) \
	struct epoll_page *page_ = 0; \
	unsigned int at_ = 0; \
	for (struct epoll_item *item; (item = item_next(set, &page_, &at_)); )

/* ---- Readiness ---- */

/* What is to be reported of an item; changes: what it is, then. 0: nothing. */
static unsigned int item_news(struct task *task, const struct epoll_item *item, unsigned int arm,
			      uint32_t *changes)
{
	unsigned int ready;

	if (item->disabled)
		return 0;
	if (arm && item->events & EPOLL_EDGE)
		arm = POLL_ARM_ALWAYS;
	ready = poll_file_news(task, item->file, item->events & ~EPOLL_MODES, arm, changes);
	if (ready && item->events & EPOLL_EDGE && !item->fresh && *changes == item->changes)
		return 0;
	return ready;
}

struct epoll_wait {
	struct open_file *set;
	uint64_t address;
	long most;
};

static long report(struct epoll_wait *wait, long count, struct epoll_item *item, unsigned int ready,
		   uint32_t changes)
{
	struct epoll_event event = { ready, item->data };
	long error = copy_to_program(wait->address + (uint64_t)count * sizeof(event), &event,
				     sizeof(event));

	if (error)
		return error;
	item->fresh = 0;
	item->changes = changes;
	item->disabled = (item->events & EPOLL_ONESHOT) != 0;
	return 0;
}

/*
 * Where more are ready than the program takes at once, the next call begins behind the last one
 * reported, so that none starves.
 */
static long scan_set(struct task *task, void *state, unsigned int arm)
{
	struct epoll_wait *wait = state;
	uint64_t start = wait->set->position, index = 0, last = start;
	long count = 0, error = 0;

	for (int round = 0; round < 2; round++, index = 0) {
		FOR_EACH_ITEM(item, wait->set) {
			uint32_t changes;
			unsigned int ready;

			if (count == wait->most || error)
				break;
			if ((index++ < start) != round)
				continue;
			ready = item_news(task, item, count ? POLL_ARM_NOT : arm, &changes);
			if (!ready)
				continue;
			error = report(wait, count, item, ready, changes);
			count += !error;
			last = index;
		}
	}
	wait->set->position = count == wait->most ? last : 0;
	return count ? count : error;
}

/* As a file: readable when something is to be reported. A nested set is always news to an edge. */
static long epoll_poll(struct task *task, struct open_file *file, unsigned int events,
		       unsigned int arm)
{
	uint32_t changes;

	FOR_EACH_ITEM(item, file)
		if (item_news(task, item, arm, &changes))
			return (long)POLL_NEWS(events & LINUX_POLLIN, time_ticks());
	return 0;
}

/* ---- The items ---- */

static struct epoll_item *item_find(const struct open_file *set, const struct open_file *file,
				    int descriptor)
{
	FOR_EACH_ITEM(item, set)
		if (item->file == file && item->descriptor == descriptor)
			return item;
	return 0;
}

static struct epoll_page *page_take(struct task *task)
{
	struct files *files = &task->process->files;
	struct epoll_page *page = files->spare_pages;

	if (!page)
		return private_pages(task, 1);
	files->spare_pages = page->next;
	*page = (struct epoll_page){ 0 };
	return page;
}

static struct epoll_item *item_free_place(struct task *task, struct open_file *set)
{
	struct epoll_page *page = first_page(set);

	for (; page; page = page->next)
		for (unsigned int i = 0; i < EPOLL_PAGE_ITEMS; i++)
			if (!page->item[i].file)
				return &page->item[i];
	page = page_take(task);
	if (!page)
		return 0;
	page->next = first_page(set);
	set->record = (uint64_t)page;
	return &page->item[0];
}

void epoll_forget(struct task *task, const struct open_file *file)
{
	struct files *files = &task->process->files;

	for (struct open_file *set = files_next(files, 0); set; set = files_next(files, set)) {
		if (set->kind != FILE_EPOLL)
			continue;
		FOR_EACH_ITEM(item, set)
			if (item->file == file)
				*item = (struct epoll_item){ 0 };
	}
}

static void epoll_release(struct task *task, struct open_file *file)
{
	struct files *files = &task->process->files;
	struct epoll_page *page = first_page(file), *next;

	for (; page; page = next) {
		next = page->next;
		page->next = files->spare_pages;
		files->spare_pages = page;
	}
	files->epolls--;
}

/* How deep sets are nested; more than EPOLL_NESTS: too deep, or `seek` is among them. */
static unsigned int nesting(const struct open_file *set, const struct open_file *seek,
			    unsigned int depth)
{
	unsigned int deepest = depth;

	if (set == seek || depth > EPOLL_NESTS)
		return EPOLL_NESTS + 1;
	FOR_EACH_ITEM(item, set) {
		unsigned int below = item->file->kind == FILE_EPOLL ?
			nesting(item->file, seek, depth + 1) : depth;

		deepest = below > deepest ? below : deepest;
	}
	return deepest;
}

static long item_add(struct task *task, struct open_file *set, struct open_file *file,
		     int descriptor, const struct epoll_event *event)
{
	struct epoll_item *item = item_find(set, file, descriptor);

	if (item)
		return -E_EXIST;
	if (event->events & EPOLL_EXCLUSIVE &&
	    (event->events & ~EPOLL_EXCLUSIVE_OK || file->kind == FILE_EPOLL))
		return -E_INVAL;
	if (file->kind == FILE_EPOLL && nesting(file, set, 1) > EPOLL_NESTS)
		return -E_LOOP;
	item = item_free_place(task, set);
	if (!item)
		return -E_NOMEM;
	*item = (struct epoll_item){ .file = file, .data = event->data, .events = event->events,
				     .descriptor = descriptor, .fresh = 1 };
	return 0;
}

static long item_modify(struct epoll_item *item, const struct epoll_event *event)
{
	if (!item)
		return -E_NOENT;
	if ((item->events | event->events) & EPOLL_EXCLUSIVE)
		return -E_INVAL;
	item->events = event->events;
	item->data = event->data;
	item->fresh = 1;
	item->disabled = 0;
	return 0;
}

static long item_delete(struct epoll_item *item)
{
	if (!item)
		return -E_NOENT;
	*item = (struct epoll_item){ 0 };
	return 0;
}

/* ---- The calls ---- */

long sys_epoll_create1(struct task *task, long flags)
{
	struct open_file file = { .kind = FILE_EPOLL, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR };
	long descriptor;

	if (flags & ~(long)LINUX_O_CLOEXEC)
		return -E_INVAL;
	task->process->files.epolls++;
	descriptor = descriptor_make(task, &file, (unsigned int)flags);
	return descriptor;
}

long sys_epoll_create(struct task *task, long size)
{
	return (int)size <= 0 ? -E_INVAL : sys_epoll_create1(task, 0);
}

long sys_epoll_ctl(struct task *task, long set_descriptor, long operation, long descriptor,
		   long address)
{
	struct open_file *set = file_of(task, set_descriptor), *file = file_of(task, descriptor);
	struct epoll_event event = { 0, 0 };
	long error = 0;

	if (operation != EPOLL_CTL_DEL)
		error = copy_from_program(&event, (uint64_t)address, sizeof(event));
	if (error)
		return error;
	if (!set || !file || set->flags & LINUX_O_PATH || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (!file_operations(file)->poll)
		return -E_PERM;
	if (set == file || set->kind != FILE_EPOLL)
		return -E_INVAL;
	switch (operation) {
	case EPOLL_CTL_ADD:
		return item_add(task, set, file, (int)descriptor, &event);
	case EPOLL_CTL_MOD:
		return item_modify(item_find(set, file, (int)descriptor), &event);
	case EPOLL_CTL_DEL:
		return item_delete(item_find(set, file, (int)descriptor));
	}
	return -E_INVAL;
}

static long epoll_wait(struct task *task, long descriptor, long address, long most,
		       uint64_t deadline_ns)
{
	struct epoll_wait wait = { file_of(task, descriptor), (uint64_t)address, (int)most };
	long result;

	if (wait.most <= 0 || wait.most > (long)(INT32_MAX / sizeof(struct epoll_event)))
		return -E_INVAL;
	if (!wait.set)
		return -E_BADF;
	if (wait.set->kind != FILE_EPOLL)
		return -E_INVAL;
	/* Held while we sleep: another thread may close it. */
	wait.set->references++;
	result = poll_wait(task, scan_set, &wait, deadline_ns);
	file_put(task, wait.set);
	/* Never started again, whatever the signal was (signal(7)). */
	return result == -ERESTARTNOHAND ? -E_INTR : result;
}

long sys_epoll_wait(struct task *task, long descriptor, long events, long most, long timeout_ms)
{
	return epoll_wait(task, descriptor, events, most, poll_deadline_ms(timeout_ms));
}

long sys_epoll_pwait(struct task *task, long descriptor, long events, long most, long timeout_ms,
		     long mask, long mask_bytes)
{
	long error = poll_mask(task, (uint64_t)mask, mask_bytes);

	if (error)
		return error;
	error = epoll_wait(task, descriptor, events, most, poll_deadline_ms(timeout_ms));
	signal_mask_end(task);
	return error;
}

long sys_epoll_pwait2(struct task *task, long descriptor, long events, long most, long timeout,
		      long mask, long mask_bytes)
{
	uint64_t deadline_ns;
	long error = poll_deadline((uint64_t)timeout, &deadline_ns);

	if (!error)
		error = poll_mask(task, (uint64_t)mask, mask_bytes);
	if (error)
		return error;
	error = epoll_wait(task, descriptor, events, most, deadline_ns);
	signal_mask_end(task);
	return error;
}

const struct file_operations epoll_operations = {
	.name = "anon_inode:[eventpoll]",
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = epoll_poll,
	.release = epoll_release,
};
