/* SPDX-License-Identifier: MIT */
/* What terminals do that few programs ask for: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "tests/system/guest/pty.h"
#include "tests/system/guest/try.h"

/* Typed, and with the slave when this returns. */
static void type(const char *keys)
{
	if (write(master, keys, strlen(keys)) != (ssize_t)strlen(keys))
		printf("typed less\n");
	usleep(30000);
}

static void set(unsigned input, unsigned output, unsigned local_on, unsigned local_off)
{
	struct termios mode;

	tcgetattr(slave, &mode);
	mode.c_iflag |= input;
	mode.c_oflag |= output;
	mode.c_lflag = (mode.c_lflag | local_on) & ~local_off;
	tcsetattr(slave, TCSANOW, &mode);
}

/* ---- modes ---- */

static void input_modes(void)
{
	open_pair();
	set(IUCLC, 0, 0, 0);
	type("Mixed CASE\n");
	show_later("lower", slave);
	show_later("echo", master);
	close_pair();
	open_pair();
	set(PARMRK, 0, 0, 0);
	type("a\377b\n");
	show_later("doubled", slave);
	close_pair();
	open_pair();
	set(IXANY, 0, 0, 0);
	type("\023");
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	TRY(write(slave, "held", 4));
	type("x");
	TRY(write(slave, "free", 4));
	show_later("output", master);
	TRY(tcflow(slave, TCOOFF));
	type("\021");
	TRY(write(slave, "held", 4));
	TRY(tcflow(slave, TCOON));
	TRY(write(slave, "free", 4));
	show_later("output", master);
	close_pair();
}

static void echo_modes(void)
{
	open_pair();
	set(0, 0, ECHOPRT, 0);
	type("abc\177\177d\n");
	show_later("printed", master);
	show_later("line", slave);
	type("one two\027three\025four\n");
	show_later("printed", master);
	show_later("line", slave);
	set(0, 0, 0, ECHOPRT | ECHOE | ECHOK);
	type("ab\177c\025d\n");
	show_later("plain", master);
	show_later("line", slave);
	set(0, 0, ECHOE | ECHOK, ECHOKE);
	type("ab\025c\026\001d\022e\n");
	show_later("reprinted", master);
	show_later("line", slave);
	set(0, 0, 0, ECHOCTL);
	type("\001a\177\177b\026\t\n");
	show_later("no carets", master);
	show_later("line", slave);
	set(0, 0, ECHONL, ECHO);
	type("secret\n");
	show_later("only the newline", master);
	show_later("line", slave);
	close_pair();
}

static void output_modes(void)
{
	open_pair();
	set(0, OLCUC, 0, 0);
	TRY(write(slave, "Mixed 1\n", 8));
	show_later("upper", master);
	close_pair();
	open_pair();
	set(0, OCRNL | ONOCR, 0, 0);
	TRY(write(slave, "\ra\rb", 4));
	show_later("no returns", master);
	close_pair();
	open_pair();
	set(0, ONLRET | XTABS, 0, 0);
	TRY(write(slave, "ab\n\tc\td\be", 9));
	show_later("tabs", master);
	close_pair();
}

static void reading(void)
{
	struct termios mode;

	open_pair();
	tcgetattr(slave, &mode);
	cfmakeraw(&mode);
	mode.c_cc[VMIN] = 3;
	tcsetattr(slave, TCSANOW, &mode);
	type("ab");
	TRY(ready(slave, POLLIN, 0));
	TRY(ioctl(slave, FIONREAD, bytes) == 0 && *(int *)bytes == 2);
	show_later("fewer than the least, without waiting", slave);
	show_later("none", slave);
	mode.c_cc[VTIME] = 1;
	tcsetattr(slave, TCSANOW, &mode);
	type("cd");
	TRY(ready(slave, POLLIN, 0));
	TRY(read(slave, bytes, 100));
	mode.c_cc[VMIN] = 0;
	tcsetattr(slave, TCSANOW, &mode);
	TRY(read(slave, bytes, 100));
	type("e");
	TRY(read(slave, bytes, 100));
	tcgetattr(slave, &mode);
	mode.c_lflag |= ICANON;
	mode.c_cc[VEOL] = 'l';
	mode.c_cc[VEOL2] = '2';
	mode.c_lflag |= IEXTEN;
	mode.c_lflag &= ~(unsigned)ECHO;
	tcsetattr(slave, TCSANOW, &mode);
	type("eol2\nab");
	show_later("first", slave);
	show_later("second", slave);
	show_later("third", slave);
	mode.c_lflag &= ~(unsigned)ICANON;
	mode.c_cc[VMIN] = 1;
	tcsetattr(slave, TCSANOW, &mode);
	show_later("what was no line yet", slave);
	type("x\ny\n");
	mode.c_lflag |= ICANON;
	tcsetattr(slave, TCSANOW, &mode);
	show_later("bytes become one line", slave);
	show_later("none", slave);
	type("no line");
	mode.c_lflag |= EXTPROC;
	tcsetattr(slave, TCSANOW, &mode);
	show_later("the other side edits", slave);
	close_pair();
}

