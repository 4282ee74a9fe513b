# SPDX-License-Identifier: MIT
# Open files, shared positions, pipes and directories outlive the crashes of their servers.
#builds micro
cd /tmp
exec 5> open; echo one >&5; crash -q fs null; echo two >&5; crash -q virtio_blk illegal; echo three >&5
exec 5>&-; cat open
exec 6< open; read line <&6; echo $line; crash -q fs exit; read line <&6; echo $line
(echo four; crash -q fs jump; echo five) >> open; cat open
(seq 1 30000; crash -q fs null; seq 1 30000) | md5sum
seq 1 20000 | (crash -q console null; sort -rn | head -n 1)
mkdir d; crash -q fs null; mv d e; crash -q fs null; ln -s e f; crash -q fs null; rmdir e; ls
rm open f; crash -q virtio_blk null; sync; ls
#= one
#= two
#= three
#= one
#= two
#= one
#= two
#= three
#= four
#= five
#= fcda23579475051665cef37e4536d904  -
#= 20000
#= f
#= open
