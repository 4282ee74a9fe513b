/* SPDX-License-Identifier: MIT */
#include "servers/fs/names.h"

#include "libipc/string.h"

#define SLOTS 16384u
#define HASH_FACTOR 0x9e3779b97f4a7c15ull

struct name_slot {
	uint64_t directory;              /* volume, number, generation */
	uint32_t hash;
	uint32_t bytes;                  /* of the name; 0: the slot is empty */
	struct entry_place place;
};
static struct name_slot *slots;

/* Those of names that the open transaction has added. */
#define ADDED 8u
static struct name_slot *added[ADDED];
static uint32_t added_count;

static inline uint64_t load_word(const char *from)
{
	uint64_t word;

	__builtin_memcpy(&word, from, sizeof(word));
	return word;
}

struct name name_of(const char *text, uint32_t bytes)
{
	uint64_t hash = bytes;
	uint32_t at = 0;

	for (; at + 8 <= bytes; at += 8)
		hash = (hash ^ load_word(text + at)) * HASH_FACTOR, hash ^= hash >> 32;
	for (; at < bytes; at++)
		hash = (hash ^ (uint8_t)text[at]) * HASH_FACTOR;
	return (struct name){ text, bytes, (uint32_t)(hash >> 32) };
}

/* Names in one directory often begin alike: the end decides sooner. */
int name_equal(const struct name *name, const char *text, uint32_t bytes)
{
	if (bytes != name->bytes)
		return 0;
	if (bytes < 8)
		return !memcmp(text, name->text, bytes);
	return load_word(text + bytes - 8) == load_word(name->text + bytes - 8) &&
		!memcmp(text, name->text, bytes - 8);
}

status_t names_start(void *(*take)(uint64_t bytes))
{
	added_count = 0;
	slots = take(SLOTS * sizeof(*slots));
	return slots ? STATUS_OK : STATUS_NO_MEMORY;
}

uint64_t directory_key(const struct inode *directory)
{
	return (uint64_t)directory->disk->generation << 32 |
		(directory->number ^ directory->volume->number << 31);
}

static struct name_slot *slot_of(uint64_t directory, uint32_t hash)
{
	return &slots[(directory * HASH_FACTOR >> 40 ^ hash) % SLOTS];
}

const struct entry_place *names_find(const struct inode *directory, const struct name *name)
{
	uint64_t key = directory_key(directory);
	struct name_slot *slot = slot_of(key, name->hash);

	if (slot->directory == key && slot->hash == name->hash && slot->bytes == name->bytes)
		return &slot->place;
	return 0;
}

void names_put(const struct inode *directory, const struct name *name, struct entry_place place)
{
	uint64_t key = directory_key(directory);

	*slot_of(key, name->hash) = (struct name_slot){ key, name->hash, name->bytes, place };
}

void names_drop(const struct inode *directory, const struct name *name)
{
	struct name_slot *slot = slot_of(directory_key(directory), name->hash);

	slot->bytes = 0;
}

void names_add(const struct inode *directory, const struct name *name, struct entry_place place)
{
	if (added_count == ADDED)
		return;
	names_put(directory, name, place);
	added[added_count++] = slot_of(directory_key(directory), name->hash);
}

void names_publish(void)
{
	added_count = 0;
}

void names_undo(void)
{
	while (added_count)
		added[--added_count]->bytes = 0;
}
