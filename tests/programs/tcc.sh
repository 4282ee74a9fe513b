# SPDX-License-Identifier: MIT
# tcc compiles a program of several files, links it, and runs it; and runs C as a script.
#binary tcc libc6-dev
mkdir /tmp/p; cd /tmp/p
cat > list.h <<'END'
struct list { int value; struct list *next; };
struct list *push(struct list *list, int value);
long sum(const struct list *list);
END
cat > list.c <<'END'
#include <stdlib.h>
#include "list.h"
struct list *push(struct list *list, int value)
{
	struct list *node = malloc(sizeof(*node));
	*node = (struct list){ value, list };
	return node;
}
END
cat > sum.c <<'END'
#include "list.h"
long sum(const struct list *list) { return list ? list->value + sum(list->next) : 0; }
END
cat > main.c <<'END'
#include <stdio.h>
#include <math.h>
#include "list.h"
int main(int count, char **arguments)
{
	struct list *list = 0;
	for (int i = 1; i <= 1000; i++)
		list = push(list, i);
	printf("%s: sum %ld, root %.6f\n", arguments[1], sum(list), sqrt(2));
	return count;
}
END
for f in list sum main; do /usr/bin/tcc -c $f.c || echo $f failed; done
/usr/bin/tcc -o program list.o sum.o main.o -lm && ./program dynamic; echo $?
/usr/bin/tcc -static -o static list.c sum.c main.c -lm 2>/dev/null && ./static static; echo $?
/usr/bin/tcc -run list.c sum.c main.c -lm in-memory 2>&1 || /usr/bin/tcc -lm list.c sum.c -run main.c in-memory; echo $?
printf '#!/usr/bin/tcc -run\n#include <stdio.h>\nint main(void) { puts("a script in C"); return 4; }\n' > script
chmod +x script; ./script; echo $?
echo 'int main(void) { return x; }' > wrong.c; /usr/bin/tcc wrong.c; echo $?
#linux
