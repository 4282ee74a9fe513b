# SPDX-License-Identifier: MIT
# Several threads of one process call the fs and pipes while these die: nothing is lost or done twice.
#builds micro
cd /tmp
/extra/threads-crash & worker=$!
for round in 1 2 3 4 5; do
	crash fs null >/dev/null 2>&1
	sleep 0.1
	crash pipe divide >/dev/null 2>&1
	sleep 0.1
	crash virtio_blk illegal >/dev/null 2>&1
	sleep 0.1
done
kill $worker
wait $worker
#= 0 wrong, all of them worked: yes
echo $?
#= 0
