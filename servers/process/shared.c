/* SPDX-License-Identifier: MIT */
/*
 * Pages of files that programs share. fs fills them, has them mapped where programs touch them, and
 * copies them back. Each stands in a frame that is mapped here too, so that it lives on when the
 * last program lets go of it, until fs has its contents.
 */
#include "servers/process/state.h"

#include "libipc/objects.h"
#include "libipc/string.h"
#include "servers/process/space.h"

#define BUCKETS 8192u
#define RECLAIM 64u                     /* pages given up at a time, when memory is short */

/* Of one page: the next in its bucket, and its neighbours in the list of its file's. */
struct link { uint32_t next, before, after; };

/* Volatile: derived from the table. Indices of pages + 1; 0 ends a list. */
static struct {
	uint32_t *bucket, *files;       /* of pages; of lists of files' pages */
	struct link *link;
	uint32_t free, rover;
	uint64_t clean;
} shared;

static struct shared_page *page_at(uint32_t index)
{
	return &state.table->shared[index];
}

static uint64_t window(uint32_t index)
{
	return service_address(SHARED_WINDOWS) + index * PAGE;
}

static uint32_t *bucket_of(uint64_t file, uint64_t page)
{
	return &shared.bucket[(file * 31 + page) % BUCKETS];
}

static uint32_t *files_of(uint64_t file)
{
	return &shared.files[file % BUCKETS];
}

/* Its index + 1; 0: it is not here. */
static uint32_t find(uint64_t file, uint64_t page)
{
	uint32_t at = *bucket_of(file, page);

	while (at && (page_at(at - 1)->file != file || page_at(at - 1)->page != page))
		at = shared.link[at - 1].next;
	return at;
}

/* The next page of that file in its list, from that one on. */
static uint32_t of_file(uint32_t at, uint64_t file)
{
	while (at && page_at(at - 1)->file != file)
		at = shared.link[at - 1].after;
	return at;
}

static uint32_t file_first(uint64_t file)
{
	return of_file(*files_of(file), file);
}

static uint32_t file_next(uint32_t at)
{
	return of_file(shared.link[at - 1].after, page_at(at - 1)->file);
}

/* The first one at or behind it that is not clean. */
static uint32_t find_next(uint64_t file, uint64_t page)
{
	uint32_t found = 0;

	for (uint32_t at = file_first(file); at; at = file_next(at)) {
		if (page_at(at - 1)->stored && page_at(at - 1)->page >= page &&
		    (!found || page_at(at - 1)->page < page_at(found - 1)->page))
			found = at;
	}
	return found;
}

static void list_in(uint32_t at)
{
	const struct shared_page *page = page_at(at - 1);
	uint32_t *bucket = bucket_of(page->file, page->page), *files = files_of(page->file);

	shared.link[at - 1] = (struct link){ *bucket, 0, *files };
	if (*files)
		shared.link[*files - 1].before = at;
	*bucket = *files = at;
	shared.clean += !page->stored;
}

static void list_out(uint32_t at)
{
	const struct shared_page *page = page_at(at - 1);
	const struct link *link = &shared.link[at - 1];
	uint32_t *in_bucket = bucket_of(page->file, page->page);

	while (*in_bucket != at)
		in_bucket = &shared.link[*in_bucket - 1].next;
	*in_bucket = link->next;
	if (link->before)
		shared.link[link->before - 1].after = link->after;
	else
		*files_of(page->file) = link->after;
	if (link->after)
		shared.link[link->after - 1].before = link->before;
	shared.clean -= !page->stored;
}

static status_t window_map(uint32_t index, uint64_t frame)
{
	uint64_t mapped;

	return frames_place(state.info->self_space_slot, window(index), frame, 1, MAP_WRITE, 0,
			    &mapped);
}

/* Whether some program has it mapped. */
static bool is_mapped(uint32_t at)
{
	struct words words = { { window(at - 1) } };

	return kernel_invoke_space(state.info->self_space_slot, SPACE_QUERY, &words) != STATUS_OK ||
	       words.word[2] != 1;
}

status_t shared_start(void)
{
	status_t status = STATUS_OK;

	shared.bucket = arena_allocate(BUCKETS * sizeof(uint32_t), 8);
	shared.files = arena_allocate(BUCKETS * sizeof(uint32_t), 8);
	shared.link = arena_allocate(SHARED_PAGES * sizeof(struct link), 8);
	if (!shared.bucket || !shared.files || !shared.link)
		return STATUS_NO_MEMORY;
	memset(shared.bucket, 0, BUCKETS * sizeof(uint32_t));
	memset(shared.files, 0, BUCKETS * sizeof(uint32_t));
	shared.free = 0;
	shared.clean = 0;
	for (uint32_t i = SHARED_PAGES; i-- > 0 && status == STATUS_OK;) {
		if (page_at(i)->file) {
			list_in(i + 1);
			status = window_restored(window_map(i, page_at(i)->frame));
		} else {
			shared.link[i].next = shared.free;
			shared.free = i + 1;
		}
	}
	return status;
}

