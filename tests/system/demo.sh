# SPDX-License-Identifier: MIT
# The tour, run in the guest by `make demo`. Ends with 0 only if everything held.
failed=0
say() { printf '\n-- %s\n' "$*"; }

say "Linux programs, unmodified, on a microkernel"
uname -s -m
echo "busybox: $(busybox | head -n 1)"
echo "$(ls /bin | wc -l) programs on an ext2 disk; processes now:"
ps | head -n 6

say "The services, each in an address space of its own"
services

mkdir -p /tmp/demo; cd /tmp/demo
# Writes, reads back and checksums 12 files, and prints the checksum of the checksums.
work() {
	i=0
	while [ $i -lt 12 ]; do
		seq $((i * 100)) $((i * 100 + 1999)) > $1.$i
		md5sum < $1.$i
		i=$((i + 1))
	done > $1.sums
	md5sum < $1.sums > $1.result
}
four_workers() { for w in a b c d; do work $w & done; }

four_workers; wait
right=$(cat a.result)
say "Four programs write, read and checksum; nothing crashes: $right"

for service in fs virtio_blk process uart console pipe; do
	say "The same four programs, and $service crashes in the middle, seven ways, and hangs"
	for kind in null jump illegal privileged divide stack exit loop; do
		rm -f *.result
		four_workers
		crash $service $kind || failed=1
		wait
		for w in a b c d; do
			[ "$(cat $w.result)" = "$right" ] || { echo "$w: WRONG: $(cat $w.result)"; failed=1; }
		done
	done
	[ $failed = 0 ] && echo "all checksums right"
done

say "What the supervisor saw"
services
cd /; rm -r /tmp/demo; sync
exit $failed
