# SPDX-License-Identifier: MIT
# prctl, scheduling, capabilities, queued signals: as on Linux.
/extra/attributes
#= names: good
#= subreaper: good
#= parent's death: good
#= queued signals: good
#= SIGCHLD is waited for: good
#= clone child: good
#= scheduling: good
#= capability versions: good
#= clock of the thread: good
#= file user: good
#= nothing new: good
