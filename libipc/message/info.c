/* SPDX-License-Identifier: MIT */
#include "libipc/time.h"

const struct info_page *const info_page_seen = (const struct info_page *)INFO_PAGE_ADDRESS;
