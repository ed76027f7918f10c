// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flatvm: the smallest KVM guest, for tests of the module. It starts in milliseconds.
 *
 *	flatvm MODE [--vcpus N] [--burn N [--burn-ms T]] [--seconds S] [--run-us R --sleep-us S]
 *		[--memory-mib M [--touch-mib P] [--greedy 1] [--lock 1] [--pin 1] [--huge 1]]
 *		[--plug N --plug-ms T]
 *
 *	spin	runs without leaving the guest
 *	halt	halts again and again; a timer interrupt (PIT, in the kernel) wakes it about 100 times
 *		a second
 *	pio	writes to an I/O port without pause: an exit to this program each time
 *	touch	writes one byte to each page of its first P MiB, 1 by default, again and again
 *	sweep	the same, and writes to an I/O port after each MiB of it: an exit that tells how far it is
 *	hold	has virtual CPUs, but never runs them
 *
 * There can be 1000 virtual CPUs (KVM takes 1024), each with a thread of its own unless it is held.
 *
 * With --run-us and --sleep-us the threads of the virtual CPUs sleep every so often: a guest that has
 * nothing to do for a while, or one that is clever and sleeps when time is accounted.
 *
 * With --plug so many more virtual CPUs come T ms after the others run.
 *
 * With --burn as many threads of this program run as well, as a device model's do. With --burn-ms each
 * ends after that time, and another one begins.
 *
 * With --memory-mib the guest has that much memory, from 4, the default, to 65536, and all of it is
 * written once before the guest runs; with --greedy it is written after that, again and again. With
 * --lock it is locked, so that it cannot be reclaimed; with --pin it is pinned, as for a device (by
 * io_uring, whose buffer it is); with --huge it consists of huge pages, which must have been set aside.
 *
 * The guest is 16-bit code in one page. Prints "running PID" once all virtual CPUs run; ends by
 * itself after S seconds (0, the default: never), or when it is killed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_MIB 4
#define CODE	   0x1000
#define CODE_END   0x2000
#define PAGE_BYTES 4096
#define VCPUS_MAX  1000
#define BURN_MAX   64
/* Beside a descriptor for each virtual CPU. */
#define MORE_FILES 24
/* Below what has a 32-bit address and is no memory. */
#define TOUCH_MIB_MAX 3072

/* jmp . */
static const uint8_t code_spin[] = { 0xeb, 0xfe };

/*
 * Interrupt vector 8 (IRQ 0) goes to a handler that acknowledges the interrupt; the PIC is set to
 * vector base 8, the PIT to 100 Hz; then: sti; hlt; again.
 */
static const uint8_t code_halt[] = {
	0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc,
	0x00, 0x10,					/* cli; ds = ss = 0; sp = 0x1000 */
	0xc7, 0x06, 0x20, 0x00, 0x50, 0x10,		/* [0x20] = 0x1050, offset */
	0xc7, 0x06, 0x22, 0x00, 0x00, 0x00,		/* [0x22] = 0, segment */
	0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x08, 0xe6, 0x21, /* ICW1, ICW2: base 8 */
	0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21, /* ICW3, ICW4 */
	0xb0, 0xfe, 0xe6, 0x21,				/* only IRQ 0 */
	0xb0, 0x34, 0xe6, 0x43,				/* PIT channel 0, rate generator */
	0xb0, 0x9c, 0xe6, 0x40, 0xb0, 0x2e, 0xe6, 0x40, /* 0x2e9c: 100 Hz */
	0xfb, 0xf4, 0xeb, 0xfc,				/* sti; hlt; jmp back */
};
/* At CODE + 0x50: mov al, 0x20; out 0x20, al; iret */
static const uint8_t code_irq[] = { 0xb0, 0x20, 0xe6, 0x20, 0xcf };

/* out 0x10, al; jmp back */
static const uint8_t code_pio[] = { 0xe6, 0x10, 0xeb, 0xfc };

