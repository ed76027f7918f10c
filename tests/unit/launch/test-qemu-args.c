// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's command line: exactly what is expected, and nothing that a definition could slip in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/launch/qemu-args.h"

#define UUID "5f0c1d1e-9d0a-4c0b-8c7e-2f6d1b7a9e10"

static struct definition *make(void)
{
	struct definition *d = definition_new();

	strcpy(d->name, "web1");
	strcpy(d->uuid, UUID);
	d->memory_bytes = 64 * DEFINITION_MEMORY_UNIT;
	return d;
}

/* The arguments in one line. */
static char *line(const struct definition *d)
{
	struct qemu_args args;
	size_t size = 0;
	char *text;
	FILE *file = open_memstream(&text, &size);

	assert_int_equal(qemu_args_build(&args, d), 0);
	for (size_t i = 0; i < args.n; i++)
		fprintf(file, "%s%s", i ? " " : "", args.argv[i]);
	fclose(file);
	qemu_args_deinit(&args);
	return text;
}

#define BALLOON " -device virtio-balloon-pci,id=balloon,free-page-reporting=on,deflate-on-oom=on"
#define BEGINNING                                                                                  \
	QEMU_PATH " -nodefaults -no-user-config -S -display none -accel kvm -machine q35 -cpu "    \
		  "host -sandbox "                                                                 \
		  "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny "       \
		  "-name guest=web1,debug-threads=on -uuid " UUID

#define PORT(n) " -device pcie-root-port,id=nicport" #n ",bus=pcie.0,addr=10." #n ",chassis="
#define PORTS                                                                                      \
	PORT(0)                                                                                    \
	"1,multifunction=on" PORT(1) "2" PORT(2) "3" PORT(3) "4" PORT(4) "5" PORT(5) "6" PORT(     \
		6) "7" PORT(7) "8"

static void test_smallest(void **state)
{
	_cleanup_definition_ struct definition *d = make();
	_cleanup_free_ char *text = line(d);

	assert_string_equal(text, BEGINNING " -smp 1 -m 64M" PORTS
					    " -chardev socket,id=qmp,fd=10,server=on,wait=off"
					    " -mon chardev=qmp,mode=control"
					    " -chardev socket,id=console,fd=11,server=on,wait=off"
					    " -serial chardev:console" BALLOON);
}

static void test_everything(void **state)
{
	_cleanup_definition_ struct definition *d = make();
	_cleanup_free_ char *text = NULL;

	d->vcpus = 4;
	d->kernel = strdup("/srv/vmlinuz");
	d->initrd = strdup("/srv/initrd");
	d->cmdline = strdup("console=ttyS0 a,b=c");
	assert_int_equal(definition_add_channel(d, "org.test", NULL), 0);
	assert_int_equal(definition_add_disk(d, "/srv/a.img", "raw", false, NULL), 0);
	assert_int_equal(definition_add_disk(d, "/srv/b.qcow2", "qcow2", true, NULL), 0);
	assert_int_equal(definition_set(d, "nic", "br0,mac=52:54:00:00:00:01", NULL), 0);
	assert_int_equal(definition_set(d, "nic", "br0,mac=52:54:00:00:00:02,vhost=off", NULL), 0);
	assert_int_equal(definition_set(d, "nic", "br1,mac=52:54:00:00:00:03", NULL), 0);
	text = line(d);
	assert_string_equal(
		text, BEGINNING
		" -smp 4 -m 64M" PORTS " -chardev socket,id=qmp,fd=10,server=on,wait=off"
		" -mon chardev=qmp,mode=control"
		" -chardev socket,id=console,fd=11,server=on,wait=off"
		" -serial chardev:console"
		" -device virtio-serial-pci"
		" -chardev socket,id=channel0,fd=12,server=on,wait=off"
		" -device virtserialport,chardev=channel0,name=org.test"
		" -add-fd fd=13,set=0"
		" -blockdev driver=file,node-name=file0,filename=/dev/fdset/0,read-only=off,"
		"locking=off"
		" -blockdev driver=raw,node-name=disk0,file=file0,read-only=off"
		" -device virtio-blk-pci,id=vd0,drive=disk0"
		" -add-fd fd=14,set=1"
		" -blockdev driver=file,node-name=file1,filename=/dev/fdset/1,read-only=on,"
		"locking=off"
		" -blockdev driver=qcow2,node-name=disk1,file=file1,read-only=on,backing="
		" -device virtio-blk-pci,id=vd1,drive=disk1"
		" -netdev tap,id=net525400000001,fd=15,sndbuf=262144,vhost=on,vhostfd=16"
		" -device "
		"virtio-net-pci,id=nic525400000001,netdev=net525400000001,mac=52:54:00:00:00:01,"
		"bus=nicport0,romfile="
		" -netdev tap,id=net525400000002,fd=17,sndbuf=262144"
		" -device "
		"virtio-net-pci,id=nic525400000002,netdev=net525400000002,mac=52:54:00:00:00:02,"
		"bus=nicport1,romfile="
		" -netdev tap,id=net525400000003,fd=18,sndbuf=262144,vhost=on,vhostfd=19"
		" -device "
		"virtio-net-pci,id=nic525400000003,netdev=net525400000003,mac=52:54:00:00:00:03,"
		"bus=nicport2,romfile=" BALLOON
		" -kernel /srv/vmlinuz -initrd /srv/initrd -append console=ttyS0 a,b=c");
}

