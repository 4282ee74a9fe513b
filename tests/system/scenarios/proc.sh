# SPDX-License-Identifier: MIT
# What /proc tells, to those who ask there.
cat /proc/self/fdinfo/0 | head -n 2
grep -c . /proc/self/status
grep -E '^(Name|Uid|SigIgn|Umask):' /proc/self/status
trap '' QUIT; grep SigIgn /proc/self/status
A=1 B=2 env -i A=1 B=2 cat /proc/self/environ | tr '\0' ' '; echo
tr '\0' ' ' < /proc/self/cmdline; echo
ls /proc/self/task | wc -l
readlink /proc/self/exe
(cd /tmp; readlink /proc/self/cwd)
awk '$NF == "[stack]" || $NF == "[heap]" || $NF ~ /busybox/ {print $NF}' /proc/self/maps | uniq
df /dev/shm | awk 'NR == 2 {print $1, $6}'
mount | awk '{print $1, $3, $5}'
ps -o pid,args | head -n 2
free | awk 'NR == 2 {print ($2 > $4 && $4 > 0)}'
cat /proc/sys/kernel/ostype /proc/sys/vm/overcommit_memory
echo 7 > /proc/$$/oom_score_adj && cat /proc/self/oom_score_adj
(echo 1001 > /proc/$$/oom_score_adj) 2>/dev/null || echo out of range
dd if=/proc/self/status bs=7 2>/dev/null | cmp - /proc/self/status >/dev/null; dd if=/proc/filesystems bs=3 2>/dev/null
[ $(cat /proc/sys/kernel/random/uuid | wc -c) = 37 ] && echo uuid
#= pos:	0
#= flags:	0100000
#= 38
#= Name:	grep
#= Umask:	0022
#= Uid:	0	0	0	0
#= SigIgn:	0000000000000000
#= SigIgn:	0000000000000004
#= A=1 B=2 
#= /bin/sh /script 
#= 1
#= /bin/busybox
#= /tmp
#= /bin/busybox
#= [heap]
#= [stack]
#= tmpfs /dev/shm
#= /dev/vda / ext2
#= /dev/vdb /extra ext2
#= dev /dev devtmpfs
#= tmpfs /dev/shm tmpfs
#= proc /proc proc
#= PID   COMMAND
#=     1 init
#= 1
#= Linux
#= 0
#= 7
#= out of range
#= nodev	proc
#= nodev	tmpfs
#= nodev	devtmpfs
#= 	ext2
#= uuid
[ "$(find /proc 2>/dev/null | wc -l)" -lt 3000 ] && echo "proc has an end"
#= proc has an end
