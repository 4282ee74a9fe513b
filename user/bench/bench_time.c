/* SPDX-License-Identifier: MIT */
/*
 * bench_time NAME COMMAND: runs `sh -c COMMAND` and prints `program NAME TICKS`. A watcher outside
 * (mark.h) sees where it begins and ends, and counts without what was waited for. Status: the
 * command's.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "user/bench/measure.h"

int main(int count, char **arguments)
{
	uint64_t start;
	int status = -1;
	pid_t child;

	require(count == 3, "arguments: NAME COMMAND");
	MARK(MARK_START);
	start = ticks();
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "/bin/sh", "-c", arguments[2], (char *)0);
		_exit(127);
	}
	require(child > 0 && waitpid(child, &status, 0) == child, "fork and wait");
	start = ticks() - start;
	MARK(MARK_STOP);
	printf("program %s %lu\n", arguments[1], start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
