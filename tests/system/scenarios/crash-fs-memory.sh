# SPDX-License-Identifier: MIT
# /dev/shm is nowhere but in memory, and survives crashes of fs.
#builds micro
cd /dev/shm
work() { i=0; while [ $i -lt 20 ]; do seq $i $((i + 2000)) > $1.$i; i=$((i + 1)); done; }
for w in a b c; do work $w & done
crash -q fs null; crash -q fs jump; crash -q fs exit
wait
cat *.* | md5sum; ls | wc -l
crash -q fs divide
cat *.* | md5sum
rm *; ls | wc -l
#= a4ed5602b2891508b7c926cc5091664f  -
#= 60
#= a4ed5602b2891508b7c926cc5091664f  -
#= 0
