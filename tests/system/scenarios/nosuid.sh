# SPDX-License-Identifier: MIT
# A mount with nosuid gives no privileges to who executes a set-user-ID program there.
mkdir -p /tmp/m && mount -t tmpfs -o mode=755 none /tmp/m
cp /extra/privileges /tmp/m/p && chown 60 /tmp/m/p && chmod 4755 /tmp/m/p
su nobody -s /bin/sh -c '/tmp/m/p x' | grep -o '^users [0-9 ]* groups'
mount -o remount,nosuid /tmp/m
su nobody -s /bin/sh -c '/tmp/m/p x' | grep -o '^users [0-9 ]* groups'
umount /tmp/m
#= users 65534 60 60 groups
#= users 65534 65534 65534 groups
