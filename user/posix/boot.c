/* SPDX-License-Identifier: MIT */
/*
 * The first program. Process has mapped the personality into an empty space and entered it at
 * posix_boot: it sets itself up, opens the console and executes what the disk offers.
 */
#include "user/posix/dispatch.h"
#include "user/posix/file.h"
#include "user/posix/hand_over.h"

#include "libipc/time.h"

#define TLS_BOTH 3

static struct session session(struct task *task, uint32_t slot)
{
	return (struct session){ .slot = slot, .page = task->lend, .holds = &task->locked };
}

static void boot_records(struct task *task)
{
	struct private_area *area = (struct private_area *)PERSONALITY_PRIVATE;
	struct process_record *process = &area->process;
	struct words words = { { 0, (uint64_t)task, TLS_BOTH } };
	uint32_t numbers[4];

	task->self = task;
	task->stack_top = (uint64_t)task;
	task->window_restart = (uint64_t)exit_full;
	task->call = NO_CALL;
	task->notify_slot = SLOT_SELF_NOTIFY;
	task->process = process;
	task_set_table(task, call_table);
	task->process_session = session(task, SLOT_PROCESS);
	task->fs = session(task, SLOT_FS);
	task->pipe = session(task, SLOT_PIPE);
	task->console = session(task, SLOT_CONSOLE);
	task->supervisor = session(task, SLOT_SUPERVISOR);
	/* Whoever was here before: its numbers are not ours. */
	random_seed_hardware(&process->random);
	random_bytes(&process->random, numbers, sizeof(numbers));
	task->process_session.sequence = numbers[0];
	task->fs.sequence = numbers[1];
	task->pipe.sequence = numbers[2];
	task->console.sequence = numbers[3];
	process->private_end = PERSONALITY_PRIVATE + PAGE_UP(sizeof(struct private_area));
	__builtin_memcpy(process->command, "boot", sizeof("boot"));
	if (kernel_invoke_thread(0, THREAD_TLS, &words))
		process_end(task, SIGKILL);
	files_initialise(&process->files);
	signal_reset(task);
}

static int file_exists(struct task *task, const char *path)
{
	long descriptor = file_open_path(task, LINUX_AT_FDCWD, path, __builtin_strlen(path), LINUX_O_PATH, 0);

	return descriptor >= 0 && !file_close(task, descriptor);
}

/* Words NAME=VALUE of the kernel's command line are variables of the first program, as on Linux. */
#define BOOT_VARIABLES 16
struct boot_environment {
	const char *variable[BOOT_VARIABLES + 1];
	char words[INFO_COMMAND_LINE];
};

static int is_variable(const char *word)
{
	while (*word == '_' || (*word >= 'A' && *word <= 'Z'))
		word++;
	return *word == '=';
}

static int same_name(const char *variable, const char *other)
{
	while (*variable == *other && *variable != '=')
		variable++, other++;
	return *variable == *other;
}

static void set_variable(struct boot_environment *environment, const char *variable)
{
	unsigned int i = 0;

	while (environment->variable[i] && !same_name(environment->variable[i], variable))
		i++;
	if (i < BOOT_VARIABLES)
		environment->variable[i] = variable;
}

static void boot_environment(struct boot_environment *environment)
{
	const char *line = info_page()->command_line;
	char *word = environment->words, *end = word;

	*environment = (struct boot_environment){ { "PATH=/bin", "HOME=/", "TERM=linux" }, "" };
	do {
		*end = *line == ' ' ? 0 : *line;
		if (!*end) {
			if (is_variable(word))
				set_variable(environment, word);
			word = end + 1;
		}
		end++;
	} while (*line++);
}

/* What the disk has: init, or a shell, for a disk that was not made for this. */
static void boot_exec(struct task *task)
{
	static const struct { const char *path, *arguments[3]; } candidate[] = {
		{ "/bin/init", { "init" } },
		{ "/sbin/init", { "init" } },
		{ "/bin/sh", { "sh", "/script" } },
		{ "/bin/sh", { "sh" } },
	};
	struct boot_environment environment;

	boot_environment(&environment);
	for (unsigned int i = 0; i < sizeof(candidate) / sizeof(candidate[0]); i++) {
		/* The script is there only if somebody asked for it to be run. */
		if (candidate[i].arguments[1] && !file_exists(task, candidate[i].arguments[1]))
			continue;
		if (exec_first(task, candidate[i].path, candidate[i].arguments,
			       environment.variable) == -CALL_DONE)
			return;
	}
	task_log(task, "there is no program to start with: pid", 1);
	power_off(task, 1);
	process_end(task, SIGKILL);
}

void boot(struct task *task)
{
	long result;

	boot_records(task);
	if (take_over(task))
		return;
	result = files_start(task);
	if (result)
		task_log(task, "cannot open the console: error", -result);
	boot_exec(task);
}
