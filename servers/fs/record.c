/* SPDX-License-Identifier: MIT */
#include "servers/fs/record.h"

#include "libipc/proto/fs.h"
#include "libipc/string.h"
#include "servers/fs/lock.h"
#include "servers/fs/operation.h"
#include "servers/fs/orphan.h"
#include "servers/fs/notify.h"

#define NONE (~0u)

#define RECORDS_ASSURED  16u              /* of each client */
#define RECORDS_FOR_ROOT 64u

/* An inode that is open. */
struct node {
	uint32_t volume, inode;
	uint32_t records;                /* that name it */
	uint32_t orphan;                 /* it waits in the list of orphans until it is closed */
	uint32_t writers, programs;      /* of them: open for writing; executed */
	uint32_t next;                   /* in its chain, or of the free ones */
};

/* Volatile, derived from stable.records. */
static struct {
	uint32_t count, words;           /* records; words of a bitmap of them */
	uint32_t *free, free_count;      /* stack of records nobody holds */
	struct node *nodes;
	uint32_t free_node;
	uint32_t *chains, chain_mask;
	uint64_t *held;                  /* by each client: a bitmap of records */
	uint32_t made;                   /* by the open transaction, or NONE */
} table;

static uint32_t *chain_of(uint32_t volume, uint32_t inode)
{
	return &table.chains[((inode * 0x9e3779b1u >> 8) ^ volume) & table.chain_mask];
}

static uint32_t node_find(uint32_t volume, uint32_t inode)
{
	uint32_t node = *chain_of(volume, inode);

	while (node != NONE && (table.nodes[node].inode != inode || table.nodes[node].volume != volume))
		node = table.nodes[node].next;
	return node;
}

/* Files of memfd_create do not count: who made one may execute it. */
static uint32_t is_writer(const struct record *record)
{
	return record->flags & FS_OPEN_WRITE &&
	       !(record->volume == FS_VOLUME_MEMORY && record->flags & FS_OPEN_TEMPORARY);
}

static void node_hold(const struct record *record)
{
	uint32_t volume = record->volume, inode = record->inode;
	uint32_t node = node_find(volume, inode), *chain = chain_of(volume, inode);

	if (node == NONE) {
		/* There are as many as records. */
		node = table.free_node;
		table.free_node = table.nodes[node].next;
		table.nodes[node] = (struct node){ volume, inode, 0, 0, 0, 0, *chain };
		*chain = node;
	}
	table.nodes[node].records++;
	table.nodes[node].writers += is_writer(record);
	table.nodes[node].programs += (record->flags & FS_OPEN_EXECUTE) != 0;
}

static void node_drop(const struct record *record)
{
	uint32_t volume = record->volume, inode = record->inode;
	uint32_t node = node_find(volume, inode), *link = chain_of(volume, inode);

	table.nodes[node].writers -= is_writer(record);
	table.nodes[node].programs -= (record->flags & FS_OPEN_EXECUTE) != 0;
	if (--table.nodes[node].records)
		return;
	while (*link != node)
		link = &table.nodes[*link].next;
	*link = table.nodes[node].next;
	table.nodes[node].next = table.free_node;
	table.free_node = node;
	if (table.nodes[node].orphan)
		orphan_stir(volume);
}

int inode_is_busy(uint32_t volume, uint32_t number, uint32_t access)
{
	uint32_t node = node_find(volume, number);

	if (node == NONE)
		return 0;
	return (access & FS_OPEN_WRITE && table.nodes[node].programs) ||
	       (access & FS_OPEN_EXECUTE && table.nodes[node].writers);
}

int inode_is_open(uint32_t volume, uint32_t number)
{
	return node_find(volume, number) != NONE;
}

int inode_keep_orphan(uint32_t volume, uint32_t number)
{
	uint32_t node = node_find(volume, number);

	if (node == NONE)
		return 0;
	table.nodes[node].orphan = 1;
	return 1;
}

static uint64_t *held_word(uint32_t client, uint32_t index)
{
	return &table.held[(uint64_t)client * table.words + index / 64];
}

static int is_held(const struct record *record)
{
	uint64_t any = 0;

	for (uint32_t i = 0; i < CLIENT_MAX / 64; i++)
		any |= record->holders[i];
	return any != 0;
}

int record_is_last(const struct record *record, uint32_t client)
{
	uint64_t others = 0;

	for (uint32_t i = 0; i < CLIENT_MAX / 64; i++)
		others |= record->holders[i] & ~(i == client / 64 ? 1ull << client % 64 : 0);
	return !others;
}

static void count_record(uint32_t index)
{
	struct record *record = &stable.records[index];

	node_hold(record);
	for (uint32_t word = 0; word < CLIENT_MAX / 64; word++) {
		for (uint64_t left = record->holders[word]; left; left &= left - 1) {
			uint32_t client = word * 64 + (uint32_t)__builtin_ctzll(left);

			*held_word(client, index) |= 1ull << index % 64;
		}
	}
}

