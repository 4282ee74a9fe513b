# SPDX-License-Identifier: MIT
# Locks survive crashes of fs: programs count in one file, and none loses a turn.
#builds micro
mkdir -p /tmp/l; cd /tmp/l
dd if=/dev/zero of=counter bs=4 count=1 2>/dev/null
for w in a b c d; do /extra/locks count counter 200 & done
crash -q fs null; crash -q fs jump; crash -q fs exit
wait
od -An -tu4 counter | tr -d " "
# One that is held through a crash is still held.
/extra/locks hold counter 'crash -q fs null; /extra/locks try counter'
/extra/locks try counter
#= 800
#= held held
#= free free
