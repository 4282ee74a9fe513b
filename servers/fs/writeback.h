/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_WRITEBACK_H
#define BULKHEAD_FS_WRITEBACK_H

#include "libipc/server.h"

/*
 * Dirty frames to the disk, in rounds: everything that is dirty when the round passes it. Before
 * a round's first write the superblock on the disk says "in use"; when nothing is left dirty, it
 * says "clean" again. A round begins some time after the first change, when much is dirty, or
 * when somebody waits for one.
 */

/* The root volume is open (or not, and then nothing is ever written); state as at a start. */
void writeback_start(void);
/* Something was published. */
void writeback_consider(void);
/* The service's timeout. */
void writeback_timeout(void);
/* A write or a flush of the disk is done. */
void writeback_done(status_t status);

/* Everything dirty now is on the disk when it returns. E_IO: not everything. */
status_t writeback_sync(struct call *call) MUST_CHECK;
/* Waits until some frames have become clean. */
status_t writeback_wait(struct call *call) MUST_CHECK;

#endif
