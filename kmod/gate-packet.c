// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a gate has to know of packets: their size on the wire, whether a sender waits for them, and
 * how they go on after they waited.
 */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/sock.h>

#include "kmod/compat/compat.h"
#include "kmod/gate.h"

/* A socket that may have more than this in flight does not wait for anything. */
#define KVRM_PACKET_SNDBUF_MAX (16 << 20)

/* Bytes of a packet to be segmented before its payload; from the link layer's header on. */
static u32 kvrm_packet_headers(const struct sk_buff *skb, u32 link_bytes)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer;
	u32 headers;
	int offset;

	if (!skb_transport_header_was_set(skb))
		return link_bytes;
	offset = skb->encapsulation ? skb_inner_transport_offset(skb) : skb_transport_offset(skb);
	if (offset < 0)
		return link_bytes;
	headers = link_bytes + offset;
	if (!(skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)))
		return headers + sizeof(struct udphdr);
	/* A guest may have said so of anything. */
	tcp = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	return tcp ? headers + __tcp_hdrlen(tcp) : headers;
}

/**
 * kvrm_packet_wire() - size of a packet on the wire
 * @skb: at an ingress hook, where it begins with the network header, or at an egress hook
 * @ingress: which
 *
 * Context: any.
 * Return: its segments' bytes, with the link layer's header, and their number.
 */
struct kvrm_wire kvrm_packet_wire(const struct sk_buff *skb, bool ingress)
{
	u32 link_bytes = ingress ? skb->mac_len : 0;
	u32 segment_bytes = skb_shinfo(skb)->gso_size;

	if (!segment_bytes)
		return kvrm_wire(skb->len + link_bytes, 0, 0);
	return kvrm_wire(skb->len + link_bytes, kvrm_packet_headers(skb, link_bytes),
			 segment_bytes);
}

/**
 * kvrm_packet_segment() - make what a packet will be on the wire out of it
 * @skb: not shared
 * @ingress: as for kvrm_packet_wire()
 *
 * Its sender waits for the last segment.
 *
 * Context: bottom halves are off.
 * Return: a list of packets by their next pointer; @skb alone if it cannot be segmented.
 */
struct sk_buff *kvrm_packet_segment(struct sk_buff *skb, bool ingress)
{
	netdev_features_t features = NETIF_F_SG | NETIF_F_HW_CSUM;
	unsigned int link_bytes = ingress ? skb->mac_len : 0;
	struct sk_buff *segments, *segment;

	/* Checksums may be written into its headers, which somebody else may have, too. */
	if (skb_cow_head(skb, link_bytes))
		return skb;
	__skb_push(skb, link_bytes);
	segments = kvrm_compat_gso_segment(skb, features, !ingress);
	if (IS_ERR_OR_NULL(segments) || segments == skb) {
		__skb_pull(skb, link_bytes);
		return skb;
	}
	consume_skb(skb);
	for (segment = segments; segment && ingress; segment = segment->next)
		__skb_pull(segment, segment->mac_len);
	return segments;
}

/**
 * kvrm_packet_owned() - whether a sender waits until a packet is gone
 * @skb: the packet
 *
 * That is what a socket with a bounded send buffer does, as that of a tap whose owner has set one.
 *
 * Context: any.
 * Return: true if it does.
 */
bool kvrm_packet_owned(const struct sk_buff *skb)
{
	return skb->sk && skb->destructor == sock_wfree &&
	       READ_ONCE(skb->sk->sk_sndbuf) <= KVRM_PACKET_SNDBUF_MAX;
}

/**
 * kvrm_packet_deliver() - let a packet go on from where it was taken
 * @skb: not shared, its device is there
 * @ingress: it was taken at the ingress hook, else at the egress hook
 *
 * What it passed before the hook it does not pass again: packet sockets and classifiers of the way
 * in, and Netfilter's hooks. So ours is the last of these.
 *
 * Context: bottom halves are off.
 */
void kvrm_packet_deliver(struct sk_buff *skb, bool ingress)
{
	if (ingress) {
		skb_reset_redirect(skb);
		skb->tc_skip_classify = 1;
		netif_receive_skb(skb);
	} else {
		nf_skip_egress(skb, true);
		dev_queue_xmit(skb);
	}
}
