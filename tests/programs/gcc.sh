# SPDX-License-Identifier: MIT
# Debian's gcc compiles and links inside: a dynamic program, a static one, one of two files with make's help.
#binary gcc libc6-dev make
#build rm -rf usr/lib/gcc/x86_64-linux-gnu/12/lto1 usr/lib/x86_64-linux-gnu/lib*san*
export PATH=/usr/bin:/bin
mkdir /tmp/p; cd /tmp/p
cat > hello.c <<'END'
#include <stdio.h>
#include <string.h>
#include "part.h"
int main(int count, char **arguments)
{
	printf("hello from %s: %d\n", strrchr(arguments[0], '/') + 1, part(count));
	return 3;
}
END
echo 'int part(int);' > part.h
echo '#include "part.h"
int part(int n) { return n * 41 + 1; }' > part.c
cat > Makefile <<'END'
all: dynamic static
dynamic: hello.o part.o
	gcc -o $@ $^
static: hello.o part.o
	gcc -static -o $@ $^
%.o: %.c part.h
	gcc -O2 -Wall -c -o $@ $<
END
make 2>&1; echo $?
./dynamic; echo $?; ./static; echo $?
make; touch part.c; make
echo 'int main(void) { return' > wrong.c; gcc -c wrong.c 2>/dev/null; echo $?
gcc -O2 -S -o - part.c | grep -c imul
objdump -d part.o | grep -c part; nm part.o; size static | awk 'NR == 2 {print ($4 > 500000)}'
#linux
