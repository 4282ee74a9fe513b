# SPDX-License-Identifier: MIT
# linuxtrace shows the calls of a program and of its children, and ends with its status.
linuxtrace -o /tmp/trace sh -c 'cat /nosuch 2>/dev/null; echo out; exit 3'; echo $?
grep -E ' (openat|write|exit_group)\(|cat' /tmp/trace | sed 's/^[0-9]* //; s/<[0-9]*>/<cost>/; s/0x[0-9a-f]*/ADDRESS/g'
linuxtrace -c true 2>&1 | awk '$5 == "execve" {print $3, $4, $5}'
linuxtrace sh -c 'kill -9 $$' 2>/dev/null; echo $?
#= out
#= 3
#= execve("/bin/sh", ["sh", "-c", "cat /nosuch 2>/dev/null; echo out; exit 3"], ADDRESS) = 0 <cost>
#= openat(AT_FDCWD, "/dev/null", O_WRONLY|O_CREAT|O_TRUNC, 00666) = 3 <cost>
#= execve("/proc/self/exe", ["cat", "/nosuch"], ADDRESS) = 0 <cost>
#= openat(AT_FDCWD, "/nosuch", O_RDONLY, 00000) = -2 (No such file or directory) <cost>
#= write(2, "cat: can't open '/nosuch': No such file or direc"..., 53) = 53 <cost>
#= exit_group(1) = ?
#= write(1, "out\n", 4) = 4 <cost>
#= exit_group(3) = ?
#= 1 0 execve
#= 137
