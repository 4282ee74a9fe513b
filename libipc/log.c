/* SPDX-License-Identifier: MIT */
#include "libipc/format.h"
#include "libipc/kernel.h"
#include "libipc/log.h"
#include "libipc/proto/supervisor.h"
#include "libipc/service.h"
#include "libipc/string.h"

#define LINE_BYTES (8 * (MESSAGE_WORDS - MESSAGE_REGISTERS))

void log_line(const char *format, ...)
{
	const struct service_info *info = service_info();
	struct message_page *page = (struct message_page *)info->message_page;
	struct words words = { { 0 } };
	char line[LINE_BYTES];
	unsigned long length;
	va_list arguments;

	length = format_text(line, sizeof(line), "%s: ", info->name);
	va_start(arguments, format);
	length += format_arguments(line + length, sizeof(line) - length, format, arguments);
	va_end(arguments);
	line[length++] = '\n';
	memcpy(&page->words[MESSAGE_REGISTERS], line, length);
	words.word[0] = length;
	/* A log that does not work cannot be reported. */
	(void)!kernel_invoke_control(info->log_slot, CONTROL_LOG, &words);
}

status_t log_kept(uint32_t control, uint64_t position, char *to,
		  struct supervisor_log_read_reply *reply)
{
	const struct message_page *page = (const struct message_page *)service_info()->message_page;
	struct words words = { { position } };
	status_t status = kernel_invoke_control(control, CONTROL_LOG_READ, &words);
	uint64_t bytes = words.word[1] < LINE_BYTES ? words.word[1] : LINE_BYTES;

	if (status != STATUS_OK)
		return status;
	_Static_assert(LINE_BYTES == SUPERVISOR_LOG_BYTES, "a part");
	memcpy(to, &page->words[MESSAGE_REGISTERS], bytes);
	*reply = (struct supervisor_log_read_reply){ words.word[0], bytes,
						     words.word[0] + words.word[1] };
	return STATUS_OK;
}
