// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapflow: traffic between taps, written and read as a device model does, and what became of it.
 *
 *	tapflow create NAME		make a tap that stays
 *	tapflow SENDER RECEIVER [--seconds S] [--size BYTES] [--sndbuf BYTES] [--pps N] [--gso 1]
 *		[--vhost 1] [--to ADDRESS] [--ping TAP [--flow own|same] [--every MS]] [--drain S]
 *		[--warm-up MS]
 *
 * SENDER's tap is written to as fast as it takes frames, or N frames a second; when it has no room
 * (EAGAIN) the sender waits, as a device model does. --sndbuf is what may be on its way; without it
 * there is no bound. The taps are to be connected by a bridge. With --gso frames are 64 KiB of TCP,
 * to be segmented by the host. They are sent to 02:00:00:00:00:0b, or to ADDRESS. With --ping a small frame is sent through a tap, which may be SENDER,
 * every so often (10 ms), as a flow of its own or as if it belonged to the other one.
 *
 * A macvtap may be in the place of any tap. With --vhost frames are not written, but posted to vhost-net,
 * which sends them through the tap; the sender waits when its ring is full.
 *
 * Each frame has a number. After S seconds (5), or when it is told to by SIGTERM, the sender stops; the receiver reads until nothing has
 * come for the time of --drain (1 s). Prints one line of key=value words: what was sent and received,
 * frames that are missing or came too late for their order, bytes and frames a second from the time of
 * --warm-up on (500 ms) until the sender stopped, the bytes a second of the first of all windows of
 * 100 ms in this time, of the 5th and the 95th in a hundred, and the median and the greatest time of the
 * pings, in us. Bytes are those of whole Ethernet frames.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/measure/vhosttx.h"

#define FRAME_MAX   (14 + 65535)
#define WINDOW_NS   100000000ULL
#define WINDOWS_MAX 20000
#define PINGS_MAX   10000
#define MSS	    1448
#define PORT_BULK   1000
#define PORT_PING   2000
#define PING_BYTES  98
#define SECOND_NS   1000000000ULL

struct __attribute__((packed)) frame {
	struct virtio_net_hdr vnet;
	struct ethhdr eth;
	struct iphdr ip;
	union {
		struct udphdr udp;
		struct tcphdr tcp;
	};
	uint64_t number, sent_ns;
	uint8_t is_ping;
	uint8_t rest[FRAME_MAX];
};

#define HEADERS_BYTES (sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct tcphdr))

static struct {
	unsigned long seconds, size, sndbuf, pps, gso, every_ms, drain_s, vhost, warm_up_ms;
	const char *sender, *receiver, *ping;
	bool same_flow;
	uint8_t to[ETH_ALEN];
} options = { .seconds = 5,
	      .size = 1514,
	      .every_ms = 10,
	      .drain_s = 1,
	      .warm_up_ms = 500,
	      .to = { 2, 0, 0, 0, 0, 0xb } };

static volatile sig_atomic_t told_to_stop;
static volatile bool stop;
static uint64_t stopped_ns;
static uint64_t sent, sent_pings, again;
static uint64_t pings_us[PINGS_MAX];
static size_t n_pings;
static uint64_t windows[WINDOWS_MAX];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static int open_tap(const char *name, bool sends)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int sndbuf = (int)options.sndbuf, fd;
	char path[32];

	/* A macvtap has a device of its own. */
	snprintf(path, sizeof(path), "/dev/tap%u", if_nametoindex(name));
	fd = open(access(path, F_OK) ? "/dev/net/tun" : path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		err(1, "tap %s", name);
	if (sends && sndbuf && ioctl(fd, TUNSETSNDBUF, &sndbuf))
		err(1, "TUNSETSNDBUF");
	return fd;
}

static void create_tap(const char *name)
{
	int fd = open_tap(name, false);

	if (ioctl(fd, TUNSETPERSIST, 1))
		err(1, "TUNSETPERSIST");
}

static uint16_t checksum(const void *data, size_t bytes)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < bytes / 2; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

/* A frame of so many bytes, without number. */
static void fill(struct frame *f, size_t bytes, uint16_t port, bool gso)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->eth.h_dest, options.to, ETH_ALEN);
	memcpy(f->eth.h_source, "\x02\0\0\0\0\x0a", ETH_ALEN);
	f->eth.h_source[0] = port == PORT_PING ? 6 : 2;
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.saddr = htonl(0x0a000001);
	f->ip.daddr = htonl(0x0a000002);
	f->ip.tot_len = htons((uint16_t)(bytes - sizeof(f->eth)));
	f->ip.protocol = gso ? IPPROTO_TCP : IPPROTO_UDP;
	f->ip.check = checksum(&f->ip, sizeof(f->ip));
	f->udp.source = htons(port);
	f->udp.dest = htons(port);
	if (!gso) {
		f->udp.len = htons((uint16_t)(bytes - sizeof(f->eth) - sizeof(f->ip)));
		return;
	}
	f->tcp.doff = sizeof(f->tcp) / 4;
	f->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	f->vnet.hdr_len = HEADERS_BYTES;
	f->vnet.gso_size = MSS;
	f->vnet.csum_start = sizeof(f->eth) + sizeof(f->ip);
	f->vnet.csum_offset = offsetof(struct tcphdr, check);
}

