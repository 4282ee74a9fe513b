# SPDX-License-Identifier: MIT
# libipc's promises, kept for a program while the service it calls is crashed over and over.
#builds micro
/extra/ipc crash
#= nothing happens twice: good
#= who waits goes on waiting, crash or not: good
#= poison is refused: good
#= words still arrive: good
