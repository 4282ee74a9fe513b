# SPDX-License-Identifier: MIT
# process crashes while programs become others by exec: each is who it shall be, with all that it had.
#builds micro
mkdir -p /tmp/w && cd /tmp/w
/extra/privileges > /tmp/expected 2>&1
(while ! [ -e /tmp/done ]; do crash -q process null; done) &
for i in 1 2 3; do
	rm -rf /tmp/w/*
	/extra/privileges > /tmp/result 2>&1
	cmp /tmp/expected /tmp/result && echo same
done
: > /tmp/done
wait
services | awk '$1 == "process" && $4 >= 5 {print "restarted"}'
#= same
#= same
#= same
#= restarted
