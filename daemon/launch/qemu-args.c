// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's command line for a definition. Pure. QEMU gets no path that it may write and no socket by
 * name: descriptors 10, 11, ... are, in this order, the monitor, the console, one for each channel
 * (listening sockets), one for each disk, and for each NIC its tap and, with vhost, /dev/vhost-net.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/launch/handover.h"
#include "daemon/launch/qemu-args.h"

__attribute__((format(printf, 2, 3))) static void add(struct qemu_args *args, const char *format,
						      ...)
{
	char **argv = reallocarray(args->argv, args->n + 1, sizeof(*argv));
	va_list list;
	int len;

	if (!argv) {
		args->failed = 1;
		return;
	}
	args->argv = argv;
	va_start(list, format);
	len = vasprintf(&argv[args->n], format, list);
	va_end(list);
	if (len < 0)
		args->failed = 1;
	else
		args->n++;
}

static void add_socket(struct qemu_args *args, const char *id, int fd)
{
	add(args, "-chardev");
	add(args, "socket,id=%s,fd=%d,server=on,wait=off", id, fd);
}

static void add_channels(struct qemu_args *args, const struct definition *d, int fd)
{
	char id[32];

	if (d->n_channels) {
		add(args, "-device");
		add(args, "virtio-serial-pci");
	}
	for (size_t i = 0; i < d->n_channels; i++) {
		snprintf(id, sizeof(id), "channel%zu", i);
		add_socket(args, id, fd + (int)i);
		add(args, "-device");
		/* A channel's name has no comma. */
		add(args, "virtserialport,chardev=%s,name=%s", id, d->channels[i]);
	}
}

static void add_disks(struct qemu_args *args, const struct definition *d, int fd)
{
	for (size_t i = 0; i < d->n_disks; i++) {
		const struct definition_disk *disk = &d->disks[i];
		const char *read_only = disk->read_only ? "on" : "off";

		add(args, "-add-fd");
		add(args, "fd=%d,set=%zu", fd + (int)i, i);
		add(args, "-blockdev");
		add(args,
		    "driver=file,node-name=file%zu,filename=/dev/fdset/%zu,read-only=%s,"
		    "locking=off",
		    i, i, read_only);
		add(args, "-blockdev");
		/* An image must not make QEMU open another file: the guest can write its header. */
		add(args, "driver=%s,node-name=disk%zu,file=file%zu,read-only=%s%s", disk->format,
		    i, i, read_only, strcmp(disk->format, "qcow2") ? "" : ",backing=");
		add(args, "-device");
		/* By this id its limits are set, before the guest runs. */
		add(args, "virtio-blk-pci,id=vd%zu,drive=disk%zu", i, i);
	}
}

/*
 * A port for each NIC that there may be: only into a port can one be put, and only out of a port can it be taken,
 * while the guest runs. All are functions of one slot, which no device without an address has taken yet.
 */
static void add_ports(struct qemu_args *args)
{
	for (int i = 0; i < DEFINITION_NICS_MAX; i++) {
		add(args, "-device");
		add(args, "pcie-root-port,id=" NIC_QEMU_PORT ",bus=pcie.0,addr=10.%x,chassis=%d%s",
		    i, i, i + 1, i ? "" : ",multifunction=on");
	}
}

static void add_nics(struct qemu_args *args, const struct definition *d, int fd)
{
	for (size_t i = 0; i < d->n_nics; i++) {
		const struct definition_nic *nic = &d->nics[i];
		char device[NIC_QEMU_ID_SIZE], netdev[NIC_QEMU_ID_SIZE], vhost[32] = "";
		int tap = fd++;

		if (nic->vhost)
			snprintf(vhost, sizeof(vhost), ",vhost=on,vhostfd=%d", fd++);
		add(args, "-netdev");
		nic_qemu_ids(nic, device, netdev);
		add(args, "tap,id=%s,fd=%d,sndbuf=%d%s", netdev, tap, NIC_SNDBUF_BYTES, vhost);
		add(args, "-device");
		/* Without a program to boot from the network, which would be a file more. */
		add(args,
		    "virtio-net-pci,id=%s,netdev=%s,mac=%s,bus=" NIC_QEMU_PORT ",romfile=", device,
		    netdev, nic->mac, (int)i);
	}
}

