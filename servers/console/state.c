/* SPDX-License-Identifier: MIT */
#include "servers/console/terminal.h"

struct console_state *console_begin(struct console_stable *stable)
{
	struct console_state *next = &stable->state[!stable->current];

	*next = stable->state[stable->current];
	return next;
}

void console_commit(struct console_stable *stable)
{
	__atomic_store_n(&stable->current, !stable->current, __ATOMIC_RELEASE);
}

void console_commit_answer(struct console_stable *stable, struct call *call, uint64_t answer)
{
	struct console_state *next = &stable->state[!stable->current];

	next->client = (uint32_t)call->badge;
	next->sequence = call->sequence;
	next->answer = answer;
	console_commit(stable);
}

void console_recover(struct console_stable *stable)
{
	const struct console_state *state = console_now(stable);
	struct call call = { .badge = state->client };
	struct answer *answer;

	if (BADGE_CLIENT(state->client) >= CLIENT_MAX)
		return;
	answer = answer_slot(&call);
	if ((int32_t)(state->sequence - answer->sequence) <= 0)
		return;
	answer->status = STATUS_OK;
	answer->words = 1;
	answer->reply[0] = state->answer;
	__atomic_store_n(&answer->sequence, state->sequence, __ATOMIC_RELEASE);
}

#define CONTROL(letter) ((letter) & 0x1f)

void console_initialise(struct console_stable *stable)
{
	struct console_state *state = console_begin(stable);

	*state = (struct console_state){
		.termios = {
			.input = TERMIOS_ICRNL | TERMIOS_IXON | TERMIOS_IMAXBEL | TERMIOS_IUTF8,
			.output = TERMIOS_OPOST | TERMIOS_ONLCR,
			.control = 010002 | 060 | 0200 | 02000,  /* B115200 CS8 CREAD HUPCL */
			.input_speed = 115200, .output_speed = 115200,
			.local = TERMIOS_ISIG | TERMIOS_ICANON | TERMIOS_ECHO | TERMIOS_ECHOE |
				 TERMIOS_ECHOK | TERMIOS_ECHOCTL | TERMIOS_ECHOKE | TERMIOS_IEXTEN,
			.character = {
				[TERMIOS_VINTR] = CONTROL('C'), [TERMIOS_VQUIT] = CONTROL('\\'),
				[TERMIOS_VERASE] = 0x7f, [TERMIOS_VKILL] = CONTROL('U'),
				[TERMIOS_VEOF] = CONTROL('D'), [TERMIOS_VMIN] = 1,
				[TERMIOS_VSTART] = CONTROL('Q'), [TERMIOS_VSTOP] = CONTROL('S'),
				[TERMIOS_VSUSP] = CONTROL('Z'), [TERMIOS_VREPRINT] = CONTROL('R'),
				[TERMIOS_VDISCARD] = CONTROL('O'), [TERMIOS_VWERASE] = CONTROL('W'),
				[TERMIOS_VLNEXT] = CONTROL('V'),
			},
		},
		.owner = { .mode = 0600 },
		.size = { .rows = 24, .columns = 80 },
		.leader = NO_CLIENT,
		.client = NO_CLIENT,
	};
	console_commit(stable);
}

/* What Linux begins a pty with. */
void console_initialise_pty(struct console_stable *stable, uint32_t user)
{
	struct console_state *state;

	console_initialise(stable);
	state = &stable->state[stable->current];
	state->termios.input = TERMIOS_ICRNL | TERMIOS_IXON;
	state->termios.control = 017 | 060 | 0200;       /* B38400 CS8 CREAD */
	state->termios.input_speed = state->termios.output_speed = 38400;
	state->size = (struct console_size){ 0, 0, 0, 0 };
	state->owner = (struct console_owner){ user, PTY_GROUP, 0620 };
	state->on_line = PTY_ON_LINE;
}