static struct vhosttx vhost;

/* Returns false if there is no room now. */
static bool try_to_write(int fd, const struct frame *f, size_t bytes)
{
	if (options.vhost && !f->is_ping)
		return vhosttx_post(&vhost, f, sizeof(f->vnet) + bytes);
	if (write(fd, f, sizeof(f->vnet) + bytes) >= 0)
		return true;
	/* EIO: it is down. EBADFD: it is gone. */
	if (errno != EAGAIN && errno != EIO && errno != EBADFD)
		err(1, "write");
	return false;
}

/* Returns false if the time was over before there was room. */
static bool write_frame(int fd, const struct frame *f, size_t bytes)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	while (!try_to_write(fd, f, bytes)) {
		again++;
		if (stop)
			return false;
		if (options.vhost)
			usleep(1000);
		else
			poll(&room, 1, 1);
	}
	return true;
}

static void *run_sender(void *fd)
{
	size_t bytes = options.gso ? HEADERS_BYTES + 45 * MSS : options.size;
	uint64_t next_ns = now_ns(), step_ns = options.pps ? SECOND_NS / options.pps : 0;
	struct frame *f = malloc(sizeof(*f));

	fill(f, bytes, PORT_BULK, options.gso);
	while (!stop) {
		/* As many as are due, after having slept for too long, too. */
		if (step_ns && now_ns() < next_ns) {
			usleep(500);
			continue;
		}
		next_ns += step_ns;
		f->number = sent;
		/* Where the number of a segment would be. */
		f->tcp.seq = options.gso ? htonl((uint32_t)(sent * 45 * MSS)) : f->tcp.seq;
		f->sent_ns = now_ns();
		if (write_frame((int)(intptr_t)fd, f, bytes))
			sent++;
	}
	free(f);
	return NULL;
}

static void *run_pinger(void *fd)
{
	struct frame *f = malloc(sizeof(*f));

	fill(f, PING_BYTES, options.same_flow ? PORT_BULK : PORT_PING, false);
	f->is_ping = 1;
	while (!stop) {
		usleep((useconds_t)options.every_ms * 1000);
		f->number = sent_pings;
		f->sent_ns = now_ns();
		if (write_frame((int)(intptr_t)fd, f, PING_BYTES))
			sent_pings++;
	}
	free(f);
	return NULL;
}

struct result {
	uint64_t frames, bytes, late, expected, last_ns;
	uint64_t measured_frames, measured_bytes, from_ns, to_ns;
};

