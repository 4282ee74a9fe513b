/* SPDX-License-Identifier: MIT */
#include "servers/fs/gone.h"

#include "libipc/string.h"

static int is_of(const struct gone *gone, const struct inode *inode)
{
	return gone->inode == inode->number && gone->volume == inode->volume->number &&
		gone->generation == inode->disk->generation;
}

const struct gone *gone_find(const struct inode *inode)
{
	for (uint32_t i = 0; i < GONE; i++) {
		if (is_of(&stable.gone[i], inode))
			return &stable.gone[i];
	}
	return 0;
}

void gone_put(const struct inode *inode, const struct name *name)
{
	struct gone *gone = (struct gone *)gone_find(inode);

	if (!gone) {
		gone = &stable.gone[stable.head->gone_next % GONE];
		LOG_SET(stable.head->gone_next, stable.head->gone_next + 1);
	}
	log_save(gone, sizeof(*gone));
	gone->volume = inode->volume->number;
	gone->inode = inode->number;
	gone->generation = inode->disk->generation;
	gone->bytes = name->bytes;
	memcpy(gone->name, name->text, name->bytes);
}
