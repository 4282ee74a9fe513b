/* sources: servers/drivers/virtio_blk/pci.c */
/* SPDX-License-Identifier: MIT */
/* Finding a virtio device's registers, in configuration pages that are right, and in others. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "servers/drivers/virtio_blk/pci.h"

static _Alignas(4) uint8_t config[PCI_CONFIG_BYTES];

static void put32(unsigned at, uint32_t value)
{
	memcpy(config + at, &value, 4);
}

static void put_vendor(unsigned at, unsigned next, unsigned type, unsigned bar, uint32_t offset,
		       uint32_t bytes)
{
	put32(at, 0x09 | next << 8 | 16 << 16 | type << 24);
	put32(at + 4, bar);
	put32(at + 8, offset);
	put32(at + 12, bytes);
}

/* As QEMU's virtio-blk-pci has it. */
static void set_up(void)
{
	memset(config, 0, sizeof(config));
	config[0x34] = 0x98;
	put32(0x98, 0x11 | 0x84 << 8 | 1u << 16);
	put32(0x9c, 0x1);
	put32(0xa0, 0x801);
	put_vendor(0x84, 0x70, 5, 0, 0, 0);
	put_vendor(0x70, 0x60, 2, 4, 0x3000, 0x1000);
	put32(0x80, 4);
	put_vendor(0x60, 0x50, 4, 4, 0x2000, 0x1000);
	put_vendor(0x50, 0x40, 3, 4, 0x1000, 0x1000);
	put_vendor(0x40, 0x00, 1, 4, 0x0000, 0x1000);
}
TestSuite(virtio_pci, .init = set_up);

Test(virtio_pci, finds_all_regions)
{
	struct virtio_regions regions;

	cr_assert(virtio_regions_find(config, &regions));
	cr_assert_eq(regions.common.bar, 4);
	cr_assert_eq(regions.common.offset, 0);
	cr_assert_eq(regions.common.bytes, 0x1000);
	cr_assert_eq(regions.notify.offset, 0x3000);
	cr_assert_eq(regions.notify_multiplier, 4);
	cr_assert_eq(regions.device.offset, 0x2000);
	cr_assert_eq(regions.msix_table.bar, 1);
	cr_assert_eq(regions.msix_table.offset, 0);
	cr_assert_eq(regions.msix_table.bytes, 2 * 16);
	cr_assert_eq(regions.msix_control, 0x9a);
}

Test(virtio_pci, a_list_that_goes_in_a_circle_ends)
{
	struct virtio_regions regions;

	put_vendor(0x40, 0x98, 1, 4, 0x0000, 0x1000);
	cr_assert(virtio_regions_find(config, &regions));
	config[0x34] = 0x40;
	put_vendor(0x40, 0x40, 1, 4, 0x0000, 0x1000);
	cr_assert_not(virtio_regions_find(config, &regions));
}

Test(virtio_pci, a_bar_that_does_not_exist)
{
	struct virtio_regions regions;

	put_vendor(0x40, 0x00, 1, 6, 0x0000, 0x1000);
	cr_assert_not(virtio_regions_find(config, &regions));
	set_up();
	put32(0x9c, 0x7);
	cr_assert_not(virtio_regions_find(config, &regions));
}

Test(virtio_pci, no_capabilities)
{
	struct virtio_regions regions;

	memset(config, 0, sizeof(config));
	cr_assert_not(virtio_regions_find(config, &regions));
	memset(config, 0xff, sizeof(config));
	cr_assert_not(virtio_regions_find(config, &regions));
}

Test(virtio_pci, random_pages)
{
	struct virtio_regions regions;

	srand(1);
	for (unsigned round = 0; round < 200000; round++) {
		if (round % 2)
			set_up();
		for (unsigned i = 0; i < (round % 2 ? 8 : sizeof(config)); i++)
			config[round % 2 ? (unsigned)rand() % sizeof(config) : i] = (uint8_t)rand();
		if (virtio_regions_find(config, &regions))
			cr_assert(regions.common.bar < PCI_BARS && regions.msix_table.bar < PCI_BARS);
	}
}
