# SPDX-License-Identifier: MIT
# Programs that are none: refused, and nothing but themselves suffers.
cd /tmp
printf '\177ELFgarbage' > short; chmod +x short
head -c 200 /bin/busybox > cut; chmod +x cut
{ head -c 24 /bin/busybox; head -c 4072 /dev/zero; } > zeroes; chmod +x zeroes
printf '#!/bin/nosuch\n' > noshell; chmod +x noshell
printf '#!/bin/sh\necho run by sh $1\n' > script; chmod +x script
cp /bin/busybox notallowed; chmod -x notallowed
for p in short cut zeroes noshell; do ./$p >/dev/null 2>&1; [ $? != 0 ] && echo "$p refused"; done
./script now
./notallowed 2>/dev/null; echo $?
./nosuch 2>/dev/null; echo $?
/tmp 2>/dev/null; echo $?
echo alive; rm short cut zeroes noshell script notallowed
#= short refused
#= cut refused
#= zeroes refused
#= noshell refused
#= run by sh now
#= 126
#= 127
#= 126
#= alive
