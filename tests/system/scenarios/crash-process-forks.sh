# SPDX-License-Identifier: MIT
# process crashes while programs fork, exec, wait, signal and map: every status and every byte is right.
#builds micro
forks() {
	i=0
	while [ $i -lt 60 ]; do
		(exit $((i % 7))); s=$?
		[ $s = $((i % 7)) ] || echo "status $s at $i"
		i=$((i + 1))
	done
	echo forks
}
pipes() { for i in $(seq 15); do seq 2000 | sort -rn | head -n 1; done | uniq -c; }
maps() { for i in $(seq 10); do head -c 300000 /dev/zero | md5sum; done | uniq -c; }
signals() { for i in $(seq 10); do sleep 100 & kill $!; wait $!; echo $?; done 2>/dev/null | uniq -c; }
for work in forks pipes maps signals; do $work > /tmp/$work & done
for kind in null illegal exit; do
	for n in 1 2 3 4 5 6 7 8; do crash -q process $kind & wait $!; done
done
wait
cd /tmp && cat forks pipes maps signals
services | awk '$1 == "process" && $4 >= 24 {print "restarted"}'
#= forks
#=      15 2000
#=      10 4a21de7a58fb8ecb9a1b1f08a3068269  -
#=      10 143
#= restarted
