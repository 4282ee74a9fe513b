/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_NAMES_H
#define BULKHEAD_POSIX_NAMES_H

/* What uname(2) and /proc say. The release says which Linux we behave like: programs look at it. */
#define NAME_SYSTEM  "Linux"
#define NAME_RELEASE "6.1.0-bulkhead"
#define NAME_VERSION "#1 Bulkhead"
#define NAME_MACHINE "x86_64"

#endif
