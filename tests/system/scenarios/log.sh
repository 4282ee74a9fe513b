# SPDX-License-Identifier: MIT
# The log: dmesg shows it, /dev/kmsg takes lines and gives records, clearing is for root.
text() { sed 's/^.*client [0-9]*: //'; }
dmesg | grep -c 'services started'
echo '<5>first line' > /dev/kmsg
dmesg | tail -n 1 | text
dmesg -c | tail -n 1 | text
dmesg | wc -l
printf 'second line\n' > /dev/kmsg
dmesg | text
head -n 1 /dev/kmsg | grep -c '^6,0,0,-;.*kernel started'
su nobody -s /bin/sh -c "dmesg | wc -l; dmesg -c 2>/dev/null || echo refused"
su nobody -s /bin/sh -c "(echo x > /dev/kmsg) 2>/dev/null || echo refused"
crash -q process null
dmesg | grep -c 'second line'
#builds micro
#= 1
#= first line
#= first line
#= 0
#= second line
#= 1
#= 1
#= refused
#= refused
#= 1
