# SPDX-License-Identifier: MIT
# Programs that take all there is of something (tests/system/guest/greedy.c): others go on meanwhile,
# and afterwards everything is there again.
used() {
	free | awk 'NR == 2 {print $3}'
	(set -- /proc/[0-9]*; echo $#)
	services | awk 'NR > 1 {print $2, $3}' | sort | uniq -c
}
# Once before: pages of programs that stay.
/extra/greedy regions > /dev/null
used > /tmp/before
for what in shared private regions open forks; do
	echo "-- $what"
	/extra/greedy $what
done
used > /tmp/after
awk 'NR == FNR {was[FNR] = $0; next}
	FNR == 1 {print ($1 > was[1] + 400 ? "memory is lost: " was[1] " " $1 : "memory is back"); next}
	{print ($0 == was[FNR] ? "same" : was[FNR] " became " $0)}' /tmp/before /tmp/after
#= -- shared
#= has it all: 1
#= 20000
#= 1
#= a shell in a shell
#= others: 0
#= ended by signal 9
#= -- private
#= ended by signal 9
#= -- regions
#= has it all: 1
#= has it all: 1
#= has it all: 1
#= has it all: 1
#= 20000
#= 1
#= a shell in a shell
#= others: 0
#= ended by signal 9
#= ended by signal 9
#= ended by signal 9
#= ended by signal 9
#= -- open
#= has it all: 1
#= has it all: 1
#= has it all: 1
#= has it all: 1
#= 20000
#= 1
#= a shell in a shell
#= others: 0
#= ended by signal 9
#= ended by signal 9
#= ended by signal 9
#= ended by signal 9
#= -- forks
#= 20000
#= 1
#= a shell in a shell
#= others: 0
#= none is left: yes
#= memory is back
#= same
#= same
