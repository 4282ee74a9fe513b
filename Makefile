# SPDX-License-Identifier: MIT
# The front door. `make help` lists what there is; README.md explains it. Adding a file edits nothing here.

O     := build
BUILD := micro
MAKEFLAGS += --no-builtin-rules --no-print-directory --jobs=$(shell nproc)
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := help

PACKAGES := make bash clang lld llvm libclang-rt-14-dev libc6-dev musl-tools libcriterion-dev \
            qemu-system-x86 busybox-static e2fsprogs
CC   := clang
LD   := ld.lld
OUT  := $(O)/$(BUILD)
quote = '$(subst ','\'',$(1))'
flags  := $(filter-out --%,$(firstword -$(MAKEFLAGS)))
silent := $(findstring s,$(flags))
# Progress goes to standard error: standard output belongs to the guest.
say   = @mkdir -p $(@D); $(if $(silent),,printf '  %-8s %s\n' $(1) $(patsubst $(O)/%,%,$@) >&2;)

# ---- compilers' settings --------------------------------------------------------------------------

WARN     := -Wall -Wextra -Werror -Wno-missing-field-initializers
COMMON   := -std=gnu11 -O2 -g -I. -MMD -MP $(WARN)
BARE     := --target=x86_64-unknown-none-elf -ffreestanding -mno-red-zone -mgeneral-regs-only \
            -fno-stack-protector -fno-asynchronous-unwind-tables
