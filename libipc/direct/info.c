/* SPDX-License-Identifier: MIT */
#include "kernel/abi/direct.h"
#include "libipc/time.h"

const struct info_page *const info_page_seen = (const struct info_page *)HOST_INFO_PAGE;
