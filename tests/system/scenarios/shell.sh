# SPDX-License-Identifier: MIT
# Pipes, jobs and statuses.
seq 1 2000 | sort -rn | head -n 2
echo "$(echo a; echo b | tr b c)"
for i in 1 2 3; do echo $i; done | while read n; do echo "<$n>"; done
(exit 5); echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'exit 3' & wait $!; echo $?
yes | head -n 1000 | wc -l
seq 1 100000 | tail -n 1
echo to-error >&2
x=$(seq 1 500); echo ${#x}
test -e /dev/null && cat /dev/null && echo quiet > /dev/null; echo $?
head -c 5 /dev/zero | od -An -tx1
sleep 0.1; echo slept
trap 'echo trapped' USR1; kill -USR1 $$; echo on
id -u; pwd; echo $PATH $HOME; read line || echo "no input"
cat <<END
$((7*6))
END
exit 4
#= 2000
#= 1999
#= a
#= c
#= <1>
#= <2>
#= <3>
#= 5
#= Killed
#= 137
#= 3
#= 1000
#= 100000
#= to-error
#= 1891
#= 0
#=  00 00 00 00 00
#= slept
#= trapped
#= on
#= 0
#= /
#= /bin /
#= no input
#= 42
#status 4
