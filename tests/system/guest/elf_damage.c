/* SPDX-License-Identifier: MIT */
/*
 * Executes copies of itself in which one field of a header is wrong: each field of the ELF header
 * and of every program header, with each of some values. What becomes of a copy is its own affair
 * (it is refused, dies, or runs), but it ends, and this program says at the end that it is there.
 */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COPY    "damaged"
#define LIMIT_S 5

static const uint64_t values[] = {
	0, 1, 0xfff, 0x1000, 0x7fffffff, 0x80000000, 0x7dfffffff000, 0x7fffffffffff,
	0x7ffffffffffff000, 0xffff800000000000, ~0ull - 0xfff, ~0ull,
};
static unsigned int tried, ended;

static unsigned char *image;
static size_t image_bytes;

static void read_self(void)
{
	int file = open("/proc/self/exe", O_RDONLY);
	struct stat status;

	if (file < 0 || fstat(file, &status))
		exit(2);
	image_bytes = (size_t)status.st_size;
	image = malloc(image_bytes);
	if (read(file, image, image_bytes) != status.st_size)
		exit(2);
	close(file);
}

/* Runs the copy, but not for ever. */
static void run_copy(void)
{
	static char *const arguments[] = { COPY, "child", 0 };
	int status;
	pid_t child = fork();

	if (!child) {
		alarm(LIMIT_S);
		execv(COPY, arguments);
		_exit(1);
	}
	tried++;
	if (waitpid(child, &status, 0) == child &&
	    !(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM))
		ended++;
}

static void damage(size_t offset, size_t bytes)
{
	unsigned int i;
	int file = open(COPY, O_WRONLY);

	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (i && !memcmp(&values[i], &values[i - 1], bytes))
			continue;
		if (pwrite(file, &values[i], bytes, (off_t)offset) != (ssize_t)bytes)
			exit(2);
		run_copy();
	}
	if (pwrite(file, image + offset, bytes, (off_t)offset) != (ssize_t)bytes)
		exit(2);
	close(file);
}

#define FIELD(type, member) { offsetof(type, member), sizeof(((type *)0)->member) }
static const struct { size_t offset, bytes; } header_fields[] = {
	{ EI_CLASS, 1 }, { EI_DATA, 1 }, { EI_VERSION, 1 },
	FIELD(Elf64_Ehdr, e_type), FIELD(Elf64_Ehdr, e_machine), FIELD(Elf64_Ehdr, e_version),
	FIELD(Elf64_Ehdr, e_entry), FIELD(Elf64_Ehdr, e_phoff), FIELD(Elf64_Ehdr, e_ehsize),
	FIELD(Elf64_Ehdr, e_phentsize), FIELD(Elf64_Ehdr, e_phnum),
}, row_fields[] = {
	FIELD(Elf64_Phdr, p_type), FIELD(Elf64_Phdr, p_flags), FIELD(Elf64_Phdr, p_offset),
	FIELD(Elf64_Phdr, p_vaddr), FIELD(Elf64_Phdr, p_filesz), FIELD(Elf64_Phdr, p_memsz),
	FIELD(Elf64_Phdr, p_align),
};

int main(int argument_count, char **arguments)
{
	const Elf64_Ehdr *header;
	unsigned int i, row;
	int file;

	(void)arguments;
	if (argument_count > 1)
		return 0;
	read_self();
	header = (const Elf64_Ehdr *)image;
	file = open(COPY, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (file < 0 || write(file, image, image_bytes) != (ssize_t)image_bytes)
		return 2;
	close(file);
	for (i = 0; i < sizeof(header_fields) / sizeof(*header_fields); i++)
		damage(header_fields[i].offset, header_fields[i].bytes);
	for (row = 0; row < header->e_phnum; row++)
		for (i = 0; i < sizeof(row_fields) / sizeof(*row_fields); i++)
			damage(header->e_phoff + row * sizeof(Elf64_Phdr) + row_fields[i].offset,
			       row_fields[i].bytes);
	unlink(COPY);
	printf("%s of the damaged programs ended\n",
	       tried > 100 && tried == ended ? "all" : "not all");
	return 0;
}
