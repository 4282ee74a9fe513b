# SPDX-License-Identifier: MIT
# process crashes while timers run: no expiry is lost, and none is told of twice.
#builds micro
for n in 1 2 3; do /extra/timers ticking > /tmp/$n & done
for kind in null illegal exit null; do
	for n in 1 2 3; do crash -q process $kind; usleep 20000; done
done
wait
cat /tmp/1 /tmp/2 /tmp/3
#= all are there: yes
#= all are there: yes
#= all are there: yes