/* Of 64 MiB and at most 100 the rest is one device of a whole block, behind all others. */
static void test_pluggable(void **state)
{
	_cleanup_definition_ struct definition *d = make();
	_cleanup_free_ char *plain = line(d), *more = NULL, *all = NULL;

	d->memory_max_bytes = 100 * DEFINITION_MEMORY_UNIT;
	more = line(d);
	assert_string_equal(more,
			    BEGINNING " -smp 1 -m size=64M,maxmem=192M"
				      " -object memory-backend-ram,id=pluggableram,size=128M" PORTS
				      " -chardev socket,id=qmp,fd=10,server=on,wait=off"
				      " -mon chardev=qmp,mode=control"
				      " -chardev socket,id=console,fd=11,server=on,wait=off"
				      " -serial chardev:console" BALLOON
				      " -device virtio-mem-pci,id=pluggable,"
				      "memdev=pluggableram,block-size=2M,requested-size=0");
	d->memory_max_bytes = d->memory_bytes;
	all = line(d);
	assert_string_equal(all, plain);
}

/* Disks' paths never reach QEMU, and what has a comma of its own is an argument of its own. */
static void test_no_injection(void **state)
{
	_cleanup_definition_ struct definition *d = make();
	struct qemu_args args;
	int found = 0;

	d->kernel = strdup("/srv/k,-incoming tcp:0:1");
	d->cmdline = strdup("-monitor stdio");
	assert_int_equal(definition_add_disk(d, "/srv/-device x", "raw", false, NULL), 0);
	assert_int_equal(qemu_args_build(&args, d), 0);
	for (size_t i = 0; i < args.n; i++) {
		assert_null(strstr(args.argv[i], "/srv/-device"));
		if (!strcmp(args.argv[i], "-kernel"))
			found += !strcmp(args.argv[i + 1], d->kernel);
		if (!strcmp(args.argv[i], "-append"))
			found += !strcmp(args.argv[i + 1], d->cmdline);
	}
	assert_int_equal(found, 2);
	qemu_args_deinit(&args);
	/* A name or a channel with a comma is no valid one. */
	assert_int_not_equal(definition_set(d, "name", "a,b=c", NULL), 0);
	assert_int_not_equal(definition_add_channel(d, "a,b=c", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_pluggable),
		cmocka_unit_test(test_no_injection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
