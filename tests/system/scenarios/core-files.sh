# SPDX-License-Identifier: MIT
# A signal that ends a program leaves a core file, where the limit lets it.
cd /tmp && /extra/core_files
#= abort: yes
#= it is the owner's alone: yes
#= the signal: yes
#= few blocks: yes
#= the stack: yes
#= without a limit's leave: yes
#= as long as the limit: yes
#= not every signal: yes
#= a fault: yes
#= it is the owner's alone: yes
#= the signal: yes
#= the data: yes
#= the stack: yes
