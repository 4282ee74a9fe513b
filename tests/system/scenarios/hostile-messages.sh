# SPDX-License-Identifier: MIT
# Requests of the right shape and with the wrong words, past the personality
# (tests/system/guest/messages.c): no service ends, and nothing that came with them stays there.
used() { free | awk 'NR == 2 {print $3}'; }
mkdir -p /dev/shm/m /tmp/m; chmod 777 /tmp/m
seq 1 5000 > /tmp/kept
/extra/messages 1 5 1000 > /dev/null
before=$(used)
/extra/messages 2000 20 1000
/extra/messages 3000 10
after=$(used)
[ "$after" -gt $((before + 300)) ] && echo "memory is lost: $before $after"
seq 1 5000 | cmp - /tmp/kept && echo kept
services | awk 'NR > 1 && $3 != 0 {print $1, "restarted"}'
#= 6000 requests were made
#= 3000 requests were made
#= kept
