/* SPDX-License-Identifier: MIT */
/* System V's semaphores, message queues and shared memory: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#include "tests/system/guest/try.h"

/* Several of these may run on one Linux. */
#define KEY (0x5eed0000 + getpid())

static int set, queue, segment;
static char *memory;

static void nothing(int signal)
{
	(void)signal;
}

/* ---- semaphores ---- */

static int operate(int number, int by, int flags)
{
	struct sembuf one = { (unsigned short)number, (short)by, (short)flags };

	return semop(set, &one, 1);
}

/* Until that many sleep for a greater value (or 0). */
static void await(int number, int command, int count)
{
	while (semctl(set, number, command) != count)
		sched_yield();
}


static void undo(void)
{
	TRY(operate(0, 3, SEM_UNDO));
	TRY(operate(0, -1, SEM_UNDO));
	TRY(operate(1, -2, SEM_UNDO | IPC_NOWAIT));
	printf("values %d %d\n", semctl(set, 0, GETVAL), semctl(set, 1, GETVAL));
}

static void semaphores(void)
{
	unsigned short values[3] = { 2, 5, 0 }, got[3] = { 9, 9, 9 };
	struct sembuf many[3] = { { 0, -1, IPC_NOWAIT }, { 1, -5, 0 }, { 2, 0, 0 } };
	struct semid_ds status;

	TRY(semget(KEY, 3, 0));
	set = semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0640);
	printf("made %d\n", set >= 0);
	TRY(semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0640));
	TRY(semget(KEY, 4, 0));
	TRY(semget(KEY, 2, 0) == set);
	TRY(semget(IPC_PRIVATE, 0, 0600));
	TRY(semget(IPC_PRIVATE, -1, 0600));
	TRY(semctl(set, 0, SETALL, values));
	TRY(semctl(set, 0, GETALL, got));
	printf("%d %d %d\n", got[0], got[1], got[2]);
	TRY(semop(set, many, 3));
	many[1].sem_flg = IPC_NOWAIT;
	TRY(semop(set, many, 3));
	printf("%d %d\n", semctl(set, 0, GETVAL), semctl(set, 1, GETVAL));
	TRY(semop(set, many, 0));
	TRY(semop(set, many, 501));
	TRY(semop(set, (void *)8, 1));
	TRY(semop(-1, many, 1));
	TRY(operate(3, 1, 0));
	TRY(operate(0, 32767, 0));
	TRY(semctl(set, 0, SETVAL, 32768));
	TRY(semctl(set, 0, SETVAL, -1));
	TRY(semctl(set, 5, SETVAL, 1));
	TRY(semctl(set, 5, GETVAL));
	TRY(semctl(set, 0, 99));
	TRY(semctl(set, 0, IPC_STAT, &status));
	printf("%o %d %lu %d %d\n", status.sem_perm.mode, status.sem_perm.cuid == geteuid(),
	       (unsigned long)status.sem_nsems, status.sem_otime > 0, status.sem_ctime > 0);
	status.sem_perm.mode = 0600;
	TRY(semctl(set, 0, IPC_SET, &status));
	TRY(semctl(set, 0, IPC_STAT, &status));
	printf("%o\n", status.sem_perm.mode);
	TRY(semctl(set, 0, GETPID) == getpid());
}

static void semaphores_wait(void)
{
	struct sembuf one = { 0, -1, 0 };
	struct timespec soon = { 0, 1000000 }, bad = { 0, 1000000000 };
	struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	pid_t child;
	int status;

	TRY(semctl(set, 0, SETVAL, 0));
	TRY(semctl(set, 1, SETVAL, 1));
	TRY(semtimedop(set, &one, 1, &soon));
	TRY(semtimedop(set, &one, 1, &bad));
	fflush(stdout);
	child = fork();
	if (!child) {
		_exit(operate(0, -1, 0) || operate(1, 0, 0));
	}
	await(0, GETNCNT, 1);
	printf("sleeps: %d %d\n", semctl(set, 0, GETNCNT), semctl(set, 0, GETZCNT));
	fflush(stdout);
	TRY(operate(0, 1, 0));
	await(1, GETZCNT, 1);
	TRY(operate(1, -1, 0));
	waitpid(child, &status, 0);
	printf("status %x\n", status);
	in_child(undo);
	printf("values %d %d\n", semctl(set, 0, GETVAL), semctl(set, 1, GETVAL));
	TRY(operate(1, 2, 0));
	in_child(undo);
	printf("values %d %d\n", semctl(set, 0, GETVAL), semctl(set, 1, GETVAL));
	/* A signal ends it, whatever SA_RESTART says; so does its set's end. */
	sigaction(SIGUSR1, &action, 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		status = operate(0, -9, 0) == -1 && errno == EINTR;
		operate(1, 1, 0);
		_exit(operate(0, -9, 0) == -1 && errno == EIDRM && status ? 0 : 1);
	}
	await(0, GETNCNT, 1);
	kill(child, SIGUSR1);
	TRY(operate(1, -3, 0));
	await(0, GETNCNT, 1);
	TRY(semctl(set, 0, IPC_RMID));
	waitpid(child, &status, 0);
	printf("status %x\n", status);
	TRY(semctl(set, 0, GETVAL));
	TRY(operate(0, 1, 0));
}

