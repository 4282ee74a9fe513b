# SPDX-License-Identifier: MIT
# Programs that take all there is of something (tests/system/guest/greedy.c): others go on meanwhile,
# and afterwards everything is there again.
used() {
	free | awk 'NR == 2 {print $3}'
	ls /proc | grep -c '^[0-9]'
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
