/* SPDX-License-Identifier: MIT */
/*
 * Makes services out of the manifest's rows: objects first, then authority (which needs everybody's
 * endpoint), then memory. What a service may do is what is put into its table here, and nothing
 * else ever is.
 */
#include "libipc/string.h"
#include "servers/supervisor/supervisor.h"

#define SPACE_PAGES(slots)       (2 + ((slots) + 255) / 256)
#define SERVICE_SESSIONS         ENDPOINT_HEAD_SESSIONS
#define PROGRAM_SESSIONS         (CLIENT_MAX + CLIENT_THREAD_MAX)

struct ward ward_table[WARDS];
uint32_t ward_count;

struct ward *ward_find(const char *name)
{
	for (uint32_t i = 0; i < ward_count; i++) {
		if (!strncmp(ward_table[i].row->name, name, MANIFEST_NAME_BYTES))
			return &ward_table[i];
	}
	return 0;
}

static uint32_t client_of(const struct ward *ward)
{
	return CLIENT_MAX - 1 - ward->index;
}

/* ---- objects ---------------------------------------------------------------------------------- */

static int is_called_by_programs(const struct manifest *manifest, const char *name)
{
	for (uint32_t i = 0; i < manifest->program.calls; i++) {
		if (!strcmp(manifest->program.call[i].name, name))
			return 1;
	}
	return 0;
}

static void endpoint_make(struct ward *ward, const struct manifest *manifest)
{
	uint32_t pages = 1;
	struct pages memory;

	if (is_called_by_programs(manifest, ward->row->name))
		pages += PROGRAM_SESSIONS / SESSIONS_PER_PAGE;
	memory = ram_take(pages);
	ward->endpoint = slot_allocate();
	must(memory_create_endpoint(memory.memory, memory.offset, pages, ward->row->level,
				    ward->endpoint), "endpoint");
}

static void space_make(struct ward *ward)
{
	struct pages memory = ram_take(SPACE_PAGES(ward->row->slots));

	ward->space = slot_allocate();
	must(memory_create_space(memory.memory, memory.offset, memory.count, ward->row->level,
				 ward->space), "space");
}

/* A service that is linked into the kernel lives there; all others are processes. */
static void place(struct ward *ward)
{
	struct words words = { { 0, 0, ward->space, ward->endpoint } };

	memcpy(words.word, ward->row->name, MANIFEST_NAME_BYTES);
	if (kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_PLACE, &words) == STATUS_OK)
		ward->place = words.word[0];
}

static void ward_map(struct ward *ward, uint64_t address, struct pages pages, uint32_t flags)
{
	map(ward->space, address + ward->place, pages, flags);
}

/* One page that the service has at `address`, and we at `alias`. */
static struct pages page_share(struct ward *ward, uint64_t address, uint32_t flags, uint64_t alias)
{
	struct pages page = ram_take(1);

	map(BOOT_SLOT_SPACE, alias, page, MAP_READ | MAP_WRITE | MAP_ZERO);
	ward_map(ward, address, page, flags);
	return page;
}

static void thread_make(struct ward *ward)
{
	uint64_t alias = OWN_MESSAGE_PAGES + ward->index * PAGE_BYTES;
	struct pages memory, page = page_share(ward, MESSAGE_PAGES, MAP_READ | MAP_WRITE, alias);

	ward->message_page = (void *)alias;
	if (ward->place)
		return;
	memory = ram_take(1);
	ward->thread = slot_allocate();
	must(memory_create_thread(memory.memory, memory.offset, ward->thread), "thread");
	must(endpoint_mint(BOOT_SLOT_ENDPOINT, ward->space, SERVICE_SLOT_SUPERVISOR, client_of(ward),
			   0), "fault session");
	must(kernel_invoke_thread(ward->thread, THREAD_CONFIGURE,
				  WORDS(ward->space, SERVICE_SLOT_SUPERVISOR, ward->endpoint,
					MESSAGE_PAGES, ward->row->level,
					(uint64_t)page.memory << 32 | page.offset)), "thread");
}

