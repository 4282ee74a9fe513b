# SPDX-License-Identifier: MIT
# Files and directories through the whole stack.
mkdir -p /tmp/f/a/b && cd /tmp/f
echo one > x; echo two >> x; cat x
cp x a/y; mv a/y a/b/z; ls a a/b
ln x hard; ln -s a/b/z soft; cat soft; stat -c '%h %s %F' x
rm hard; stat -c %h x
truncate -s 100000 x; stat -c %s x; tail -c 4 x | od -An -tx1
mkdir a 2>/dev/null || echo "there already"
rmdir a 2>/dev/null || echo "not empty"
rm nosuch 2>/dev/null || echo "none"
: > "with space"; ls with*
chmod 600 x; stat -c %a x
seq 1 40000 > n; md5sum n
dd if=n of=hole bs=1 seek=3000000 count=4 2>/dev/null; stat -c %s hole; md5sum hole
i=0; while [ $i -lt 200 ]; do : > many-$i; i=$((i+1)); done; ls | wc -l
mv many-0 renamed; ls renamed; rm many-*; find . | sort
cd /; rm -r /tmp/f; ls /tmp
#= one
#= two
#= a:
#= b
#= 
#= a/b:
#= z
#= one
#= two
#= 2 8 regular file
#= 1
#= 100000
#=  00 00 00 00
#= there already
#= not empty
#= none
#= with space
#= 600
#= 1c0f34fee7176dc367bead8f96cba6bc  n
#= 3000004
#= 4dd5cb814e734d60eecc743c912d74d5  hole
#= 206
#= renamed
#= .
#= ./a
#= ./a/b
#= ./a/b/z
#= ./hole
#= ./n
#= ./renamed
#= ./soft
#= ./with space
#= ./x
