/* SPDX-License-Identifier: MIT */
/* The argument block of a new program: first measured, then built. */
#include "user/posix/arguments.h"

#include "user/posix/task.h"

static const char platform[] = "x86_64";

/* The n-th string of a list: in here (*own) or in the program. 0 at the end is the caller's to see. */
static long list_entry(const struct argument_list *list, uint32_t n, const char **own, uint64_t *address)
{
	*own = 0;
	*address = 0;
	if (n < list->own_count) {
		*own = list->own[n];
		return 0;
	}
	if (!list->array)
		return 0;
	return copy_from_program(address, list->array + 8ull * (n - list->own_count + list->skip), 8);
}

static long measure_list(struct argument_block *block, struct argument_list *list)
{
	const char *own;
	uint64_t address;

	if (list->array && list->skip) {
		if (copy_from_program(&address, list->array, sizeof(address)))
			return -E_FAULT;
		/* It ends before what is to be left out. */
		if (!address)
			list->array = 0;
	}
	for (list->count = 0;; list->count++) {
		long length = list_entry(list, list->count, &own, &address);

		if (length)
			return length;
		if (!own && !address)
			return 0;
		length = own ? (long)__builtin_strlen(own) :
			 string_length(address, ARGUMENT_STRING_BYTES_MAX);
		if (length < 0)
			return length == -E_NAMETOOLONG ? -E_TOOBIG : length;
		block->string_bytes += (uint64_t)length + 1;
		if (block->string_bytes + 8ull * list->count > ARGUMENT_BYTES_MAX)
			return -E_TOOBIG;
	}
}

uint64_t arguments_words(const struct argument_block *block)
{
	/* argc and the zeros behind both lists. */
	return 3 + block->arguments.count + block->environment.count + 2 * AUXILIARY_ROWS;
}

long arguments_measure(struct argument_block *block)
{
	long result;

	block->string_bytes = 0;
	result = measure_list(block, &block->arguments);
	block->argument_bytes = block->string_bytes;
	if (!result)
		result = measure_list(block, &block->environment);
	if (result)
		return result;
	block->bytes = (8 * arguments_words(block) + block->string_bytes + __builtin_strlen(block->file) + 1 +
			sizeof(platform) + sizeof(block->random) + 8 + 15) & ~15ull;
	return block->bytes > ARGUMENT_BYTES_MAX ? -E_TOOBIG : 0;
}

/* Where the next pointer and the next string go; `shift` makes addresses of places in the image. */
struct place {
	uint64_t *word;
	uint8_t *string, *limit;
	uint64_t shift;
};

static uint64_t put_bytes(struct place *place, const void *from, uint64_t bytes)
{
	uint8_t *at = place->string;

	__builtin_memcpy(at, from, bytes);
	place->string += bytes;
	return (uint64_t)at + place->shift;
}

static long put_list(struct place *place, const struct argument_list *list)
{
	const char *own;
	uint64_t address;

	for (uint32_t n = 0; n < list->count; n++) {
		uint64_t room = (uint64_t)(place->limit - place->string);
		long length = list_entry(list, n, &own, &address);

		if (length)
			return length;
		if (own) {
			*place->word++ = put_bytes(place, own, __builtin_strlen(own) + 1);
			continue;
		}
		length = string_from_program((char *)place->string, address, room);
		if (length < 0)
			return length == -E_NAMETOOLONG ? -E_TOOBIG : length;
		*place->word++ = (uint64_t)place->string + place->shift;
		place->string += length + 1;
	}
	*place->word++ = 0;
	return 0;
}

long arguments_build(const struct argument_block *block, uint8_t *image, uint64_t end,
		     const struct auxiliary *auxiliary, uint32_t auxiliary_count)
{
	uint64_t words = arguments_words(block);
	struct place place = {
		.word = (uint64_t *)image,
		.string = image + 8 * words,
		.limit = image + 8 * words + block->string_bytes,
		.shift = end - block->bytes - (uint64_t)image,
	};
	long result;

	__builtin_memset(image, 0, 8 * words);
	*place.word++ = block->arguments.count;
	result = put_list(&place, &block->arguments);
	if (!result)
		result = put_list(&place, &block->environment);
	if (result)
		return result;
	for (uint32_t i = 0; i < auxiliary_count; i++) {
		*place.word++ = auxiliary[i].type;
		*place.word++ = auxiliary[i].value;
	}
	*place.word++ = AT_EXECFN;
	*place.word++ = put_bytes(&place, block->file, __builtin_strlen(block->file) + 1);
	*place.word++ = AT_PLATFORM;
	*place.word++ = put_bytes(&place, platform, sizeof(platform));
	*place.word++ = AT_RANDOM;
	*place.word++ = put_bytes(&place, block->random, sizeof(block->random));
	__builtin_memset(place.string, 0, (uint64_t)(image + block->bytes - place.string));
	return 0;
}