/*
 * For each page from 0x2000 on: inc byte [ebx]; then again. Real mode, but with flat 32-bit
 * addresses; the end is set below.
 */
static uint8_t code_touch[] = {
	0x66, 0xbb, 0x00, 0x20, 0x00, 0x00,	  /* mov ebx, 0x2000 */
	0x67, 0xfe, 0x03,			  /* inc byte [ebx] */
	0x66, 0x81, 0xc3, 0x00, 0x10, 0x00, 0x00, /* add ebx, 0x1000 */
	0x66, 0x81, 0xfb, 0x00, 0x00, 0x10, 0x00, /* cmp ebx, the end */
	0x72, 0xed,				  /* jb: inc */
	0xeb, 0xe5,				  /* jmp: mov */
};
#define TOUCH_END 19

/* The same, with an exit whenever a MiB is through. */
static uint8_t code_sweep[] = {
	0x66, 0xbb, 0x00, 0x20, 0x00, 0x00,	  /* mov ebx, 0x2000 */
	0x67, 0xfe, 0x03,			  /* inc byte [ebx] */
	0x66, 0x81, 0xc3, 0x00, 0x10, 0x00, 0x00, /* add ebx, 0x1000 */
	0x66, 0xf7, 0xc3, 0xff, 0xff, 0x0f, 0x00, /* test ebx, 0xfffff */
	0x75, 0x02,				  /* jnz: cmp */
	0xe6, 0x10,				  /* out 0x10, al */
	0x66, 0x81, 0xfb, 0x00, 0x00, 0x10, 0x00, /* cmp ebx, the end */
	0x72, 0xe2,				  /* jb: inc */
	0xeb, 0xda,				  /* jmp: mov */
};
#define SWEEP_END 30

static const struct {
	const char *name;
	const uint8_t *code;
	size_t size;
} modes[] = {
	{ "spin", code_spin, sizeof(code_spin) },    { "halt", code_halt, sizeof(code_halt) },
	{ "pio", code_pio, sizeof(code_pio) },	     { "touch", code_touch, sizeof(code_touch) },
	{ "sweep", code_sweep, sizeof(code_sweep) }, { "hold", code_spin, sizeof(code_spin) },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

static size_t run_size;

static int make_vm(int kvm, void *memory, size_t memory_bytes, int halt)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = memory_bytes,
		.userspace_addr = (uintptr_t)memory,
	};
	struct kvm_pit_config pit = { 0 };
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

	if (vm < 0)
		err(1, "KVM_CREATE_VM");
	/* Intel needs it before virtual CPUs in real mode; others take it too. */
	ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000UL);
	if (halt && (ioctl(vm, KVM_CREATE_IRQCHIP, 0) || ioctl(vm, KVM_CREATE_PIT2, &pit)))
		err(1, "KVM_CREATE_IRQCHIP, KVM_CREATE_PIT2");
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
	return vm;
}

static int make_vcpu(int vm, unsigned int index)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, index);

	if (vcpu < 0)
		err(1, "KVM_CREATE_VCPU");
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		err(1, "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	sregs.ds.limit = UINT32_MAX;
	sregs.ds.g = 1;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_SREGS, KVM_SET_REGS");
	ioctl(vcpu, KVM_SET_MP_STATE, &runnable);
	return vcpu;
}

static struct timespec run_time, sleep_time;
static __thread struct kvm_run *my_run;

/* Time to sleep: KVM_RUN returns, also if it has not begun yet. */
static void on_run_over(int signal)
{
	my_run->immediate_exit = 1;
}

static timer_t make_timer(void)
{
	struct sigaction action = { .sa_handler = on_run_over };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	timer_t timer;

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (sigaction(SIGUSR1, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer))
		err(1, "timer");
	return timer;
}

static bool sleeps(void)
{
	return sleep_time.tv_sec || sleep_time.tv_nsec;
}

