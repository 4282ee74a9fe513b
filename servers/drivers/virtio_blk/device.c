/* SPDX-License-Identifier: MIT */
#include "servers/drivers/virtio_blk/device.h"

#include <stddef.h>

#include "libipc/hardware.h"
#include "libipc/log.h"
#include "libipc/proto/block.h"
#include "libipc/time.h"
#include "servers/drivers/virtio_blk/pci.h"

/* Virtio 1.0 specification, 4.1.4.3: the common configuration. */
struct device_common {
	uint32_t offered_select, offered;
	uint32_t accepted_select, accepted;
	uint16_t config_vector, queues;
	uint8_t status, generation;
	uint16_t queue_select, queue_size, queue_vector, queue_enable, queue_bell;
	uint32_t descriptors[2], available[2], used[2];
};
_Static_assert(offsetof(struct device_common, used) == 48, "as the specification has it");

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER      2u
#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u
#define NO_VECTOR          0xffffu
#define RESET_WAIT_NS      1000000000ull

/* 5.2.4: the block device's own configuration. */
struct device_config {
	uint32_t capacity[2];
	uint32_t segment_bytes;          /* with FEATURE_SIZE_MAX */
	uint32_t segments;
};

/* 5.2.3, and 6. */
#define FEATURE_SIZE_MAX  (1ull << 1)
#define FEATURE_READ_ONLY (1ull << 5)
#define FEATURE_FLUSH     (1ull << 9)
#define FEATURE_VERSION_1 (1ull << 32)
#define FEATURES_KNOWN (FEATURE_SIZE_MAX | FEATURE_READ_ONLY | FEATURE_FLUSH | FEATURE_VERSION_1)

/* The region's address here; 0: it lies outside of what is mapped. */
static volatile void *region_address(struct pci_region region, uint32_t least_bytes)
{
	char name[] = "bar0";
	const struct resource *bar;

	name[3] = (char)('0' + region.bar);
	bar = service_resource(RESOURCE_DEVICE, name);
	if (!bar || region.bytes < least_bytes || region.offset % 4 ||
	    (uint64_t)region.offset + region.bytes > bar->bytes)
		return 0;
	return (volatile uint8_t *)bar->address + region.offset;
}

static status_t refuse(const char *why)
{
	log_line("the disk cannot be used: %s", why);
	return STATUS_BAD_STATE;
}

/* Until the device says that it is reset, it may still write to memory. */
static status_t reset(volatile struct device_common *common)
{
	uint64_t until = time_now_ns() + RESET_WAIT_NS;

	common->status = 0;
	while (common->status)
		if (time_now_ns() > until)
			return refuse("no answer to a reset");
	return STATUS_OK;
}

static status_t negotiate(volatile struct device_common *common, uint64_t *features)
{
	uint64_t offered;

	common->status = STATUS_ACKNOWLEDGE;
	common->status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
	common->offered_select = 0;
	offered = common->offered;
	common->offered_select = 1;
	offered |= (uint64_t)common->offered << 32;
	if (!(offered & FEATURE_VERSION_1))
		return refuse("it is older than virtio 1.0");
	*features = offered & FEATURES_KNOWN;
	common->accepted_select = 0;
	common->accepted = (uint32_t)*features;
	common->accepted_select = 1;
	common->accepted = (uint32_t)(*features >> 32);
	common->status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
	if (!(common->status & STATUS_FEATURES_OK))
		return refuse("it does not agree to the features");
	return STATUS_OK;
}

static status_t read_config(struct device *device, const volatile struct device_config *config,
			    uint64_t features)
{
	uint8_t generation;

	do {
		generation = device->common->generation;
		device->sectors = config->capacity[0] | (uint64_t)config->capacity[1] << 32;
	} while (generation != device->common->generation);
	if (features & FEATURE_SIZE_MAX && config->segment_bytes < QUEUE_BUFFER_BYTES)
		return refuse("its segments are too small");
	device->flags = BLOCK_PRESENT;
	if (features & FEATURE_READ_ONLY)
		device->flags |= BLOCK_READ_ONLY;
	if (features & FEATURE_FLUSH)
		device->flags |= BLOCK_HAS_FLUSH;
	return STATUS_OK;
}

