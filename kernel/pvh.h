/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PVH_H
#define BULKHEAD_PVH_H

#include <stdint.h>

/*
 * What a PVH loader leaves (Xen, public/arch-x86/hvm/start_info.h, version 1). Addresses are
 * physical.
 */
#define PVH_MAGIC 0x336ec578u
#define PVH_RAM   1u
struct pvh_start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_entries, reserved;
};
struct pvh_module { uint64_t address, bytes, command_line, reserved; };
struct pvh_memory { uint64_t address, bytes; uint32_t type, reserved; };

#endif