static void info_make(struct ward *ward)
{
	const struct manifest_service *row = ward->row;
	uint64_t alias = OWN_INFO_PAGES + ward->index * PAGE_BYTES;
	struct service_info *info = (struct service_info *)alias;

	page_share(ward, SERVICE_INFO_ADDRESS, MAP_READ, alias);
	ward_map(ward, INFO_PAGE_ADDRESS, (struct pages){ BOOT_SLOT_INFO, 0, 1 }, MAP_READ);
	ward->info = info;
	*info = (struct service_info){ .index = ward->index, .client = client_of(ward),
		.level = row->level, .first_free_slot = SERVICE_SLOT_RESOURCES,
		.slot_count = (row->slots + 255) / 256 * 256,
		.self_endpoint_slot = SERVICE_SLOT_ENDPOINT, .self_space_slot = SERVICE_SLOT_SPACE,
		.log_slot = SERVICE_SLOT_LOG, .up_slot = SERVICE_SLOT_UP, .up_bits = 1u << ward->index,
		.culprit = NO_BADGE, .message_page = MESSAGE_PAGES + ward->place,
		.stable_address = SERVICE_STABLE + ward->place, .stable_bytes = row->stable_bytes,
		.heap_address = SERVICE_HEAP + ward->place, .heap_bytes = row->heap_bytes,
		.stack_address = SERVICE_STACK + ward->place, .stack_bytes = row->stack_bytes };
	memcpy(info->name, row->name, sizeof(info->name));
	must(space_grant(ward->space, ward->endpoint, SERVICE_SLOT_ENDPOINT,
			 ENDPOINT_BIND_RIGHT | ENDPOINT_MINT_RIGHT), "own endpoint");
	must(space_grant(ward->space, ward->space, SERVICE_SLOT_SPACE,
			 SPACE_MAP_RIGHT | SPACE_GRANT_RIGHT | SPACE_READ_RIGHT), "own space");
	must(space_grant(ward->space, BOOT_SLOT_CONTROL, SERVICE_SLOT_LOG, CONTROL_LOG_RIGHT), "log");
	must(endpoint_mint_notification(BOOT_SLOT_ENDPOINT, ward->space, SERVICE_SLOT_UP,
					1u << ward->index), "up notification");
}

/* ---- authority -------------------------------------------------------------------------------- */

/* The next row of the service's resources, with the next slot of its table. */
static struct resource *resource_add(struct ward *ward, uint32_t kind, const char *name)
{
	struct resource *resource = ward->info->resource;

	while (resource->kind != RESOURCE_NONE)
		resource++;
	if (resource == ward->info->resource + SERVICE_RESOURCES)
		panic("too many resources for service", ward->index);
	resource->kind = kind;
	resource->slot = ward->info->first_free_slot++;
	string_copy(resource->name, sizeof(resource->name), name);
	return resource;
}

static void grant_calls(struct ward *ward)
{
	for (uint32_t i = 0; i < ward->row->calls; i++) {
		const char *name = ward->row->call[i].name;
		struct resource *resource = resource_add(ward, RESOURCE_SESSION, name);

		must(endpoint_mint(ward_find(name)->endpoint, ward->space, resource->slot,
				   client_of(ward), 0), name);
	}
}

static void grant_notifications(struct ward *ward)
{
	for (uint32_t i = 0; i < ward->row->notifies; i++) {
		const struct manifest_notify *notify = &ward->row->notify[i];
		struct resource *resource = resource_add(ward, RESOURCE_NOTIFY, notify->name);

		resource->value = notify->bits;
		must(endpoint_mint_notification(ward_find(notify->name)->endpoint, ward->space,
						resource->slot, notify->bits), notify->name);
	}
}

static void grant_irq(struct ward *ward, const char *name, uint32_t line, uint32_t bits)
{
	struct resource *resource = resource_add(ward, RESOURCE_IRQ, name);
	uint32_t irq = slot_allocate();

	resource->value = bits;
	must(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CREATE_IRQ, WORDS(line, irq)), name);
	must(kernel_invoke_irq(irq, IRQ_BIND, WORDS(ward->endpoint, bits)), name);
	must(space_grant(ward->space, irq, resource->slot, ~0u), name);
}

static void grant_ports(struct ward *ward, const struct manifest_ports *ports)
{
	struct resource *resource = resource_add(ward, RESOURCE_IOPORT, ports->name);
	uint32_t slot = slot_allocate();

	resource->value = ports->first;
	resource->bytes = ports->count;
	must(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CREATE_IOPORT,
				   WORDS(ports->first, ports->count, slot)), ports->name);
	must(space_grant(ward->space, slot, resource->slot, ~0u), ports->name);
}

/* Device registers: mapped at the service's next free device address, uncached. */
static void grant_registers(struct ward *ward, const char *name, uint64_t physical, uint64_t bytes,
			    uint64_t *next)
{
	struct resource *resource = resource_add(ward, RESOURCE_DEVICE, name);
	struct pages pages = { BOOT_SLOT_DEVICE, physical / PAGE_BYTES, PAGES(bytes) };

	resource->address = *next + ward->place + physical % PAGE_BYTES;
	resource->bytes = bytes;
	ward_map(ward, *next, pages, MAP_READ | MAP_WRITE | MAP_UNCACHED);
	*next += (pages.count + 1) * PAGE_BYTES;
}

