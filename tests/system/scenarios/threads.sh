# SPDX-License-Identifier: MIT
# Threads through pthreads, as on Linux: with musl's library, then with glibc's.
/extra/threads
#= a hundred threads: good
#= mutex: good
#= condition: good
#= barrier: good
#= readers and writers: good
#= condition times out: good
#= signal to a thread: good
#= signal to the process: good
#= signal is waited for: good
#= cancellation: good
#= files from all: good
#= pipe between threads: good
#= poll from threads: good
#= fork from threads: good
#= exec ends the others: good
#= exit ends all: good
#= the first thread ends first: good
#= SIGKILL ends all: good
#= SIGTERM ends all: good
#= stop and continue: good
#= robust lock: good
/extra/threads-glibc
#= a hundred threads: good
#= mutex: good
#= condition: good
#= barrier: good
#= readers and writers: good
#= condition times out: good
#= signal to a thread: good
#= signal to the process: good
#= signal is waited for: good
#= cancellation: good
#= files from all: good
#= pipe between threads: good
#= poll from threads: good
#= fork from threads: good
#= exec ends the others: good
#= exit ends all: good
#= the first thread ends first: good
#= SIGKILL ends all: good
#= SIGTERM ends all: good
#= stop and continue: good
#= robust lock: good
/extra/threads-close
#= the other end is closed: good
cd /
/extra/threads-files
#= one position: good
#= others go on: good
#= mappings: good
#= forks: good