status_t records_start(void *(*take)(uint64_t bytes))
{
	uint32_t count = stable.head->record_count, chains = 64;

	while (chains < count)
		chains *= 2;
	table.count = count;
	table.words = (count + 63) / 64;
	table.free = take(count * sizeof(uint32_t));
	table.nodes = take(count * sizeof(struct node));
	table.chains = take(chains * sizeof(uint32_t));
	table.held = take((uint64_t)CLIENT_MAX * table.words * 8);
	if (!table.free || !table.nodes || !table.chains || !table.held)
		return STATUS_NO_MEMORY;
	table.chain_mask = chains - 1;
	memset(table.chains, 0xff, chains * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
		table.nodes[i].next = i + 1;
	table.free_node = table.free_count = 0;
	table.made = NONE;
	for (uint32_t index = count; index-- > 0;) {
		if (is_held(&stable.records[index]))
			count_record(index);
		else
			table.free[table.free_count++] = index;
	}
	return STATUS_OK;
}

static struct record *record_of(uint64_t handle)
{
	uint32_t index = (uint32_t)handle;
	struct record *record = &stable.records[index];

	return index < table.count && record->tag == handle >> 32 ? record : 0;
}

int record_is_held(uint64_t handle)
{
	const struct record *record = record_of(handle);

	return record && is_held(record);
}

status_t record_get(uint64_t handle, uint32_t client, struct record **record)
{
	*record = record_of(handle);
	if (!*record || !((*record)->holders[client / 64] >> client % 64 & 1))
		return STATUS_ERRNO(E_BADF);
	return STATUS_OK;
}

/*
 * One client may not take what others need: half of the records is for those who have few, and half
 * of what is left of the others for whoever comes first. The last ones are root's.
 */
static int may_have_another(uint32_t client)
{
	uint32_t kept = table.count / 2, held = 0;

	if (table.free_count > kept + table.count / 4)
		return 1;
	if (table.free_count <= RECORDS_FOR_ROOT)
		return table.free_count && client_credentials(client)->uid == 0;
	for (uint32_t word = 0; word < table.words; word++) {
		uint64_t left = table.held[(uint64_t)client * table.words + word];

		for (; left; left &= left - 1)
			held++;
	}
	return held < RECORDS_ASSURED ||
	       (table.free_count > kept && held < table.free_count - kept);
}

status_t record_make(const struct inode *inode, uint32_t parent, uint32_t flags, uint32_t client,
		     uint64_t *handle)
{
	struct record *record;
	uint32_t index, tag;

	if (!may_have_another(client))
		return STATUS_ERRNO(E_NFILE);
	index = table.free[table.free_count - 1];
	record = &stable.records[index];
	log_save(record, sizeof(*record));
	tag = record->tag + 1 ? record->tag + 1 : 1;
	*record = (struct record){
		.tag = tag, .flags = flags, .parent = parent,
		.volume = inode->volume->number, .inode = inode->number,
		.mount = inode->mount,
	};
	record->holders[client / 64] = 1ull << client % 64;
	*handle = (uint64_t)tag << 32 | index;
	table.made = index;
	return STATUS_OK;
}

void record_adopt(void)
{
	if (table.made == NONE)
		return;
	table.free_count--;
	count_record(table.made);
	table.made = NONE;
}

void record_disown(void)
{
	table.made = NONE;
}

static void let_go(uint32_t index, uint32_t client)
{
	struct record *record = &stable.records[index];

	*held_word(client, index) &= ~(1ull << index % 64);
	stable_barrier();
	record->holders[client / 64] &= ~(1ull << client % 64);
	stable_barrier();
	/* A mere place never had any, and letting go of it costs none of the file's. */
	if (!(record->flags & FS_OPEN_PATH))
		locks_release(record, (uint64_t)record->tag << 32 | index, client,
			      !is_held(record));
	if (is_held(record))
		return;
	if (record->flags & RECORD_LISTENER)
		notify_close((uint64_t)record->tag << 32 | index);
	node_drop(record);
	table.free[table.free_count++] = index;
}

void record_release(uint64_t handle, uint32_t client)
{
	struct record *record;

	if (record_get(handle, client, &record) == STATUS_OK)
		let_go((uint32_t)handle, client);
}

/* Leaves this much of the log for others. */
#define ROOM_KEPT 16384u

void records_moved(const struct inode *inode, uint32_t from, uint32_t to)
{
	if (!inode_is_open(inode->volume->number, inode->number))
		return;
	for (uint32_t i = 0; i < table.count && log_room() > ROOM_KEPT; i++) {
		struct record *record = &stable.records[i];

		if (record->inode == inode->number && record->parent == from &&
		    record->volume == inode->volume->number && is_held(record))
			LOG_SET(record->parent, to);
	}
}

int records_any(uint32_t client)
{
	for (uint32_t word = 0; word < table.words; word++) {
		if (table.held[(uint64_t)client * table.words + word])
			return 1;
	}
	return 0;
}

void records_release_all(uint32_t client)
{
	for (uint32_t word = 0; word < table.words; word++) {
		uint64_t held;

		while ((held = table.held[(uint64_t)client * table.words + word]))
			let_go(word * 64 + (uint32_t)__builtin_ctzll(held), client);
	}
}

status_t record_inherit(uint64_t handle, uint32_t client, uint32_t child, uint64_t position)
{
	struct record *record;
	status_t status = record_get(handle, client, &record);

	if (status != STATUS_OK)
		return status;
	if (!(record->flags & RECORD_SHARED) && position != FS_POSITION_SHARED) {
		record->position = position;
		stable_barrier();
		record->flags |= RECORD_SHARED;
	}
	record->holders[child / 64] |= 1ull << child % 64;
	*held_word(child, (uint32_t)handle) |= 1ull << (uint32_t)handle % 64;
	return STATUS_OK;
}
