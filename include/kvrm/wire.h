/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet that is still to be segmented (GSO) will be on the wire: each of its segments has
 * the headers that the packet has once. Counted are frames as network devices count them, from the
 * destination's address to the end of the payload: no preamble, checksum or gap, which no virtual
 * device has, so that a limit is what the device's own counters show.
 */
#ifndef KVRM_WIRE_H
#define KVRM_WIRE_H

#include "kvrm/arith.h"

/*
 * More than any real packet repeats, be it tagged twice and in a tunnel, with IPv6 and all of TCP's
 * options; a guest may say what it likes.
 */
#define KVRM_WIRE_HEADERS_MAX 256

/**
 * struct kvrm_wire - a packet's size
 * @bytes: of all segments, with their headers
 * @packets: number of segments
 */
struct kvrm_wire {
	uint32_t bytes;
	uint32_t packets;
};

/**
 * kvrm_wire() - size of a packet
 * @length: of the packet, headers included, in bytes; below 2^20
 * @headers: what each segment repeats, in bytes; no more than KVRM_WIRE_HEADERS_MAX is believed
 * @segment: payload of a segment, in bytes; 0: it will not be segmented
 *
 * Segments of a few bytes, as a guest may ask for, make many: all of them have fewer than 2^32
 * bytes.
 *
 * Return: at least one packet.
 */
static inline struct kvrm_wire kvrm_wire(uint32_t length, uint32_t headers, uint32_t segment)
{
	struct kvrm_wire wire = { .bytes = length, .packets = 1 };
	uint32_t payload;

	headers = headers < KVRM_WIRE_HEADERS_MAX ? headers : KVRM_WIRE_HEADERS_MAX;
	payload = headers < length ? length - headers : 0;
	if (!segment || payload <= segment)
		return wire;
	wire.packets = payload / segment + (payload % segment != 0);
	wire.bytes = length + (wire.packets - 1) * headers;
	return wire;
}

#endif
