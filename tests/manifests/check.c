/* SPDX-License-Identifier: MIT */
/*
 * Compares servers/manifest with the code: authority that a service uses and was not granted, and
 * authority that it was granted and does not use. The manifest's own rules are those of the parser
 * in servers/supervisor/manifest.c, which is linked in here.
 *
 *	check FILE...		from the top of the source tree
 *
 * A file is a manifest, or a broken one (README.md beside this): the real one with changes, and the
 * message that is expected then. Prints what is wrong; status 0 if nothing is, or as expected.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/supervisor/manifest.h"
#include "tests/manifests/source.h"

static const char *file_name;                    /* of the manifest at hand */
static const char *expected;                     /* message, or 0 */
static int problems, met;

static void __attribute__((format(printf, 2, 3))) problem(uint32_t line, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	problems++;
	met |= expected && strstr(text, expected);
	if (!expected)
		fprintf(stderr, "%s:%u: %s\n", file_name, line, text);
}

/* ---- calls ------------------------------------------------------------------------------------ */

struct interface {
	char name[MANIFEST_NAME_BYTES];
	char *text;                              /* its proto header */
};
static struct interface interface[32];
static int interface_count;

static void interfaces_load(void)
{
	DIR *directory = opendir("libipc/proto");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		struct interface *next = &interface[interface_count];
		char path[300], row[32];
		size_t length = strlen(entry->d_name);

		if (length < 3 || length - 2 >= sizeof(next->name) ||
		    strcmp(entry->d_name + length - 2, ".h"))
			continue;
		snprintf(path, sizeof(path), "libipc/proto/%s", entry->d_name);
		memset(next->name, 0, sizeof(next->name));
		memcpy(next->name, entry->d_name, length - 2);
		snprintf(row, sizeof(row), "ROW(%s,", next->name);
		next->text = source_file(path);
		if (strstr(next->text, row))
			interface_count++;
		else
			free(next->text);
	}
	if (directory)
		closedir(directory);
}

/* Does the source call any stub that a row of the interface makes? Gives its name. */
static int calls_interface(const char *source, const struct interface *called, char stub[64])
{
	char row[32];
	const char *at = called->text;

	snprintf(row, sizeof(row), "ROW(%s,", called->name);
	while ((at = strstr(at, row))) {
		char operation[40];

		at += strlen(row);
		if (sscanf(at, " %39[a-z0-9_],", operation) != 1)
			continue;
		snprintf(stub, 64, "%s_%s", called->name, operation);
		if (source_calls(source, stub))
			return 1;
	}
	return 0;
}

static int grants_interface(const struct manifest *manifest, const struct manifest_service *service,
			    const char *name)
{
	for (uint32_t i = 0; i < service->calls; i++) {
		if (!strcmp(manifest_find(manifest, service->call[i].name)->gives, name))
			return 1;
	}
	return 0;
}

static void check_calls(const struct manifest *manifest, const struct manifest_service *service,
			const char *source)
{
	char stub[64];

	for (int i = 0; i < interface_count; i++) {
		if (strcmp(interface[i].name, service->gives) &&
		    calls_interface(source, &interface[i], stub) &&
		    !grants_interface(manifest, service, interface[i].name))
			problem(service->line, "%s calls %s without being granted it",
				service->name, stub);
	}
	for (uint32_t i = 0; i < service->calls; i++) {
		const struct manifest_call *call = &service->call[i];
		const char *gives = manifest_find(manifest, call->name)->gives;
		int used = 0;

		for (int j = 0; j < interface_count; j++)
			used |= !strcmp(interface[j].name, gives) &&
				calls_interface(source, &interface[j], stub);
		/* Programs find their sessions in well-known slots, services by name. */
		if (!used || (service != &manifest->program && !source_has_string(source, call->name)))
			problem(call->line, "%s is granted to call %s, and does not",
				service->name, call->name);
	}
}

/* ---- notifications and other resources -------------------------------------------------------- */

static void check_notifications(const struct manifest_service *service, const char *source)
{
	char name[MANIFEST_NAME_BYTES];
	const char *at = source;

	while ((at = source_resource(at, "RESOURCE_NOTIFY", name, sizeof(name)))) {
		int granted = 0;

		for (uint32_t i = 0; i < service->notifies; i++)
			granted |= !strcmp(service->notify[i].name, name);
		if (!granted)
			problem(service->line, "%s notifies %s without being granted it",
				service->name, name);
	}
	for (uint32_t i = 0; i < service->notifies; i++) {
		if (!strstr(source, "RESOURCE_NOTIFY") ||
		    !source_has_string(source, service->notify[i].name))
			problem(service->notify[i].line, "%s is granted to notify %s, and does not",
				service->name, service->notify[i].name);
	}
}

/* A kind of resource and the fact that grants it: both or neither. */
static void check_kind(const struct manifest_service *service, const char *source,
		       const char *kind, int granted, const char *fact)
{
	int used = source_has_word(source, kind);

	if (used && !granted)
		problem(service->line, "%s asks for %s without being granted it ('%s')",
			service->name, kind, fact);
	if (!used && granted)
		problem(service->line, "%s is granted '%s', and does not use it",
			service->name, fact);
}

static void check_resources(const struct manifest_service *service, const char *source)
{
	check_kind(service, source, "RESOURCE_MEMORY", service->facts & FACT_MANAGES,
		   "manages memory");
	check_kind(service, source, "RESOURCE_ENDPOINT", service->facts & FACT_STARTS,
		   "starts programs");
	check_kind(service, source, "RESOURCE_IMAGE", service->facts & FACT_IMAGE, "image");
	check_kind(service, source, "RESOURCE_DEVICE", service->facts & FACT_DEVICE, "device");
	check_kind(service, source, "RESOURCE_DMA", service->facts & FACT_DMA, "dma");
	check_kind(service, source, "RESOURCE_IOPORT", service->ports_count, "ioport");
	check_kind(service, source, "RESOURCE_IRQ", service->irqs || (service->facts & FACT_DEVICE),
		   "irq");
}

