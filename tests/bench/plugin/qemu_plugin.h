/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_QEMU_PLUGIN_H
#define BULKHEAD_QEMU_PLUGIN_H

/*
 * As much of QEMU's interface for plugins as the counter needs (version 1: QEMU 6.0 and later; its
 * documentation, "QEMU TCG Plugins"). Debian's QEMU takes plugins, but no package has the header.
 */
#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(
	uint64_t id, void (*translated)(uint64_t id, struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
	void (*executed)(unsigned int cpu, void *data), enum qemu_plugin_cb_flags flags,
	void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(
	struct qemu_plugin_insn *instruction, enum qemu_plugin_op op, void *to, uint64_t value);
void qemu_plugin_register_vcpu_tb_exec_inline(
	struct qemu_plugin_tb *block, enum qemu_plugin_op op, void *to, uint64_t value);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);

#endif
