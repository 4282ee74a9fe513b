/* SPDX-License-Identifier: MIT */
/*
 * The vDSO: a shared object that C libraries take the time from without a trap, written out by hand
 * (System V ABI, chapters 4 and 5; symbol versions and hash tables as in the Linux Standard Base, Core,
 * "Symbol Versioning", and binutils). It reads the clock from the info page. One segment, readable
 * and executable; all addresses in it are relative to its start.
 */
#define INFO_PAGE        0x7f0030000000           /* INFO_PAGE_ADDRESS */
#define INFO_TSC_BOOT    8                        /* struct info_page */
#define INFO_WALL        16
#define INFO_MULTIPLIER  32
#define NS_PER_SECOND    1000000000
#define CLOCKS           0x8f3                    /* 0 1 4 5 6 7 11: those that need no call */
#define WALL_CLOCKS      0x821                    /* 0 5 11 of them */
#define AT(label)        label - vdso_start
#define FUNCTIONS        5
#define SYMBOLS          (1 + 2 * FUNCTIONS + 1)  /* none, both names of each, the version's */

/* FUNCTION name: each is __vdso_NAME, and NAME as a weak symbol, as on Linux. */
	.macro	functions
	FUNCTION clock_gettime
	FUNCTION gettimeofday
	FUNCTION time
	FUNCTION getcpu
	FUNCTION clock_getres
	.endm

	.section .vdso, "ax"
	.globl	vdso_start
	.balign	4096
vdso_start:
	.byte	0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
	.short	3, 62                             /* shared object, x86-64 */
	.long	1
	.quad	0, AT(program_headers), 0
	.long	0
	.short	64, 56, 2, 0, 0, 0
program_headers:
	.long	1, 5                              /* PT_LOAD, read and execute */
	.quad	0, 0, 0, AT(vdso_end), AT(vdso_end), 4096
	.long	2, 4                              /* PT_DYNAMIC */
	.quad	AT(dynamic), AT(dynamic), AT(dynamic), dynamic_end - dynamic, dynamic_end - dynamic, 8
dynamic:
	.quad	14, soname - strings              /* DT_SONAME */
	.quad	4, AT(hash)                       /* DT_HASH */
	.quad	0x6ffffef5, AT(gnu_hash)          /* DT_GNU_HASH */
	.quad	5, AT(strings)                    /* DT_STRTAB */
	.quad	6, AT(symbols)                    /* DT_SYMTAB */
	.quad	10, strings_end - strings         /* DT_STRSZ */
	.quad	11, 24                            /* DT_SYMENT */
	.quad	0x6ffffff0, AT(versions)          /* DT_VERSYM */
	.quad	0x6ffffffc, AT(definitions)       /* DT_VERDEF */
	.quad	0x6ffffffd, 2                     /* DT_VERDEFNUM */
	.quad	0, 0
dynamic_end:

/* One bucket, a chain through all symbols: both tables are right whatever the names hash to ... */
hash:
	.long	1, SYMBOLS
	.long	1
	.long	0
	.set	symbol, 2
	.rept	SYMBOLS - 2
	.long	symbol
	.set	symbol, symbol + 1
	.endr
	.long	0
	.balign	8
/* ... but this one holds the hashes themselves (djb2: h * 33 + c), the lowest bit marks the last. */
gnu_hash:
	.long	1, 1, 1, 0                        /* buckets, first symbol, filter words, shift */
	.quad	-1                                /* a filter that lets all through */
	.long	1
	.long	0x6e43a318, 0x71dd557e
	.long	0xb01bca00, 0xe6854b86
	.long	0x821e8e0c, 0x7c9e7894
	.long	0x6562b026, 0xff87586c
	.long	0x68308f52, 0x9e9a10da
	.long	0x26c62a8b
	.balign	8
symbols:
	.quad	0, 0, 0
	.macro	FUNCTION name
	.long	string_\name - strings
	.byte	0x12, 0                           /* global function */
	.short	1                                 /* any section but the undefined */
	.quad	AT(\name), end_\name - \name
	.long	string_\name + 7 - strings        /* behind "__vdso_" */
	.byte	0x22, 0                           /* weak function */
	.short	1
	.quad	AT(\name), end_\name - \name
	.endm
	functions
	.long	version_name - strings            /* LINUX_2.6, absolute */
	.byte	0x11, 0
	.short	0xfff1
	.quad	0, 0
