# SPDX-License-Identifier: MIT
# Who listens to a directory hears of everything once, though fs is killed again and again.
#builds micro
cd /tmp; /extra/watches-crash & listener=$!
for i in 1 2 3 4 5 6; do sleep 0.1; crash -q fs null; done
wait $listener
#= 1200 heard, in order
