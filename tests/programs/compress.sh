# SPDX-License-Identifier: MIT
# Round trips through Debian's gzip, xz, bzip2, zstd and GNU tar, with busybox's on the other side.
#binary gzip xz-utils bzip2 zstd tar
cd /tmp
mkdir -p tree/sub/deep
i=0; while [ $i -lt 200 ]; do echo "file $i" > tree/sub/$i; i=$((i+1)); done
head -c 1500000 /bin/busybox > tree/binary; ln -s ../binary tree/sub/deep/link; ln tree/binary tree/hard
chmod 751 tree/binary; mkfifo tree/fifo; touch -d '2001-02-03 04:05:06' tree/sub/7
sum() { (cd $1 && find . | sort | while read f; do stat -c '%n %F %a' "$f"; done; find . -type f | sort | xargs md5sum) | md5sum; }
sum tree
for c in gzip bzip2 xz zstd; do
	/extra/bin/tar --use-compress-program=$(ls /extra/bin/$c /extra/usr/bin/$c 2>/dev/null | head -n 1) -cf $c.tar tree && rm -rf out && mkdir out &&
	/extra/bin/tar -C out -xf $c.tar --use-compress-program=$(ls /extra/bin/$c /extra/usr/bin/$c 2>/dev/null | head -n 1) && sum out/tree
done
/extra/bin/tar -czf a.tgz tree; rm -rf out; mkdir out; busybox tar -C out -xzf a.tgz; sum out/tree
busybox tar -cf - tree | busybox gzip > b.tgz; rm -rf out; mkdir out; /extra/bin/tar -C out -xzf b.tgz; sum out/tree
/extra/usr/bin/xz -T2 -3 -k tree/binary && busybox unxz -c tree/binary.xz | cmp - tree/binary && echo same; /extra/usr/bin/xz -l tree/binary.xz | awk 'NR == 2 {print $1, $2}'
/extra/usr/bin/xz -dc < tree/binary.xz | /extra/usr/bin/zstd -q -T2 | /extra/usr/bin/zstd -dc | cmp - tree/binary && echo same
head -c 1000 gzip.tar | /extra/bin/gzip -dc > /dev/null; echo $?
/extra/bin/gzip -t gzip.tar; echo $?; printf x | dd of=gzip.tar bs=1 seek=5000 conv=notrunc 2>/dev/null; /extra/bin/gzip -t gzip.tar 2>&1 | grep -c crc
/extra/bin/tar -cf inc.tar -g snapshot tree; echo new > tree/new; /extra/bin/tar -cf inc2.tar -g snapshot tree; /extra/bin/tar -tf inc2.tar | grep new
#linux
