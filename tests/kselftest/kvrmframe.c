// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames, most of them random; see kvrmframe.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kvrmframe.h"

#define FRAME_MAX 65549
/* Not in headers before 6.2. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* Nobody else sends such frames. */
#define PLAIN_TYPE     0x88b5
#define PLAIN_BYTES    60
#define PLAIN_EVERY_MS 50

/* What a guest may have on its way before it has to wait. */
#define SNDBUF 200000

static struct {
	struct virtio_net_hdr vnet;
	uint8_t bytes[FRAME_MAX];
} __attribute__((packed)) frame;

static char bridge[IFNAMSIZ];
static int packets = -1;

static uint32_t below(uint32_t n)
{
	return (uint32_t)random() % n;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

static int set(int s, const char *name, short flags)
{
	struct ifreq request = { .ifr_flags = flags };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(s, SIOCSIFFLAGS, &request);
}

static int prepare(int s, const struct kvrmtap *tap)
{
	struct ifreq request = { .ifr_ifindex = (int)tap->ifindex };
	int sndbuf = SNDBUF;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", bridge);
	return ioctl(s, SIOCBRADDIF, &request) || set(s, tap->name, IFF_UP) ||
	       ioctl(tap->fd, TUNSETSNDBUF, &sndbuf) ||
	       ioctl(tap->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) ||
	       fcntl(tap->fd, F_SETFL, O_NONBLOCK);
}

/**
 * kvrmframe_connect() - connect taps by a bridge, and set them up
 * @taps: with IFF_VNET_HDR
 * @n: how many
 *
 * What each may have on its way is bounded: its guest waits.
 *
 * Return: 0 or a negative errno.
 */
int kvrmframe_connect(const struct kvrmtap *taps, size_t n)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, r = 0;

	snprintf(bridge, sizeof(bridge), "kvrmb%d", getpid());
	packets = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (setsockopt(packets, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    ioctl(s, SIOCBRADDBR, bridge) || set(s, bridge, IFF_UP))
		r = -errno;
	for (size_t i = 0; i < n && !r; i++)
		r = prepare(s, &taps[i]) ? -errno : 0;
	close(s);
	return r;
}

/**
 * kvrmframe_disconnect() - undo kvrmframe_connect(), but for what the taps may do
 */
void kvrmframe_disconnect(void)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	set(s, bridge, 0);
	ioctl(s, SIOCBRDELBR, bridge);
	close(s);
	close(packets);
}

/* Nobody is who it is sent to: a bridge sends it to all. Returns the length of the addresses. */
static size_t fill_addresses(void)
{
	memset(&frame, 0, sizeof(frame.vnet) + 200);
	frame.bytes[0] = 2;
	frame.bytes[5] = 0x0b;
	frame.bytes[6] = 2;
	return 2 * (size_t)ETH_ALEN;
}

static void fill_tcp(uint8_t *at)
{
	struct tcphdr tcp = { .doff = one_in(10) ? below(16) : 5, .ack = 1 };

	tcp.source = htons((uint16_t)below(4));
	tcp.dest = htons((uint16_t)below(4));
	tcp.seq = (uint32_t)random();
	memcpy(at, &tcp, sizeof(tcp));
}

/* Returns the length of the header. */
static size_t fill_ip(uint8_t *at, size_t bytes, bool six)
{
	struct iphdr ip = { .version = 4, .ihl = one_in(10) ? below(16) : 5, .ttl = 64 };
	struct ipv6hdr ip6 = { .version = 6, .hop_limit = 64 };
	uint8_t protocol = one_in(10) ? (uint8_t)random() : one_in(3) ? IPPROTO_UDP : IPPROTO_TCP;

	if (six) {
		ip6.nexthdr = protocol;
		ip6.payload_len = htons((uint16_t)(bytes - sizeof(ip6)));
		memcpy(at, &ip6, sizeof(ip6));
		return sizeof(ip6);
	}
	ip.protocol = protocol;
	ip.tot_len = htons((uint16_t)(one_in(10) ? random() : (long)bytes));
	ip.saddr = htonl(0x0a000001);
	ip.daddr = htonl(0x0a000002);
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip);
}

static void fill_vnet(size_t headers, bool six)
{
	static const uint8_t types[] = { VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
					 VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_UDP_L4 };

	frame.vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	frame.vnet.gso_type = six ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	frame.vnet.gso_size = (uint16_t)(one_in(10) ? random() : one_in(4) ? 1 + below(64) : 1448);
	frame.vnet.hdr_len = (uint16_t)(headers + sizeof(struct tcphdr));
	frame.vnet.csum_start = (uint16_t)headers;
	frame.vnet.csum_offset = 16;
	if (one_in(4))
		frame.vnet.gso_type = types[below(sizeof(types))];
	if (one_in(20))
		frame.vnet.gso_type = (uint8_t)random();
	if (one_in(20))
		frame.vnet.csum_start = (uint16_t)random();
	if (one_in(20))
		frame.vnet.csum_offset = (uint16_t)random();
	if (one_in(20))
		frame.vnet.flags = (uint8_t)random();
}

