/* SPDX-License-Identifier: MIT */
#include "tests/bench/plugin/code.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 32

struct function {
	uint64_t address;
	const char *name;
	uint64_t executed;
};

/* `image` is the file, or null where only names are known. The last function has no name. */
struct file {
	const char *name;
	const unsigned char *image;
	size_t bytes;
	struct function *functions;
	size_t count, room;
};

static struct file files[FILES_MAX];
static size_t file_count;

static void add_function(struct file *file, uint64_t address, const char *name)
{
	if (file->count == file->room) {
		file->room = file->room ? 2 * file->room : 1024;
		file->functions = realloc(file->functions, file->room * sizeof(*file->functions));
		if (!file->functions)
			abort();
	}
	file->functions[file->count++] = (struct function){ address, name, 0 };
}

static struct file *add_file(const char *name, const char *path)
{
	struct file *file = &files[file_count];
	FILE *opened = fopen(path, "r");
	unsigned char *image = 0;
	size_t room = 0, got;

	if (!opened || file_count == FILES_MAX) {
		fprintf(stderr, "counter: cannot read %s\n", path);
		return 0;
	}
	*file = (struct file){ .name = strdup(name) };
	do {
		room += 1 << 20;
		image = realloc(image, room);
		if (!image)
			abort();
		got = fread(image + file->bytes, 1, room - file->bytes, opened);
		file->bytes += got;
	} while (got);
	fclose(opened);
	file->image = image;
	file_count++;
	return file;
}

static void add_symbols(struct file *file, const Elf64_Ehdr *header, const Elf64_Shdr *table)
{
	const Elf64_Shdr *sections = (const void *)(file->image + header->e_shoff);
	const char *names = (const char *)file->image + sections[table->sh_link].sh_offset;
	const Elf64_Sym *symbols = (const void *)(file->image + table->sh_offset);
	size_t i;

	for (i = 0; i < table->sh_size / sizeof(*symbols); i++) {
		int kind = ELF64_ST_TYPE(symbols[i].st_info);
		int code = symbols[i].st_shndx && symbols[i].st_shndx < header->e_shnum &&
			sections[symbols[i].st_shndx].sh_flags & SHF_EXECINSTR;

		if (code && (kind == STT_FUNC || kind == STT_NOTYPE))
			add_function(file, symbols[i].st_value, names + symbols[i].st_name);
	}
}

int code_add_elf(const char *name, const char *path)
{
	struct file *file = add_file(name, path);
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
	int i;

	if (!file)
		return -1;
	header = (const void *)file->image;
	if (file->bytes < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG)) {
		fprintf(stderr, "counter: %s is no ELF file\n", path);
		return -1;
	}
	sections = (const void *)(file->image + header->e_shoff);
	for (i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			add_symbols(file, header, &sections[i]);
	return 0;
}

int code_add_names(const char *path)
{
	struct file *file = add_file("linux", path);
	char *line, *rest;

	if (!file)
		return -1;
	rest = (char *)file->image;
	rest[file->bytes - 1] = 0;
	file->image = 0;
	while ((line = strsep(&rest, "\n"))) {
		char *end;
		uint64_t address = strtoull(line, &end, 16);

		if (address && (end[1] | 32) == 't')
			add_function(file, address, strtok(end + 3, " \t\r"));
	}
	return 0;
}

static int by_address(const void *left, const void *right)
{
	const struct function *a = left, *b = right;

	return a->address < b->address ? -1 : a->address > b->address;
}

void code_sort(void)
{
	size_t i;

	for (i = 0; i < file_count; i++) {
		qsort(files[i].functions, files[i].count, sizeof(*files[i].functions), by_address);
		add_function(&files[i], 0, "(unnamed)");
	}
}

/* Does the file have these bytes at that address? */
static int holds(const struct file *file, uint64_t address, const void *bytes, size_t size)
{
	const Elf64_Ehdr *header = (const void *)file->image;
	const Elf64_Phdr *segments = (const void *)(file->image + header->e_phoff);
	int i;

	for (i = 0; i < header->e_phnum; i++) {
		uint64_t at = address - segments[i].p_vaddr;

		if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr &&
			at + size <= segments[i].p_filesz)
			return !memcmp(file->image + segments[i].p_offset + at, bytes, size);
	}
	return 0;
}

static uint64_t *counter_in(struct file *file, uint64_t address)
{
	size_t low = 0, high = file->count - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (file->functions[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return &file->functions[low ? low - 1 : file->count - 1].executed;
}

uint64_t *code_counter(uint64_t address, const void *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < file_count; i++)
		if (files[i].image ? holds(&files[i], address, bytes, size) :
		    address >= files[i].functions[0].address)
			return counter_in(&files[i], address);
	return 0;
}

void code_forget_counts(void)
{
	size_t i, j;

	for (i = 0; i < file_count; i++)
		for (j = 0; j < files[i].count; j++)
			files[i].functions[j].executed = 0;
}

void code_print_counts(FILE *to)
{
	size_t i, j;

	for (i = 0; i < file_count; i++)
		for (j = 0; j < files[i].count; j++)
			if (files[i].functions[j].executed)
				fprintf(to, "in %s %s %lu\n", files[i].name,
					files[i].functions[j].name, files[i].functions[j].executed);
}