versions:                                         /* of each symbol: 0 local, else a definition */
	.short	0
	.rept	SYMBOLS - 1
	.short	2
	.endr
	.balign	8
definitions:                                      /* version, flags, index, names, hash, name, next */
	.short	1, 1, 1, 1                        /* the file itself */
	.long	0x0deebfa1, 20, 28
	.long	soname - strings, 0
	.short	1, 0, 2, 1
	.long	0x03ae75f6, 20, 0                 /* the System V hash of "LINUX_2.6" */
	.long	version_name - strings, 0
	.purgem	FUNCTION
	.macro	FUNCTION name
string_\name:
	.asciz	"__vdso_\name"
	.endm
strings:
	.byte	0
soname:
	.asciz	"linux-vdso.so.1"
version_name:
	.asciz	"LINUX_2.6"
	functions
strings_end:

	.balign	16
/* rax = nanoseconds since boot, r8 = the info page; rdx is lost. */
now:
	movabs	$INFO_PAGE, %r8
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	INFO_TSC_BOOT(%r8), %rax
	mulq	INFO_MULTIPLIER(%r8)
	shrd	$32, %rdx, %rax
	ret
/* int clock_gettime(clockid_t, struct timespec *): what is not a plain clock is the system call's. */
clock_gettime:
	cmp	$11, %edi
	ja	1f
	mov	$CLOCKS, %eax
	bt	%edi, %eax
	jnc	1f
	call	now
	mov	$WALL_CLOCKS, %ecx
	bt	%edi, %ecx
	jnc	2f
	add	INFO_WALL(%r8), %rax
2:	xor	%edx, %edx
	mov	$NS_PER_SECOND, %ecx
	div	%rcx
	mov	%rax, (%rsi)
	mov	%rdx, 8(%rsi)
	xor	%eax, %eax
	ret
1:	mov	$228, %eax
	syscall
	ret
end_clock_gettime:
/* int gettimeofday(struct timeval *, struct timezone *) */
gettimeofday:
	test	%rdi, %rdi
	jz	1f
	call	now
	add	INFO_WALL(%r8), %rax
	xor	%edx, %edx
	mov	$NS_PER_SECOND, %ecx
	div	%rcx
	mov	%rax, (%rdi)
	mov	%rdx, %rax
	xor	%edx, %edx
	mov	$1000, %ecx
	div	%rcx
	mov	%rax, 8(%rdi)
1:	test	%rsi, %rsi
	jz	2f
	movq	$0, (%rsi)
2:	xor	%eax, %eax
	ret
end_gettimeofday:
/* time_t time(time_t *) */
time:
	call	now
	add	INFO_WALL(%r8), %rax
	xor	%edx, %edx
	mov	$NS_PER_SECOND, %ecx
	div	%rcx
	test	%rdi, %rdi
	jz	1f
	mov	%rax, (%rdi)
1:	ret
end_time:
/* int getcpu(unsigned *processor, unsigned *node, void *) : there is one */
getcpu:
	xor	%eax, %eax
	test	%rdi, %rdi
	jz	1f
	mov	%eax, (%rdi)
1:	test	%rsi, %rsi
	jz	2f
	mov	%eax, (%rsi)
2:	ret
end_getcpu:
/* int clock_getres(clockid_t, struct timespec *): a nanosecond for the same clocks */
clock_getres:
	cmp	$11, %edi
	ja	1f
	mov	$CLOCKS, %eax
	bt	%edi, %eax
	jnc	1f
	xor	%eax, %eax
	test	%rsi, %rsi
	jz	2f
	movq	$0, (%rsi)
	movq	$1, 8(%rsi)
2:	ret
1:	mov	$229, %eax
	syscall
	ret
end_clock_getres:
vdso_end:

/* Where programs see it: far from a personality in the kernel. */
	.section .rodata, "a"
	.globl	vdso_address
	.balign	8
vdso_address:
	.quad	vdso_start
