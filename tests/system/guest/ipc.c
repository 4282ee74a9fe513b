/* SPDX-License-Identifier: MIT */
/*
 * What libipc promises, tried by a program against servers/template, which is crashed meanwhile:
 * words and windows arrive, refusals come back, nothing is executed twice, who waits goes on waiting,
 * a request that kills the service is refused in the end. Prints one line each.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "libipc/client.h"
#include "libipc/proto/errno.h"
#include "libipc/proto/supervisor.h"
#include "libipc/proto/template.h"
#include "libipc/time.h"

#define WAITERS 8

static struct session template = { SLOT_TEMPLATE, 0, (struct message_page *)MESSAGE_PAGES };
static struct session supervisor = { SLOT_SUPERVISOR, 0, (struct message_page *)MESSAGE_PAGES };
static unsigned char buffer[TEMPLATE_WINDOW_BYTES], copy[TEMPLATE_WINDOW_BYTES];
static int touched;

/* Programs' memory may have to be paged in first: a byte a page, in the direction it is lent for. */
int session_touch(const struct lent *lent)
{
	if (touched++)
		return 0;
	for (unsigned int i = 0; i < lent->count; i++) {
		volatile char *at = (volatile char *)(uintptr_t)lent->window[i].address;
		unsigned long size = lent->window[i].size_bytes;

		for (unsigned long byte = 0; byte < size; byte += 4096)
			at[byte] = at[byte];
		at[size - 1] = at[size - 1];
	}
	return 1;
}

static void tell(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "WRONG");
	fflush(stdout);
}

static void crash(uint32_t kind)
{
	struct supervisor_inject_request request = { "template", kind, 0 };
	struct supervisor_inject_reply reply;

	while (supervisor_inject(&supervisor, &request, &reply, 0) == STATUS_ERRNO(E_BUSY))
		usleep(1000);
}

static uint64_t restarts(void)
{
	struct supervisor_list_request request = { 0 };
	struct supervisor_list_reply reply;

	while (supervisor_list(&supervisor, &request, &reply, 0) == STATUS_OK) {
		if (!strcmp(reply.name, "template"))
			return reply.restarts;
		request.index++;
	}
	return 0;
}

static int words_arrive(void)
{
	struct template_echo4_request four = { { 1, 2, 3, 4 } };
	struct template_echo10_request ten = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } };
	struct template_echo4_reply four_back;
	struct template_echo10_reply ten_back;

	return template_echo4(&template, &four, &four_back, 0) == STATUS_OK &&
	       template_echo10(&template, &ten, &ten_back, 0) == STATUS_OK &&
	       !memcmp(&four, &four_back, sizeof(four)) && !memcmp(&ten, &ten_back, sizeof(ten));
}

/* The copy's pages are not there before the call. */
static int windows_arrive(void)
{
	struct template_checksum_request sum = { sizeof(buffer) };
	struct template_checksum_reply total;
	struct template_copy_request copied = { sizeof(buffer) };
	struct template_copy_reply nothing;
	uint64_t expected = 0;

	for (unsigned int i = 0; i < sizeof(buffer); i++)
		expected += buffer[i] = (unsigned char)(i * 7 + i / 256);
	return template_checksum(&template, &sum, &total, LEND_IN(buffer, sizeof(buffer))) == STATUS_OK &&
	       total.sum == expected &&
	       template_copy(&template, &copied, &nothing,
			     LEND_IN_OUT(buffer, sizeof(buffer), copy, sizeof(copy))) == STATUS_OK &&
	       !memcmp(buffer, copy, sizeof(copy));
}

static status_t raw(unsigned int slot, uint64_t info)
{
	uint64_t words[MESSAGE_REGISTERS] = { 0 }, to = slot;
	status_t status = kernel_call_raw(KERNEL_CALL, &to, &info, words);

	return status ? status : (status_t)(info & INFO_LABEL_MASK);
}

