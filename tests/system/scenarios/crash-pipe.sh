# SPDX-License-Identifier: MIT
# pipe and console crash in every way while sockets, pipes and ptys are used: nothing is lost.
#builds micro
mkdir -p /tmp/c; cd /tmp/c
for part in sockets pipes ptys; do /extra/$part > $part.before 2>&1; done
for round in 1 2 3; do for kind in null jump illegal divide stack exit; do crash -q pipe $kind; done; done &
for part in sockets pipes; do /extra/$part > $part.crashed 2>&1; done
wait
(for kind in null jump illegal divide stack exit null jump; do usleep 40000; crash -q console $kind; done) &
/extra/ptys > ptys.crashed 2>&1
wait
for part in sockets pipes ptys; do cmp $part.before $part.crashed && echo $part; done
#= sockets
#= pipes
#= ptys
