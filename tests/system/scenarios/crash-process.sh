# SPDX-License-Identifier: MIT
# process crashes in every way while four programs read, write and print: none of them notices.
#builds micro
mkdir -p /tmp/c; cd /tmp/c
work() {
	i=0
	while [ $i -lt 12 ]; do
		seq $((i * 100)) $((i * 100 + 999)) > $1.$i; md5sum < $1.$i; i=$((i + 1))
	done > $1.sums
	md5sum < $1.sums
}
for kind in null jump illegal privileged divide stack exit; do
	for w in a b c d; do work $w & done
	crash -q process $kind || echo "crash process $kind failed"
	wait
	cat *.[0-9]* | md5sum
	rm -f *
done
services | awk '$1 == "process" && $4 >= 7 {print "restarted"}'
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= 60d3dff555bd7f3ee8233ee50adc68b9  -
#= dec4118403188a52f5f4909e8bc766a0  -
#= restarted
