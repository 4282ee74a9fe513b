/* SPDX-License-Identifier: MIT */
/*
 * A function for GNU make's `load`: $(become-command words...) replaces make by a shell that runs
 * the words. So the status of `make run` is the script's, and signals and the terminal are too;
 * a recipe's status would reach the caller as 2 whatever it was. Where make cannot load it, the
 * call expands to nothing and the recipe runs the same words as an ordinary child.
 */
#include <gnumake.h>
#include <unistd.h>

int plugin_is_GPL_compatible;
int become_gmk_setup(void);

static char *become_command(const char *name, unsigned int count, char **arguments)
{
	(void)name;
	(void)count;
	execl("/bin/sh", "sh", "-c", arguments[0], (char *)0);
	return 0;
}

int become_gmk_setup(void)
{
	gmk_add_function("become-command", become_command, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
