# SPDX-License-Identifier: MIT
# Debian's tools: GNU's and others, each doing some of its work on the same files.
#binary gawk mawk m4 bison make diffutils findutils coreutils sed grep patch bc dc ed rsync openssl xxd file perl bash
#linux
# Busybox's shell would run its own.
[ -n "$BASH_VERSION" ] || exec /extra/bin/bash "$0"
export PATH=/usr/bin:/extra/bin:/bin LC_ALL=C TMPDIR=/tmp
mkdir -p /tmp/w; cd /tmp/w
/usr/bin/perl -e 'for (1..3000) { printf "%d %s %d\n", $_, join("", map { chr(97 + ($_ * 7) % 26) } 1..($_ % 9 + 1)), ($_ * 7919) % 1009 }' > data
for awk in gawk mawk; do
	$awk '{ s[$2] += $3; n++ } END { for (k in s) print k, s[k] | "sort -k2n | tail -2"; close("sort -k2n | tail -2"); print n }' data
	$awk 'BEGIN { while (("seq 3" | getline l) > 0) print "got " l; printf "%.3f %s\n", atan2(0, -1), toupper(substr("shell", 2)); system("echo from system") }'
done
gawk 'BEGIN { c = "cat"; print "coprocess" |& c; close(c, "to"); c |& getline x; print x; print strftime("%Y", 0, 1); print gensub(/(a)(b)/, "\\2\\1", "g", "abab"); PROCINFO["sorted_in"] = "@ind_num_asc"; }'
printf 'define(`fact'"'"', `ifelse($1, 0, 1, `eval($1 * fact(decr($1)))'"'"')'"'"')fact(10)\nsyscmd(echo out)esyscmd(printf abc)\n' | m4
cat > calc.y <<'END'
%{
int yylex(void); void yyerror(const char *s);
%}
%token N
%left '+'
%%
e: e '+' e | N;
END
bison -o calc.c calc.y && grep -c yyparse calc.c
printf 'all: a b\n\t@cat a b\na b:\n\t@echo made $@ > $@; sleep 0.1\nclean:; @rm -f a b\n.PHONY: all clean\n' > Makefile
make; make clean; make -j4; make -q; echo $?; printf 'x:\n\tfalse\n' > bad; make -f bad 2>&1
seq 1 50 > o; sed 's/^25$/changed/; 40d' o > n; diff -u o n | tail -n +3; diff o n > p; cp o q; patch -s q p; cmp q n && echo patched; diff3 o n q; sdiff -s o n; cmp o n
find /usr/lib -name 'lib[cm].so*' | sort; find . -type f -newer o -size -2k -printf '%f %s\n' | sort; find . -name o -exec wc -l {} + -delete; seq 20 | xargs -P3 -n6 echo | sort; seq 5 | xargs -I% sh -c 'exit $((% == 3))'; echo $?
split -l 700 -d data part.; wc -l part.*; sort -R --random-source=data data | sort -n | md5sum; sort -S 100K --parallel=2 -k3n -k2 data | sha256sum; shuf -n3 --random-source=data data; comm -12 p n | head -2
join -j1 <(head -3 data) /dev/null 2>/dev/null; tac n | head -2; nl -ba n | tail -1; paste -sd+ n | cut -c1-20; fmt -w 30 n | head -2; pr -t -3 n | head -2; numfmt --to=iec 123456789; factor 999999999989; base64 -w 0 p | head -c 40; echo; od -An -tx1 p | head -1; tsort p 2>&1 | head -2; ptx n 2>/dev/null | head -1; csplit -s n 10 20; ls xx*
dd if=/dev/zero bs=1k count=300 2>/dev/null | tee zeros | cksum; truncate -s 1M sparse; stat -c '%s %b' sparse; cp --sparse=always sparse s2; du -k --apparent-size s2; ln -s data l; readlink -f l; realpath --relative-to=/usr /tmp/w; mktemp -u XXXX | wc -c; install -m 640 data inst; stat -c %a inst; chmod u=rwx,g=,o=x inst; stat -c %A inst; mkfifo ff; (echo through > ff &) ; cat ff; timeout 0.2 sleep 5; echo $?; env -i A=1 env; nohup true 2>/dev/null; stdbuf -oL echo buffered; test -p ff && echo fifo; rm ff; date -u -d @86400 +%F; expr 6 \* 7; tail -n 1 -f data 2>/dev/null & sleep 0.4; kill $! 2>/dev/null; wait $! 2>/dev/null
ls -la --time-style=+ data p | cut -c1-10; ls --color=always -d . | od -c | head -1; ls -U | wc -l; dircolors -b | head -c 20; echo; printf 'b\na\n' | sort -o both; cat both; echo 'scale=20; 4*a(1); 2^200' | bc -l; echo '2 100 ^ p' | dc
printf 'a\nline\n.\nw edf\nq\n' | ed -s; cat edf; xxd edf; rsync -a --delete ./ /tmp/copy/;  echo changed > edf; rsync -a ./ /tmp/copy/; cat /tmp/copy/edf; rm part.00; rsync -ai --delete ./ /tmp/copy/ | grep -v '\./$'
openssl dgst -sha256 p; echo secret | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -S 0011223344556677 -base64; openssl prime 1000003; openssl rand 16 | wc -c; openssl genrsa 1024 2>/dev/null | openssl rsa -noout -check 2>/dev/null
grep -c '^1' data; grep -rl changed . | sort; grep -oP '(?<=1 )\w+' data | head -1; grep -n -A1 -m2 zz data | head -3; sed -n '/^10 /,/^12 /{s/ /_/g;p}' data; sed -i.bak 1d p; ls p*; sed -s -n '$=' data n
perl -MPOSIX -MFcntl -MSocket -e 'pipe(R, W); if (!fork) { close R; print W "child $$\n" ? "" : ""; exit 3 } close W; $l = <R>; wait; print "status ", $? >> 8, "\n"; local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 5 }; print $@; @s = stat "data"; print scalar(@s), "\n"; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); syswrite A, "sock"; sysread B, $b, 9; print "$b\n"; open F, "-|", "sort -n data | tail -1"; print <F>; print strftime("%Y\n", gmtime 0); flock(F, 2); print join(",", map { sprintf "%b", $_ } 1..5), "\n"; kill 0, $$ or print "no\n"; @x = sort { $a <=> $b } map { int rand 100 } 1..1000; print scalar(@x), "\n"; print -d "/tmp" ? "dir\n" : "none\n"; opendir D, "."; print scalar(grep /xx/, readdir D), "\n"'
file -b data calc.c link 2>/dev/null