uint32_t region_rights(const struct region *region)
{
	uint32_t file = PROCESS_MAP_SHARED | PROCESS_MAP_FILE;

	return (region->flags & file) == file && !(region->tag & PROCESS_SHARED_WRITABLE) ?
		readable(region->protection) & ~PROCESS_WRITE : readable(region->protection);
}

/* The record first: a frame that is mapped without one comes back with the next start. */
static void page_free(uint32_t at)
{
	list_out(at);
	page_at(at - 1)->file = 0;
	shared.link[at - 1].next = shared.free;
	shared.free = at;
	space_drop(state.info->self_space_slot, window(at - 1), 1);
}

bool shared_reclaim(void)
{
	uint32_t freed = 0;

	for (uint32_t i = 0; shared.clean && i < SHARED_PAGES && freed < RECLAIM; i++) {
		uint32_t at = shared.rover = shared.rover % SHARED_PAGES + 1;

		if (!page_at(at - 1)->file || page_at(at - 1)->stored || is_mapped(at))
			continue;
		page_free(at);
		freed++;
	}
	return freed != 0;
}

uint64_t shared_clean(void)
{
	return shared.clean;
}

/* A service: they have no processes. */
static bool is_service(const struct call *call)
{
	return BADGE_CLIENT(call->badge) >= PROCESS_MAX;
}

status_t on_shared_fill(struct call *call, const struct process_shared_fill_request *request,
			struct process_shared_fill_reply *reply)
{
	uint64_t frame;
	uint32_t at;
	status_t status;

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (request->page > UINT32_MAX)
		return STATUS_ERRNO(E_INVAL);
	if (find(request->file, request->page))
		return STATUS_OK;
	at = shared.free || shared_reclaim() ? shared.free : 0;
	frame = at ? frames_get(1) : 0;
	/* What memory was short of may have been this very row. */
	at = shared.free;
	if (!frame)
		return STATUS_ERRNO(E_NOMEM);
	status = window_map(at - 1, frame);
	if (status != STATUS_OK) {
		frames_give(&state.frames, frame, 1);
		return STATUS_ERRNO(E_NOMEM);
	}
	status = call_copy_in(call, 0, 0, (void *)window(at - 1), PAGE);
	if (status != STATUS_OK) {
		space_drop(state.info->self_space_slot, window(at - 1), 1);
		return status;
	}
	shared.free = shared.link[at - 1].next;
	page_at(at - 1)->frame = frame;
	page_at(at - 1)->page = (uint32_t)request->page;
	page_at(at - 1)->stored = 0;
	__asm__ volatile("" ::: "memory");
	page_at(at - 1)->file = request->file;
	list_in(at);
	return STATUS_OK;
}

/* Is the page of the request what stands at the address, by the region? */
static bool region_fits(const struct region *region, uint64_t address,
			const struct process_shared_map_request *request)
{
	uint32_t kind = region ? region->flags & (PROCESS_MAP_SHARED | PROCESS_MAP_FILE) : 0;

	if (!region || region->start > address || !region->protection ||
	    (region->offset + (address - region->start)) / PAGE != request->page)
		return false;
	return request->tag >> 63 ?
	       kind == (PROCESS_MAP_SHARED | PROCESS_MAP_FILE) && region->tag == request->tag :
	       kind == PROCESS_MAP_FILE;
}

/* So many pages from that one on are here, in frames one behind the other. */
static uint64_t run_of(uint32_t at, uint64_t pages, bool store)
{
	const struct shared_page *first = page_at(at - 1);
	const struct frame_range *range = frames_range(&state.frames, first->frame);
	uint64_t run = 0;

	if (pages > range->base + range->pages - first->frame)
		pages = range->base + range->pages - first->frame;
	while (at && run < pages && page_at(at - 1)->frame == first->frame + run) {
		if (store && !page_at(at - 1)->stored) {
			page_at(at - 1)->stored = 1;
			shared.clean--;
		}
		run++;
		at = run < pages ? find(first->file, first->page + run) : 0;
	}
	return run;
}

/* After vfork the page belongs into the owner's space; the child takes it from there. */
status_t on_shared_map(struct call *call, const struct process_shared_map_request *request,
		       struct process_shared_map_reply *reply)
{
	unsigned client = request->client < PROCESS_MAX ? request->client : 0;
	unsigned owner = process_at(client)->memory;
	bool store = request->tag >> 63 && request->tag & PROCESS_SHARED_WRITABLE;
	uint64_t address = request->address & ~PAGE_MASK, file = request->tag << 1 >> 2, pages;
	const struct region *region;
	status_t status = STATUS_OK;
	uint32_t at;