/* Returns how many bytes it has, with what describes it. */
static size_t fill(void)
{
	static const uint8_t tag[] = { 0x81, 0x00, 0x00, 0x05 };
	bool six = one_in(3), tagged = one_in(6), segmented = one_in(2);
	size_t bytes = segmented ? 2000 + below(FRAME_MAX - 2000) : 60 + below(1455);
	size_t headers = fill_addresses();
	uint16_t type = htons(one_in(10) ? (uint16_t)random() : six ? ETH_P_IPV6 : ETH_P_IP);

	frame.bytes[11] = (uint8_t)below(4);
	if (tagged)
		memcpy(&frame.bytes[headers], tag, sizeof(tag));
	headers += tagged ? sizeof(tag) : 0;
	memcpy(&frame.bytes[headers], &type, sizeof(type));
	headers += sizeof(type);
	headers += fill_ip(&frame.bytes[headers], bytes - headers, six);
	fill_tcp(&frame.bytes[headers]);
	if (segmented)
		fill_vnet(headers, six);
	return sizeof(frame.vnet) + bytes;
}

/**
 * kvrmframe_from_guest() - a guest sends a frame, which may be refused
 * @tap: its
 */
void kvrmframe_from_guest(const struct kvrmtap *tap)
{
	size_t bytes = fill();

	if (write(tap->fd, &frame, bytes) < 0)
		return;
}

/**
 * kvrmframe_to_guest() - the host sends a frame to a guest; it may be refused
 * @tap: the guest's
 */
void kvrmframe_to_guest(const struct kvrmtap *tap)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)tap->ifindex };
	size_t bytes = fill();

	if (sendto(packets, &frame, bytes, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0)
		return;
}

/**
 * kvrmframe_take() - a guest receives what there is
 * @tap: its
 *
 * Return: how many frames that were.
 */
unsigned int kvrmframe_take(const struct kvrmtap *tap)
{
	unsigned int n = 0;

	while (read(tap->fd, &frame, sizeof(frame)) > 0)
		n++;
	return n;
}

/**
 * kvrmframe_cut() - a guest sends 64 KiB of TCP, to be cut into segments
 * @tap: its
 * @segment: payload of each, in bytes
 * @start: where it says that TCP's header begins, in bytes; what is true: KVRMFRAME_START
 *
 * Return: whether the host took it.
 */
bool kvrmframe_cut(const struct kvrmtap *tap, uint16_t segment, uint16_t start)
{
	struct iphdr ip = { .version = 4,
			    .ihl = 5,
			    .ttl = 64,
			    .protocol = IPPROTO_TCP,
			    .tot_len = htons(UINT16_MAX),
			    .saddr = htonl(0x0a000001),
			    .daddr = htonl(0x0a000002) };
	struct tcphdr tcp = { .doff = sizeof(tcp) / 4, .ack = 1 };
	const size_t bytes = ETH_HLEN + UINT16_MAX;
	const uint16_t type = htons(ETH_P_IP);

	memset(&frame, 0xff, sizeof(frame.vnet) + bytes);
	memcpy(&frame.bytes[fill_addresses()], &type, sizeof(type));
	memcpy(&frame.bytes[ETH_HLEN], &ip, sizeof(ip));
	memcpy(&frame.bytes[KVRMFRAME_START], &tcp, sizeof(tcp));
	frame.vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	frame.vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	frame.vnet.gso_size = segment;
	frame.vnet.hdr_len = (uint16_t)(start + sizeof(tcp));
	frame.vnet.csum_start = start;
	frame.vnet.csum_offset = offsetof(struct tcphdr, check);
	return write(tap->fd, &frame, sizeof(frame.vnet) + bytes) > 0;
}

static void send_plain(const struct kvrmtap *tap)
{
	const uint16_t type = htons(PLAIN_TYPE);

	memcpy(&frame.bytes[fill_addresses()], &type, sizeof(type));
	if (write(tap->fd, &frame, sizeof(frame.vnet) + PLAIN_BYTES) < 0)
		return;
}

/* Whether one is among what there is; it is all taken. */
static bool take_plain(const struct kvrmtap *tap)
{
	const uint16_t type = htons(PLAIN_TYPE);
	bool found = false;

	while (read(tap->fd, &frame, sizeof(frame)) > 0)
		found |= !memcmp(&frame.bytes[2 * ETH_ALEN], &type, sizeof(type));
	return found;
}

/**
 * kvrmframe_comes_through() - whether what a guest sends arrives at another
 * @from: its tap
 * @to: the other one's
 * @within_ms: how long to send small frames, unless one arrives
 *
 * Return: true if one has.
 */
bool kvrmframe_comes_through(const struct kvrmtap *from, const struct kvrmtap *to,
			     unsigned int within_ms)
{
	for (unsigned int ms = 0; ms < within_ms; ms += PLAIN_EVERY_MS) {
		send_plain(from);
		usleep(PLAIN_EVERY_MS * 1000);
		if (take_plain(to))
			return true;
	}
	return false;
}
