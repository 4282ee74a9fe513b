/* SPDX-License-Identifier: MIT */
/* The texts of /proc about the system. */
#include "user/posix/proc.h"

#include "libipc/proto/supervisor.h"
#include "libipc/string.h"

static long statistics(struct task *task, struct process_statistics_reply *reply)
{
	status_t status = process_statistics(&task->process_session,
		&(struct process_statistics_request){ }, reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

long proc_cmdline(struct task *task __attribute__((unused)), struct text *text)
{
	const char *more = info_page()->command_line;

	text_add(text, "root=/dev/vda%s%s\n", *more ? " " : "", more);
	return 0;
}

/* ---- mounts ---- */

static const char *const mount_types[] = {
	[FS_MOUNT_ROOT] = "ext2", [FS_MOUNT_MEMORY] = "tmpfs", [FS_MOUNT_DISK] = "ext2",
	[FS_MOUNT_DEV] = "devtmpfs", [FS_MOUNT_PROC] = "proc",
};

/* As a name stands in these files: blanks and the like as octal numbers. */
static void add_name(struct text *text, const char *name)
{
	for (; *name; name++) {
		if (strchr(" \t\n\\#", *name)) {
			text_bytes(text, "\\", 1);
			text_octal(text, (uint8_t)*name, 3);
		} else {
			text_bytes(text, name, 1);
		}
	}
}

static void add_options(struct text *text, uint32_t flags)
{
	static const struct { uint32_t flag; const char *name; } options[] = {
		{ FS_MOUNT_NOSUID, ",nosuid" }, { FS_MOUNT_NODEV, ",nodev" },
		{ FS_MOUNT_NOEXEC, ",noexec" }, { FS_MOUNT_NOATIME, ",noatime" },
		{ FS_MOUNT_NODIRATIME, ",nodiratime" },
	};

	text_add(text, flags & (FS_MOUNT_READ_ONLY | FS_MOUNT_SUPER_READ_ONLY) ? "ro" : "rw");
	for (unsigned int i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (flags & options[i].flag)
			text_add(text, "%s", options[i].name);
	}
	if (!(flags & (FS_MOUNT_NOATIME | FS_MOUNT_STRICTATIME)))
		text_add(text, ",relatime");
}

/* One mount as /proc/mounts shows it, or as mountinfo does. */
struct mount_line { const char *source, *root, *path; struct fs_mounts_reply of; uint32_t major; };

static void add_mount(struct text *text, const struct mount_line *line, int info)
{
	const struct fs_mounts_reply *of = &line->of;
	uint32_t flags = of->flags | (of->read_only ? FS_MOUNT_READ_ONLY : 0);

	if (info) {
		struct fs_status on = { .filesystem = of->filesystem };
		uint64_t device = line->major ? line->major : file_device_number(&on);

		text_add(text, "%u %u %lu:%lu ", of->id, of->parent, device >> 8, device & 0xff);
		add_name(text, line->root);
	} else {
		add_name(text, line->source);
	}
	text_add(text, " ");
	add_name(text, line->path);
	text_add(text, info ? " " : " %s ", mount_types[of->kind]);
	add_options(text, flags);
	if (!info) {
		text_add(text, " 0 0\n");
		return;
	}
	text_add(text, " - %s ", mount_types[of->kind]);
	add_name(text, line->source);
	text_add(text, of->read_only || flags & FS_MOUNT_SUPER_READ_ONLY ? " ro\n" : " rw\n");
}

static int has_second_disk(struct task *task)
{
	static const char path[] = "/extra";
	struct fs_lookup_reply reply;

	return fs_lookup(&task->fs, &(struct fs_lookup_request){ .path_bytes = sizeof(path) - 1 },
			 &reply, LEND_IN(path, sizeof(path) - 1)) == STATUS_OK &&
		reply.status.filesystem == 1;
}

/* Ids of what is always there; those of the fs come behind them. */
enum { MOUNT_ID_ROOT = 20, MOUNT_ID_EXTRA, MOUNT_ID_DEV, MOUNT_ID_SHM, MOUNT_ID_PROC, MOUNT_IDS };

static long add_mounts(struct task *task, struct text *text, int info)
{
	struct fs_volume_reply volume;
	status_t status = fs_volume(&task->fs, &(struct fs_volume_request){ FS_ROOT }, &volume, 0);
	struct mount_line line;
	char names[FS_MOUNT_TEXT];
	uint32_t last = 0;

	if (status != STATUS_OK)
		return error_of_status(status);
	add_mount(text, &(struct mount_line){ "/dev/vda", "/", "/", { MOUNT_ID_ROOT, 1,
		  FS_MOUNT_ROOT, volume.mount_flags, 0, volume.read_only }, 0 }, info);
	if (has_second_disk(task))
		add_mount(text, &(struct mount_line){ "/dev/vdb", "/", "/extra", { MOUNT_ID_EXTRA,
			  MOUNT_ID_ROOT, FS_MOUNT_DISK, 0, 1, 1 }, 0 }, info);
	add_mount(text, &(struct mount_line){ "dev", "/", "/dev", { MOUNT_ID_DEV, MOUNT_ID_ROOT,
		  FS_MOUNT_DEV, 0, 0, 0 }, 5 }, info);
	add_mount(text, &(struct mount_line){ "tmpfs", "/", "/dev/shm", { MOUNT_ID_SHM,
		  MOUNT_ID_DEV, FS_MOUNT_MEMORY, 0, FS_VOLUME_MEMORY, 0 }, 0 }, info);
	add_mount(text, &(struct mount_line){ "proc", "/", "/proc", { MOUNT_ID_PROC, MOUNT_ID_ROOT,
		  FS_MOUNT_PROC, 0, 0, 0 }, 4 }, info);
	while (fs_mounts(&task->fs, &(struct fs_mounts_request){ last }, &line.of,
			 LEND_OUT(names, sizeof(names))) == STATUS_OK) {
		last = line.of.id;
		line.of.id += MOUNT_IDS;
		line.of.parent = line.of.parent ? line.of.parent + MOUNT_IDS : MOUNT_ID_ROOT;
		line.major = line.of.kind == FS_MOUNT_DEV ? 5 :
			line.of.kind == FS_MOUNT_PROC ? 4 : 0;
		line.source = names;
		line.root = line.source + strlen(line.source) + 1;
		line.path = line.root + strlen(line.root) + 1;
		add_mount(text, &line, info);
	}
	return 0;
}

long proc_mounts(struct task *task, struct text *text)
{
	return add_mounts(task, text, 0);
}

long proc_mountinfo(struct task *task, struct text *text)
{
	return add_mounts(task, text, 1);
}

long proc_meminfo(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	long error = statistics(task, &of);

	if (error)
		return error;
	text_add(text, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n",
	     of.frames_total * 4, of.frames_free * 4, of.frames_free * 4);
	text_add(text, "Buffers:        %8d kB\nCached:         %8d kB\nSwapCached:     %8d kB\n"
	     "SwapTotal:      %8d kB\nSwapFree:       %8d kB\nShmem:          %8d kB\n"
	     "SReclaimable:   %8d kB\n", 0, 0, 0, 0, 0, 0, 0);
	return 0;
}

/* Nanoseconds without anything to do; 0: it is not known. */
static uint64_t idle_ns(struct task *task)
{
	const struct supervisor_counters_request request = { };
	struct supervisor_counters_reply counted;

	if (supervisor_counters(&task->supervisor, &request, &counted, 0) != STATUS_OK)
		return 0;
	return time_scale(counted.idle_ticks, info_page()->ns_multiplier);
}

long proc_uptime(struct task *task, struct text *text)
{
	uint64_t hundredths = time_now_ns() / 10000000, idle = idle_ns(task) / 10000000;

	text_add(text, "%lu.%02lu %lu.%02lu\n", hundredths / 100, hundredths % 100, idle / 100,
		 idle % 100);
	return 0;
}

/* No load is kept; how many processes there are is. */
long proc_loadavg(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	long error = statistics(task, &of);

	if (!error)
		text_add(text, "0.00 0.00 0.00 1/%lu %u\n", of.processes,
		     PROCESS_PAGE(task->page)->pid);
	return error;
}

long proc_stat(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	/* Rounded apart, so that neither ever goes back. */
	uint64_t idle = idle_ns(task), all = time_now_ns(), busy;
	long error = statistics(task, &of);

	if (error)
		return error;
	busy = (all > idle ? all - idle : 0) / TICK_NS;
	idle /= TICK_NS;
	text_add(text, "cpu  %lu 0 0 %lu 0 0 0 0 0 0\ncpu0 %lu 0 0 %lu 0 0 0 0 0 0\n", busy, idle,
		 busy, idle);
	text_add(text, "intr 0\nctxt 0\nbtime %lu\nprocesses %lu\nprocs_running 1\n"
		 "procs_blocked 0\n", info_page()->wall_boot_ns / 1000000000, of.forks);
	return 0;
}

static void cpuid(uint32_t leaf, uint32_t words[4])
{
	__asm__ volatile("cpuid" : "=a"(words[0]), "=b"(words[1]), "=c"(words[2]), "=d"(words[3])
			 : "a"(leaf), "c"(0));
}

long proc_cpuinfo(struct task *task, struct text *text)
{
	uint32_t vendor[4], model[4], name[12];
	const char *brand = (const char *)name;
	uint64_t khz = info_page()->tsc_hz / 1000;

	(void)task;
	cpuid(0, vendor);
	cpuid(1, model);
	for (uint32_t i = 0; i < 3; i++)
		cpuid(0x80000002 + i, name + 4 * i);
	vendor[0] = vendor[1], vendor[1] = vendor[3];
	text_add(text, "processor\t: 0\nvendor_id\t: ");
	for (int i = 0; i < 12; i++)
		text_add(text, "%c", ((const char *)vendor)[i]);
	text_add(text, "\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: ", model[0] >> 8 & 15,
	     (model[0] >> 4 & 15) | (model[0] >> 12 & 0xf0));
	for (unsigned int i = 0; i < sizeof(name) && brand[i]; i++)
		text_add(text, "%c", brand[i]);
	text_add(text, "\nstepping\t: %u\ncpu MHz\t\t: %lu.%03lu\nsiblings\t: 1\ncpu cores\t: 1\n\n",
	     model[0] & 15, khz / 1000, khz % 1000);
	return 0;
}

long proc_vmstat(struct task *task, struct text *text)
{
	struct process_statistics_reply of;
	long error = statistics(task, &of);

	if (!error)
		text_add(text, "nr_free_pages %lu\npgfault %lu\npgmajfault 0\npswpin 0\npswpout 0\n"
			 "pgpgin 0\npgpgout 0\n", of.frames_free, of.faults);
	return error;
}

long proc_interrupts(struct task *task __attribute__((unused)), struct text *text)
{
	text_add(text, "           CPU0       \n");
	return 0;
}

/* Sizes in KiB, of the file systems on them. */
long proc_partitions(struct task *task, struct text *text)
{
	struct fs_volume_reply volume;

	text_add(text, "major minor  #blocks  name\n\n");
	if (fs_volume(&task->fs, &(struct fs_volume_request){ FS_ROOT }, &volume, 0) == STATUS_OK)
		text_add(text, " 254        0 %10lu vda\n",
			 volume.blocks * volume.block_bytes / 1024);
	return 0;
}

/* The same until the machine stops: made of when it started. */
long proc_boot_id(struct task *task __attribute__((unused)), struct text *text)
{
	uint64_t seed = info_page()->wall_boot_ns * 0x9e3779b97f4a7c15ull;
	uint64_t more = (seed ^ seed >> 29) * 0xbf58476d1ce4e5b9ull;

	text_add(text, "%08lx-%04lx-%04lx-%04lx-%012lx\n", seed >> 32, seed >> 16 & 0xffff,
		 (seed & 0xfff) | 0x4000, (more >> 48 & 0x3fff) | 0x8000, more & 0xffffffffffff);
	return 0;
}

long proc_random_uuid(struct task *task, struct text *text)
{
	uint16_t part[8];

	random_bytes(&task->process->random, part, sizeof(part));
	text_add(text, "%04x%04x-%04x-%04x-%04x-%04x%04x%04x\n", part[0], part[1], part[2],
		 (part[3] & 0xfff) | 0x4000, (part[4] & 0x3fff) | 0x8000, part[5], part[6], part[7]);
	return 0;
}
