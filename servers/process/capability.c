/* SPDX-License-Identifier: MIT */
/* Requests about capabilities. */
#include "servers/process/state.h"

status_t on_capabilities(struct call *call, const struct process_capabilities_request *request,
			 struct process_capabilities_reply *reply)
{
	unsigned index = request->pid ? table_find_any(state.table, (uint32_t)request->pid) :
			 caller_index(call);

	if (!index)
		return STATUS_ERRNO(E_SRCH);
	reply->capabilities = process_at(index)->capabilities;
	return STATUS_OK;
}

status_t on_set_capabilities(struct call *call,
			     const struct process_set_capabilities_request *request,
			     struct process_set_capabilities_reply *reply)
{
	(void)reply;
	return capabilities_set(&process_at(caller_index(call))->capabilities, request) ?
		STATUS_OK : STATUS_ERRNO(E_PERM);
}

status_t on_change_capabilities(struct call *call,
				const struct process_change_capabilities_request *request,
				struct process_change_capabilities_reply *reply)
{
	(void)reply;
	if (request->change > PROCESS_KEEP_SET)
		return STATUS_ERRNO(E_INVAL);
	if (request->change < PROCESS_SECURE_SET && request->value > CAPABILITY_LAST)
		return STATUS_ERRNO(E_INVAL);
	return capabilities_change(&process_at(caller_index(call))->capabilities,
				   (enum process_capability_change)request->change,
				   request->value) ? STATUS_OK : STATUS_ERRNO(E_PERM);
}
