/* SPDX-License-Identifier: MIT */
/* services: what runs beside the kernel, how often each was restarted and what it died of last. */
#include <inttypes.h>
#include <stdio.h>

#include "user/bin/supervisor_session.h"

static const char *const states[] = { "starting", "running", "waiting", "failed" };
static const char *const exceptions[32] = {
	[0] = "division error", [3] = "breakpoint", [6] = "illegal instruction", [8] = "double fault",
	[13] = "protection fault", [14] = "page fault",
};

static void describe_death(const struct supervisor_list_reply *service, char *text, size_t size)
{
	const char *name = service->vector < 32 ? exceptions[service->vector] : 0;

	switch (service->death) {
	case DEATH_NONE:
		snprintf(text, size, "-");
		break;
	case DEATH_PAGE_FAULT:
		snprintf(text, size, "page fault at 0x%" PRIx64 ", rip 0x%" PRIx64, service->address, service->rip);
		break;
	case DEATH_EXCEPTION:
		if (name)
			snprintf(text, size, "%s, rip 0x%" PRIx64, name, service->rip);
		else
			snprintf(text, size, "exception %" PRIu64 ", rip 0x%" PRIx64, service->vector, service->rip);
		break;
	case DEATH_HANG:
		snprintf(text, size, "worked without end, rip 0x%" PRIx64, service->rip);
		break;
	default:
		snprintf(text, size, "exit with status %" PRIu64, service->address);
	}
}

int main(void)
{
	struct session supervisor = supervisor_session();
	struct supervisor_list_request request = { 0 };
	struct supervisor_list_reply service;
	char death[96];
	status_t status;

	printf("%-12s %-8s %10s %8s %10s  %s\n", "service", "state", "generation", "restarts", "took us",
	       "last fault");
	for (;; request.index++) {
		status = supervisor_list(&supervisor, &request, &service, 0);
		if (status != STATUS_OK)
			break;
		describe_death(&service, death, sizeof(death));
		printf("%-12.16s %-8s %10u %8u %10" PRIu64 "  %s\n", service.name,
		       states[service.state % (sizeof(states) / sizeof(*states))], service.generation,
		       service.restarts, service.restart_ns / 1000, death);
	}
	return status == STATUS_ERRNO(E_NOENT) ? 0 : 1;
}