/* ---- messages ---- */

static struct { long type; char text[9000]; } message;

static long put(long type, const char *text, int flags)
{
	message.type = type;
	strcpy(message.text, text);
	return msgsnd(queue, &message, strlen(text) + 1, flags);
}

static void get(long type, size_t bytes, int flags)
{
	long got;

	memset(&message, 0, sizeof(message));
	errno = 0;
	got = msgrcv(queue, &message, bytes, type, flags);
	printf("msgrcv %ld %zu %o = %ld %s: %ld %s\n", type, bytes, flags, got,
	       got < 0 ? strerror(errno) : "", message.type, message.text);
	fflush(stdout);
}

static void messages(void)
{
	struct msqid_ds status;
	int sent = 0;

	TRY(msgget(KEY, 0));
	queue = msgget(KEY, IPC_CREAT | 0600);
	TRY(msgget(KEY, 0) == queue);
	TRY(put(0, "x", 0));
	TRY(put(-1, "x", 0));
	TRY(put(5, "five", 0));
	TRY(put(2, "two", 0));
	TRY(put(7, "seven", 0));
	TRY(put(2, "second two", 0));
	TRY(put(1, "", 0));
	TRY(msgsnd(queue, &message, 9000, 0));
	TRY(msgsnd(queue, (void *)8, 1, 0));
	TRY(msgsnd(queue, &message, (size_t)-1, 0));
	TRY(msgctl(queue, IPC_STAT, &status));
	printf("%lu messages, %lu bytes, at most %lu, by me %d, never received %d\n",
	       status.msg_qnum, status.__msg_cbytes, status.msg_qbytes,
	       status.msg_lspid == getpid(), status.msg_rtime == 0);
	get(-3, 100, 0);
	get(2, 2, 0);
	get(2, 2, MSG_NOERROR);
	get(0, 100, 0);
	get(9, 100, IPC_NOWAIT);
	get(7, 100, MSG_EXCEPT | IPC_NOWAIT);
	get(7, 100, MSG_EXCEPT | IPC_NOWAIT);
	get(-9, 100, 0);
	get(0, 100, IPC_NOWAIT);
	while (put(1, "0123456789abcde", IPC_NOWAIT) == 0)
		sent++;
	printf("%d sent, then %s\n", sent, strerror(errno));
	TRY(msgctl(queue, IPC_STAT, &status));
	printf("%lu messages, %lu bytes\n", status.msg_qnum, status.__msg_cbytes);
	while (msgrcv(queue, &message, 100, 0, IPC_NOWAIT) >= 0)
		sent--;
	printf("%d left\n", sent);
	fflush(stdout);
}

static void answer(void)
{
	for (int i = 0; i < 300; i++) {
		msgrcv(queue, &message, sizeof(message.text), 1, 0);
		message.type = 2;
		message.text[7000] ^= 1;
		msgsnd(queue, &message, 8000, 0);
	}
	msgrcv(queue, &message, sizeof(message.text), 1, 0);
	_exit(errno);
}

static void messages_wait(void)
{
	int wrong = 0, status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		answer();
	for (int i = 0; i < 300; i++) {
		message.type = 1;
		memset(message.text, 'a' + i % 26, 8000);
		wrong += msgsnd(queue, &message, 8000, 0) != 0;
		message.text[7000] ^= 1;
		wrong += msgrcv(queue, &message, sizeof(message.text), 2, 0) != 8000 ||
			 message.text[7000] != (char)(('a' + i % 26) ^ 1) ||
			 message.text[7999] != 'a' + i % 26;
	}
	printf("%d wrong\n", wrong);
	TRY(msgctl(queue, IPC_RMID, 0));
	waitpid(child, &status, 0);
	/* It was asleep, or came too late. */
	printf("%d\n", status == EIDRM << 8 || status == EINVAL << 8);
	TRY(msgctl(queue, IPC_RMID, 0));
	TRY(put(1, "x", 0));
}

