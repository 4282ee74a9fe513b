/* SPDX-License-Identifier: MIT */
/*
 * Capabilities: what user 0 loses with each, how they follow ids and exec. Only what holds whatever
 * set the first program has. Run with an argument it is the program that was executed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "try.h"

/* linux/capability.h */
enum { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_KILL = 5, CAP_SETGID,
       CAP_SETUID, CAP_SYS_CHROOT = 18, CAP_MKNOD = 27 };
#define VERSION_3 0x20080522
struct header { uint32_t version; int pid; };
struct data { uint32_t effective, permitted, inheritable; };

static const char *self;

struct sets { uint64_t effective, permitted, inheritable; };

static long get(struct sets *sets)
{
	struct header header = { VERSION_3, 0 };
	struct data data[2];
	long error = syscall(SYS_capget, &header, data);

	sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return error;
}

static long set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct header header = { VERSION_3, 0 };
	struct data data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return syscall(SYS_capset, &header, data);
}

static void drop(uint64_t bits)
{
	struct sets own;

	get(&own);
	TRY(set(own.effective & ~bits, own.permitted, own.inheritable));
}

static uint64_t bit(int capability)
{
	return 1ull << capability;
}

static void show(const char *what)
{
	struct sets own;

	get(&own);
	printf("%s: effective %d permitted %d inheritable %d, keep %d, secure %x\n", what,
	       !!(own.effective & bit(CAP_CHOWN)), !!(own.permitted & bit(CAP_CHOWN)),
	       !!(own.inheritable & bit(CAP_CHOWN)), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS));
	fflush(stdout);
}

static void root_without(void)
{
	int there[2], go[2];
	pid_t child;
	char byte;

	TRY(chown("file", 5, 5));
	TRY(chown("file", 0, 0));
	drop(bit(CAP_CHOWN));
	TRY(chown("file", 5, 5));
	drop(bit(CAP_FOWNER));
	TRY(chmod("theirs", 0));
	TRY(close(open("closed", O_RDONLY)));
	drop(bit(CAP_DAC_OVERRIDE));
	TRY(close(open("closed", O_RDONLY)));
	TRY(open("closed", O_WRONLY));
	drop(bit(CAP_DAC_READ_SEARCH));
	TRY(open("closed", O_RDONLY));
	TRY(access("closed", R_OK));
	TRY(mknod("node", S_IFCHR | 0600, 0x103));
	drop(bit(CAP_MKNOD));
	TRY(mknod("node2", S_IFCHR | 0600, 0x103));
	drop(bit(CAP_SYS_CHROOT));
	TRY(chroot("."));
	if (pipe(there) || pipe(go))
		return;
	child = fork();
	if (!child) {
		close(go[1]);
		if (setuid(7) || write(there[1], "x", 1) != 1)
			_exit(1);
		/* Until its parent is gone. */
		_exit(read(go[0], &byte, 1) != 0);
	}
	TRY(read(there[0], &byte, 1));
	TRY(kill(child, 0));
	drop(bit(CAP_KILL));
	TRY(kill(child, 0));
	drop(bit(CAP_SETUID) | bit(CAP_SETGID));
	TRY(setuid(5));
	TRY(setgid(5));
	TRY(setgroups(0, NULL));
	TRY(seteuid(0));
	show("root");
}

static void ids(void)
{
	show("at first");
	TRY(setresuid(5, 5, 0));
	show("other user");
	TRY(seteuid(0));
	show("back");
	TRY(setfsuid(5));
	show("files of another");
	TRY(setfsuid(0));
	TRY(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
	TRY(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	TRY(setuid(5));
	show("kept");
	TRY(chown("file", 5, 5));
	TRY(set(bit(CAP_CHOWN), bit(CAP_CHOWN), bit(CAP_CHOWN)));
	show("raised");
	TRY(chown("file", 5, 5));
	TRY(set(bit(CAP_CHOWN), bit(CAP_CHOWN) | bit(CAP_KILL), 0));
	TRY(set(0, bit(CAP_CHOWN), bit(CAP_CHOWN)));
	TRY(set(bit(CAP_KILL), bit(CAP_CHOWN), 0));
	TRY(setuid(0));
}

static void execute(void)
{
	execl(self, self, "executed", (char *)0);
	_exit(9);
}

static void exec_as_root(void)
{
	TRY(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0));
	TRY(set(0, 0, 0));
	execute();
}

static void exec_bounded(void)
{
	TRY(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0));
	TRY(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0));
	show("bounded");
	execute();
}

static void exec_as_other(void)
{
	TRY(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	TRY(setuid(5));
	TRY(set(bit(CAP_CHOWN), bit(CAP_CHOWN), bit(CAP_CHOWN)));
	execute();
}

static void exec_ambient(void)
{
	TRY(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	TRY(setuid(5));
	TRY(prctl(PR_CAP_AMBIENT, 2, CAP_CHOWN, 0, 0));
	TRY(set(bit(CAP_CHOWN), bit(CAP_CHOWN), bit(CAP_CHOWN)));
	TRY(prctl(PR_CAP_AMBIENT, 2, CAP_CHOWN, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, 1, CAP_CHOWN, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, 1, 100, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, 4, 1, 0, 0));
	execute();
}

static void secure(void)
{
	TRY(prctl(PR_SET_SECUREBITS, 0x3, 0, 0, 0));
	TRY(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	show("no root");
	execute();
}

static void nobody(void)
{
	struct header header = { 0x12345678, 0 };
	struct data data[2];

	TRY(setuid(5));
	TRY(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0));
	TRY(prctl(PR_CAPBSET_READ, 1000, 0, 0, 0));
	TRY(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	TRY(set(bit(CAP_CHOWN), bit(CAP_CHOWN), 0));
	TRY(set(0, 0, bit(CAP_CHOWN)));
	TRY(syscall(SYS_capget, &header, data));
	printf("version %x\n", header.version);
	header.pid = -1;
	TRY(syscall(SYS_capget, &header, data));
	header.pid = 999999;
	TRY(syscall(SYS_capget, &header, data));
	header.pid = 1;
	TRY(syscall(SYS_capset, &header, data));
	TRY(mount("none", ".", "tmpfs", 0, NULL));
}

static void make(const char *name, mode_t mode, uid_t owner)
{
	int file = open(name, O_CREAT | O_WRONLY, 0600);

	if (file < 0 || fchmod(file, mode) || fchown(file, owner, owner))
		perror(name);
	close(file);
}

int main(int count, char **arguments)
{
	static void (*const parts[])(void) = {
		root_without, ids, exec_as_root, exec_bounded, exec_as_other, exec_ambient, secure, nobody,
	};

	self = arguments[0];
	if (count > 1) {
		show("executed");
		return 0;
	}
	make("file", 0644, 0);
	make("theirs", 0644, 5);
	make("closed", 0, 5);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		in_child(parts[i]);
	return 0;
}
