# SPDX-License-Identifier: MIT
# libipc's promises, kept for a program while the service it calls is crashed over and over.
/extra/ipc
#= words arrive: good
#= windows arrive: good
#= refusals come back: good
#= nothing happens twice: good
#= who waits goes on waiting: good
#= a signal ends a wait: good
#= the dead are forgotten: good
#= poison is refused: good
#= words still arrive: good
