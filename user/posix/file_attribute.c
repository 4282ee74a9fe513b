/* SPDX-License-Identifier: MIT */
/* Extended attributes: no file system here has any. */
#include "user/posix/file.h"

#define NO_ATTRIBUTES_2(name) \
	long name(struct task *task, long a, long b) \
	{ \
		(void)task, (void)a, (void)b; \
		return -E_OPNOTSUPP; \
	}
#define NO_ATTRIBUTES_3(name) \
	long name(struct task *task, long a, long b, long c) \
	{ \
		(void)task, (void)a, (void)b, (void)c; \
		return -E_OPNOTSUPP; \
	}
#define NO_ATTRIBUTES_4(name) \
	long name(struct task *task, long a, long b, long c, long d) \
	{ \
		(void)task, (void)a, (void)b, (void)c, (void)d; \
		return -E_OPNOTSUPP; \
	}
#define NO_ATTRIBUTES_5(name) \
	long name(struct task *task, long a, long b, long c, long d, long e) \
	{ \
		(void)task, (void)a, (void)b, (void)c, (void)d, (void)e; \
		return -E_OPNOTSUPP; \
	}

NO_ATTRIBUTES_5(sys_setxattr)
NO_ATTRIBUTES_5(sys_lsetxattr)
NO_ATTRIBUTES_5(sys_fsetxattr)
NO_ATTRIBUTES_4(sys_getxattr)
NO_ATTRIBUTES_4(sys_lgetxattr)
NO_ATTRIBUTES_4(sys_fgetxattr)
NO_ATTRIBUTES_3(sys_listxattr)
NO_ATTRIBUTES_3(sys_llistxattr)
NO_ATTRIBUTES_3(sys_flistxattr)
NO_ATTRIBUTES_2(sys_removexattr)
NO_ATTRIBUTES_2(sys_lremovexattr)
NO_ATTRIBUTES_2(sys_fremovexattr)
