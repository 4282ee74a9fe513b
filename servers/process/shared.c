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

/* Volatile: derived from the table. Indices of pages + 1; 0 ends a chain. */
static struct {
	uint32_t *bucket, *next;
	uint32_t free;
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

/* Its index + 1; 0: it is not here. */
static uint32_t find(uint64_t file, uint64_t page)
{
	uint32_t at = *bucket_of(file, page);

	while (at && (page_at(at - 1)->file != file || page_at(at - 1)->page != page))
		at = shared.next[at - 1];
	return at;
}

/* The first one at or behind it. */
static uint32_t find_next(uint64_t file, uint64_t page)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < SHARED_PAGES; i++) {
		if (page_at(i)->file == file && page_at(i)->page >= page &&
		    (!found || page_at(i)->page < page_at(found - 1)->page))
			found = i + 1;
	}
	return found;
}

static status_t window_map(uint32_t index, uint64_t frame)
{
	uint64_t mapped;

	return frames_place(state.info->self_space_slot, window(index), frame, 1, MAP_WRITE, 0,
			    &mapped);
}

status_t shared_start(void)
{
	status_t status = STATUS_OK;

	shared.bucket = arena_allocate(BUCKETS * sizeof(uint32_t), 8);
	shared.next = arena_allocate(SHARED_PAGES * sizeof(uint32_t), 8);
	if (!shared.bucket || !shared.next)
		return STATUS_NO_MEMORY;
	memset(shared.bucket, 0, BUCKETS * sizeof(uint32_t));
	shared.free = 0;
	for (uint32_t i = SHARED_PAGES; i-- > 0 && status == STATUS_OK;) {
		uint32_t *list = page_at(i)->file ? bucket_of(page_at(i)->file, page_at(i)->page) :
			&shared.free;

		shared.next[i] = *list;
		*list = i + 1;
		if (page_at(i)->file)
			status = window_map(i, page_at(i)->frame);
	}
	return status;
}

uint32_t region_rights(const struct region *region)
{
	uint32_t file = PROCESS_MAP_SHARED | PROCESS_MAP_FILE;

	return (region->flags & file) == file && !(region->tag & PROCESS_SHARED_WRITABLE) ?
		readable(region->protection) & ~PROCESS_WRITE : readable(region->protection);
}

/* A service: they have no processes. */
static bool is_service(const struct call *call)
{
	return BADGE_CLIENT(call->badge) >= PROCESS_MAX;
}

status_t on_shared_fill(struct call *call, const struct process_shared_fill_request *request,
			struct process_shared_fill_reply *reply)
{
	uint32_t at = shared.free, *bucket = bucket_of(request->file, request->page);
	uint64_t frame;
	status_t status;

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (find(request->file, request->page))
		return STATUS_OK;
	frame = at ? frames_take(&state.frames, 1, FRAMES_KEPT) : 0;
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
	shared.free = shared.next[at - 1];
	shared.next[at - 1] = *bucket;
	*bucket = at;
	page_at(at - 1)->frame = frame;
	page_at(at - 1)->page = request->page;
	__asm__ volatile("" ::: "memory");
	page_at(at - 1)->file = request->file;
	return STATUS_OK;
}

/* After vfork the page belongs into the owner's space; the child takes it from there. */
status_t on_shared_map(struct call *call, const struct process_shared_map_request *request,
		       struct process_shared_map_reply *reply)
{
	unsigned client = request->client < PROCESS_MAX ? (unsigned)request->client : 0;
	unsigned owner = process_at(client)->memory;
	uint64_t address = request->address & ~PAGE_MASK, mapped;
	uint32_t at = find(request->tag << 1 >> 2, request->page);
	const struct region *region;
	status_t status;

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (!client || !process_lives(process_at(client)))
		return STATUS_ERRNO(E_SRCH);
	region = region_find(&state.regions, process_at(owner)->regions, address);
	if (!region || region->start > address || region->tag != request->tag ||
	    (region->flags & (PROCESS_MAP_SHARED | PROCESS_MAP_FILE)) !=
	    (PROCESS_MAP_SHARED | PROCESS_MAP_FILE) || !region->protection ||
	    (region->offset + (address - region->start)) / PAGE != request->page)
		return STATUS_ERRNO(E_FAULT);
	if (!at)
		return STATUS_ERRNO(E_NOENT);
	status = pages_map(owner, address, page_at(at - 1)->frame, 1,
			   region_rights(region), &mapped);
	if (status == STATUS_BAD_STATE)
		return STATUS_OK;
	return status == STATUS_OK ? STATUS_OK : STATUS_ERRNO(E_NOMEM);
}

status_t on_shared_read(struct call *call, const struct process_shared_read_request *request,
			struct process_shared_read_reply *reply)
{
	uint32_t found = find(request->file, request->page);

	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
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

/* The record first: a frame that is mapped without one comes back with the next start. */
static void page_free(uint32_t at)
{
	uint32_t *link = bucket_of(page_at(at - 1)->file, page_at(at - 1)->page);

	while (*link != at)
		link = &shared.next[*link - 1];
	*link = shared.next[at - 1];
	page_at(at - 1)->file = 0;
	shared.next[at - 1] = shared.free;
	shared.free = at;
	space_drop(state.info->self_space_slot, window(at - 1), 1);
}

status_t on_shared_drop(struct call *call, const struct process_shared_drop_request *request,
			struct process_shared_drop_reply *reply)
{
	static uint8_t expected[PAGE];
	uint32_t at = find(request->file, request->page);
	struct words words = { { at ? window(at - 1) : 0 } };
	status_t status;

	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	if (!at)
		return STATUS_OK;
	status = call_copy_in(call, 0, 0, expected, PAGE);
	if (status != STATUS_OK)
		return status;
	if (kernel_invoke_space(state.info->self_space_slot, SPACE_QUERY, &words) != STATUS_OK ||
	    words.word[2] != 1 || memcmp(expected, (void *)window(at - 1), PAGE))
		return STATUS_ERRNO(E_BUSY);
	page_free(at);
	return STATUS_OK;
}

/* Whoever has it mapped: regions tell, since no list of a frame's mappings exists. */
static void unmap_everywhere(uint64_t file, uint64_t page)
{
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		uint32_t at = process_lives(process_at(i)) ? process_at(i)->regions : 0;

		for (; at; at = state.regions.region[at].next) {
			const struct region *region = &state.regions.region[at];
			uint64_t first = region->offset / PAGE;
			uint64_t count = (region->end - region->start) / PAGE;

			if ((region->flags & PROCESS_MAP_SHARED) && region->tag >> 63 &&
			    region->tag << 1 >> 2 == file && first + count > page) {
				uint64_t skip = page > first ? page - first : 0;

				program_pages_drop(i, region->start + skip * PAGE, count - skip);
			}
		}
	}
}

status_t on_shared_cut(struct call *call, const struct process_shared_cut_request *request,
		       struct process_shared_cut_reply *reply)
{
	(void)reply;
	if (!is_service(call))
		return STATUS_ERRNO(E_PERM);
	unmap_everywhere(request->file, request->page);
	for (uint32_t i = 0; i < SHARED_PAGES; i++) {
		if (page_at(i)->file == request->file && page_at(i)->page >= request->page)
			page_free(i + 1);
	}
	return STATUS_OK;
}
