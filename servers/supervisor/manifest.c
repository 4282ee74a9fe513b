/* SPDX-License-Identifier: MIT */
#include "servers/supervisor/manifest.h"

#include "libipc/format.h"
#include "libipc/service.h"
#include "libipc/string.h"

#define PAGE_BYTES 4096u

/* The text, read line by line, word by word. Words of one line stand in word[]. */
#define LINE_WORDS 8
struct reader {
	const char *at, *end;
	uint32_t line;
	uint32_t words;
	char word[LINE_WORDS][24];
	struct manifest_error *error;
};

static int fail(struct reader *reader, uint32_t line, const char *what, const char *word)
{
	reader->error->line = line;
	format_text(reader->error->text, sizeof(reader->error->text), what, word);
	return 0;
}

static int is_space(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

static int read_word(struct reader *reader)
{
	uint32_t length = 0;

	if (reader->words == LINE_WORDS)
		return fail(reader, reader->line, "too many words%s", "");
	while (reader->at < reader->end && !is_space(*reader->at) && *reader->at != '\n') {
		if (length + 1 == sizeof(reader->word[0]))
			return fail(reader, reader->line, "a word is too long%s", "");
		reader->word[reader->words][length++] = *reader->at++;
	}
	reader->word[reader->words++][length] = 0;
	return 1;
}

/* The next line's words; comments are left out. Words unused are empty. 0: too long. */
static int read_line(struct reader *reader)
{
	reader->line++;
	reader->words = 0;
	memset(reader->word, 0, sizeof(reader->word));
	while (reader->at < reader->end && *reader->at != '\n' && *reader->at != '#') {
		if (is_space(*reader->at))
			reader->at++;
		else if (!read_word(reader))
			return 0;
	}
	while (reader->at < reader->end && *reader->at != '\n')
		reader->at++;
	if (reader->at < reader->end)
		reader->at++;
	return 1;
}

/* A number, decimal or after 0x; what follows it is the unit. */
static const char *read_digits(const char *word, uint64_t *value)
{
	uint64_t base = word[0] == '0' && word[1] == 'x' ? 16 : 10;
	const char *at = base == 16 ? word + 2 : word, *start = at;
	uint64_t digit;

	for (*value = 0;; at++) {
		if (*at >= '0' && *at <= '9')
			digit = (uint64_t)(*at - '0');
		else if (base == 16 && *at >= 'a' && *at <= 'f')
			digit = (uint64_t)(*at - 'a') + 10;
		else
			break;
		if (*value >> 40)
			return 0;
		*value = *value * base + digit;
	}
	return at == start ? 0 : at;
}

static int read_number(struct reader *reader, uint32_t index, uint32_t most, uint32_t *number)
{
	uint64_t value;
	const char *unit = read_digits(reader->word[index], &value);

	if (!unit || *unit || value > most)
		return fail(reader, reader->line, "not a number in range: '%s'", reader->word[index]);
	*number = (uint32_t)value;
	return 1;
}

static int read_size(struct reader *reader, uint32_t index, uint64_t *bytes)
{
	uint64_t value;
	const char *unit = read_digits(reader->word[index], &value);

	if (unit && !strcmp(unit, "K"))
		value <<= 10;
	else if (unit && !strcmp(unit, "M"))
		value <<= 20;
	else
		unit = 0;
	if (!unit || !value || value % PAGE_BYTES || value >> 32)
		return fail(reader, reader->line, "not a size in K or M, of whole pages: '%s'",
			    reader->word[index]);
	*bytes = value;
	return 1;
}

static int read_duration(struct reader *reader, uint32_t index, uint64_t *ns)
{
	uint64_t value;
	const char *unit = read_digits(reader->word[index], &value);

	if (unit && !strcmp(unit, "ms"))
		value *= 1000000;
	else if (unit && !strcmp(unit, "s"))
		value *= 1000000000;
	else
		return fail(reader, reader->line, "not a time in ms or s: '%s'", reader->word[index]);
	*ns = value;
	return 1;
}

static int read_name(struct reader *reader, uint32_t index, char name[MANIFEST_NAME_BYTES])
{
	const char *word = reader->word[index];
	unsigned long length = strlen(word);

	if (!length || length >= MANIFEST_NAME_BYTES)
		return fail(reader, reader->line, "not a name of 1 to 15 characters: '%s'", word);
	memcpy(name, word, length + 1);
	return 1;
}

/* ---- facts, one function each ----------------------------------------------------------------- */

static int fact_level(struct reader *reader, struct manifest_service *service)
{
	return read_number(reader, 1, 63, &service->level);
}

static int fact_binary(struct reader *reader, struct manifest_service *service)
{
	return read_name(reader, 1, service->binary);
}

static int fact_gives(struct reader *reader, struct manifest_service *service)
{
	return read_name(reader, 1, service->gives);
}

static int fact_heap(struct reader *reader, struct manifest_service *service)
{
	return read_size(reader, 1, &service->heap_bytes);
}

static int fact_stable(struct reader *reader, struct manifest_service *service)
{
	return read_size(reader, 1, &service->stable_bytes);
}

static int fact_stack(struct reader *reader, struct manifest_service *service)
{
	return read_size(reader, 1, &service->stack_bytes);
}

static int fact_slots(struct reader *reader, struct manifest_service *service)
{
	return read_number(reader, 1, 65536, &service->slots);
}

static int fact_device(struct reader *reader, struct manifest_service *service)
{
	if (strcmp(reader->word[1], "virtio-blk"))
		return fail(reader, reader->line, "unknown device '%s'", reader->word[1]);
	return read_number(reader, 2, 31, &service->device);
}

static int fact_dma(struct reader *reader, struct manifest_service *service)
{
	return read_size(reader, 1, &service->dma_bytes);
}

static int fact_image(struct reader *reader, struct manifest_service *service)
{
	return read_name(reader, 1, service->image);
}

static int fact_manages(struct reader *reader, struct manifest_service *service)
{
	(void)service;
	return !strcmp(reader->word[1], "memory") ||
	       fail(reader, reader->line, "manages what? '%s'", reader->word[1]);
}

static int fact_starts(struct reader *reader, struct manifest_service *service)
{
	(void)service;
	return !strcmp(reader->word[1], "programs") ||
	       fail(reader, reader->line, "starts what? '%s'", reader->word[1]);
}

static int fact_restart(struct reader *reader, struct manifest_service *service)
{
	if (strcmp(reader->word[1], "backoff") || strcmp(reader->word[4], "limit"))
		return fail(reader, reader->line, "restart: 'backoff TIME TIME limit NUMBER'%s", "");
	return read_duration(reader, 2, &service->backoff_first_ns) &&
	       read_duration(reader, 3, &service->backoff_most_ns) &&
	       read_number(reader, 5, 1000000, &service->restart_limit);
}

static int fact_calls(struct reader *reader, struct manifest_service *service)
{
	struct manifest_call *call = &service->call[service->calls];

	if (service->calls == MANIFEST_CALLS)
		return fail(reader, reader->line, "too many calls%s", "");
	for (uint32_t i = 0; i < service->calls; i++) {
		if (!strcmp(service->call[i].name, reader->word[1]))
			return fail(reader, reader->line, "calls '%s' twice", reader->word[1]);
	}
	call->line = reader->line;
	service->calls++;
	return read_name(reader, 1, call->name);
}

static int fact_notifies(struct reader *reader, struct manifest_service *service)
{
	struct manifest_notify *notify = &service->notify[service->notifies];

	if (service->notifies == MANIFEST_LINES)
		return fail(reader, reader->line, "notifies too many%s", "");
	notify->line = reader->line;
	service->notifies++;
	if (!read_name(reader, 1, notify->name) ||
	    !read_number(reader, 2, 0xffffffff, &notify->bits))
		return 0;
	return !(notify->bits & NOTIFY_BEAT) ||
	       fail(reader, reader->line, "the supervisor has bit 0x8000000%s", "");
}

static int fact_ports(struct reader *reader, struct manifest_service *service)
{
	struct manifest_ports *ports = &service->ports[service->ports_count];

	if (service->ports_count == MANIFEST_LINES)
		return fail(reader, reader->line, "too many ranges of ports%s", "");
	service->ports_count++;
	return read_name(reader, 1, ports->name) &&
	       read_number(reader, 2, 0xffff, &ports->first) &&
	       read_number(reader, 3, 0x10000 - ports->first, &ports->count);
}

static int fact_irq(struct reader *reader, struct manifest_service *service)
{
	struct manifest_irq *irq = &service->irq[service->irqs];

	if (service->irqs == MANIFEST_LINES)
		return fail(reader, reader->line, "too many interrupt lines%s", "");
	service->irqs++;
	if (strcmp(reader->word[2], "line") || strcmp(reader->word[4], "bits"))
		return fail(reader, reader->line, "irq: 'NAME line NUMBER bits NUMBER'%s", "");
	return read_name(reader, 1, irq->name) && read_number(reader, 3, 23, &irq->number) &&
	       read_number(reader, 5, 0xffffffff, &irq->bits);
}

static const struct fact {
	const char *word;
	uint32_t words;                          /* on its line, itself included */
	uint32_t once;                           /* its bit, if it may stand only once */
	int (*read)(struct reader *reader, struct manifest_service *service);
} fact_table[] = {
	{ "level",    2, FACT_LEVEL,   fact_level },
	{ "binary",   2, FACT_BINARY,  fact_binary },
	{ "gives",    2, FACT_GIVES,   fact_gives },
	{ "heap",     2, FACT_HEAP,    fact_heap },
	{ "stable",   2, FACT_STABLE,  fact_stable },
	{ "stack",    2, FACT_STACK,   fact_stack },
	{ "slots",    2, FACT_SLOTS,   fact_slots },
	{ "device",   3, FACT_DEVICE,  fact_device },
	{ "dma",      2, FACT_DMA,     fact_dma },
	{ "image",    2, FACT_IMAGE,   fact_image },
	{ "manages",  2, FACT_MANAGES, fact_manages },
	{ "starts",   2, FACT_STARTS,  fact_starts },
	{ "restart",  6, FACT_RESTART, fact_restart },
	{ "calls",    2, 0, fact_calls },
	{ "notifies", 3, 0, fact_notifies },
	{ "ioport",   4, 0, fact_ports },
	{ "irq",      6, 0, fact_irq },
};

static int read_fact(struct reader *reader, struct manifest_service *service)
{
	for (uint32_t i = 0; i < sizeof(fact_table) / sizeof(fact_table[0]); i++) {
		const struct fact *fact = &fact_table[i];

		if (strcmp(fact->word, reader->word[0]))
			continue;
		if (reader->words != fact->words)
			return fail(reader, reader->line, "'%s': wrong number of words", fact->word);
		if (service->facts & fact->once)
			return fail(reader, reader->line, "'%s' stands there twice", fact->word);
		service->facts |= fact->once;
		return fact->read(reader, service);
	}
	return fail(reader, reader->line, "unknown fact '%s'", reader->word[0]);
}

/* ---- rows ------------------------------------------------------------------------------------- */

static int read_service(struct reader *reader, struct manifest *manifest,
			struct manifest_service **service)
{
	if (reader->words != 2)
		return fail(reader, reader->line, "'service' and a name%s", "");
	if (manifest_find(manifest, reader->word[1]))
		return fail(reader, reader->line, "service '%s' stands there twice", reader->word[1]);
	if (manifest->services == MANIFEST_SERVICES)
		return fail(reader, reader->line, "too many services%s", "");
	*service = &manifest->service[manifest->services++];
	(*service)->line = reader->line;
	(*service)->slots = 256;
	return read_name(reader, 1, (*service)->name) && read_name(reader, 1, (*service)->binary);
}

static int read_program(struct reader *reader, struct manifest *manifest,
			struct manifest_service **service)
{
	if (reader->words != 1)
		return fail(reader, reader->line, "'program' alone on its line%s", "");
	if (manifest->program.line)
		return fail(reader, reader->line, "'%s' stands there twice", "program");
	*service = &manifest->program;
	(*service)->line = reader->line;
	memcpy((*service)->name, "program", 8);
	return 1;
}

static int read_rows(struct reader *reader, struct manifest *manifest)
{
	struct manifest_service *service = 0;

	while (reader->at < reader->end) {
		int good = read_line(reader);

		if (good && !strcmp(reader->word[0], "service"))
			good = read_service(reader, manifest, &service);
		else if (good && !strcmp(reader->word[0], "program"))
			good = read_program(reader, manifest, &service);
		else if (good && reader->words && !service)
			good = fail(reader, reader->line, "'%s' before any service", reader->word[0]);
		else if (good && reader->words)
			good = read_fact(reader, service);
		if (!good)
			return 0;
	}
	return 1;
}

/* ---- rules ------------------------------------------------------------------------------------ */

static int check_row(struct reader *reader, const struct manifest_service *service, uint32_t needed)
{
	if ((service->facts & needed) != needed)
		return fail(reader, service->line, needed == FACT_LEVEL ? "'%s' needs a level" :
			    "'%s' needs level, gives, heap, stable, stack and restart", service->name);
	return 1;
}

/* Can `from` reach the service by calls? depth: no path without a cycle is longer. */
static int reaches(const struct manifest *manifest, const struct manifest_service *from,
		   const struct manifest_service *service, uint32_t depth)
{
	for (uint32_t i = 0; depth && i < from->calls; i++) {
		const struct manifest_service *next = manifest_find(manifest, from->call[i].name);

		if (next && (next == service || reaches(manifest, next, service, depth - 1)))
			return 1;
	}
	return 0;
}

static int check_calls(struct reader *reader, const struct manifest *manifest,
		       const struct manifest_service *service)
{
	for (uint32_t i = 0; i < service->calls; i++) {
		const struct manifest_call *call = &service->call[i];
		const struct manifest_service *called = manifest_find(manifest, call->name);

		if (!called)
			return fail(reader, call->line, "calls '%s', which is no service", call->name);
		if (called == service || reaches(manifest, called, service, 6))
			return fail(reader, call->line, "calls '%s', which calls back: a cycle",
				    call->name);
		if (called->level <= service->level)
			return fail(reader, call->line, "calls '%s', which is not uphill", call->name);
	}
	for (uint32_t i = 0; i < service->notifies; i++) {
		if (!manifest_find(manifest, service->notify[i].name))
			return fail(reader, service->notify[i].line,
				    "notifies '%s', which is no service", service->notify[i].name);
	}
	return 1;
}

static int check(struct reader *reader, const struct manifest *manifest)
{
	for (uint32_t i = 0; i < manifest->services; i++) {
		if (!check_row(reader, &manifest->service[i], FACT_LEVEL | FACT_GIVES | FACT_HEAP |
			       FACT_STABLE | FACT_STACK | FACT_RESTART) ||
		    !check_calls(reader, manifest, &manifest->service[i]))
			return 0;
	}
	if (!manifest->program.line)
		return fail(reader, reader->line, "no 'program' row%s", "");
	return check_row(reader, &manifest->program, FACT_LEVEL) &&
	       check_calls(reader, manifest, &manifest->program);
}

const struct manifest_service *manifest_find(const struct manifest *manifest, const char *name)
{
	for (uint32_t i = 0; i < manifest->services; i++) {
		if (!strcmp(manifest->service[i].name, name))
			return &manifest->service[i];
	}
	return 0;
}

int manifest_parse(struct manifest *manifest, const char *text, uint64_t bytes,
		   struct manifest_error *error)
{
	struct reader reader = { .at = text, .end = text + bytes, .error = error };

	memset(manifest, 0, sizeof(*manifest));
	return read_rows(&reader, manifest) && check(&reader, manifest);
}
