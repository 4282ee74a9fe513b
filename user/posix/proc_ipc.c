/* SPDX-License-Identifier: MIT */
/* /proc/sysvipc, and what /proc/sys says of pipes, System V IPC and POSIX message queues. */
#include "user/posix/ipc.h"
#include "user/posix/proc.h"

/* Which setting a node shows; + 1. NODE_SEM shows four of them. */
static const uint8_t setting_of[NODE_ROWS] = {
	[NODE_PIPE_MAX] = SETTING_PIPE_BYTES + 1,
	[NODE_MQ_MSG_DEFAULT] = SETTING_QUEUE_MESSAGES + 1,
	[NODE_MQ_MSG_MAX] = SETTING_QUEUE_MESSAGES_MOST + 1,
	[NODE_MQ_SIZE_DEFAULT] = SETTING_QUEUE_BYTES + 1,
	[NODE_MQ_SIZE_MAX] = SETTING_QUEUE_BYTES_MOST + 1,
	[NODE_MQ_QUEUES_MAX] = SETTING_QUEUES + 1,
	[NODE_MSGMAX] = SETTING_MESSAGE_BYTES + 1,
	[NODE_MSGMNB] = SETTING_MESSAGE_QUEUE + 1,
	[NODE_MSGMNI] = SETTING_MESSAGE_QUEUES + 1,
	[NODE_SEM] = SETTING_SET_SEMAPHORES + 1,
	[NODE_SHMALL] = SETTING_SEGMENT_PAGES + 1,
	[NODE_SHMMAX] = SETTING_SEGMENT_BYTES + 1,
	[NODE_SHMMNI] = SETTING_SEGMENTS + 1,
};
#define SEM_NUMBERS 4u

long proc_setting(struct task *task, struct text *text)
{
	uint32_t first = setting_of[text->row] - 1u;

	text_add(text, "%lu", ipc_setting(task, first));
	for (uint32_t i = 1; text->row == NODE_SEM && i < SEM_NUMBERS; i++)
		text_add(text, "\t%lu", ipc_setting(task, first + i));
	text_add(text, "\n");
	return 0;
}

static long change(struct task *task, uint32_t which, int64_t value)
{
	struct pipe_setting_reply reply;
	status_t status = pipe_setting(&task->pipe, &(struct pipe_setting_request){ which, 1,
		(uint64_t)value }, &reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* The bytes of the next word, behind blanks: *from is moved there. */
static uint64_t word(const char **from, uint64_t *bytes)
{
	uint64_t length = 0;

	while (*bytes && (**from == ' ' || **from == '\t')) {
		++*from;
		--*bytes;
	}
	while (length < *bytes && (*from)[length] != ' ' && (*from)[length] != '\t')
		length++;
	return length;
}

long proc_take_setting(struct task *task, uint64_t node, const char *from, uint64_t bytes)
{
	uint32_t which = setting_of[NODE_ROW(node)];
	uint32_t count = NODE_ROW(node) == NODE_SEM ? SEM_NUMBERS : 1;
	long error = 0;

	for (uint32_t i = 0; which && i < count && !error; i++) {
		uint64_t length = word(&from, &bytes);
		int64_t value;

		if (!length && i)
			break;
		if (!proc_number(from, length, &value) || value < 0)
			return -E_INVAL;
		error = change(task, which - 1 + i, value);
		from += length;
		bytes -= length;
	}
	return error;
}

/* The next object of that kind at or behind *index; 0: there is none. */
static int next(struct task *task, uint32_t kind, uint32_t *index,
		struct pipe_key_status_reply *reply)
{
	for (; *index < KEY_OBJECTS; ++*index)
		if (pipe_key_status(&task->pipe, &(struct pipe_key_status_request){ kind, *index,
				KEY_BY_INDEX_ANY, 0 }, reply, 0) == STATUS_OK)
			return 1;
	return 0;
}

static void add_mode(struct text *text, uint32_t mode, unsigned int width)
{
	for (uint64_t rest = mode, digits = 1; digits < width; digits++, rest >>= 3)
		if (!(rest >> 3))
			text_add(text, " ");
	text_octal(text, mode, 1);
}

long proc_messages(struct task *task, struct text *text)
{
	struct pipe_key_status_reply of;

	text_add(text, "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid"
		 "  cuid  cgid      stime      rtime      ctime\n");
	for (uint32_t i = 0; next(task, KEY_MESSAGES, &i, &of); i++) {
		text_add(text, "%10d %10d  ", (int)of.owner.key, (int)of.owner.id);
		add_mode(text, of.owner.mode, 4);
		text_add(text, "  %10lu %10lu %5u %5u %5u %5u %5u %5u %10lu %10lu %10lu\n",
			 of.bytes, of.count, of.first_pid, of.second_pid, of.owner.uid,
			 of.owner.gid, of.owner.cuid, of.owner.cgid, (uint64_t)of.first_s,
			 (uint64_t)of.second_s, (uint64_t)of.changed_s);
	}
	return 0;
}

long proc_semaphores(struct task *task, struct text *text)
{
	struct pipe_key_status_reply of;

	text_add(text, "       key      semid perms      nsems   uid   gid  cuid  cgid      otime"
		 "      ctime\n");
	for (uint32_t i = 0; next(task, KEY_SEMAPHORES, &i, &of); i++) {
		text_add(text, "%10d %10d  ", (int)of.owner.key, (int)of.owner.id);
		add_mode(text, of.owner.mode, 4);
		text_add(text, " %10lu %5u %5u %5u %5u %10lu %10lu\n", of.size, of.owner.uid,
			 of.owner.gid, of.owner.cuid, of.owner.cgid, (uint64_t)of.first_s,
			 (uint64_t)of.changed_s);
	}
	return 0;
}

long proc_segments(struct task *task, struct text *text)
{
	struct pipe_key_status_reply of;

	text_add(text, "       key      shmid perms                  size  cpid  lpid nattch   uid"
		 "   gid  cuid  cgid      atime      dtime      ctime                   rss"
		 "                  swap\n");
	for (uint32_t i = 0; next(task, KEY_SEGMENT, &i, &of); i++) {
		text_add(text, "%10d %10d  ", (int)of.owner.key, (int)of.owner.id);
		add_mode(text, of.owner.mode, 4);
		text_add(text, " %21lu %5u %5u  %5lu %5u %5u %5u %5u %10lu %10lu %10lu"
			 " %21lu %21d\n",
			 of.size, of.first_pid, of.second_pid, of.count, of.owner.uid,
			 of.owner.gid, of.owner.cuid, of.owner.cgid, (uint64_t)of.first_s,
			 (uint64_t)of.second_s, (uint64_t)of.changed_s,
			 (uint64_t)PAGE_UP(of.size), 0);
	}
	return 0;
}
