# SPDX-License-Identifier: MIT
# Runs Busybox's own tests, in the guest or on Linux: one line per test with its name and result.
# /extra/busybox has the sources' testsuite and shell/ash_test, .config and the binary.
# `sh busybox.sh [-v] [WHAT...]`: only these applets and ash's directories; -v: with what they say.
export PATH=/bin SHELL=/bin/sh TERM=dumb HOME=/ LC_ALL=C
verbose=
[ "$1" != -v ] || { verbose=1; shift; }
[ -d /tmp/busybox ] || cp -a /extra/busybox /tmp/busybox
cd /tmp/busybox/testsuite || exit 1

# What all lines of a test get before them, and which lines count.
results() {
	if [ -n "$verbose" ]; then cat
	else grep -aE '^(PASS|FAIL|SKIPPED|UNTESTED|TIMEOUT): |\.tests: (ok|fail)$|/run-[^ ]*: (ok|fail)$'
	fi | sed "s|^|$1: |"
}

# Runs a command with a limit in seconds, its output to /tmp/said; then nothing is left of it.
limited() {
	local before process
	before=" $(echo /proc/[0-9]*) "
	timeout -k 5 "$@" >/tmp/said 2>&1 </dev/null
	case $? in 124 | 137 | 143) ;; *) return ;; esac
	for process in /proc/[0-9]*; do
		case $before in *" $process "*) ;; *) kill -9 "${process#/proc/}" 2>/dev/null ;; esac
	done
	shift
	echo "TIMEOUT: $*" >>/tmp/said
}

# bc computes for a long time; it comes last.
tests=$(ls -d *.tests */ | sed 's/\.tests$//; s|/$||' | sort -u | grep -v '^bc$')
applet_tests() {
	[ -e "$1.tests" ] || [ -d "$1" ] || return
	limited "$2" ./runtest ${verbose:+-v} "$1"
	results "$1" </tmp/said
}
for applet in ${*:-$tests}; do applet_tests "$applet" 120; done
[ $# -gt 0 ] || applet_tests bc 600
cd ../shell/ash_test || exit 1
for directory in ${*:-ash-*}; do
	if [ -d "$directory" ]; then
		limited 300 ./run-all "$directory"
		results ash </tmp/said
		[ -z "$verbose" ] || cat ./*.fail
	fi
done
