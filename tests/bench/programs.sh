# SPDX-License-Identifier: MIT
# Whole programs over a tree of 500 files and 5 MB, run in the guest by `make bench`; each result is compared
# with what the host's busybox gave. Between the timed parts all is written to the disk, so that none
# pays for another; the first round fills caches, the least counts.
failed=0
rounds=${1:-3}

# check NAME SUM: a line `NAME SUM  -` of md5sum must be the expected one.
check() {
	set -- $1 $2
	grep -qx "$1 $2" expected || { echo "WRONG: $1 is $2"; failed=1; }
}
run() { /bin/bench_time "$@" || { echo "WRONG: $1 ended with status $?"; failed=1; }; sync; }
same_tree() { check files "$(cd $1 && find tree -type f | sort | xargs cat | md5sum)"; }

round() {
	run untar 'tar xf tree.tar'
	same_tree .
	find tree -type f | sort > list
	run find 'find tree -type f -name "*.txt" > found'
	check found "$(sort found | md5sum)"
	run cat_md5sum 'xargs cat < list | md5sum > sum'
	check files "$(cat sum)"
	run cp_r 'cp -r tree copy/tree'
	same_tree copy
	run tar 'tar cf new.tar tree'
	check names "$(tar tf new.tar | sed "s|/\$||" | sort | md5sum)"
	check files "$(mkdir again && cd again && tar xf ../new.tar && find tree -type f | sort | xargs cat | md5sum)"
	rm -r again
	grep 'tree/d[01]/' list | xargs cat > unsorted
	run sort 'sort unsorted > sorted'
	check sorted "$(md5sum < sorted)"
	run forks_200 'i=0; while [ $i -lt 200 ]; do (exit 3); [ $? = 3 ] || exit 1; i=$((i + 1)); done'
	run rm_rf 'rm -rf tree copy/tree'
	[ ! -e tree ] && [ ! -e copy/tree ] || { echo "WRONG: rm left something"; failed=1; }
}

export LC_ALL=C PATH=/bin
mkdir -p /tmp/programs/copy && cd /tmp/programs || exit 1
cp /extra/tree.tar /extra/expected . && sync
i=0
while [ $i -lt $rounds ]; do
	round
	i=$((i + 1))
done
exit $failed
