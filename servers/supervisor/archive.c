/* SPDX-License-Identifier: MIT */
/* The boot archive: cpio, format newc (cpio(5)), mapped read-only and kept for restarts. */
#include "libipc/string.h"
#include "servers/supervisor/supervisor.h"

#define HEADER_BYTES 110
#define FIELD_SIZE   54
#define FIELD_NAME   94

static const char *archive;
static uint64_t archive_bytes;

void archive_start(const struct boot_info *boot)
{
	archive = (const char *)boot->archive_address;
	archive_bytes = boot->archive_bytes;
}

/* Eight hexadecimal digits. */
static uint64_t field(const char *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++) {
		uint64_t digit = (uint64_t)(at[i] <= '9' ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);

		value = value << 4 | (digit & 15);
	}
	return value;
}

const void *archive_find(const char *name, uint64_t *bytes)
{
	uint64_t at = 0;

	while (at + HEADER_BYTES < archive_bytes && !memcmp(archive + at, "070701", 6)) {
		uint64_t name_bytes = field(archive + at + FIELD_NAME);
		uint64_t data = (at + HEADER_BYTES + name_bytes + 3) & ~3ull;

		*bytes = field(archive + at + FIELD_SIZE);
		if (data + *bytes > archive_bytes)
			return 0;
		if (!strcmp(archive + at + HEADER_BYTES, name))
			return archive + data;
		at = (data + *bytes + 3) & ~3ull;
	}
	return 0;
}
