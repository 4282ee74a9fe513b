/* SPDX-License-Identifier: MIT */
/*
 * The vDSO: a shared object of two functions that some C libraries insist on, written out by hand
 * (System V ABI, chapters 4 and 5). It reads the clock from the info page. One segment, readable and
 * executable; all addresses in it are relative to its start.
 */
#define INFO_PAGE        0x7f0030000000           /* INFO_PAGE_ADDRESS */
#define INFO_TSC_BOOT    8                        /* struct info_page */
#define INFO_WALL        16
#define INFO_MULTIPLIER  32
#define NS_PER_SECOND    1000000000
#define AT(label)        label - vdso_start

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
	.quad	4, AT(hash)                       /* DT_HASH */
	.quad	5, AT(strings)                    /* DT_STRTAB */
	.quad	6, AT(symbols)                    /* DT_SYMTAB */
	.quad	10, strings_end - strings         /* DT_STRSZ */
	.quad	11, 24                            /* DT_SYMENT */
	.quad	14, 1                             /* DT_SONAME */
	.quad	0, 0
dynamic_end:
hash:                                             /* one bucket, a chain through all symbols */
	.long	1, 4
	.long	1
	.long	0, 2, 3, 0
	.balign	8
symbols:
	.quad	0, 0, 0
	.macro	function name
	.long	string_\name - strings
	.byte	0x12, 0                           /* global function */
	.short	1                                 /* any section but the undefined */
	.quad	AT(\name), end_\name - \name
	.endm
	function clock_gettime
	function gettimeofday
	function time
strings:
	.byte	0
	.asciz	"linux-vdso.so.1"
string_clock_gettime:
	.asciz	"__vdso_clock_gettime"
string_gettimeofday:
	.asciz	"__vdso_gettimeofday"
string_time:
	.asciz	"__vdso_time"
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
	cmp	$7, %edi
	ja	1f
	mov	$0xf3, %eax                       /* clocks 0 1 4 5 6 7 */
	bt	%edi, %eax
	jnc	1f
	call	now
	mov	$0x21, %ecx                       /* the wall clocks 0 and 5 */
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
vdso_end:

/* Where programs see it: far from a personality in the kernel. */
	.section .rodata, "a"
	.globl	vdso_address
	.balign	8
vdso_address:
	.quad	vdso_start