/* ---- what the driver says it needs of the hardware -------------------------------------------- */

/* The facts of the manifest as a needs file would say them, one a line. */
static void needs_granted(const struct manifest_service *service, char *text, size_t size)
{
	size_t used = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < service->ports_count; i++)
		used += (size_t)snprintf(text + used, size - used, "ioport %s 0x%x %u\n",
					 service->ports[i].name, service->ports[i].first,
					 service->ports[i].count);
	for (uint32_t i = 0; i < service->irqs; i++)
		used += (size_t)snprintf(text + used, size - used, "irq %s line %u\n",
					 service->irq[i].name, service->irq[i].number);
	if (service->facts & FACT_DEVICE)
		used += (size_t)snprintf(text + used, size - used, "pci 1af4:1042\nirq msix\n");
	if (service->facts & FACT_DMA)
		snprintf(text + used, size - used, "dma %luM\n",
			 (unsigned long)service->dma_bytes >> 20);
}

/* Every line of `these` that is not among `those`. */
static void check_lines(const struct manifest_service *service, const char *these,
			const char *those, const char *message)
{
	char line[128];

	while (source_line(&these, line, sizeof(line))) {
		const char *at = those;
		char other[128];
		int found = 0;

		while (!found && source_line(&at, other, sizeof(other)))
			found = !strcmp(line, other);
		if (!found)
			problem(service->line, message, service->name, line);
	}
}

static void check_needs(const struct manifest_service *service)
{
	char path[128], granted[512];
	char *needs;

	snprintf(path, sizeof(path), "servers/drivers/%s/needs", service->binary);
	needs = source_file(path);
	needs_granted(service, granted, sizeof(granted));
	check_lines(service, needs, granted, "%s needs '%s' and is not granted it");
	check_lines(service, granted, needs, "%s is granted '%s' and does not need it");
	free(needs);
}

/* ---- all of it -------------------------------------------------------------------------------- */

/* In each build a service lives in the kernel or alone, the personality there or in programs. */
static uint32_t check_placement_row(const char *line, const char *name, const char *alone)
{
	char words[128], *word, *rest = words;
	uint32_t columns = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (strtok_r(words, " \t\n", &rest); (word = strtok_r(0, " \t\n", &rest)); columns++) {
		if (strcmp(word, "kernel") && strcmp(word, alone))
			problem(0, "servers/placement: %s lives in `kernel` or `%s`, not in `%s`",
				name, alone, word);
	}
	return columns;
}

static uint32_t words_after_first(const char *line)
{
	uint32_t words = 0;

	for (line += strcspn(line, " \t"); *(line += strspn(line, " \t\n")); words++)
		line += strcspn(line, " \t\n");
	return words;
}

static void check_placement(const struct manifest *manifest)
{
	char *placement = source_file("servers/placement"), line[128], name[64];
	const char *at = placement;
	uint32_t rows = 0, columns = 0;

	while (source_line(&at, line, sizeof(line))) {
		int is_personality;

		if (sscanf(line, "%63s", name) != 1)
			continue;
		if (!strcmp(name, "service")) {
			columns = words_after_first(line);
			continue;
		}
		is_personality = !strcmp(name, "posix");
		if (!is_personality && !manifest_find(manifest, name))
			problem(0, "servers/placement: %s is no service", name);
		rows++;
		if (check_placement_row(line, name, is_personality ? "program" : name) != columns)
			problem(0, "servers/placement: %s has not one word in each column", name);
	}
	if (rows != manifest->services + 1)
		problem(0, "servers/placement: a service has no row, or two");
	free(placement);
}

static void check_service(const struct manifest *manifest, const struct manifest_service *service)
{
	char *source = source_of_service(service->binary);

	if (!*source)
		problem(service->line, "%s: no sources of '%s' in servers/ or servers/drivers/",
			service->name, service->binary);
	/* The supervisor has everything, and gives to itself. */
	if (*source && strcmp(service->name, "supervisor")) {
		check_calls(manifest, service, source);
		check_notifications(service, source);
		check_resources(service, source);
		check_needs(service);
	}
	free(source);
}

static void check_code(const struct manifest *manifest)
{
	char *programs = source_of_programs();

	for (uint32_t i = 0; i < manifest->services; i++)
		check_service(manifest, &manifest->service[i]);
	check_calls(manifest, &manifest->program, programs);
	check_placement(manifest);
	free(programs);
}

static int check_file(const char *name)
{
	static struct manifest manifest;
	struct manifest_error error;
	char message[256] = "";
	char *text = broken_manifest(name, message, sizeof(message));

	file_name = name;
	expected = *message ? message : 0;
	problems = met = 0;
	if (manifest_parse(&manifest, text, strlen(text), &error))
		check_code(&manifest);
	else
		problem(error.line, "%s", error.text);
	free(text);
	if (expected && !met)
		fprintf(stderr, "%s: expected, and not found: %s\n", name, expected);
	return expected ? !met : problems != 0;
}

int main(int count, char **argument)
{
	int failed = 0;

	interfaces_load();
	for (int i = 1; i < count; i++)
		failed += check_file(argument[i]);
	for (int i = 0; i < interface_count; i++)
		free(interface[i].text);
	if (!failed)
		printf("manifest: agrees with the code; %d broken ones are found out\n", count - 2);
	return failed != 0;
}
