// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which attributes an answer is to have, and putting in no others.
 *
 * A request says it with a bit for each attribute, in as many bytes as it needs. In here a word is
 * enough, as long as no set has more attributes than that.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>

#include "kmod/compat/compat.h"
#include "kmod/netlink.h"

/* All sets that can be selected from have it at the same place. */
#define KVRM_NL_PAD 1
static_assert(KVRM_A_GUEST_PAD == KVRM_NL_PAD && KVRM_A_VCPU_PAD == KVRM_NL_PAD &&
	      KVRM_A_LATENCY_PAD == KVRM_NL_PAD && KVRM_A_NIC_PAD == KVRM_NL_PAD);
static_assert(KVRM_A_GUEST_MAX < 64 && KVRM_A_VCPU_MAX < 64 && KVRM_A_LATENCY_MAX < 64 &&
	      KVRM_A_NIC_MAX < 64);

/**
 * kvrm_nl_select() - which attributes a request asks for
 * @at: its attribute that says so; NULL: all
 * @can: those that answers can have, a bit for each by its number
 * @ret_select: set to those that are asked for, likewise; only if there is no error
 * @extack: says what is wrong
 *
 * Return: 0, or -EINVAL if one is asked for that no answer has.
 */
int kvrm_nl_select(const struct nlattr *at, u64 can, u64 *ret_select,
		   struct netlink_ext_ack *extack)
{
	unsigned int number;
	const u8 *bytes;
	u64 select = 0;

	if (!at) {
		*ret_select = can;
		return 0;
	}
	bytes = nla_data(at);
	for (number = 0; number < nla_len(at) * 8U; number++) {
		if (!(bytes[number / 8] & BIT(number % 8)))
			continue;
		if (number >= 64 || !(can & BIT_ULL(number))) {
			NL_SET_BAD_ATTR(extack, at);
			kvrm_compat_extack(extack, "no answer has an attribute %u", number);
			return -EINVAL;
		}
		select |= BIT_ULL(number);
	}
	*ret_select = select;
	return 0;
}

/**
 * kvrm_nl_put_u32() - put a number into a message, if it is asked for
 * @out: the message
 * @type: of the attribute
 * @value: the number
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_put_u32(const struct kvrm_nl_out *out, int type, u32 value)
{
	return kvrm_nl_wants(out, BIT_ULL(type)) ? nla_put_u32(out->skb, type, value) : 0;
}

/**
 * kvrm_nl_put_u64() - put a large number into a message, if it is asked for
 * @out: the message
 * @type: of the attribute
 * @value: the number
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_put_u64(const struct kvrm_nl_out *out, int type, u64 value)
{
	if (!kvrm_nl_wants(out, BIT_ULL(type)))
		return 0;
	return nla_put_u64_64bit(out->skb, type, value, KVRM_NL_PAD);
}

/**
 * kvrm_nl_put() - put bytes into a message, if they are asked for
 * @out: the message
 * @type: of the attribute
 * @size: how many
 * @data: the bytes; not looked at if there are none
 *
 * Return: 0 or -EMSGSIZE.
 */
int kvrm_nl_put(const struct kvrm_nl_out *out, int type, int size, const void *data)
{
	return kvrm_nl_wants(out, BIT_ULL(type)) ? nla_put(out->skb, type, size, data) : 0;
}
