/* SPDX-License-Identifier: MIT */
#include "tests/manifests/source.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *append(char *text, const char *more)
{
	size_t length = strlen(text);

	text = realloc(text, length + strlen(more) + 1);
	if (!text)
		abort();
	strcpy(text + length, more);
	return text;
}

static char *read_whole(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = append(calloc(1, 1), ""), part[4096];
	size_t got;

	while (file && (got = fread(part, 1, sizeof(part) - 1, file))) {
		part[got] = 0;
		text = append(text, part);
	}
	if (file)
		fclose(file);
	return text;
}

static void blank_comments(char *text)
{
	char *start = text, *end;

	while ((start = strstr(start, "/*")) && (end = strstr(start, "*/"))) {
		for (; start < end + 2; start++) {
			if (*start != '\n')
				*start = ' ';
		}
	}
}

char *source_file(const char *path)
{
	char *text = read_whole(path);

	blank_comments(text);
	return text;
}

static char *append_directory(char *text, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);
		char name[512], *more;

		if (length < 3 || entry->d_name[length - 2] != '.' ||
		    !strchr("ch", entry->d_name[length - 1]))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		more = source_file(name);
		text = append(text, more);
		free(more);
	}
	if (directory)
		closedir(directory);
	return text;
}

char *source_of_service(const char *binary)
{
	char path[128], *text = append(calloc(1, 1), "");

	snprintf(path, sizeof(path), "servers/%s", binary);
	text = append_directory(text, path);
	snprintf(path, sizeof(path), "servers/drivers/%s", binary);
	return append_directory(text, path);
}

char *source_of_programs(void)
{
	static const char *const path[] = { "user/posix", "user/bin", "user/bench",
					    "tests/system/guest" };
	char *text = append(calloc(1, 1), "");

	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
		text = append_directory(text, path[i]);
	return text;
}

static int is_name(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

/* The word's next place; behind it in *end. */
static const char *find_word(const char *at, const char *word, const char **end)
{
	const char *start = at;

	while ((at = strstr(at, word))) {
		*end = at + strlen(word);
		if ((at == start || !is_name(at[-1])) && !is_name(**end))
			return at;
		at = *end;
	}
	return 0;
}

int source_calls(const char *source, const char *function)
{
	const char *end;

	while ((source = find_word(source, function, &end))) {
		source = end + strspn(end, " \t\n");
		if (*source == '(')
			return 1;
	}
	return 0;
}

int source_has_word(const char *source, const char *word)
{
	const char *end;

	return find_word(source, word, &end) != 0;
}

int source_has_string(const char *source, const char *name)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	return strstr(source, quoted) != 0;
}

const char *source_resource(const char *at, const char *kind, char *name, size_t size)
{
	const char *end;

	while ((at = find_word(at, kind, &end))) {
		size_t length;

		at = end + strspn(end, ", \t\n");
		if (*at != '"')
			continue;
		length = strcspn(at + 1, "\"");
		if (length < size) {
			memcpy(name, at + 1, length);
			name[length] = 0;
			return at + length;
		}
	}
	return 0;
}

int source_line(const char **at, char *line, size_t size)
{
	while (**at) {
		size_t length = strcspn(*at, "\n"), kept = strcspn(*at, "#\n");
		const char *start = *at;

		*at += length + ((*at)[length] == '\n');
		while (kept && isspace((unsigned char)start[kept - 1]))
			kept--;
		while (kept && isspace((unsigned char)*start)) {
			start++;
			kept--;
		}
		if (kept && kept < size) {
			memcpy(line, start, kept);
			line[kept] = 0;
			return 1;
		}
	}
	return 0;
}

/* ---- broken manifests ------------------------------------------------------------------------- */

/* Copies the manifest line by line; at the row, leaves out or adds the fact. */
static char *change(char *text, int add, const char *row, const char *fact)
{
	char *changed = append(calloc(1, 1), ""), *line = text, trimmed[128];
	int here = 0;

	for (char *next; *line; line = next) {
		const char *at = line;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		if (!source_line(&at, trimmed, sizeof(trimmed)))
			trimmed[0] = 0;
		if (!strncmp(trimmed, "service ", 8) || !strcmp(trimmed, "program"))
			here = 0;
		if (!(here && !add && !strcmp(trimmed, fact)))
			changed = append(append(changed, line), "\n");
		if (!strcmp(trimmed, row)) {
			here = 1;
			if (add)
				changed = append(append(append(changed, "\t"), fact), "\n");
		}
	}
	free(text);
	return changed;
}

char *broken_manifest(const char *path, char *message, size_t size)
{
	char *script = read_whole(path), *text = read_whole("servers/manifest"), line[256];
	const char *at = script;

	if (strncmp(script, "expect ", 7)) {
		free(text);
		return script;
	}
	while (source_line(&at, line, sizeof(line))) {
		char *row = strchr(line, ' '), *fact = strchr(line, ':');

		if (!strncmp(line, "expect ", 7)) {
			snprintf(message, size, "%s", line + 7);
		} else if (row && fact) {
			*fact = 0;
			text = change(text, !strncmp(line, "add ", 4), row + 1, fact + 2);
		}
	}
	free(script);
	return text;
}