	reply->mapped = reply->met = 0;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (!client || !process_lives(process_at(client)))
		return STATUS_ERRNO(E_SRCH);
	region = region_find(&state.regions, process_at(owner)->regions, address);
	if (!region_fits(region, address, request))
		return STATUS_ERRNO(E_FAULT);
	pages = (region->end - address) / PAGE;
	pages = pages < request->count ? pages : request->count;
	while (status == STATUS_OK && reply->mapped < pages &&
	       (at = find(file, request->page + reply->mapped)) != 0) {
		uint64_t run = run_of(at, pages - reply->mapped, store), mapped;
		uint32_t rights = region_rights(region);

		status = pages_map(owner, address + reply->mapped * PAGE, page_at(at - 1)->frame,
				   run, request->tag >> 63 ? rights : rights & ~PROCESS_WRITE,
				   &mapped);
		reply->mapped += mapped;
		if (status != STATUS_BAD_STATE)
			continue;
		/* One that is there is what was wanted: and as a rule those behind it are there. */
		reply->mapped += !reply->mapped;
		reply->met = 1;
		return STATUS_OK;
	}
	if (reply->mapped)
		return STATUS_OK;
	return status == STATUS_OK ? STATUS_ERRNO(E_NOENT) : STATUS_ERRNO(E_NOMEM);
}

status_t on_shared_read(struct call *call, const struct process_shared_read_request *request,
			struct process_shared_read_reply *reply)
{
	uint32_t found = find(request->file, request->page);

	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (found && !page_at(found - 1)->stored)
		found = 0;
	if (!found && request->next)
		found = find_next(request->file, request->page);
	if (!found)
		return STATUS_ERRNO(E_NOENT);
	reply->page = page_at(found - 1)->page;
	return call_copy_out(call, 0, 0, (void *)window(found - 1), PAGE);
}

status_t on_shared_write(struct call *call, const struct process_shared_write_request *request,
			 struct process_shared_write_reply *reply)
{
	uint32_t at = find(request->file, request->page);

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (request->offset >= PAGE || request->bytes > PAGE - request->offset)
		return STATUS_ERRNO(E_INVAL);
	return at ? call_copy_in(call, 0, 0, (char *)window(at - 1) + request->offset,
				 request->bytes) : STATUS_OK;
}

status_t on_shared_drop(struct call *call, const struct process_shared_drop_request *request,
			struct process_shared_drop_reply *reply)
{
	static uint8_t expected[PAGE];
	uint32_t at = find(request->file, request->page);
	status_t status;

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (!at)
		return STATUS_OK;
	status = call_copy_in(call, 0, 0, expected, PAGE);
	if (status != STATUS_OK)
		return status;
	if (is_mapped(at) || memcmp(expected, (void *)window(at - 1), PAGE))
		return STATUS_ERRNO(E_BUSY);
	page_free(at);
	return STATUS_OK;
}

status_t on_shared_trim(struct call *call, const struct process_shared_trim_request *request,
			struct process_shared_trim_reply *reply)
{
	reply->left = 0;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	for (uint32_t at = file_first(request->file), next; at; at = next) {
		next = file_next(at);
		if (page_at(at - 1)->stored || is_mapped(at))
			reply->left++;
		else
			page_free(at);
	}
	return STATUS_OK;
}

/* Pages of the file, from that one on, which a private region shows: not its own copies. */
static void unmap_private(unsigned process, const struct region *region, uint64_t file,
			  uint64_t first)
{
	uint64_t address = region->start, page = region->offset / PAGE;

	if (page < first) {
		address += (first - page) * PAGE;
		page = first;
	}
	while (address < region->end) {
		struct page there = page_query(process, address);
		uint32_t at = there.frame ? find(file, page) : 0;
		uint64_t next = there.frame ? address + PAGE : there.next;

		if (at && page_at(at - 1)->frame == there.frame)
			program_pages_drop(process, address, 1);
		if (next >= region->end)
			return;
		page += (next - address) / PAGE;
		address = next;
	}
}

static void unmap_shared(unsigned process, const struct region *region, uint64_t file,
			 uint64_t page)
{
	uint64_t first = region->offset / PAGE, skip = page > first ? page - first : 0;

	if (region->tag >> 63 && region->tag << 1 >> 2 == file)
		program_pages_drop(process, region->start + skip * PAGE,
				   (region->end - region->start) / PAGE - skip);
}

/* Whoever has it mapped: regions tell, since no list of a frame's mappings exists. */
static void unmap_everywhere(uint64_t file, uint64_t page)
{
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		uint32_t at = process_lives(process_at(i)) ? process_at(i)->regions : 0;

		for (; at; at = state.regions.region[at].next) {
			const struct region *region = &state.regions.region[at];
			uint64_t count = (region->end - region->start) / PAGE;

			if (!(region->flags & PROCESS_MAP_FILE) ||
			    region->offset / PAGE + count <= page)
				continue;
			if (region->flags & PROCESS_MAP_SHARED)
				unmap_shared(i, region, file, page);
			else
				unmap_private(i, region, file, page);
		}
	}
}

status_t on_shared_cut(struct call *call, const struct process_shared_cut_request *request,
		       struct process_shared_cut_reply *reply)
{
	uint32_t at;

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	at = file_first(request->file);
	while (at && (page_at(at - 1)->page < request->page || !is_mapped(at)))
		at = file_next(at);
	if (at)
		unmap_everywhere(request->file, request->page);
	for (uint32_t next = file_first(request->file); (at = next) != 0;) {
		next = file_next(at);
		if (page_at(at - 1)->page >= request->page)
			page_free(at);
	}
	return STATUS_OK;
}