/* One message, vector 0, for the queue; none for changes of the configuration. */
static status_t start_interrupt(struct device *device, volatile uint8_t *config,
				const struct virtio_regions *regions)
{
	volatile uint32_t *entry = region_address(regions->msix_table, 16);
	volatile uint16_t *control = (volatile uint16_t *)(config + regions->msix_control);
	uint64_t address;
	uint32_t data;

	device->irq = service_resource(RESOURCE_IRQ, "msix");
	if (!entry || !device->irq)
		return refuse("no interrupt");
	if (irq_message(device->irq->slot, &address, &data) != STATUS_OK)
		return refuse("no message for its interrupt");
	entry[0] = (uint32_t)address;
	entry[1] = (uint32_t)(address >> 32);
	entry[2] = data;
	entry[3] = 0;
	*control = (uint16_t)((*control | MSIX_ENABLE) & ~MSIX_MASK);
	device->common->config_vector = NO_VECTOR;
	device->common->queue_select = 0;
	device->common->queue_vector = 0;
	return device->common->queue_vector == 0 ? STATUS_OK : refuse("it takes no vector");
}

static void write_address(volatile uint32_t *pair, uint64_t address)
{
	pair[0] = (uint32_t)address;
	pair[1] = (uint32_t)(address >> 32);
}

/* Queue 0. */
static status_t start_queue(struct device *device, const struct virtio_regions *regions)
{
	volatile struct device_common *common = device->common;
	const struct resource *dma = service_resource(RESOURCE_DMA, "dma");
	struct pci_region bell = regions->notify;
	uint32_t size = common->queue_size;

	if (size > QUEUE_SIZE)
		size = QUEUE_SIZE;
	if (!size || size & (size - 1))
		return refuse("its queue has an odd size");
	if (!dma || dma->bytes < QUEUE_FIXED_BYTES ||
	    !queue_start(&device->queue, (void *)dma->address, dma->value, dma->bytes, size))
		return refuse("too little memory for requests");
	common->queue_size = (uint16_t)size;
	write_address(common->descriptors, dma->value + offsetof(struct queue_memory, descriptor));
	write_address(common->available, dma->value + offsetof(struct queue_memory, available));
	write_address(common->used, dma->value + offsetof(struct queue_memory, used));
	bell.offset += common->queue_bell * regions->notify_multiplier;
	bell.bytes = sizeof(*device->bell);
	device->bell = region_address(bell, sizeof(*device->bell));
	if (!device->bell)
		return refuse("no place to notify it");
	common->queue_enable = 1;
	return STATUS_OK;
}

static status_t start_present(struct device *device, volatile uint8_t *config)
{
	struct virtio_regions regions;
	volatile struct device_config *own;
	uint64_t features;
	status_t status;

	if (!virtio_regions_find(config, &regions))
		return refuse("its capabilities are not those of virtio 1.0");
	device->common = region_address(regions.common, sizeof(struct device_common));
	own = region_address(regions.device, sizeof(struct device_config));
	if (!device->common || !own)
		return refuse("its registers are outside of its memory");
	*(volatile uint16_t *)(config + PCI_COMMAND) |= PCI_COMMAND_ON;
	status = reset(device->common);
	if (status == STATUS_OK)
		status = negotiate(device->common, &features);
	if (status == STATUS_OK)
		status = read_config(device, own, features);
	if (status == STATUS_OK)
		status = start_interrupt(device, config, &regions);
	if (status == STATUS_OK)
		status = start_queue(device, &regions);
	if (status == STATUS_OK)
		device->common->status |= STATUS_DRIVER_OK;
	return status;
}

status_t device_start(struct device *device)
{
	const struct resource *config = service_resource(RESOURCE_DEVICE, "config");

	if (!config)
		return STATUS_OK;
	if (config->bytes < PCI_CONFIG_BYTES)
		return refuse("its configuration page is missing");
	return start_present(device, (volatile uint8_t *)config->address);
}