static void count(struct result *r, const struct frame *f, size_t bytes, uint64_t began_ns)
{
	uint64_t at_ns = now_ns(), number = f->number;

	if (f->eth.h_proto != htons(ETH_P_IP) || f->ip.saddr != htonl(0x0a000001))
		return;
	r->last_ns = at_ns;
	if (f->is_ping && !options.gso) {
		if (n_pings < PINGS_MAX)
			pings_us[n_pings++] = (at_ns - f->sent_ns) / 1000;
	} else {
		if (options.gso)
			number = r->expected;
		r->late += number < r->expected;
		r->expected = number + 1;
		r->frames++;
		r->bytes += bytes;
	}
	if (at_ns < began_ns + options.warm_up_ms * 1000000 || stopped_ns)
		return;
	/* The first one only says from when on. */
	if (r->from_ns) {
		r->measured_frames++;
		r->measured_bytes += bytes;
		if ((at_ns - r->from_ns) / WINDOW_NS < WINDOWS_MAX)
			windows[(at_ns - r->from_ns) / WINDOW_NS] += bytes;
	}
	r->from_ns = r->from_ns ?: at_ns;
	r->to_ns = at_ns;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void receive(struct result *r, int fd)
{
	struct pollfd data = { .fd = fd, .events = POLLIN };
	struct frame *f = malloc(sizeof(*f));
	uint64_t began_ns = now_ns();

	for (;;) {
		ssize_t length = read(fd, f, sizeof(*f));

		if (!stop && (told_to_stop || now_ns() > began_ns + options.seconds * SECOND_NS)) {
			stop = true;
			stopped_ns = now_ns();
			r->last_ns = stopped_ns;
		}
		if (length > (ssize_t)offsetof(struct frame, rest) - 8)
			count(r, f, (size_t)length - sizeof(f->vnet), began_ns);
		else if (stop && now_ns() > r->last_ns + options.drain_s * SECOND_NS)
			break;
		else if (length < 0)
			poll(&data, 1, 10);
	}
	free(f);
}

static void on_signal(int number)
{
	told_to_stop = number;
}

/* Of windows that were over when the last frame came. */
static void print_windows(const struct result *r)
{
	size_t n = (r->to_ns - r->from_ns) / WINDOW_NS;
	uint64_t first = windows[0] * 10;

	n = n < WINDOWS_MAX ? n : WINDOWS_MAX;
	qsort(windows, n, sizeof(windows[0]), compare);
	printf("window-first=%lu window-p5=%lu window-p95=%lu\n", first,
	       n ? windows[n / 20] * 10 : 0, n ? windows[n - 1 - n / 20] * 10 : 0);
}

static void print(const struct result *r)
{
	uint64_t took_ns = r->to_ns - r->from_ns ?: 1;

	qsort(pings_us, n_pings, sizeof(pings_us[0]), compare);
	printf("sent=%lu received=%lu lost=%ld late=%lu bytes=%lu again=%lu bytes-per-s=%.0f "
	       "frames-per-s=%.1f "
	       "pings=%lu pings-received=%zu ping-median-us=%lu ping-max-us=%lu ",
	       sent, r->frames, (long)(sent * (options.gso ? 45 : 1)) - (long)r->frames, r->late,
	       r->bytes, again, (double)r->measured_bytes * 1e9 / (double)took_ns,
	       (double)r->measured_frames * 1e9 / (double)took_ns, sent_pings, n_pings,
	       n_pings ? pings_us[n_pings / 2] : 0, n_pings ? pings_us[n_pings - 1] : 0);
	print_windows(r);
}

static void parse_address(const char *text)
{
	uint8_t *to = options.to;

	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", to, to + 1, to + 2, to + 3, to + 4,
		   to + 5) != ETH_ALEN)
		errx(64, "--to: an address such as 02:00:00:00:00:0b");
}

static void parse(int argc, char **argv)
{
	for (int i = 3; i + 1 < argc; i += 2) {
		const char *value = argv[i + 1];
		unsigned long number = strtoul(value, NULL, 10);

		if (!strcmp(argv[i], "--seconds"))
			options.seconds = number;
		else if (!strcmp(argv[i], "--size"))
			options.size = number;
		else if (!strcmp(argv[i], "--sndbuf"))
			options.sndbuf = number;
		else if (!strcmp(argv[i], "--pps"))
			options.pps = number;
		else if (!strcmp(argv[i], "--gso"))
			options.gso = number;
		else if (!strcmp(argv[i], "--vhost"))
			options.vhost = number;
		else if (!strcmp(argv[i], "--every"))
			options.every_ms = number;
		else if (!strcmp(argv[i], "--drain"))
			options.drain_s = number;
		else if (!strcmp(argv[i], "--warm-up"))
			options.warm_up_ms = number;
		else if (!strcmp(argv[i], "--ping"))
			options.ping = value;
		else if (!strcmp(argv[i], "--to"))
			parse_address(value);
		else if (!strcmp(argv[i], "--flow"))
			options.same_flow = !strcmp(value, "same");
		else
			errx(64, "unknown option %s", argv[i]);
	}
	if (options.size < sizeof(struct ethhdr) + 64 || options.size > 1514)
		errx(64, "--size: 78 to 1514");
}

int main(int argc, char **argv)
{
	pthread_t sender, pinger;
	struct result result = { 0 };
	int from, to, ping;

	if (argc == 3 && !strcmp(argv[1], "create")) {
		create_tap(argv[2]);
		return 0;
	}
	if (argc < 3 || argc % 2 == 0)
		errx(64, "usage: tapflow create NAME | tapflow SENDER RECEIVER [OPTION VALUE]...");
	parse(argc, argv);
	from = open_tap(argv[1], true);
	to = open_tap(argv[2], false);
	ping = options.ping && strcmp(options.ping, argv[1]) ? open_tap(options.ping, true) : from;
	if (options.vhost)
		vhosttx_open(&vhost, from);
	signal(SIGTERM, on_signal);
	/* A bridge's port forwards a moment after its carrier came. */
	usleep(300000);
	if (pthread_create(&sender, NULL, run_sender, (void *)(intptr_t)from) ||
	    (options.ping && pthread_create(&pinger, NULL, run_pinger, (void *)(intptr_t)ping)))
		errx(1, "pthread_create");
	receive(&result, to);
	pthread_join(sender, NULL);
	if (options.ping)
		pthread_join(pinger, NULL);
	print(&result);
	return 0;
}
