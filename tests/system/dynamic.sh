# SPDX-License-Identifier: MIT
# Fills the directory $1 with dynamic programs and their libraries: some of this host's, one of musl's.
set -e
rm -rf "$1"
mkdir -p "$1/lib"
cd "$1"
for program in /bin/ls /usr/bin/sort /usr/bin/env; do
	for file in $program $(ldd $program | grep -o '/[^ ]*'); do
		mkdir -p ".${file%/*}"
		cp -L "$file" ".$file"
	done
done
cat > musl.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
int main(int count, char **arguments)
{
	unsigned long base = getauxval(AT_BASE);

	printf("%s %d: %s, %s, base %d, entry %d\n", arguments[0], count, (char *)getauxval(AT_EXECFN),
	       (char *)getauxval(AT_PLATFORM), base && base % 4096 == 0, getauxval(AT_ENTRY) != 0);
	return 7;
}
END
musl-gcc -o musl musl.c
cp -L /usr/lib/x86_64-linux-musl/libc.so lib/ld-musl-x86_64.so.1
cp lib/ld-musl-x86_64.so.1 loader
sed s,/lib/ld-musl,/bil/ld-musl, musl > no-interpreter
sed s,/lib/ld-musl-x86_64.so.1,/extra//./././././musl.c, musl > bad-interpreter
chmod +x no-interpreter bad-interpreter musl.c