/* ---- ioctls ---- */

struct with_speeds {
	uint32_t input, output, control, local;
	uint8_t line, character[19];
	uint32_t input_speed, output_speed;
};
#define GET2 _IOR('T', 0x2a, struct with_speeds)
#define SET2 _IOW('T', 0x2b, struct with_speeds)

static void attributes(void)
{
	struct with_speeds two;
	struct termios mode;
	uint16_t old[9];
	int on = 1;

	open_pair();
	TRY(ioctl(slave, GET2, &two));
	printf("%x %x %x %x %u %u\n", two.input, two.output, two.control, two.local,
	       two.input_speed, two.output_speed);
	two.control = (two.control & ~(unsigned)CBAUD) | 010000;
	two.input_speed = two.output_speed = 12345;
	TRY(ioctl(slave, SET2, &two));
	memset(&two, 0, sizeof(two));
	TRY(ioctl(master, GET2, &two));
	printf("%x %u %u\n", two.control, two.input_speed, two.output_speed);
	tcgetattr(slave, &mode);
	mode.c_cflag = CS5 | PARENB | B9600;
	TRY(tcsetattr(slave, TCSADRAIN, &mode));
	TRY(ioctl(slave, SET2 + 1, 8));
	ioctl(slave, GET2, &two);
	printf("%x %u %u\n", two.control, two.input_speed, two.output_speed);
	TRY(ioctl(slave, TCGETA, old));
	printf("%x %x %x %x %x\n", old[0], old[1], old[2], old[3], old[4]);
	old[3] &= (uint16_t)~ECHO;
	TRY(ioctl(slave, TCSETAW, old));
	tcgetattr(slave, &mode);
	printf("%x\n", mode.c_lflag);
	TRY(ioctl(slave, TIOCSSOFTCAR, &on));
	TRY(ioctl(slave, TIOCGSOFTCAR, &on));
	TRY(on);
	TRY(ioctl(slave, TCGETS, 8));
	TRY(ioctl(slave, TIOCGETD, &on));
	TRY(on);
	TRY(ioctl(slave, TIOCSETD, &on));
	on = 99;
	TRY(ioctl(slave, TIOCSETD, &on));
	TRY(ioctl(slave, TIOCSBRK, 0));
	TRY(ioctl(slave, TIOCCBRK, 0));
	TRY(tcsendbreak(slave, 0));
	TRY(ioctl(slave, TIOCGDEV, &on));
	TRY(on >> 8);
	TRY(ioctl(master, TIOCGDEV, &on));
	TRY(on >> 8);
	TRY(ioctl(slave, TIOCGPKT, &on));
	TRY(ioctl(slave, TIOCPKT, &on));
	TRY(ioctl(slave, TIOCMGET, &on));
	TRY(tcflow(slave, 9));
	TRY(tcflush(slave, 9));
	close_pair();
}

/* Whether reads of the master show what is written, or drop it. */
static void flushing(void)
{
	int count;

	open_pair();
	TRY(write(slave, "prompt: ", 8));
	ready(master, POLLIN, 1000);
	TRY(ioctl(slave, TIOCOUTQ, &count));
	TRY(count);
	TRY(tcdrain(slave));
	set(0, 0, 0, ECHO);
	TRY(tcflush(slave, TCIOFLUSH));
	show_later("the master has it", master);
	TRY(write(slave, "dropped", 7));
	ready(master, POLLIN, 1000);
	TRY(tcflush(master, TCIFLUSH));
	show_later("dropped", master);
	type("typed\n");
	TRY(tcflush(master, TCOFLUSH));
	show_later("the slave has it", slave);
	type("dropped\n");
	TRY(tcflush(slave, TCIFLUSH));
	show_later("dropped", slave);
	close_pair();
}

