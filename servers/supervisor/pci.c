/* SPDX-License-Identifier: MIT */
/*
 * PCI as the supervisor needs it: which functions stand on bus 0, and where their registers are
 * (PCI Local Bus 3.0, section 6; the BARs are the firmware's). Configuration through ports 0xcf8
 * and 0xcfc; drivers get the memory-mapped page of their function instead, whose place the host
 * bridge tells (Intel Q35 datasheet, PCIEXBAR).
 */
#include "servers/supervisor/supervisor.h"

#define CONFIG_PORT     0xcf8
#define DATA_PORT       0xcfc
#define VENDOR          0x00
#define COMMAND         0x04
#define COMMAND_MEMORY  0x02
#define BAR_0           0x10
#define BAR_IO          0x01
#define BAR_64          0x04
#define PCIEXBAR        0x60
#define PCIEXBAR_ENABLE 1u
#define DEVICES         32u
#define VIRTIO_BLK_MODERN  0x10421af4u
#define VIRTIO_BLK_TRANSITIONAL 0x10011af4u

static uint32_t ports;
static uint64_t configuration_base;

static void select(uint32_t device, uint32_t offset)
{
	must(kernel_invoke_ioport(ports, IOPORT_WRITE32,
				  WORDS(CONFIG_PORT, 1u << 31 | device << 11 | offset)), "pci");
}

static uint32_t config_read(uint32_t device, uint32_t offset)
{
	struct words words = { { DATA_PORT } };

	select(device, offset);
	must(kernel_invoke_ioport(ports, IOPORT_READ32, &words), "pci");
	return (uint32_t)words.word[0];
}

static void config_write(uint32_t device, uint32_t offset, uint32_t value)
{
	select(device, offset);
	must(kernel_invoke_ioport(ports, IOPORT_WRITE32, WORDS(DATA_PORT, value)), "pci");
}

void pci_start(void)
{
	ports = slot_allocate();
	must(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CREATE_IOPORT,
				   WORDS(CONFIG_PORT, 8, ports)), "pci ports");
	configuration_base = config_read(0, PCIEXBAR);
	if (configuration_base & PCIEXBAR_ENABLE)
		configuration_base = (configuration_base & 0xf0000000) |
				     (uint64_t)config_read(0, PCIEXBAR + 4) << 32;
	else
		panic("the host bridge maps no configuration space", configuration_base);
}

/* All ones written, the bits that stay zero tell the size. Memory decoding is off meanwhile. */
static void bar_read(uint32_t device, uint32_t index, struct pci_function *function)
{
	uint32_t offset = BAR_0 + 4 * index, low = config_read(device, offset), high = 0;
	uint64_t mask;

	if (low & BAR_IO)
		return;
	config_write(device, offset, ~0u);
	mask = ~0xfull & (0xffffffff00000000ull | config_read(device, offset));
	config_write(device, offset, low);
	if (low & BAR_64) {
		high = config_read(device, offset + 4);
		config_write(device, offset + 4, ~0u);
		mask = (mask & 0xffffffff) | (uint64_t)config_read(device, offset + 4) << 32;
		config_write(device, offset + 4, high);
	}
	if (!(mask & 0xfffffff0))
		return;
	function->bar[index].address = (uint64_t)high << 32 | (low & ~0xfu);
	function->bar[index].bytes = -mask;
}

int pci_find_virtio_blk(unsigned int index, struct pci_function *function)
{
	for (uint32_t device = 0; device < DEVICES; device++) {
		uint32_t id = config_read(device, VENDOR), command;

		if ((id != VIRTIO_BLK_MODERN && id != VIRTIO_BLK_TRANSITIONAL) || index--)
			continue;
		*function = (struct pci_function){
			.configuration = configuration_base + ((uint64_t)device << 15) };
		command = config_read(device, COMMAND);
		config_write(device, COMMAND, command & ~(uint32_t)COMMAND_MEMORY);
		for (uint32_t bar = 0; bar < PCI_BARS; bar++) {
			bar_read(device, bar, function);
			bar += (config_read(device, BAR_0 + 4 * bar) & (BAR_IO | BAR_64)) == BAR_64;
		}
		config_write(device, COMMAND, command);
		return 1;
	}
	return 0;
}
