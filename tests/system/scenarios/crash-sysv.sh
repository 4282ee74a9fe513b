# SPDX-License-Identifier: MIT
# pipe crashes in every way while semaphores, message queues, shared memory, packets and sockets are used:
# nothing is lost or done twice, and whoever sleeps goes on sleeping.
#builds micro
mkdir -p /tmp/c; cd /tmp/c
for part in sysv mqueues pipes-more sockets-more; do /extra/$part > $part.before 2>&1; done
for round in 1 2 3; do for kind in null jump illegal divide stack exit; do crash -q pipe $kind; done; done &
for round in 1 2; do for part in sysv mqueues pipes-more sockets-more; do
	/extra/$part > $part.crashed 2>&1
	cmp $part.before $part.crashed && echo $part
done; done
wait
#= sysv
#= mqueues
#= pipes-more
#= sockets-more
#= sysv
#= mqueues
#= pipes-more
#= sockets-more
