# SPDX-License-Identifier: MIT
# extra.sh make DIRECTORY: fills it with all kinds of files; extra.sh list: says what the directory
# /extra, or the current one, holds. What is said must be the same on Linux and in the guest.
make() {
	set -e
	rm -rf "$1"; mkdir -p "$1"; cd "$1"
	for mode in 0 444 600 755 1777 2755 4755 4711 6750; do echo "$mode" > "mode-$mode"; done
	for mode in 0 444 600 755 1777 2755 4755 4711 6750; do chmod "$mode" "mode-$mode"; done
	mkdir -m 700 private; mkdir -m 1777 sticky; mkdir -p a/b/c/d/e/f/g/h
	ln -s mode-755 link; ln -s nowhere dangling; ln -s /extra/mode-444 absolute; ln -s .. private/up
	ln -s "$(printf 'x%.0s' $(seq 1 200))" long-link
	echo shared > hard-1; ln hard-1 hard-2; ln hard-1 a/b/hard-3
	: > empty; : > 'two words'; : > "$(printf 'a\nnewline')"; : > "$(printf 'tab\there')"
	: > '"quotes"'"'"; : > '\back\slash'; : > '*?[a]'; : > -dash; : > ' '; : > .hidden; : > '$HOME'
	: > "$(printf '\303\274\342\202\254')"; : > "$(printf '\377\376')"; : > "$(printf 'n%.0s' $(seq 1 255))"
	mkfifo fifo
	head -c 5000000 /dev/urandom > five-megabytes
	dd if=/dev/zero of=sparse bs=1 count=1 seek=3000000000 2>/dev/null
	echo end >> sparse
	touch -d '2001-02-03 04:05:06' old
	seq 1 300 | sed 's/^/a\/file/' | xargs touch
	[ "$(id -u)" != 0 ] || { echo other > owned; chown 1234:4321 owned; }
}

list() {
	cd "${EXTRA_DIRECTORY:-/extra}"
	find . ! -path ./a/file\* -exec stat -c '%n %F %a %u:%g %h' {} \; | sed 's/^\.//' | LC_ALL=C sort
	ls a | wc -l
	for link in link dangling absolute private/up long-link; do readlink "$link"; done
	cat mode-755 mode-6750 hard-2 a/b/hard-3
	[ "$(stat -c %i hard-1)" = "$(stat -c %i a/b/hard-3)" ] && echo same inode
	stat -c '%n %s' empty five-megabytes sparse; stat -c %Y old
	md5sum < five-megabytes
	tail -c 4 sparse; tail -c 100000 sparse | md5sum
}

"$@"
