/* SPDX-License-Identifier: MIT */
/* What the file system needs of its surroundings: a log and a clock (volume.h). */
#include "libipc/log.h"
#include "libipc/time.h"
#include "servers/fs/volume.h"

void fs_log(uint32_t volume, const char *text, uint64_t number)
{
	log_line("volume %u: %s (%lu)", volume, text, number);
}

uint64_t fs_now_ns(void)
{
	return time_wall_ns();
}
