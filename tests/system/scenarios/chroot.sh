# SPDX-License-Identifier: MIT
# chroot: absolute paths, links and `..` stay inside, for children too, and after a crash of fs.
#builds micro
mkdir -p /tmp/j/bin /tmp/j/d; cp /bin/busybox /tmp/j/bin/busybox
ln -s busybox /tmp/j/bin/sh; ln -s /d /tmp/j/link; echo inside > /tmp/j/d/f
cat > /tmp/j/go <<'END'
echo /*; cd /..; pwd; cd /d; pwd; read x < /link/f; echo $x; read x < /../../d/f; echo $x
(cd ../../..; /bin/busybox pwd; /bin/busybox ls -d tmp) 2>&1
END
chroot /tmp/j /bin/sh /go
crash -q fs null & chroot /tmp/j /bin/sh -c 'i=0; while [ $i -lt 400 ]; do echo $i > /d/i; i=$((i + 1)); done; read x < /d/i; echo $x; echo /*'
wait
chroot /nowhere true 2>/dev/null || echo refused
rm -r /tmp/j; echo /tmp/*
#= /bin /d /go /link
#= /
#= /d
#= inside
#= inside
#= /
#= ls: tmp: No such file or directory
#= 399
#= /bin /d /go /link
#= refused
#= /tmp/*
