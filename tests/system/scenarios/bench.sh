# SPDX-License-Identifier: MIT
# The benchmarks' rows check what they time: each runs once or a few times here, and nothing complains.
rows() { for row in $(/bin/$1 list); do /bin/$1 $row 2 || echo "$1: $row: status $?"; done; }
rows bench_linux; rows bench_process
/bin/bench_linux only getpid stat | sed 's/ [0-9.]* / TICKS /'
#= figure getpid TICKS 1000
#= figure stat TICKS 500
/bin/bench_time echo 'echo from a shell; exit 3' | sed 's/ [0-9]*$/ TICKS/'
#= from a shell
#= program echo TICKS
