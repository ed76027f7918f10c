// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates of samples; see sample-rate.h.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/util/text.h"
#include "tools/kvrmctl/command.h"
#include "tools/kvrmctl/sample-rate.h"

static int complain(struct client *client, int r)
{
	if (r == -NLE_PERM)
		return client_complain(client, EXIT_ACCESS, "record --rate", NULL,
				       "only who may administer the network (CAP_NET_ADMIN) may "
				       "say how often is sampled");
	if (r == -NLE_OBJ_NOTFOUND)
		return client_complain(client, EXIT_FAILED, "record --rate", NULL,
				       "the module kvrm is not loaded");
	return client_complain(client, EXIT_FAILED, "record --rate", NULL, nl_geterror(r));
}

static int open_socket(struct sample_rates *rates)
{
	int r;

	rates->sock = nl_socket_alloc();
	if (!rates->sock)
		return -NLE_NOMEM;
	r = genl_connect(rates->sock);
	if (r < 0)
		return r;
	rates->family = genl_ctrl_resolve(rates->sock, KVRM_FAMILY_NAME);
	return rates->family < 0 ? rates->family : 0;
}

/* While guests are listed: those of @names whose rate is below @below_hz go to @rates. */
struct search {
	struct sample_rates *rates;
	char *const *names;
	uint64_t below_hz;
	bool no_memory;
};

static bool is_named(char *const *names, const char *uuid, const char *name)
{
	bool named = !*names;

	for (; *names; names++)
		named |= !strcmp(*names, uuid) || !strcmp(*names, name);
	return named;
}

static int on_guest(struct nl_msg *msg, void *data)
{
	struct nlattr *attrs[KVRM_A_GUEST_MAX + 1];
	struct search *search = data;
	struct sample_rates *rates = search->rates;
	struct sample_rate *more;
	char uuid[37];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, KVRM_A_GUEST_MAX, NULL) < 0 ||
	    !attrs[KVRM_A_GUEST_ID] || !attrs[KVRM_A_GUEST_NAME] || !attrs[KVRM_A_GUEST_UUID] ||
	    nla_len(attrs[KVRM_A_GUEST_UUID]) != KVRM_UUID_LEN ||
	    !attrs[KVRM_A_GUEST_SAMPLE_RATE_HZ])
		return NL_SKIP;
	text_uuid_from_bytes(nla_data(attrs[KVRM_A_GUEST_UUID]), uuid);
	if (!is_named(search->names, uuid, nla_get_string(attrs[KVRM_A_GUEST_NAME])) ||
	    nla_get_u32(attrs[KVRM_A_GUEST_SAMPLE_RATE_HZ]) >= search->below_hz)
		return NL_OK;
	more = reallocarray(rates->guests, rates->n + 1, sizeof(*more));
	if (!more) {
		search->no_memory = true;
		return NL_OK;
	}
	rates->guests = more;
	more[rates->n++] = (struct sample_rate){
		.id = nla_get_u32(attrs[KVRM_A_GUEST_ID]),
		.before_hz = nla_get_u32(attrs[KVRM_A_GUEST_SAMPLE_RATE_HZ]),
	};
	return NL_OK;
}

static int find_guests(struct sample_rates *rates, char *const *names, uint64_t below_hz)
{
	struct search search = { .rates = rates, .names = names, .below_hz = below_hz };
	int r;

	nl_socket_modify_cb(rates->sock, NL_CB_VALID, NL_CB_CUSTOM, on_guest, &search);
	r = genl_send_simple(rates->sock, rates->family, KVRM_CMD_GUEST_GET, KVRM_FAMILY_VERSION,
			     NLM_F_DUMP);
	if (r >= 0)
		r = nl_recvmsgs_default(rates->sock);
	nl_socket_modify_cb(rates->sock, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	if (r >= 0 && search.no_memory)
		r = -NLE_NOMEM;
	return r < 0 ? r : 0;
}

static int set(struct sample_rates *rates, uint32_t id, uint32_t rate_hz)
{
	struct nl_msg *msg = nlmsg_alloc();
	int r = -NLE_NOMEM;

	if (msg &&
	    genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, rates->family, 0, 0, KVRM_CMD_GUEST_SET,
			KVRM_FAMILY_VERSION) &&
	    !nla_put_u32(msg, KVRM_A_GUEST_ID, id) &&
	    !nla_put_u32(msg, KVRM_A_GUEST_SAMPLE_RATE_HZ, rate_hz)) {
		/* Frees the message. */
		r = nl_send_sync(rates->sock, msg);
		msg = NULL;
	}
	nlmsg_free(msg);
	/* One that has just ended needs no rate. */
	return r == -NLE_OBJ_NOTFOUND || r > 0 ? 0 : r;
}

/**
 * sample_rates_set() - sample guests so often
 * @client: for complaints
 * @names: of guests, or their UUIDs, up to NULL; none: all
 * @rate_hz: how often, 1 to KVRM_SAMPLE_RATE_MAX_HZ
 * @at_least: those that are sampled more often stay so
 * @ret: overwritten; what was changed, for sample_rates_restore(); to be freed with sample_rates_deinit()
 *
 * Return: exit status; if it is not EXIT_OK nothing is changed.
 */
int sample_rates_set(struct client *client, char *const *names, uint32_t rate_hz, bool at_least,
		     struct sample_rates *ret)
{
	int r;

	*ret = (struct sample_rates){ 0 };
	r = open_socket(ret);
	if (!r)
		r = find_guests(ret, names, at_least ? rate_hz : UINT64_MAX);
	for (size_t i = 0; !r && i < ret->n; i++) {
		r = set(ret, ret->guests[i].id, rate_hz);
		if (r < 0) {
			ret->n = i;
			sample_rates_restore(client, ret);
		}
	}
	return r < 0 ? complain(client, r) : EXIT_OK;
}

/**
 * sample_rates_restore() - as often as before
 * @client: for complaints
 * @rates: what was changed; may be nothing
 *
 * Return: exit status.
 */
int sample_rates_restore(struct client *client, struct sample_rates *rates)
{
	int r = 0;

	for (size_t i = 0; i < rates->n; i++) {
		int one = set(rates, rates->guests[i].id, rates->guests[i].before_hz);

		r = one < 0 ? one : r;
	}
	rates->n = 0;
	return r < 0 ? complain(client, r) : EXIT_OK;
}

/**
 * sample_rates_deinit() - free what it holds, and clear it
 * @rates: may be all zero
 */
void sample_rates_deinit(struct sample_rates *rates)
{
	nl_socket_free(rates->sock);
	free(rates->guests);
	*rates = (struct sample_rates){ 0 };
}
