/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_EPOLL_H
#define BULKHEAD_PIPE_EPOLL_H

#include "servers/pipe/table.h"

/* After the records were counted. */
void epoll_start(void);
/* The record is gone: from sets, and with what it was interested in. */
void epoll_record_ends(uint32_t record);
uint32_t epoll_ready(const struct pipe_record *record);
void epoll_arm(const struct pipe_record *record, unsigned client);

/* Of every kind of record (service.c): what poll answers; changes of what concerns the events. */
uint32_t record_ready(const struct pipe_record *record);
uint32_t record_changes(const struct pipe_record *record, uint32_t events);
void record_arm(const struct pipe_record *record, unsigned client);

#endif