static void packets(void)
{
	int on = 1;

	open_pair();
	TRY(ioctl(master, TIOCPKT, &on));
	on = 0;
	TRY(ioctl(master, TIOCGPKT, &on));
	TRY(on);
	TRY(write(slave, "data", 4));
	show_later("data", master);
	TRY(tcflush(slave, TCIFLUSH));
	TRY(ready(master, POLLIN | POLLPRI, 1000));
	show_later("input flushed", master);
	show_later("none", master);
	TRY(tcflow(slave, TCOOFF));
	show_later("stopped", master);
	TRY(tcflow(slave, TCOON));
	show_later("started", master);
	set(0, 0, 0, ECHO);
	type("\003");
	show_later("flushed by a key", master);
	set(0, 0, EXTPROC, 0);
	show_later("attributes", master);
	set(0, 0, 0, EXTPROC);
	show_later("attributes", master);
	{
		struct termios mode;

		tcgetattr(slave, &mode);
		mode.c_iflag &= ~(unsigned)IXON;
		tcsetattr(slave, TCSANOW, &mode);
		show_later("no flow control", master);
		mode.c_iflag |= IXON;
		tcsetattr(slave, TCSANOW, &mode);
		show_later("flow control", master);
	}
	TRY(write(slave, "more", 4));
	ready(master, POLLIN, 1000);
	TRY(read(master, bytes, 1));
	TRY(bytes[0]);
	TRY(read(master, bytes, 3));
	printf("%d %.2s\n", bytes[0], bytes + 1);
	on = 0;
	TRY(ioctl(master, TIOCPKT, &on));
	show_later("the rest", master);
	close_pair();
}

static void exclusive(void)
{
	int on;

	open_pair();
	TRY(ioctl(slave, TIOCGEXCL, &on));
	TRY(on);
	TRY(ioctl(slave, TIOCEXCL));
	TRY(ioctl(slave, TIOCGEXCL, &on));
	TRY(on);
	TRY(close(open(ptsname(master), O_RDWR | O_NOCTTY)));
	fflush(stdout);
	if (geteuid() == 0 && !fork()) {
		fchmod(slave, 0666);
		if (!setgid(65534) && !setuid(65534))
			TRY(open(ptsname(master), O_RDWR | O_NOCTTY));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	TRY(ioctl(slave, TIOCNXCL));
	TRY(ioctl(slave, TIOCGEXCL, &on));
	TRY(on);
	close_pair();
}

static void show_owner(void)
{
	struct stat of;

	TRY(fstat(slave, &of));
	printf("%o %u %u\n", of.st_mode, of.st_uid, of.st_gid);
}

/* As mesg(1) and login(1) do it. */
static void owners(void)
{
	open_pair();
	TRY(fchmod(slave, 0600));
	TRY(chown(ptsname(master), (uid_t)-1, 0));
	show_owner();
	TRY(chmod(ptsname(master), 0640));
	TRY(fchown(slave, 65534, 12));
	show_owner();
	fflush(stdout);
	if (!fork()) {
		if (!setgid(65534) && !setuid(65534)) {
			TRY(close(open(ptsname(master), O_RDWR | O_NOCTTY)));
			TRY(fchmod(slave, 0620));
			TRY(fchown(slave, 0, 0));
		}
		show_owner();
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	fflush(stdout);
	if (!fork()) {
		if (!setgid(65533) && !setuid(65533)) {
			TRY(open(ptsname(master), O_RDWR | O_NOCTTY));
			TRY(fchmod(slave, 0666));
		}
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	close_pair();
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } part[] = {
		{ "input modes", input_modes }, { "echo modes", echo_modes },
		{ "output modes", output_modes }, { "reading", reading },
		{ "attributes", attributes }, { "flushing", flushing }, { "packets", packets },
		{ "exclusive", exclusive },
		{ "owners", owners },
	};

	for (unsigned i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (argc > 1 && strcmp(argv[1], part[i].name))
			continue;
		printf("---- %s\n", part[i].name);
		fflush(stdout);
		part[i].run();
		fflush(stdout);
	}
	return 0;
}
