# SPDX-License-Identifier: MIT
# A service that works without end is found out and restarted, nobody else is, and programs notice nothing.
#builds micro
for service in fs virtio_blk process console pipe uart; do
	seq 2000 | sort -rn | md5sum &
	crash -q $service loop || echo "crash $service loop failed"
	wait
done
services | awk 'NR > 1 && $3 > 1 {print $1, "was restarted twice"} $3 == 1 && /without end/ {n++} END {print n}'
#= 1fd3c981e66b7eb0c08e95857967e70d  -
#= 1fd3c981e66b7eb0c08e95857967e70d  -
#= 1fd3c981e66b7eb0c08e95857967e70d  -
#= 1fd3c981e66b7eb0c08e95857967e70d  -
#= 1fd3c981e66b7eb0c08e95857967e70d  -
#= 1fd3c981e66b7eb0c08e95857967e70d  -
#= 6