static int refusals_come_back(void)
{
	struct template_checksum_request sum = { 8 };
	struct template_checksum_reply total;
	struct template_notify_request bits = { 1 };
	struct template_notify_reply nothing;

	touched = 1;
	return raw(SLOT_TEMPLATE, INFO(template_operation_count, 0)) == STATUS_BAD_CALL &&
	       raw(SLOT_TEMPLATE, INFO(template_echo4_operation, 5)) == STATUS_BAD_CALL &&
	       raw(SLOT_TEMPLATE, INFO(template_echo10_operation, 10) & ~INFO_PAGE) == STATUS_BAD_CALL &&
	       raw(SLOT_TEMPLATE, FAULT_PAGE) == STATUS_BAD_CALL &&
	       raw(SLOT_SUPERVISOR, INFO(FAULT_PAGE, 5)) == STATUS_BAD_CALL &&
	       raw(0, INFO(template_null_operation, 0)) == STATUS_BAD_SLOT &&
	       template_checksum(&template, &sum, &total, 0) == STATUS_ERRNO(E_INVAL) &&
	       template_notify(&template, &bits, &nothing, 0) == STATUS_ERRNO(E_INVAL) &&
	       template_checksum(&template, &sum, &total, LEND_IN((void *)8, 8)) == STATUS_UNMAPPED;
}

/* Another process crashes the service while this one counts; each count must count once. */
static int nothing_happens_twice(void)
{
	struct template_count_request add = { 3 };
	struct template_count_reply reply;
	uint64_t expected = 0;
	pid_t crasher = fork();

	if (!crasher) {
		for (uint32_t i = 0; i < 21; i++)
			crash(i % CRASH_KINDS);
		_exit(0);
	}
	while (waitpid(crasher, 0, WNOHANG) == 0 || expected < 3000) {
		expected += add.add;
		if (template_count(&template, &add, &reply, 0) != STATUS_OK || reply.sum != expected)
			return 0;
	}
	return 1;
}

static int waiters_wait(int crashes)
{
	struct template_wake_request nothing;
	struct template_wake_reply wakes;
	int status, woken = 0;

	for (int i = 0; i < WAITERS; i++) {
		if (!fork()) {
			struct template_wait_request wait = { 0 };
			struct template_wait_reply reply;

			_exit(template_wait(&template, &wait, &reply, 0));
		}
	}
	usleep(20000);
	for (uint32_t kind = 0; crashes && kind < CRASH_KINDS; kind++)
		crash(kind);
	usleep(100000);
	if (waitpid(-1, 0, WNOHANG) || template_wake(&template, &nothing, &wakes, 0) != STATUS_OK)
		return 0;
	while (wait(&status) > 0)
		woken += status == 0;
	return woken == WAITERS;
}

static void ignore(int signal)
{
	(void)signal;
}

static int a_signal_ends_a_wait(void)
{
	struct template_wait_request request = { 0 };
	struct template_wait_reply reply;

	signal(SIGALRM, ignore);
	alarm(1);
	return template_wait(&template, &request, &reply, 0) == STATUS_CANCELLED && words_arrive();
}

/* A client that is killed while it waits leaves nothing behind that could be answered. */
static int the_dead_are_forgotten(void)
{
	struct template_wake_request nothing;
	struct template_wake_reply wakes;
	struct template_wait_request request = { 0 };
	struct template_wait_reply reply;

	for (int i = 0; i < WAITERS; i++) {
		pid_t child = fork();

		if (!child)
			_exit(template_wait(&template, &request, &reply, 0));
		usleep(5000);
		kill(child, SIGKILL);
		waitpid(child, 0, 0);
	}
	return template_wake(&template, &nothing, &wakes, 0) == STATUS_OK && words_arrive();
}

static int poison_is_refused(void)
{
	struct template_die_request request;
	struct template_die_reply reply;
	uint64_t before = restarts();

	return template_die(&template, &request, &reply, 0) == STATUS_ERRNO(E_IO) &&
	       restarts() == before + 2 && words_arrive() &&
	       template_die(&template, &request, &reply, 0) == STATUS_ERRNO(E_IO) &&
	       restarts() == before + 4;
}

static void without_crashes(void)
{
	tell("words arrive", words_arrive());
	tell("windows arrive", windows_arrive());
	tell("refusals come back", refusals_come_back());
	tell("who waits goes on waiting", waiters_wait(0));
	tell("a signal ends a wait", a_signal_ends_a_wait());
	tell("the dead are forgotten", the_dead_are_forgotten());
}

static void with_crashes(void)
{
	tell("nothing happens twice", nothing_happens_twice());
	tell("who waits goes on waiting, crash or not", waiters_wait(1));
	tell("poison is refused", poison_is_refused());
	tell("words still arrive", words_arrive());
}

int main(int count, char **arguments)
{
	supervisor.sequence = 0x40000000u | (uint32_t)(time_ticks() & 0x3fffffff);
	if (count > 1 && !strcmp(arguments[1], "crash"))
		with_crashes();
	else
		without_crashes();
	return 0;
}
