/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_FILE_H
#define BULKHEAD_FS_FILE_H

#include "servers/fs/map.h"

/* Contents of regular files. All fail with FS_MISSING, E_UCLEAN. */

/*
 * The bytes from `position` on that lie in one frame, at most `limit` (> 0): *bytes of them at
 * *data, or zeros if *data is 0 (a hole). *bytes is 0 at the end of the file.
 */
status_t file_piece(const struct inode *inode, uint64_t position, uint64_t limit,
		    const uint8_t **data, uint32_t *bytes) MUST_CHECK;

/*
 * Writing, within a transaction: file_write_begin provides the frames; the caller fills the
 * slices in order and calls slice_done for each; then file_write_end, or write_abandon in any
 * case of failure. E_NOSPC and E_FBIG: *prepared bytes could be written. At most
 * FS_TRANSFER_BYTES.
 */
#define SLICES_MAX (FS_TRANSFER_BYTES / 1024 + 1)
struct slice {
	uint8_t *data;
	uint32_t bytes;
	uint32_t frame;                  /* holds nothing yet: FRAME_NONE if it does */
	uint32_t block;
};
struct write {
	uint32_t volume, count;
	struct slice slice[SLICES_MAX];
};
status_t file_write_begin(const struct inode *inode, uint64_t position, uint64_t bytes,
			  struct write *write, uint64_t *prepared) MUST_CHECK;
void slice_done(struct write *write, struct slice *slice);
void file_write_end(const struct inode *inode, uint64_t position, uint64_t bytes);
void write_abandon(struct write *write);

/*
 * Makes the file that long. FS_MORE: it has become shorter, not yet as short; publish and repeat.
 * Also E_FBIG.
 */
status_t file_truncate(const struct inode *inode, uint64_t bytes) MUST_CHECK;

/*
 * One step of fallocate: what `how` (enum fs_allocate_how) means for at most a block from
 * *position on, which moves behind it. Also E_NOSPC, E_FBIG.
 */
status_t file_allocate(const struct inode *inode, uint32_t how, uint64_t *position, uint64_t end)
	MUST_CHECK;

/* First byte at or after the position that is in a hole (data 0) or is not (1). E_NXIO: none. */
status_t file_seek(const struct inode *inode, uint64_t position, uint32_t data, uint64_t *found)
	MUST_CHECK;

#endif
