/* SPDX-License-Identifier: MIT */
/*
 * A plugin of QEMU that counts executed instructions between two marks, from outside, so that every
 * system is counted alike and waiting costs nothing: a halted processor executes none.
 *   -plugin FILE,log=FILE[,code=NAME:ELF...][,names=FILE]
 * The guest's mark is a long NOP with a number that nobody else uses (user/bench/mark.h). For each
 * pair of marks a line `span INSTRUCTIONS`; with code= also a line `in NAME FUNCTION INSTRUCTIONS`
 * for each function of these files that ran. Which file an address belongs to is told by the bytes
 * there: services share addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/plugin/code.h"
#include "tests/bench/plugin/qemu_plugin.h"
#include "user/bench/mark.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t executed, since;
static FILE *log_file;

static void on_start(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	code_forget_counts();
	since = executed;
}

static void on_stop(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	fprintf(log_file, "span %lu\n", executed - since - 1);
	code_print_counts(log_file);
	fflush(log_file);
}

static int is_mark(struct qemu_plugin_insn *instruction, uint32_t number)
{
	static const unsigned char nop[] = { MARK_NOP_BYTES };
	const unsigned char *bytes = qemu_plugin_insn_data(instruction);

	return qemu_plugin_insn_size(instruction) == sizeof(nop) + sizeof(number) &&
	       !memcmp(bytes, nop, sizeof(nop)) &&
	       !memcmp(bytes + sizeof(nop), &number, sizeof(number));
}

/* Instructions are counted one by one: a block may be left in its middle by a fault. */
static void on_translated(uint64_t id, struct qemu_plugin_tb *block)
{
	size_t count = qemu_plugin_tb_n_insns(block), i;

	(void)id;
	for (i = 0; i < count; i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
		uint64_t *counter = code_counter(qemu_plugin_insn_vaddr(instruction),
			qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction));

		qemu_plugin_register_vcpu_insn_exec_inline(
			instruction, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
		if (counter)
			qemu_plugin_register_vcpu_insn_exec_inline(
				instruction, QEMU_PLUGIN_INLINE_ADD_U64, counter, 1);
		if (is_mark(instruction, MARK_START))
			qemu_plugin_register_vcpu_insn_exec_cb(
				instruction, on_start, QEMU_PLUGIN_CB_NO_REGS, 0);
		if (is_mark(instruction, MARK_STOP))
			qemu_plugin_register_vcpu_insn_exec_cb(
				instruction, on_stop, QEMU_PLUGIN_CB_NO_REGS, 0);
	}
}

__attribute__((visibility("default"))) int qemu_plugin_install(
	uint64_t id, const void *info, int count, char **arguments)
{
	int i;

	(void)info;
	for (i = 0; i < count; i++) {
		char *value = strchr(arguments[i], '='), *file;

		if (!value)
			return -1;
		*value++ = 0;
		if (!strcmp(arguments[i], "log")) {
			log_file = fopen(value, "w");
		} else if (!strcmp(arguments[i], "code")) {
			file = strchr(value, ':');
			if (!file)
				return -1;
			*file++ = 0;
			if (code_add_elf(value, file))
				return -1;
		} else if (!strcmp(arguments[i], "names")) {
			if (code_add_names(value))
				return -1;
		} else {
			return -1;
		}
	}
	if (!log_file)
		return -1;
	code_sort();
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
	return 0;
}
