# SPDX-License-Identifier: MIT
# Seconds since boot, by the shell alone.
read uptime < /proc/uptime
echo "$uptime"
