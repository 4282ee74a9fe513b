# SPDX-License-Identifier: MIT
# Debian's shells: one script for all of them, then what each has of its own.
#binary bash dash mksh zsh yash
#linux
export PATH=/bin:/usr/bin LC_ALL=C
mkdir -p /tmp/s; cd /tmp/s
cat > common <<'END'
fail() { return 7; }
fail || echo "status $?"
trap 'echo got USR1' USR1; kill -USR1 $$
(trap 'echo leaves' EXIT; exit 3); echo "subshell $?"
echo one two three | { read a b; echo "$b/$a"; }
seq 1 5 | while read n; do echo $((n * n)); done | sort -rn | tr '\n' ' '; echo
cat <<EOF | wc -l
here $(echo document)
$((6 * 7))
EOF
x=outer; (x=inner; echo $x); echo $x
for f in /bin/*ash; do case $f in */ash) echo "found ${f##*/}";; esac; done
sleep 0.05 & p=$!; wait $p; echo "waited $?"
sh -c 'kill -TERM $$'; echo "killed $?"
(sleep 10; echo never) & p=$!; sleep 0.2; kill $p; wait $p 2>/dev/null; echo "job $?"
exec 3> file; echo to three >&3; exec 3>&-; cat file
echo a > f1; echo b >> f1; cat < f1 2>&1 | tail -1
set -- a "b c" d; echo $#; shift; echo "$1" "$*"
echo "${unset-default} ${x#ou} ${x%er} ${#x}"
i=0; while [ $i -lt 300 ]; do i=$((i + 1)); done; echo $i
i=0; while [ $i -lt 30 ]; do /bin/true; i=$((i + 1)); done; echo forked $i
echo $(echo nested $(echo deeper $(echo deepest)))
umask 027; touch masked; stat -c %a masked
cd /tmp; pwd; cd - > /dev/null; pwd
command -v cat
echo -n; printf '%s|%5d|%x\n' text 42 255
getopts ab: o -b value && echo "$o $OPTARG"
eval 'echo evaluated'; readonly r=1; (r=2) 2>/dev/null || echo readonly
yes | head -1; echo pipes end
END
for shell in bash dash mksh zsh; do
	echo "---- $shell"
	$shell common
	echo 'echo from stdin $((1+1)); exit 4' | $shell; echo $?
	$shell -c 'echo "$0 $1"' name argument
	# Jobs, with groups of their own.
	$shell -c 'set -m; sleep 20 & sleep 0.2; kill -STOP $!; kill -CONT $!; kill $!; wait $!; echo $?' 2>/dev/null
	timeout 10 $shell -c 'while :; do :; done & sleep 0.2; kill $!; wait; echo none left' 2>/dev/null
done
echo "---- bash's own"
cat > own <<'END'
a=(one two "three four"); echo ${#a[@]} "${a[2]}"; declare -A m=([k]=v [l]=w); echo ${m[k]}${m[l]}
diff <(seq 3) <(seq 4); echo text > >(cat); wait
coproc C { while read l; do echo "heard $l"; done; }; echo hi >&${C[1]}; read -r l <&${C[0]}; echo $l
[[ abc123 =~ ([a-z]+)([0-9]+) ]] && echo ${BASH_REMATCH[2]}
printf '%q %(%Y)T\n' 'a b' 0; echo {1..5} {a,b}c; echo ${x:-none} ${BASH_VERSINFO[0]}
read -t 0.05 -r line < <(sleep 0.3); echo "read $?"
(sleep 0.1; exit 5) & (sleep 0.3) & wait -n; echo "first $?"
mapfile -t lines < <(seq 3); echo ${lines[@]}
set -o pipefail; false | true; echo $?
trap 'echo err' ERR; false; trap - ERR; shopt -s globstar extglob; mkdir -p d/e/f; touch d/e/f/g; echo d/**
echo !(d|own|*a*)
exec {fd}> out; echo $((fd >= 10)); exec {fd}>&-; ulimit -n 64; ulimit -n; cat <<<"string"
time true 2>/dev/null; echo $((RANDOM < 32768)) "${#EPOCHSECONDS}"
END
bash own 2>/dev/null
echo "---- zsh's own"
zsh -c 'a=(1 2 3); echo $a[2] ${(j:,:)a}; echo =(echo) | cut -c1-5; echo ${(U):-up}; echo /bin/a(s)h; [[ -o banghist ]]; print -l **/g; zmodload zsh/datetime zsh/stat zsh/zpty 2>/dev/null; echo $?
zpty t "echo in a pty"; zpty -r t l; echo $l'
echo "---- mksh's own"
mksh -c 'set -A a x y; echo ${a[1]}; echo $((16#ff)); cat |& print -p hello; read -p l; echo $l; typeset -i8 n=64; echo $n'
echo "---- yash's own"
yash -c 'a=(p q); echo ${a[2]}; echo {3..5}; array=(); echo ${a[#]}; [ a = a ] && printf "%s\n" done'
