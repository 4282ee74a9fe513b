# SPDX-License-Identifier: MIT
# mount and umount: what stands where, what it covers, and that it survives a crash of fs.
#builds micro
mkdir -p /tmp/m/d /tmp/p; echo below > /tmp/m/covered
mount -t tmpfs -o mode=755 none /tmp/m && ls /tmp/m | wc -l
stat -c %a /tmp/m; stat -f -c %T /tmp/m
mkdir -p /tmp/m/a/b; echo above > /tmp/m/a/f; cd /tmp/m/a/b; pwd; ls /tmp/m/..; (cd ../../..; pwd)
crash -q fs null
cat /tmp/m/a/f; mount | grep /tmp/m
umount /tmp/m 2>/dev/null || echo busy
rmdir /tmp/m 2>/dev/null || echo busy
mv /tmp/m/a/f /tmp/f && cat /tmp/f; rm /tmp/f
cd /
umount /tmp/m && cat /tmp/m/covered
mount -t proc proc /tmp/p && cat /tmp/p/sys/kernel/ostype; umount /tmp/p
mount -t nosuch none /tmp/p 2>/dev/null || echo none
umount /tmp/p 2>/dev/null || echo not mounted
mount -o remount,ro / && echo ro; (echo x > /tmp/x) 2>/dev/null || echo refused; mount | grep ' / '
crash -q fs null >/dev/null 2>&1; (echo x > /tmp/x) 2>/dev/null || echo refused
mount -o remount,rw / && echo x > /tmp/x && cat /tmp/x
rm -r /tmp/m /tmp/p /tmp/x
used() { df /dev/shm | awk 'NR == 2 {print $3}'; }
mkdir /tmp/m; before=$(used); mount -t tmpfs none /tmp/m; cp -r /etc /tmp/m; mkdir -p /tmp/m/1/2/3; cp /bin/busybox /tmp/m/1/2
[ $(used) -gt $((before + 1000)) ] && umount /tmp/m && [ $(used) = $before ] && echo free again
umount /tmp/m 2>/dev/null
mount -t tmpfs one /tmp/m; echo kept > /tmp/m/f; mkdir /tmp/p
mount -o bind,ro /tmp/m /tmp/p; mount -o remount,bind,ro /tmp/p
cd /tmp/m; umount -l /tmp/m; crash -q fs null; cat f; cat /tmp/p/f
(echo > /tmp/p/f) 2>/dev/null || echo refused; mount | grep tmp/
cd /; umount /tmp/p; [ $(used) = $before ] && echo free again
rmdir /tmp/m /tmp/p
#= 0
#= 755
#= tmpfs
#= /tmp/m/a/b
#= m
#= p
#= /tmp
#= above
#= none on /tmp/m type tmpfs (rw,relatime)
#= busy
#= busy
#= above
#= below
#= Linux
#= none
#= not mounted
#= ro
#= refused
#= /dev/vda on / type ext2 (ro,relatime)
#= refused
#= x
#= free again
#= kept
#= kept
#= refused
#= one on /tmp/p type tmpfs (ro,relatime)
#= free again
