# SPDX-License-Identifier: MIT
# Programs with bad intentions (tests/system/guest/hostile.c); what others keep must survive.
seq 1 5000 > /tmp/kept
/extra/hostile traps
/extra/hostile linux
/extra/hostile kernel 1 spare-template
/extra/hostile kernel 2 spare-template
/extra/hostile own 1
seq 1 5000 | cmp - /tmp/kept && echo kept
#= read kernel memory: signal 11
#= read null: signal 11
#= write text: signal 11
#= write personality: signal 11
#= run the stack: signal 11
#= halt: signal 11
#= port output: signal 11
#= write cr3: signal 11
#= illegal instruction: signal 4
#= divide by zero: signal 8
#= endless recursion: signal 11
#= linux calls: 470 numbers tried
#= kernel calls: 20000 tried
#= kernel calls: 20000 tried
#= own memory: 40 tried
#= kept
