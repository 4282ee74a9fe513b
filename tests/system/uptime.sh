# SPDX-License-Identifier: MIT
# Seconds since boot, and how many of them nothing ran, by the shell alone.
read uptime < /proc/uptime
echo "$uptime"