static void *run_vcpu(void *argument)
{
	const struct itimerspec once = { .it_value = run_time };
	int vcpu = (int)(intptr_t)argument;
	struct kvm_run *run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	timer_t timer = NULL;

	if (run == MAP_FAILED)
		err(1, "mmap of struct kvm_run");
	my_run = run;
	if (sleeps()) {
		timer = make_timer();
		timer_settime(timer, 0, &once, NULL);
	}
	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0)) {
			if (errno != EINTR)
				err(1, "KVM_RUN");
			/* Not ours: something else wanted the thread out of the guest. */
			if (!run->immediate_exit)
				continue;
			run->immediate_exit = 0;
			nanosleep(&sleep_time, NULL);
			timer_settime(timer, 0, &once, NULL);
			continue;
		}
		if (run->exit_reason != KVM_EXIT_IO && run->exit_reason != KVM_EXIT_INTR)
			errx(1, "exit reason %u", run->exit_reason);
	}
	return NULL;
}

static unsigned long burn_ms;

static unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * 1000 + (unsigned long)now.tv_nsec / 1000000;
}

static void start_burner(void);

static void *run_burner(void *unused)
{
	unsigned long began_ms = now_ms();

	while (!burn_ms || now_ms() - began_ms < burn_ms)
		__asm__ volatile("pause");
	start_burner();
	return NULL;
}

static void start_burner(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_burner, NULL))
		errx(1, "pthread_create");
	pthread_detach(thread);
}

/* Those with an index from first on; they only exist if they are held. */
static void start_vcpus(int vm, unsigned long first, unsigned long n, bool held)
{
	for (unsigned long i = first; i < first + n; i++) {
		int vcpu = make_vcpu(vm, (unsigned int)i);
		pthread_t thread;

		if (!held && pthread_create(&thread, NULL, run_vcpu, (void *)(intptr_t)vcpu))
			errx(1, "pthread_create");
	}
}

/* Many systems allow fewer than there can be virtual CPUs, unless they are asked. */
static void allow_files(rlim_t files)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		err(1, "getrlimit");
	if (limit.rlim_cur >= files)
		return;
	limit.rlim_cur = files;
	if (limit.rlim_max < files)
		limit.rlim_max = files;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "%lu open files", (unsigned long)files);
}

static void set_touch_end(uint32_t end)
{
	for (int i = 0; i < 4; i++)
		code_touch[TOUCH_END + i] = code_sweep[SWEEP_END + i] = (uint8_t)(end >> 8 * i);
}

static unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text ? text : "", &end, 10);

	if (!text || end == text || *end || value > max)
		errx(64, "a number up to %lu, not '%s'", max, text ? text : "");
	return value;
}

static struct timespec microseconds(const char *text)
{
	unsigned long us = number(text, 3600000000UL);

	return (struct timespec){ .tv_sec = (time_t)(us / 1000000),
				  .tv_nsec = (long)(us % 1000000 * 1000) };
}

/* Each page becomes the guest's own; the code stays. */
static void fill(uint8_t *memory, size_t bytes, uint8_t value)
{
	for (size_t at = CODE_END; at < bytes; at += PAGE_BYTES)
		memset(memory + at, value, PAGE_BYTES);
}

/* Until the process ends. */
static void pin(void *memory, size_t bytes)
{
	struct iovec buffer = { .iov_base = memory, .iov_len = bytes };
	struct io_uring_params params = { 0 };
	long ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0 || syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1))
		err(1, "guest memory cannot be pinned");
}

static void fill_again_and_again(uint8_t *memory, size_t bytes)
{
	for (uint8_t value = 1;; value++)
		fill(memory, bytes, value);
}