/* ---- shared memory ---- */

static unsigned long attached(void)
{
	struct shmid_ds status = { 0 };

	shmctl(segment, IPC_STAT, &status);
	return status.shm_nattch;
}

static void child_of_memory(void)
{
	printf("%s, attached %lu\n", memory, attached());
	strcpy(memory + 9000, "from the child");
	TRY(shmdt(memory));
	printf("attached %lu\n", attached());
}

static void segments(void)
{
	struct shmid_ds status;
	char *other, *where;

	TRY(shmget(KEY, 10000, 0));
	TRY(shmget(KEY, 0, IPC_CREAT | 0600));
	segment = shmget(KEY, 10000, IPC_CREAT | 0640);
	TRY(shmget(KEY, 10001, 0));
	TRY(shmget(KEY, 0, 0) == segment);
	TRY(shmget(KEY, 10, IPC_CREAT | IPC_EXCL));
	memory = shmat(segment, 0, 0);
	printf("attached %lu\n", attached());
	strcpy(memory, "from the parent");
	in_child(child_of_memory);
	printf("%s, attached %lu\n", memory + 9000, attached());
	other = shmat(segment, 0, SHM_RDONLY);
	printf("%s, attached %lu\n", other, attached());
	TRY(mprotect(other, 4096, PROT_READ | PROT_WRITE));
	TRY(shmat(segment, memory, 0));
	TRY(shmat(segment, memory + 1, 0));
	TRY(shmat(-1, 0, 0));
	where = mmap(0, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(where, 1 << 16);
	TRY(shmat(segment, where + 4097, SHM_RND) == where + 4096);
	TRY(shmat(segment, where + 4096, SHM_REMAP) == where + 4096);
	printf("%s, attached %lu\n", where + 4096, attached());
	TRY(shmdt(where));
	TRY(munmap(where + 4096, 12288));
	printf("attached %lu\n", attached());
	TRY(shmdt(where + 4096));
	TRY(shmctl(segment, IPC_STAT, &status));
	printf("%lu bytes, %o, mine %d, last %d\n", (unsigned long)status.shm_segsz,
	       status.shm_perm.mode, status.shm_cpid == getpid(), status.shm_lpid == getpid());
	TRY(shmctl(segment, IPC_RMID, 0));
	TRY(shmget(KEY, 0, 0));
	TRY(shmctl(segment, IPC_STAT, &status));
	printf("%o, attached %lu\n", status.shm_perm.mode, (unsigned long)status.shm_nattch);
	TRY(shmdt(other));
	printf("%s\n", memory);
	TRY(shmdt(memory));
	TRY(shmdt(memory));
	TRY(shmctl(segment, IPC_STAT, &status));
}

/* ---- What /proc says ---- */

static void look(const char *name, int wanted)
{
	char line[256];
	int key, id, count = 0;
	FILE *file = fopen(name, "r");

	while (file && fgets(line, sizeof(line), file))
		count += sscanf(line, "%d %d", &key, &id) == 2 && id == wanted && key == KEY;
	printf("%s: %d\n", name, count);
	if (file)
		fclose(file);
}

static void tables(void)
{
	set = semget(KEY, 7, IPC_CREAT | 0600);
	queue = msgget(KEY, IPC_CREAT | 0600);
	segment = shmget(KEY, 4097, IPC_CREAT | 0600);
	look("/proc/sysvipc/sem", set);
	look("/proc/sysvipc/msg", queue);
	look("/proc/sysvipc/shm", segment);
	TRY(shmctl(segment, SHM_LOCK, 0));
	TRY(shmctl(segment, SHM_UNLOCK, 0));
	TRY(semctl(set, 0, IPC_RMID));
	TRY(msgctl(queue, IPC_RMID, 0));
	TRY(shmctl(segment, IPC_RMID, 0));
	look("/proc/sysvipc/shm", segment);
}

int main(void)
{
	tables();
	semaphores();
	semaphores_wait();
	messages();
	messages_wait();
	segments();
	return 0;
}