BUILTINS  = $(shell $(CC) --print-resource-dir)/lib/linux/libclang_rt.builtins-x86_64.a
KERNEL_FLAGS  = $(BARE) $(COMMON) -mcmodel=kernel -fno-pic -fno-omit-frame-pointer -I$(OUT)
SERVICE_FLAGS = $(BARE) $(COMMON) -fPIE
PROGRAM_FLAGS = --target=x86_64-linux-musl --sysroot=$(O)/sysroot -mno-red-zone $(COMMON)
PROGRAM_LINK  = -static -rtlib=compiler-rt --unwindlib=none -fuse-ld=lld
HOST_FLAGS    = -std=gnu11 -D_GNU_SOURCE -g -O1 -I. $(WARN)
UNIT_FLAGS    = $(HOST_FLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all
SERVICE_LINK  = $(LD) --no-pie -z max-page-size=4096 --gc-sections -T

# ---- what there is: the directories say it --------------------------------------------------------

# Which services are in the kernel: column $(BUILD) of the placement. `posix` is the personality.
PLACEMENT := servers/placement
HOSTED    := $(shell awk -v build=$(call quote,$(BUILD)) '$$1 == "service" { for (i = 2; i <= NF; i++) if ($$i == build) n = i } \
	       n && $$n == "kernel" { print $$1 }' 2>/dev/null $(call quote,$(PLACEMENT)))
HOST_SOURCES   := kernel/host.c kernel/host_place.c kernel/host_program.c kernel/arch/x86_64/host.S
KERNEL_SOURCES := $(filter-out $(HOST_SOURCES) %/offsets.c,$(wildcard kernel/*.c kernel/arch/x86_64/*.[cS])) \
                  $(if $(HOSTED),$(HOST_SOURCES))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(OUT)/obj/%.o) $(HOSTED:%=$(OUT)/hosted/%.o) \
                  $(if $(HOSTED),$(OUT)/hosted/table.o)
SERVICE_DIRS   := $(patsubst %/,%,$(dir $(wildcard servers/*/*.c servers/drivers/*/*.c)))
SERVICES       := $(sort $(notdir $(SERVICE_DIRS)))
PROGRAMS       := $(patsubst user/%.c,%,$(wildcard user/bin/*.c user/bench/*.c))
GUEST_TESTS    := $(patsubst tests/system/%.c,%,$(wildcard tests/system/guest/*.c))
GLIBC_TESTS    := $(patsubst tests/system/%.c,%-glibc,$(wildcard tests/system/guest/threads*.c))
SYSTEM_TESTS   := $(filter-out %/become.c,$(wildcard tests/system/*.c))
UNIT_TESTS     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
HEADERS        := $(wildcard $(foreach d,kernel libipc servers user tests,$(d)/*.h $(d)/*/*.h $(d)/*/*/*.h))
objects_of      = $(patsubst %,$(O)/obj/%.o,$(wildcard $(addsuffix /*.[cS],$(1))))

.PHONY: help deps builds kernel services programs guest-tests image all run demo test unit system test-programs test-busybox bench bench-results bench-placement bench-profile check debug map syscalls clean
help:
	@sed -n 's/^#: //p' Makefile

#: make run        boot to a shell on this terminal; `poweroff` or end of input ends it
#: make demo       the tour without typing: crashes under load, nothing lost, cost table
#: make test       all tests, unit and system          make unit, make system: one half
#: make test-programs, make test-busybox   programs of Debian, and Busybox's own tests, fetched and run
#: make bench      the cost tables, beside Linux: build/bench/results.json (BUILDS="micro linux"), plots;
#:                 bench-results: into tests/bench/RESULTS.md; bench-placement: what each boundary costs
#: make check      sizes, style limits, manifest against code
#: make debug      boot and wait for gdb               make map, make syscalls: the generated tables
#: make deps       install what is needed (Debian 12)  make clean: remove build/
#:
#: make run takes BUILD=micro|hybrid|mono SCRIPT=file EXTRA=directory DISK=image MEM=MiB SMP=n ACCEL=tcg|kvm
#:                ICOUNT=1 TIMEOUT=seconds; the exit status is the script's

all: kernel services programs image
kernel: $(OUT)/kernel.elf
services: $(OUT)/boot.cpio
programs: $(PROGRAMS:%=$(O)/user/%)
guest-tests: $(GUEST_TESTS:%=$(O)/%) $(GLIBC_TESTS:%=$(O)/%)
image: $(O)/root.img
# Kernel and archive of every build. The other builds' turn comes when nobody else makes what they need too.
COLUMNS := $(shell awk '$$1 == "service" { $$1 = ""; print }' servers/placement)
builds: kernel services $(SERVICES:%=$(O)/services/%.elf) $(O)/services/posix.elf
	@for build in $(filter-out $(BUILD),$(COLUMNS)); do \
	  MAKEFLAGS=$(silent)$(findstring n,$(flags)) $(MAKE) O=$(call quote,$(O)) BUILD=$$build kernel services || exit; done
clean:
	rm -rf $(O)

# Every product waits for the tools; the check takes a tenth of a second.
deps:
	@dpkg -s $(PACKAGES) >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ]; then \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(PACKAGES); } >&2; \
	else echo "tools are missing; as root: apt-get install -y --no-install-recommends $(PACKAGES)" >&2; exit 1; fi

# ---- kernel ---------------------------------------------------------------------------------------

$(OUT)/offsets.h: kernel/arch/x86_64/offsets.c $(HEADERS) | deps
	$(call say,OFFSETS) $(CC) $(filter-out -MMD -MP -g,$(KERNEL_FLAGS)) -fno-integrated-as -S -o - $< | \
	  sed -n 's/^[[:space:]]*->\([A-Za-z0-9_]*\) \$$*\(-\{0,1\}[0-9]*\).*/#define \1 \2/p' > $@

$(OUT)/obj/kernel/%.c.o: kernel/%.c | $(OUT)/offsets.h deps
	$(call say,CC) $(CC) $(KERNEL_FLAGS) -c -o $@ $<

$(OUT)/obj/kernel/%.S.o: kernel/%.S $(OUT)/offsets.h | deps
	$(call say,AS) $(CC) $(KERNEL_FLAGS) -c -o $@ $<

KERNEL_LINK = $(LD) --no-pie -z max-page-size=4096 -T kernel/arch/x86_64/kernel.ld
$(OUT)/kernel-without-symbols.elf: $(KERNEL_OBJECTS) kernel/arch/x86_64/kernel.ld
	$(call say,LD) $(KERNEL_LINK) -o $@ $(KERNEL_OBJECTS) $(BUILTINS)

# Names and addresses of the functions, for the back trace of a panic.
$(OUT)/symbols.S: $(OUT)/kernel-without-symbols.elf
	$(call say,SYMBOLS) llvm-nm -n $< | awk 'BEGIN { n = 0; print ".section .rodata\n.balign 8\n.globl kernel_symbols, kernel_symbol_count\nkernel_symbols:" } \
	  $$2 ~ /^[tT]$$/ { print ".quad 0x" $$1 ", name" n; names = names "name" n++ ": .asciz \"" $$3 "\"\n" } \
	  END { print "kernel_symbol_count: .quad " n "\n" names }' > $@

$(OUT)/kernel.elf: $(OUT)/symbols.S
	$(call say,LD) $(CC) $(KERNEL_FLAGS) -c -o $(OUT)/symbols.o $< && \
	  $(KERNEL_LINK) -o $@ $(KERNEL_OBJECTS) $(OUT)/symbols.o $(BUILTINS)

# ---- services in the kernel: the same objects, and libipc for those who live there ----------------

# The folder of a row of the manifest: its own name or its binary's.
binary_of  = $(shell awk -v name=$(1) '$$1 == "service" { s = $$2 == name } s && $$1 == "binary" { b = $$2 } \
	       END { print b ? b : name }' servers/manifest)
folder_of  = $(filter %/$(call binary_of,$(1)),$(SERVICE_DIRS))
POSIX_GLOBAL := posix_boot posix_fork_child posix_upcall posix_syscall posix_syscall_counted \
                access_start access_end access_fault upcall_inside

# One object a service, so that only its entries are seen from outside; two rows of one binary are two.
define hosted_rule
$(OUT)/hosted/$(1).o: $$(call objects_of,$(call folder_of,$(1))) $(O)/libipc-direct.a
	$$(call say,HOST) $(LD) -r -u hosted_entries -o $$@.all $$^ && \
	  llvm-objcopy --keep-global-symbol=hosted_entries $$@.all $$@.one && \
	  llvm-objcopy --redefine-sym hosted_entries=hosted_entries_$(1) $$@.one $$@
	@sha256sum $$(filter %.o,$$^) > $$(@:.o=.objects)
endef
$(foreach name,$(filter-out posix,$(HOSTED)),$(eval $(call hosted_rule,$(name))))

$(OUT)/hosted/posix.o: $(filter-out %/entry.S.o,$(call objects_of,user/posix)) $(OUT)/obj/user/posix/kernel/entry.S.o $(O)/libipc-direct.a
	$(call say,HOST) $(LD) -r -o $@.all $^ && llvm-objcopy $(POSIX_GLOBAL:%=--keep-global-symbol=%) $@.all $@
	@sha256sum $(filter %.o,$^) > $(@:.o=.objects)

$(OUT)/hosted/table.o: $(PLACEMENT) | deps
	$(call say,TABLE) { printf '.section .rodata\n.balign 8\n.globl hosted_services, hosted_service_count\nhosted_services:\n'; \
	  for s in $(filter-out posix,$(HOSTED)); do printf '1: .asciz "%s"\n.org 1b + 16\n.quad hosted_entries_%s\n' $$s $$s; done; \
	  echo 'hosted_service_count: .quad $(words $(filter-out posix,$(HOSTED)))'; } | $(CC) --target=x86_64-unknown-none-elf -x assembler -c -o $@ -

$(OUT)/obj/user/posix/kernel/%.S.o: user/posix/kernel/%.S $(OUT)/offsets.h | deps
	$(call say,AS) $(CC) $(KERNEL_FLAGS) -c -o $@ $<

# What programs see of a personality in the kernel: the clock's functions.
$(OUT)/archive/posix: $(OUT)/kernel.elf
	$(call say,IMAGE) llvm-objcopy -O binary --only-section=.posix $< $@

# ---- services and the personality: one set of objects for all builds ------------------------------

$(O)/obj/%.c.o: %.c | deps
	$(call say,CC) $(CC) $(SERVICE_FLAGS) -c -o $@ $<

$(O)/obj/%.S.o: %.S | deps
	$(call say,AS) $(CC) $(SERVICE_FLAGS) -c -o $@ $<

# libipc once for those who have an address space of their own, once for those who live in the kernel.
$(O)/libipc.a: $(call objects_of,libipc libipc/message)
$(O)/libipc-direct.a: $(call objects_of,libipc libipc/direct)
$(O)/libipc.a $(O)/libipc-direct.a:
	$(call say,AR) rm -f $@; llvm-ar rcs $@ $^

define service_rule
$(O)/services/$(notdir $(1)).elf: $(call objects_of,$(1)) $(O)/libipc.a libipc/service.ld
	$$(call say,LD) $(SERVICE_LINK) libipc/service.ld -o $$@ $$(filter %.o,$$^) $(O)/libipc.a $$(BUILTINS)
	@sha256sum $$(filter %.o,$$^) > $$(@:.elf=.objects)
endef
$(foreach dir,$(sort $(SERVICE_DIRS)),$(eval $(call service_rule,$(dir))))

$(O)/services/posix.elf: $(call objects_of,user/posix) $(O)/libipc.a user/posix/posix.ld
	$(call say,LD) $(SERVICE_LINK) user/posix/posix.ld -o $@ $(filter %.o,$^) $(O)/libipc.a $(BUILTINS)
	@sha256sum $(filter %.o,$^) > $(@:.elf=.objects)

$(O)/archive/posix: $(O)/services/posix.elf
	$(call say,IMAGE) llvm-objcopy -O binary $< $@

$(O)/archive/%: $(O)/services/%.elf
	$(call say,STRIP) llvm-strip -o $@ $<

$(O)/archive/manifest: servers/manifest
	$(call say,COPY) cp $< $@

ARCHIVE := $(filter-out $(HOSTED),$(SERVICES) posix manifest)
$(OUT)/boot.cpio: $(ARCHIVE:%=$(O)/archive/%) $(if $(filter posix,$(HOSTED)),$(OUT)/archive/posix)
	$(call say,CPIO) rm -rf $(@D)/files && mkdir -p $(@D)/files && cp $^ $(@D)/files && \
	  (cd $(@D)/files && ls | busybox cpio -o -H newc 2>/dev/null) > $@

# The kernel's own benchmarks take the supervisor's place.
$(O)/bench/supervisor: $(call objects_of,tests/bench/kernel) $(O)/libipc.a tests/bench/kernel/kernel.ld
	$(call say,LD) $(SERVICE_LINK) tests/bench/kernel/kernel.ld -o $@ $(filter %.o,$^) $(O)/libipc.a
$(O)/bench/boot.cpio: $(O)/bench/supervisor
	$(call say,CPIO) (cd $(@D) && echo supervisor | busybox cpio -o -H newc 2>/dev/null) > $@

# ---- programs: ordinary static Linux binaries -----------------------------------------------------

$(O)/sysroot: | deps
	$(call say,SYSROOT) mkdir -p $@/usr && ln -sfn /usr/include/x86_64-linux-musl $@/usr/include && \
	  ln -sfn /usr/lib/x86_64-linux-musl $@/usr/lib

$(O)/user/%: user/%.c | $(O)/sysroot
	$(call say,PROGRAM) $(CC) $(PROGRAM_FLAGS) $(PROGRAM_LINK) -o $@ $<

$(O)/guest/%: tests/system/guest/%.c | $(O)/sysroot
	$(call say,PROGRAM) $(CC) $(PROGRAM_FLAGS) $(PROGRAM_LINK) -o $@ $<

# The same against glibc, where what a C library does with the system is what is tested.
$(O)/guest/%-glibc: tests/system/guest/%.c | deps
	$(call say,PROGRAM) $(CC) $(COMMON) -static -pthread -o $@ $<

$(O)/root.img: $(PROGRAMS:%=$(O)/user/%) tests/system/image | deps
	$(call say,IMAGE) tests/system/image root $@ $(PROGRAMS:%=$(O)/user/%)

# ---- running --------------------------------------------------------------------------------------

# make would turn every status of a recipe into 2, and the script's status is part of the interface:
# tests/system/become.c lets the recipe of `run` replace make itself. Where a variable is wrong
# nothing is built: the script says what is wrong.
VARIABLES := O BUILD PLACEMENT SCRIPT EXTRA DISK MEM SMP ACCEL ICOUNT TIMEOUT APPEND GDB
RUN = $(foreach v,$(VARIABLES),$(v)=$(call quote,$($(v)))) tests/system/run
become = $(become-command $(1))$(1)
ifneq ($(filter run debug,$(MAKECMDGOALS)),)
ifeq ($(findstring n,$(flags)),)
-load $(O)/become.so
endif
WRONG := $(shell $(RUN) check 2>&1)
endif
$(O)/become.so: tests/system/become.c | deps
	$(call say,CC) $(CC) -shared -fPIC -O2 -Wall -Wextra -Werror -o $@ $<

debug: GDB := 1
run debug: $(if $(WRONG),,$(OUT)/kernel.elf $(OUT)/boot.cpio $(O)/root.img) | deps
	@$(call become,$(RUN))

# ---- tests ----------------------------------------------------------------------------------------

define unit_rule
$(O)/unit/$(1): tests/unit/$(1).c $(shell sed -n '1s|.*sources: *\(.*\) \*/.*|\1|p' tests/unit/$(1).c) $(HEADERS) | deps
	$$(call say,UNIT) $(CC) $(UNIT_FLAGS) -o $$@ $$(filter %.c,$$^) libipc/message/info.c -lcriterion
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit_rule,$(test))))

$(O)/system-tests: $(SYSTEM_TESTS) $(HEADERS) | deps
	$(call say,CC) $(CC) $(HOST_FLAGS) -o $@ $(SYSTEM_TESTS) -lcriterion

unit: $(UNIT_TESTS:%=$(O)/unit/%)
	@tests/run $^
system: all builds guest-tests $(O)/bench/boot.cpio $(O)/system-tests
	@O=$(call quote,$(O)) tests/run $(O)/system-tests
test: check all builds guest-tests $(O)/bench/boot.cpio $(UNIT_TESTS:%=$(O)/unit/%) $(O)/system-tests
	@O=$(call quote,$(O)) tests/run $(UNIT_TESTS:%=$(O)/unit/%) $(O)/system-tests

# Not part of `make test`: they need Debian's archive, and minutes.
test-programs: all
	@O=$(call quote,$(O)) tests/programs/run $(TESTS)
test-busybox: all
	@O=$(call quote,$(O)) tests/programs/busybox $(TESTS)

# A plugin of QEMU: counts from outside what waits inside.
$(O)/bench/counter.so: $(wildcard tests/bench/plugin/*.c) $(HEADERS) | deps
	$(call say,CC) $(CC) $(HOST_FLAGS) -O2 -shared -fPIC -fvisibility=hidden -o $@ $(filter %.c,$^)
BENCH = O=$(call quote,$(O)) MAKE=$(call quote,$(MAKE))
bench bench-results bench-placement bench-profile: all builds $(O)/bench/boot.cpio $(O)/bench/counter.so
bench:
	@$(BENCH) tests/bench/run
bench-results: bench
	@$(BENCH) tests/bench/placement
	@O=$(call quote,$(O)) tests/bench/report markdown $(O)/bench/results.json > tests/bench/RESULTS.md
bench-placement:
	@$(BENCH) tests/bench/placement
bench-profile:
	@$(BENCH) BUILD=$(BUILD) tests/bench/profile $(ROW)
demo: all builds $(O)/bench/boot.cpio $(O)/bench/counter.so
	@O=$(call quote,$(O)) tests/system/demo

$(O)/manifest-check: $(wildcard tests/manifests/*.c) servers/supervisor/manifest.c libipc/format.c $(HEADERS) | deps
	$(call say,CC) $(CC) $(HOST_FLAGS) -o $@ $(filter %.c,$^)

check: $(OUT)/kernel.elf $(O)/manifest-check builds
	@$(O)/manifest-check servers/manifest tests/manifests/*.broken
	@tests/lint/generated
	@tests/lint/syscalls
	@tests/lint/objects $(O) $(COLUMNS)
	@tests/lint/check $< $$($(CC) $(filter-out -MMD -MP,$(KERNEL_FLAGS)) -E -P $(KERNEL_SOURCES) | grep -c .)

syscalls: | deps
	@tests/lint/syscalls -w
map: $(OUT)/kernel.elf
	@tests/lint/generated -w
	@llvm-nm -n --print-size $<

-include $(shell find $(O) -path $(O)/programs -prune -o -name '*.d' -type f -print 2>/dev/null)
