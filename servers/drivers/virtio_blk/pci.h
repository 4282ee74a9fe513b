/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_VIRTIO_PCI_H
#define BULKHEAD_VIRTIO_PCI_H

#include <stdint.h>

/*
 * Where a virtio device has its registers, as its PCI capabilities say.
 * Virtio 1.0 specification, 4.1.4; PCI Local Bus 3.0, 6.7 and 6.8.2 (MSI-X).
 */
#define PCI_CONFIG_BYTES 256u
#define PCI_BARS         6u
#define PCI_COMMAND      0x04u           /* 16 bit */
#define PCI_COMMAND_ON   0x0406u         /* memory, bus master, no line interrupt */
#define MSIX_ENABLE      0x8000u
#define MSIX_MASK        0x4000u

/* A range of a base address register. */
struct pci_region {
	uint32_t bar, offset, bytes;
};

struct virtio_regions {
	struct pci_region common, notify, device, msix_table;
	uint32_t notify_multiplier;
	uint32_t msix_control;           /* offset in the configuration page, 16 bit */
};

/*
 * Reads the capabilities. Gives 1 if all regions are there. A list that is damaged, or goes in a
 * circle, ends; the regions' bounds are the caller's to check against what is mapped.
 */
int virtio_regions_find(const volatile void *config, struct virtio_regions *regions);

#endif
