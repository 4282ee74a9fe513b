/* SPDX-License-Identifier: MIT */
/*
 * The Linux calls that exist here, one row each: number, name, function. No include guard: each
 * user defines ROW, includes this file and undefines it.
 *
 *	long function(struct task *task, long a, long b, long c, long d, long e, long f)
 *
 * gives the value for rax: a result or -errno.
 */
