/* SPDX-License-Identifier: MIT */
#include "kernel/abi/layout.h"
#include "libipc/service.h"
#include "libipc/string.h"

static uint64_t place;                           /* how far it stands from where a process has it */

void service_place(uint64_t message_page)
{
	place = message_page - MESSAGE_PAGES;
}

uint64_t service_address(uint64_t address)
{
	return address + place;
}

const struct service_info *service_info(void)
{
	return (const struct service_info *)service_address(SERVICE_INFO_ADDRESS);
}

const struct resource *service_resource(enum resource_kind kind, const char *name)
{
	const struct service_info *info = service_info();

	for (unsigned int i = 0; i < SERVICE_RESOURCES; i++) {
		const struct resource *resource = &info->resource[i];

		if (resource->kind == kind &&
		    !strncmp(resource->name, name, sizeof(resource->name)))
			return resource;
	}
	return 0;
}
