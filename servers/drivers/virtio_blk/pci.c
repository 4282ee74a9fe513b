/* SPDX-License-Identifier: MIT */
#include "servers/drivers/virtio_blk/pci.h"

#define CAPABILITY_FIRST  0x34u          /* offset of the first one's offset */
#define CAPABILITY_LEAST  0x40u          /* the header ends here */
#define CAPABILITIES_MOST ((PCI_CONFIG_BYTES - CAPABILITY_LEAST) / 4)
#define CAPABILITY_VENDOR 0x09u
#define CAPABILITY_MSIX   0x11u
#define MSIX_ENTRY_BYTES  16u

enum virtio_region_type { VIRTIO_COMMON = 1, VIRTIO_NOTIFY = 2, VIRTIO_DEVICE = 4 };

static uint32_t read32(const volatile void *config, uint32_t offset)
{
	return offset <= PCI_CONFIG_BYTES - 4 ?
		*(const volatile uint32_t *)((const volatile uint8_t *)config + offset) : 0;
}

/* struct virtio_pci_cap: id, next, length, type; bar; offset; bytes; for notify a multiplier. */
static void read_vendor(const volatile void *config, uint32_t at, struct virtio_regions *regions)
{
	struct pci_region region = {
		.bar = read32(config, at + 4) & 0xff,
		.offset = read32(config, at + 8),
		.bytes = read32(config, at + 12),
	};

	if (region.bar >= PCI_BARS || !region.bytes)
		return;
	switch (read32(config, at) >> 24) {
	case VIRTIO_COMMON:
		regions->common = region;
		break;
	case VIRTIO_NOTIFY:
		regions->notify = region;
		regions->notify_multiplier = read32(config, at + 16);
		break;
	case VIRTIO_DEVICE:
		regions->device = region;
		break;
	}
}

/* id, next, control (table size - 1 in its low 11 bits); table's bar and offset. */
static void read_msix(const volatile void *config, uint32_t at, struct virtio_regions *regions)
{
	uint32_t table = read32(config, at + 4);
	uint32_t entries = (read32(config, at) >> 16 & 0x7ff) + 1;

	regions->msix_control = at + 2;
	regions->msix_table = (struct pci_region){
		.bar = table & 7,
		.offset = table & ~7u,
		.bytes = entries * MSIX_ENTRY_BYTES,
	};
}

int virtio_regions_find(const volatile void *config, struct virtio_regions *regions)
{
	uint32_t at = read32(config, CAPABILITY_FIRST) & 0xfc;

	*regions = (struct virtio_regions){ 0 };
	for (uint32_t i = 0; i < CAPABILITIES_MOST && at >= CAPABILITY_LEAST; i++) {
		uint32_t head = read32(config, at);

		/* The first of a type counts (4.1.4.1: in order of preference). */
		if ((head & 0xff) == CAPABILITY_VENDOR)
			read_vendor(config, at, regions);
		if ((head & 0xff) == CAPABILITY_MSIX)
			read_msix(config, at, regions);
		at = head >> 8 & 0xfc;
	}
	return regions->common.bytes && regions->notify.bytes && regions->device.bytes &&
	       regions->msix_table.bytes && regions->msix_table.bar < PCI_BARS;
}
