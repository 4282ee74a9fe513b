# SPDX-License-Identifier: MIT
# futex(2), and locks that processes share, as on Linux: musl's library, then glibc's.
/extra/threads-futex
#= refuses: good
#= times out: good
#= is interrupted: good
#= counts threads: good
#= counts processes: good
#= operates: good
#= locks hold: good
#= owner dies: good
/extra/threads-futex-glibc
#= refuses: good
#= times out: good
#= is interrupted: good
#= counts threads: good
#= counts processes: good
#= operates: good
#= locks hold: good
#= owner dies: good
for program in /extra/threads-pi /extra/threads-pi-glibc; do
	$program
done
#= refuses: good
#= counts threads: good
#= counts processes: good
#= requeues: good
#= mutexes: good
#= signals pass: good
#= refuses: good
#= counts threads: good
#= counts processes: good
#= requeues: good
#= mutexes: good
#= signals pass: good
