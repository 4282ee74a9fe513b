# SPDX-License-Identifier: MIT
# nice and real-time policies have effect, on whom they shall.
/extra/scheduling
#= nice 10 has less: yes
#= nice 19 has far less: yes
#= but does not starve: yes
#= a group: yes
#= a user: yes
#= nobody: yes
#= a user may do little: yes
#= for root: yes
#= whoever is not waits: yes
#= and goes on later: yes
#= the higher one came first: yes
#= children too: yes
#= unless told: yes
#= they are as usual: yes
#= back: yes
#= pipes go on: yes
