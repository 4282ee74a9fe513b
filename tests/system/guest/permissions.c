/* SPDX-License-Identifier: MIT */
/* What users other than root may do with files: owners, groups, sticky directories, set-ID bits. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

#include "tests/system/guest/try.h"

static struct stat status;

static void show(const char *path)
{
	if (stat(path, &status))
		printf("%s: %s\n", path, strerror(errno));
	else
		printf("%s: mode %o uid %u gid %u\n", path, status.st_mode, status.st_uid,
		       status.st_gid);
}

static void make(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	if (write(fd, "text", 4) != 4 || fchown(fd, uid, gid) || fchmod(fd, mode))
		perror(path);
	close(fd);
}

static void become(uid_t uid, gid_t gid)
{
	gid_t groups[] = { 300, 400 };

	TRY(setgroups(2, groups));
	TRY(setresgid(gid, gid, gid));
	TRY(setresuid(uid, uid, uid));
}

static void opening(void)
{
	become(1000, 100);
	TRY(open("own", O_RDWR) >= 0 ? 0 : -1);
	TRY(open("other", O_RDONLY) >= 0 ? 0 : -1);
	TRY(open("other", O_WRONLY) >= 0 ? 0 : -1);
	TRY(open("group", O_RDWR) >= 0 ? 0 : -1);
	TRY(open("supplementary", O_RDWR) >= 0 ? 0 : -1);
	TRY(open("private", O_RDONLY) >= 0 ? 0 : -1);
	TRY(open("closed/file", O_RDONLY) >= 0 ? 0 : -1);
	TRY(open("new", O_CREAT | O_WRONLY, 0666) >= 0 ? 0 : -1);
	TRY(open("open/new", O_CREAT | O_WRONLY, 02775) >= 0 ? 0 : -1);
	show("open/new");
	TRY(open("setgid/new", O_CREAT | O_WRONLY, 02775) >= 0 ? 0 : -1);
	show("setgid/new");
	TRY(mkdir("setgid/directory", 0755));
	show("setgid/directory");
	TRY(mknod("open/node", S_IFCHR | 0666, 0x103));
	TRY(mkfifo("open/fifo", 0666));
	TRY(chdir("closed"));
	TRY(access("private", R_OK));
	TRY(access("private", F_OK));
	TRY(access("own", W_OK));
	TRY(truncate("other", 0));
	TRY(execl("own", "own", (char *)0));
}

static void changing(void)
{
	struct timeval past[2] = { { 1000, 0 }, { 1000, 0 } };

	become(1000, 100);
	TRY(chmod("own", 06755));
	show("own");
	TRY(chmod("other", 0777));
	TRY(chown("own", 1000, 300));
	show("own");
	TRY(chmod("own", 06755));
	TRY(chown("own", -1, 100));
	show("own");
	TRY(chown("own", 1000, 500));
	TRY(chown("own", 1001, -1));
	TRY(chown("other", 1000, -1));
	TRY(chmod("foreign", 02755));
	show("foreign");
	TRY(utimes("own", past));
	TRY(utimes("other", past));
	TRY(utime("other", 0));
	TRY(utime("writable", 0));
	TRY(utimes("writable", past));
	TRY(chown("own", -1, -1));
	TRY(chown("other", -1, -1));
}

static void removing(void)
{
	become(1000, 100);
	TRY(unlink("own"));
	TRY(unlink("open/by-root"));
	TRY(unlink("sticky/by-root"));
	TRY(unlink("sticky/own"));
	TRY(rename("sticky/by-root", "sticky/other"));
	TRY(rename("open/second", "sticky/by-root"));
	TRY(rename("open/second", "sticky/fresh"));
	TRY(rmdir("sticky/directory"));
	TRY(symlink("x", "open/link"));
	TRY(link("other", "open/hard") == 0 || errno == EPERM ? 0 : -1);
	TRY(unlink("sticky/none"));
}

static void writing(void)
{
	int fd;

	become(1000, 100);
	TRY((fd = open("setid", O_WRONLY)) >= 0 ? 0 : -1);
	TRY(write(fd, "x", 1));
	show("setid");
	TRY((fd = open("setid2", O_WRONLY)) >= 0 ? 0 : -1);
	TRY(ftruncate(fd, 0));
	show("setid2");
	TRY(setuid(0));
	TRY(seteuid(0));
}

static void real_and_effective(void)
{
	TRY(setresuid(1000, 0, 0));
	TRY(access("private", R_OK));
	TRY(faccessat(AT_FDCWD, "private", R_OK, AT_EACCESS));
	TRY(open("private", O_RDONLY) >= 0 ? 0 : -1);
	TRY(seteuid(1000));
	TRY(open("private", O_RDONLY) >= 0 ? 0 : -1);
	TRY(seteuid(0));
	TRY(open("private", O_RDONLY) >= 0 ? 0 : -1);
}

int main(void)
{
	umask(0);
	make("own", 0600, 1000, 100);
	make("other", 0644, 1001, 101);
	make("group", 0660, 1001, 100);
	make("supplementary", 0660, 1001, 400);
	make("private", 0600, 0, 0);
	make("foreign", 0755, 1000, 500);
	make("writable", 0666, 1001, 101);
	make("setid", 06777, 0, 0);
	make("setid2", 06766, 0, 0);
	mkdir("closed", 0700);
	mkdir("open", 0777);
	mkdir("setgid", 0777);
	chown("setgid", 0, 200);
	chmod("setgid", 02777);
	mkdir("sticky", 01777);
	make("closed/file", 0666, 1000, 100);
	make("open/by-root", 0644, 0, 0);
	make("open/second", 0644, 1000, 100);
	make("sticky/by-root", 0644, 0, 0);
	make("sticky/own", 0644, 1000, 100);
	mkdir("sticky/directory", 0755);
	in_child(opening);
	in_child(changing);
	in_child(removing);
	in_child(writing);
	in_child(real_and_effective);
	return 0;
}
