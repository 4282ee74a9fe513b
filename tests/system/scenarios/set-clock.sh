# SPDX-License-Identifier: MIT
# Whoever waits for a time of day follows the clock when that is set.
/extra/set_clock
date -u -s '2031-02-03 04:05:06' > /dev/null && date -u '+%Y-%m-%d %H:%M'
#= not before it was started: yes
#= not by everybody: yes
#= nor slowly: yes
#= but it can be read: yes
#= nor so: yes
#= no such tick: yes
#= a step: yes
#= and back: yes
#= faster: yes
#= by a tenth: yes
#= it is in order: yes
#= adjtime: yes
#= is to be done: yes
#= a relative timer is as before: yes
#= a relative timerfd too: yes
#= monotonic time went on: yes
#= nobody is there yet: yes
#= clock_nanosleep: yes
#= a futex: yes
#= a timerfd: yes
#= a timerfd that is cancelled: yes
#= a timer: yes
#= the day is the same for all: yes
#= 2031-02-03 04:05
