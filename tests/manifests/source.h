/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_MANIFESTS_SOURCE_H
#define BULKHEAD_TESTS_MANIFESTS_SOURCE_H

#include <stddef.h>

/* Reading sources as text, for tests/manifests/check.c. All text is the caller's to free. */

/* A file's text without comments; empty if there is no such file. */
char *source_file(const char *path);
/* All C files and headers of the service, of all programs and the personality. */
char *source_of_service(const char *binary);
char *source_of_programs(void);

/* Is the function called, does the word stand there, does "name" stand there as a string? */
int source_calls(const char *source, const char *function);
int source_has_word(const char *source, const char *word);
int source_has_string(const char *source, const char *name);
/* The next `KIND, "name"`: gives where to go on, or 0. */
const char *source_resource(const char *at, const char *kind, char *name, size_t size);
/* The next line that is not empty, without a comment and blanks around it. 0: no more. */
int source_line(const char **at, char *line, size_t size);

/*
 * A manifest's text. For a broken one: the real one with its changes, and the message expected; the
 * message stays empty for a whole one.
 */
char *broken_manifest(const char *path, char *message, size_t size);

#endif