/*
 * How a guest gives memory back: what it does not use it reports, and what it is asked for it gives. Rather than
 * kill its own processes it takes some back.
 */
static void add_balloon(struct qemu_args *args)
{
	add(args, "-device");
	add(args, "virtio-balloon-pci,id=balloon,free-page-reporting=on,deflate-on-oom=on");
}

/*
 * The size, and what memory can be plugged into: one device that is there from the beginning, and gives the guest
 * nothing until it is told to. It needs no slot, and fills the region that maxmem leaves for it.
 */
static void add_memory(struct qemu_args *args, const struct definition *d)
{
	uint64_t mib = d->memory_bytes / DEFINITION_MEMORY_UNIT;
	uint64_t pluggable = definition_pluggable(d) / DEFINITION_MEMORY_UNIT;

	add(args, "-m");
	if (!pluggable) {
		add(args, "%" PRIu64 "M", mib);
		return;
	}
	add(args, "size=%" PRIu64 "M,maxmem=%" PRIu64 "M", mib, mib + pluggable);
	add(args, "-object");
	add(args, "memory-backend-ram,id=" MEMORY_QEMU_ID "ram,size=%" PRIu64 "M", pluggable);
}

static void add_plug(struct qemu_args *args, const struct definition *d)
{
	if (!definition_pluggable(d))
		return;
	add(args, "-device");
	add(args,
	    "virtio-mem-pci,id=" MEMORY_QEMU_ID ",memdev=" MEMORY_QEMU_ID "ram,block-size=%" PRIu64
	    "M,requested-size=0",
	    MEMORY_PLUG_UNIT / DEFINITION_MEMORY_UNIT);
}

static void add_boot(struct qemu_args *args, const struct definition *d)
{
	if (d->kernel) {
		add(args, "-kernel");
		add(args, "%s", d->kernel);
	}
	if (d->initrd) {
		add(args, "-initrd");
		add(args, "%s", d->initrd);
	}
	if (d->cmdline) {
		add(args, "-append");
		add(args, "%s", d->cmdline);
	}
}

/**
 * qemu_args_build() - build the command line
 * @args: filled in; to be freed with qemu_args_deinit(), also on failure
 * @d: validated
 *
 * Return: 0 or -ENOMEM.
 */
int qemu_args_build(struct qemu_args *args, const struct definition *d)
{
	static const char *const fixed[] = {
		"-nodefaults",
		"-no-user-config",
		"-S",
		"-display",
		"none",
		"-accel",
		"kvm",
		"-machine",
		"q35",
		"-cpu",
		"host",
		"-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
	};
	int fd = HANDOVER_FD_FIRST;

	memset(args, 0, sizeof(*args));
	add(args, QEMU_PATH);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(args, "%s", fixed[i]);
	add(args, "-name");
	/* A name has no comma. */
	add(args, "guest=%s,debug-threads=on", d->name);
	add(args, "-uuid");
	add(args, "%s", d->uuid);
	add(args, "-smp");
	add(args, "%" PRIu32, d->vcpus);
	add_memory(args, d);
	add_ports(args);
	add_socket(args, "qmp", fd++);
	add(args, "-mon");
	add(args, "chardev=qmp,mode=control");
	add_socket(args, "console", fd++);
	add(args, "-serial");
	add(args, "chardev:console");
	add_channels(args, d, fd);
	fd += (int)d->n_channels;
	add_disks(args, d, fd);
	add_nics(args, d, fd + (int)d->n_disks);
	/* The last ones, so that others have the addresses that they had without them. */
	add_balloon(args);
	add_plug(args, d);
	add_boot(args, d);
	return args->failed ? -ENOMEM : 0;
}

/**
 * qemu_args_deinit() - free a command line
 * @args: may be all zero
 */
void qemu_args_deinit(struct qemu_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->argv[i]);
	free(args->argv);
	memset(args, 0, sizeof(*args));
}
