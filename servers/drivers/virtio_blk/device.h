/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_VIRTIO_DEVICE_H
#define BULKHEAD_VIRTIO_DEVICE_H

#include "libipc/server.h"
#include "servers/drivers/virtio_blk/queue.h"

/* A virtio block device on PCI. Resources in the manifest: config, bar0.., dma, msix. */
struct device {
	struct queue queue;
	volatile struct device_common *common;
	volatile uint16_t *bell;         /* written to say: look at the queue */
	const struct resource *irq;
	uint64_t sectors;
	uint32_t flags;                  /* BLOCK_*; without BLOCK_PRESENT all else is 0 */
};

/*
 * Resets the device, whatever it was doing, and sets it up. No resources: no device, and OK.
 * Fails (with a line in the log) if there is a device that cannot be driven.
 */
status_t device_start(struct device *device) MUST_CHECK;

static inline void device_ring(struct device *device)
{
	*device->bell = 0;
}

#endif
