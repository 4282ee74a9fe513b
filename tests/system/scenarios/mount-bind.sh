# SPDX-License-Identifier: MIT
# What is seen at two places, moved, read-only at one of them, and taken away while it is in use.
mkdir -p /tmp/m /tmp/p /tmp/q; echo below > /tmp/m/covered
mount -t tmpfs -o mode=755 none /tmp/m; mkdir -p /tmp/m/a/b; echo above > /tmp/m/a/f
dev() { stat -c %d $1; }
[ $(dev /tmp/m) != $(dev /dev/shm) ] && [ $(dev /tmp/m) != $(dev /tmp) ] && echo a device of its own
mount --bind /tmp/m/a /tmp/p && ls /tmp/p; [ $(dev /tmp/p) = $(dev /tmp/m) ] && echo the same device
cd /tmp/p/b; pwd; cd ..; pwd; cd ..; pwd; cd /
ln /tmp/m/a/f /tmp/p/g 2>/dev/null || echo apart
mount -o remount,bind,ro /tmp/p
no() { "$@" 2>/dev/null && echo yes $* || echo no $1; }
no touch /tmp/p/x; no rm /tmp/p/f; no mkdir /tmp/p/z; no chmod 1 /tmp/p/f; no mv /tmp/p/f /tmp/p/g
echo y > /tmp/m/a/y; cat /tmp/p/y; rm /tmp/m/a/y
grep -E ' /tmp/(m|p) ' /proc/mounts
sed -n 's/.* \(\/.* \/tmp\/p .*\) -.*/\1/p' /proc/self/mountinfo
cd /tmp/m; umount /tmp/m 2>/dev/null || echo busy; umount -l /tmp/m; ls; cd /; ls /tmp/m
ls /tmp/p; umount /tmp/p; ls /tmp/p
mount -t tmpfs x /tmp/m; mkdir /tmp/m/s; mount -t tmpfs y /tmp/m/s; echo s > /tmp/m/s/f
mount --rbind /tmp/m /tmp/q; cat /tmp/q/s/f; mount --move /tmp/q /tmp/p; cat /tmp/p/s/f; ls /tmp/q
umount /tmp/p 2>/dev/null || echo busy; no rmdir /tmp/p/s; mount | grep -c tmp/
mount --move /tmp/p /tmp/p/s 2>/dev/null || echo not into itself
umount /tmp/p/s /tmp/p /tmp/m/s /tmp/m; mount | grep -c tmp/
echo one > /tmp/one; echo two > /tmp/two; mount --bind /tmp/one /tmp/two
cat /tmp/two; readlink /proc/self/fd/9 9< /tmp/two
no rm /tmp/two; no mount --bind /tmp /tmp/one; umount /tmp/two; cat /tmp/two
mount --bind /dev /tmp/p; echo gone > /tmp/p/null; ls /tmp/p/shm | wc -l; umount /tmp/p
mount -t tmpfs -o noexec,nodev,nosuid z /tmp/m; cp /bin/busybox /tmp/m; mknod /tmp/m/n c 1 3
no /tmp/m/busybox true; no cat /tmp/m/n; grep ^z /proc/mounts; umount /tmp/m
no umount /; no umount /dev; no umount /etc; no umount /nosuch
rm -r /tmp/m /tmp/p /tmp/q /tmp/one /tmp/two
#= a device of its own
#= b
#= f
#= the same device
#= /tmp/p/b
#= /tmp/p
#= /tmp
#= apart
#= no touch
#= no rm
#= no mkdir
#= no chmod
#= no mv
#= y
#= none /tmp/m tmpfs rw,relatime 0 0
#= none /tmp/p tmpfs ro,relatime 0 0
#= /a /tmp/p ro,relatime
#= busy
#= a
#= covered
#= b
#= f
#= s
#= s
#= busy
#= no rmdir
#= 4
#= not into itself
#= 0
#= one
#= /tmp/two
#= no rm
#= no mount
#= two
#= 0
#= no /tmp/m/busybox
#= no cat
#= z /tmp/m tmpfs rw,nosuid,nodev,noexec,relatime 0 0
#= no umount
#= no umount
#= no umount
#= no umount
