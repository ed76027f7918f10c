// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taps for the module's tests; see kvrmtap.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvrmtap.h"

/**
 * kvrmtap_open() - make a tap
 * @tap: filled in
 * @name: of the device
 * @flags: IFF_TAP or IFF_TUN
 *
 * Return: 0 or a negative errno.
 */
int kvrmtap_open(struct kvrmtap *tap, const char *name, short flags)
{
	struct ifreq request = { .ifr_flags = (short)(flags | IFF_NO_PI) };

	memset(tap, 0, sizeof(*tap));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	tap->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (tap->fd < 0 || ioctl(tap->fd, TUNSETIFF, &request))
		return -errno;
	memcpy(tap->name, request.ifr_name, sizeof(tap->name));
	tap->ifindex = if_nametoindex(tap->name);
	return 0;
}

/**
 * kvrmtap_close() - undo kvrmtap_open(): the device goes
 * @tap: as far as it was made
 */
void kvrmtap_close(struct kvrmtap *tap)
{
	if (tap->fd > 0)
		close(tap->fd);
	memset(tap, 0, sizeof(*tap));
}

/**
 * kvrmtap_rename() - give the device another name
 * @tap: is down
 * @name: the new one
 *
 * Return: 0 or a negative errno.
 */
int kvrmtap_rename(struct kvrmtap *tap, const char *name)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;
	struct ifreq request = { 0 };

	memcpy(request.ifr_name, tap->name, sizeof(request.ifr_name));
	snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s", name);
	r = ioctl(s, SIOCSIFNAME, &request) ? -errno : 0;
	close(s);
	if (!r)
		snprintf(tap->name, sizeof(tap->name), "%s", name);
	return r;
}

/* Change the device; frees the message. */
static int change(struct nl_msg *msg)
{
	struct nl_sock *sock = nl_socket_alloc();
	int r = nl_connect(sock, NETLINK_ROUTE);

	if (!r)
		r = nl_send_sync(sock, msg);
	else
		nlmsg_free(msg);
	nl_socket_free(sock);
	return r;
}

static struct nl_msg *change_of(const struct kvrmtap *tap)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)tap->ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST);

	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	return msg;
}

/**
 * kvrmtap_move_away() - move the device to a network namespace that then ends
 * @tap: the device
 *
 * Return: 0, or negative.
 */
int kvrmtap_move_away(const struct kvrmtap *tap)
{
	struct nl_msg *msg = change_of(tap);
	int ready[2], r;
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -errno;
	pid = fork();
	if (!pid) {
		byte = unshare(CLONE_NEWNET) ? 'n' : 'y';
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	r = read(ready[0], &byte, 1) == 1 && byte == 'y' ? 0 : -EPERM;
	close(ready[0]);
	close(ready[1]);
	nla_put_u32(msg, IFLA_NET_NS_PID, (uint32_t)pid);
	if (!r)
		r = change(msg);
	else
		nlmsg_free(msg);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

/* A program that passes everything. */
static int load_xdp(void)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)code,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.license = (uintptr_t)"GPL",
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/**
 * kvrmtap_set_xdp() - attach an XDP program to the device, or detach it
 * @tap: the device
 * @on: which
 *
 * Return: 0, -EOPNOTSUPP if the kernel knows no such programs, or another negative value.
 */
int kvrmtap_set_xdp(const struct kvrmtap *tap, int on)
{
	int fd = on ? load_xdp() : -1, r;
	struct nl_msg *msg;
	struct nlattr *xdp;

	if (on && fd < 0)
		return -EOPNOTSUPP;
	msg = change_of(tap);
	xdp = nla_nest_start(msg, IFLA_XDP);
	nla_put_s32(msg, IFLA_XDP_FD, fd);
	nla_put_u32(msg, IFLA_XDP_FLAGS, XDP_FLAGS_DRV_MODE);
	nla_nest_end(msg, xdp);
	r = change(msg);
	if (fd >= 0)
		close(fd);
	return r;
}
