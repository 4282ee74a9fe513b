# SPDX-License-Identifier: MIT
# Hostile kernel calls that may ask a service to die: in a process of its own it comes back.
#builds micro
/extra/hostile kernel 1
/extra/hostile kernel 2
services | awk '$1 == "template" {print $2}'
#= kernel calls: 20000 tried
#= kernel calls: 20000 tried
#= running