int main(int argc, char **argv)
{
	unsigned long vcpus = 1, burners = 0, seconds = 0, memory_mib = MEMORY_MIB, greedy = 0;
	unsigned long lock = 0, pinned = 0, huge = 0, touch_mib = 1;
	unsigned long plugged = 0, plug_ms = 0;
	size_t mode = 0, memory_bytes;
	uint8_t *memory;
	int kvm, vm;

	while (argc > 1 && mode < MODES && strcmp(modes[mode].name, argv[1]))
		mode++;
	if (argc < 2 || mode == MODES)
		errx(64, "usage: flatvm spin|halt|pio|touch|sweep|hold [--vcpus N] [--burn N "
			 "[--burn-ms T]]"
			 " [--seconds S] [--run-us R --sleep-us S]"
			 " [--memory-mib M [--touch-mib P] [--greedy 1] [--lock 1] [--pin 1] "
			 "[--huge 1]]"
			 " [--plug N --plug-ms T]");
	for (int i = 2; i < argc; i += 2) {
		if (!strcmp(argv[i], "--vcpus"))
			vcpus = number(argv[i + 1], VCPUS_MAX);
		else if (!strcmp(argv[i], "--burn"))
			burners = number(argv[i + 1], BURN_MAX);
		else if (!strcmp(argv[i], "--burn-ms"))
			burn_ms = number(argv[i + 1], 3600000);
		else if (!strcmp(argv[i], "--seconds"))
			seconds = number(argv[i + 1], 86400);
		else if (!strcmp(argv[i], "--plug"))
			plugged = number(argv[i + 1], VCPUS_MAX);
		else if (!strcmp(argv[i], "--plug-ms"))
			plug_ms = number(argv[i + 1], 3600000);
		else if (!strcmp(argv[i], "--run-us"))
			run_time = microseconds(argv[i + 1]);
		else if (!strcmp(argv[i], "--sleep-us"))
			sleep_time = microseconds(argv[i + 1]);
		else if (!strcmp(argv[i], "--memory-mib"))
			memory_mib = number(argv[i + 1], 65536);
		else if (!strcmp(argv[i], "--touch-mib"))
			touch_mib = number(argv[i + 1], TOUCH_MIB_MAX);
		else if (!strcmp(argv[i], "--greedy"))
			greedy = number(argv[i + 1], 1);
		else if (!strcmp(argv[i], "--lock"))
			lock = number(argv[i + 1], 1);
		else if (!strcmp(argv[i], "--pin"))
			pinned = number(argv[i + 1], 1);
		else if (!strcmp(argv[i], "--huge"))
			huge = number(argv[i + 1], 1);
		else
			errx(64, "unknown option %s", argv[i]);
	}

	if (memory_mib < MEMORY_MIB)
		errx(64, "--memory-mib is below %d", MEMORY_MIB);
	if (!touch_mib || touch_mib > memory_mib)
		errx(64, "--touch-mib is not 1 to --memory-mib");
	set_touch_end((uint32_t)touch_mib << 20);
	memory_bytes = memory_mib << 20;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		err(1, "/dev/kvm");
	memory = mmap(NULL, memory_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | (huge ? MAP_HUGETLB : MAP_NORESERVE), -1, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap of guest memory");
	if (lock && mlock(memory, memory_bytes))
		err(1, "mlock of guest memory");
	if (pinned)
		pin(memory, memory_bytes);
	memcpy(memory + CODE, modes[mode].code, modes[mode].size);
	memcpy(memory + CODE + 0x50, code_irq, sizeof(code_irq));
	if (memory_mib > MEMORY_MIB && !greedy)
		fill(memory, memory_bytes, 1);
	vm = make_vm(kvm, memory, memory_bytes, modes[mode].code == code_halt);
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	allow_files(vcpus + plugged + MORE_FILES);
	start_vcpus(vm, 0, vcpus, !strcmp(modes[mode].name, "hold"));
	for (; burners; burners--)
		start_burner();
	printf("running %d\n", getpid());
	fflush(stdout);
	if (plugged) {
		usleep((useconds_t)plug_ms * 1000);
		start_vcpus(vm, vcpus, plugged, false);
	}
	if (greedy)
		fill_again_and_again(memory, memory_bytes);
	if (!seconds)
		pause();
	sleep(seconds);
	return 0;
}
