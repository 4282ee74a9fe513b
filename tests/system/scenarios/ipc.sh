# SPDX-License-Identifier: MIT
# libipc's promises, kept for a program that calls a service itself.
/extra/ipc
#= words arrive: good
#= windows arrive: good
#= refusals come back: good
#= who waits goes on waiting: good
#= a signal ends a wait: good
#= the dead are forgotten: good