/* DMA memory stays as it is through restarts: the device may still write to it. */
static void grant_dma(struct ward *ward, uint64_t *next)
{
	struct resource *resource = resource_add(ward, RESOURCE_DMA, "dma");
	struct pages pages = ram_take(PAGES(ward->row->dma_bytes));

	resource->address = *next + ward->place;
	resource->bytes = ward->row->dma_bytes;
	resource->value = ram_physical(pages);
	ward_map(ward, *next, pages, MAP_READ | MAP_WRITE | MAP_ZERO);
	*next += (pages.count + 1) * PAGE_BYTES;
}

/* A device that is not there is no error: the driver says so to its clients. */
static void grant_device(struct ward *ward)
{
	static const char *const bar_name[PCI_BARS] = {
		"bar0", "bar1", "bar2", "bar3", "bar4", "bar5" };
	uint64_t next = SERVICE_DEVICE;
	struct pci_function function;

	if (!(ward->row->facts & FACT_DEVICE) || !pci_find_virtio_blk(ward->row->device, &function))
		return;
	grant_registers(ward, "config", function.configuration, PAGE_BYTES, &next);
	for (uint32_t i = 0; i < PCI_BARS; i++) {
		if (function.bar[i].bytes)
			grant_registers(ward, bar_name[i], function.bar[i].address,
					function.bar[i].bytes, &next);
	}
	grant_irq(ward, "msix", IRQ_ANY, 1);
	if (ward->row->facts & FACT_DMA)
		grant_dma(ward, &next);
}

/* A file of the archive, on pages of its own. */
static void grant_image(struct ward *ward)
{
	uint64_t alias = OWN_FILES + (uint64_t)ward->index * OWN_FILE_BYTES;
	const char *name = ward->row->image;
	struct resource *resource;
	struct pages pages;
	const void *file;
	uint64_t bytes;
	uint32_t slot;

	if (!(ward->row->facts & FACT_IMAGE))
		return;
	file = archive_find(name, &bytes);
	if (!file)
		panic(name, 0);
	resource = resource_add(ward, RESOURCE_IMAGE, name);
	pages = ram_take(PAGES(bytes));
	map(BOOT_SLOT_SPACE, alias, pages, MAP_READ | MAP_WRITE | MAP_ZERO);
	memcpy((void *)alias, file, bytes);
	unmap(BOOT_SLOT_SPACE, alias, pages.count);
	slot = slot_allocate();
	must(memory_derive(pages.memory, pages.offset, pages.count, MEMORY_READ | MEMORY_EXECUTE,
			   slot), name);
	must(space_grant(ward->space, slot, resource->slot, ~0u), name);
	resource->address = SERVICE_DEVICE + ward->place;
	resource->bytes = bytes;
	ward_map(ward, SERVICE_DEVICE, pages, MAP_READ);
}

static void grant_programs(struct ward *ward, const struct manifest *manifest)
{
	if (!(ward->row->facts & FACT_STARTS))
		return;
	must(space_grant(ward->space, BOOT_SLOT_INFO,
			 resource_add(ward, RESOURCE_CLOCK, "clock")->slot, ~0u), "clock");
	for (uint32_t i = 0; i < manifest->program.calls; i++) {
		const char *name = manifest->program.call[i].name;
		struct resource *resource = resource_add(ward, RESOURCE_ENDPOINT, name);

		must(space_grant(ward->space, ward_find(name)->endpoint, resource->slot,
				 ENDPOINT_MINT_RIGHT), name);
	}
}

/* All memory that is left, range by range; the last thing to be given. */
static void grant_memory(struct ward *ward)
{
	if (!(ward->row->facts & FACT_MANAGES))
		return;
	for (unsigned int i = 0; i < BOOT_MEMORY_RANGES; i++) {
		struct pages pages = ram_rest(i);
		struct resource *resource;
		uint32_t slot;

		if (!pages.count)
			break;
		resource = resource_add(ward, RESOURCE_MEMORY, "memory");
		resource->value = ram_physical(pages);
		resource->bytes = pages.count * PAGE_BYTES;
		slot = slot_allocate();
		must(memory_derive(pages.memory, pages.offset, pages.count, ~0u, slot), "memory");
		must(space_grant(ward->space, slot, resource->slot, ~0u), "memory");
	}
}

/* ---- memory ----------------------------------------------------------------------------------- */

static void memory_make(struct ward *ward)
{
	const struct manifest_service *row = ward->row;

	ward->heap = (struct region){ SERVICE_HEAP, ram_take(PAGES(row->heap_bytes)),
		MAP_READ | MAP_WRITE | MAP_ZERO };
	ward_map(ward, SERVICE_STABLE, ram_take(PAGES(row->stable_bytes)),
		 MAP_READ | MAP_WRITE | MAP_ZERO);
	if (ward->place)
		return;
	image_open(&ward->image, row->binary);
	ward->image_pages = ram_take(ward->image.pages_count);
	ward->stack = (struct region){ SERVICE_STACK, ram_take(PAGES(row->stack_bytes)),
		MAP_READ | MAP_WRITE | MAP_ZERO };
}

static struct pages segment_pages(const struct ward *ward, const struct image_segment *segment)
{
	return (struct pages){ ward->image_pages.memory, ward->image_pages.offset +
		(segment->address - ward->image.first_address) / PAGE_BYTES,
		PAGES(segment->memory_bytes) };
}

/* The image is filled through a window of ours while the service does not have it. */
static void image_load(struct ward *ward)
{
	const struct service_header *header = (const struct service_header *)OWN_IMAGE_WINDOW;

	map(BOOT_SLOT_SPACE, OWN_IMAGE_WINDOW, ward->image_pages, MAP_READ | MAP_WRITE | MAP_ZERO);
	image_fill(&ward->image, (void *)OWN_IMAGE_WINDOW);
	if (header->magic != SERVICE_MAGIC)
		panic("no service header in an image; service", ward->index);
	ward->entry = header->entry;
	memcpy(ward->crash, header->crash, sizeof(ward->crash));
	unmap(BOOT_SLOT_SPACE, OWN_IMAGE_WINDOW, ward->image_pages.count);
}

static void region_fill(struct ward *ward, const struct region *region)
{
	if (ward->generation)
		unmap(ward->space, region->address, region->pages.count);
	ward_map(ward, region->address, region->pages, region->flags);
}

/* In the kernel nobody is restarted: all there is to fill is the arena. */
static void ward_fill_process(struct ward *ward)
{
	for (uint32_t i = 0; ward->generation && i < ward->image.segments; i++) {
		const struct image_segment *segment = &ward->image.segment[i];

		unmap(ward->space, segment->address, PAGES(segment->memory_bytes));
	}
	image_load(ward);
	for (uint32_t i = 0; i < ward->image.segments; i++) {
		const struct image_segment *segment = &ward->image.segment[i];

		map(ward->space, segment->address, segment_pages(ward, segment), segment->flags);
	}
	region_fill(ward, &ward->stack);
}

void ward_fill(struct ward *ward)
{
	if (!ward->place)
		ward_fill_process(ward);
	region_fill(ward, &ward->heap);
	memset(ward->message_page, 0, PAGE_BYTES);
	ward->info->generation = ward->generation;
}

void ward_start(struct ward *ward)
{
	ward->state = SERVICE_STARTING;
	if (ward->place)
		must(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_START,
					   WORDS(ward->endpoint, MESSAGE_PAGES + ward->place)),
		     "start");
	else
		must(thread_start(ward->thread, ward->entry,
				  SERVICE_STACK + ward->row->stack_bytes, MESSAGE_PAGES), "start");
}

status_t ward_crash(struct ward *ward, uint64_t kind)
{
	if (ward->place)
		return kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CRASH,
					     WORDS(ward->endpoint, kind));
	return thread_start(ward->thread, ward->crash[kind],
			    SERVICE_STACK + ward->row->stack_bytes, 0);
}

void wards_make(const struct manifest *manifest)
{
	ward_count = manifest->services;
	for (uint32_t i = 0; i < ward_count; i++) {
		struct ward *ward = &ward_table[i];

		ward->row = &manifest->service[i];
		ward->index = i;
		ward->state = SERVICE_RUNNING;
		ward->endpoint = BOOT_SLOT_ENDPOINT;
		if (!strcmp(ward->row->name, "supervisor"))
			continue;
		endpoint_make(ward, manifest);
		space_make(ward);
		place(ward);
		thread_make(ward);
		info_make(ward);
	}
	for (uint32_t i = 0; i < ward_count; i++) {
		struct ward *ward = &ward_table[i];

		if (!ward->space)
			continue;
		grant_calls(ward);
		grant_notifications(ward);
		for (uint32_t j = 0; j < ward->row->irqs; j++)
			grant_irq(ward, ward->row->irq[j].name, ward->row->irq[j].number,
				  ward->row->irq[j].bits);
		for (uint32_t j = 0; j < ward->row->ports_count; j++)
			grant_ports(ward, &ward->row->ports[j]);
		grant_device(ward);
		grant_image(ward);
		grant_programs(ward, manifest);
		memory_make(ward);
		ward_fill(ward);
	}
	for (uint32_t i = 0; i < ward_count; i++) {
		if (ward_table[i].space)
			grant_memory(&ward_table[i]);
	}
}
