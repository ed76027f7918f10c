// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taps; see tap.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/util/cleanup.h"
#include "daemon/util/text.h"
#include "daemon/wire/route.h"
#include "daemon/wire/tap.h"

#define ALIAS_FORMAT "kvrm %s %s %" PRIu32
#define ALIAS_SIZE   80

static void free_link(struct rtnl_link **link)
{
	rtnl_link_put(*link);
}

static void free_cache(struct nl_cache **cache)
{
	nl_cache_free(*cache);
}

#define _cleanup_link_	_cleanup_(free_link)
#define _cleanup_cache_ _cleanup_(free_cache)

int tap_parse_alias(const char *alias, struct tap *ret)
{
	char rebuilt[ALIAS_SIZE], uuid[37], mac[18];
	uint32_t port;

	if (!alias ||
	    sscanf(alias, "kvrm %36[0-9a-f-] %17[0-9a-f:] %" SCNu32, uuid, mac, &port) != 3 ||
	    !text_is_uuid(uuid) || strlen(mac) != 17)
		return -ENOENT;
	snprintf(rebuilt, sizeof(rebuilt), ALIAS_FORMAT, uuid, mac, port);
	if (strcmp(alias, rebuilt))
		return -ENOENT;
	strcpy(ret->uuid, uuid);
	strcpy(ret->mac, mac);
	ret->port = port;
	return 0;
}

/* The kernel chooses the number. */
static int make_tap(char ifname[static TAP_NAME_SIZE], char **ret_error)
{
	struct ifreq request = { .ifr_name = "kvrm%d",
				 .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	_cleanup_close_ int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return text_error(ret_error, -errno, "/dev/net/tun: %s", strerror(errno));
	if (ioctl(fd, TUNSETIFF, &request))
		return text_error(ret_error, -errno, "a tap cannot be made: %s", strerror(errno));
	snprintf(ifname, TAP_NAME_SIZE, "%s", request.ifr_name);
	return TAKE_FD(fd);
}

static int find_bridge(struct nl_sock *socket, const char *name, struct rtnl_link **ret,
		       char **ret_error)
{
	_cleanup_link_ struct rtnl_link *link = NULL;
	const char *type;
	int r = route_errno(rtnl_link_get_kernel(socket, 0, name, &link));

	if (r)
		return text_error(ret_error, r, "there is no bridge '%s'%s%s", name,
				  r == -ENODEV ? "" : ": ", r == -ENODEV ? "" : strerror(-r));
	type = rtnl_link_get_type(link);
	if (!type || strcmp(type, "bridge"))
		return text_error(ret_error, -EINVAL, "'%s' is no bridge", name);
	*ret = TAKE_PTR(link);
	return 0;
}

static int set_address(struct rtnl_link *link, const char *mac)
{
	struct nl_addr *address;
	char text[18];
	int r;

	snprintf(text, sizeof(text), "fe%s", mac + 2);
	r = nl_addr_parse(text, AF_LLC, &address);
	if (r < 0)
		return r;
	rtnl_link_set_addr(link, address);
	nl_addr_put(address);
	return 0;
}

/* All but that it is up, which would give it an address of IPv6. */
static int connect_tap(struct nl_sock *socket, struct rtnl_link *tap, struct rtnl_link *bridge,
		       const char *alias, const char *mac)
{
	_cleanup_link_ struct rtnl_link *change = rtnl_link_alloc();
	int r;

	if (!change)
		return -NLE_NOMEM;
	rtnl_link_set_ifalias(change, alias);
	rtnl_link_set_mtu(change, rtnl_link_get_mtu(bridge));
	rtnl_link_set_master(change, rtnl_link_get_ifindex(bridge));
	r = set_address(change, mac);
	if (r >= 0)
		r = rtnl_link_change(socket, tap, change, 0);
	return r;
}

static int without_ipv6(struct nl_sock *socket, struct rtnl_link *tap)
{
	_cleanup_link_ struct rtnl_link *change = rtnl_link_alloc();
	int r = change ? rtnl_link_inet6_set_addr_gen_mode(change, IN6_ADDR_GEN_MODE_NONE)
		       : -NLE_NOMEM;

	if (r >= 0)
		r = rtnl_link_change(socket, tap, change, 0);
	/* A host may have no IPv6 at all. */
	return r == -NLE_OPNOTSUPP || r == -NLE_AF_NOSUPPORT ? 0 : r;
}

static int set_up(struct nl_sock *socket, struct rtnl_link *tap)
{
	_cleanup_link_ struct rtnl_link *change = rtnl_link_alloc();

	if (!change)
		return -NLE_NOMEM;
	rtnl_link_set_flags(change, IFF_UP);
	return rtnl_link_change(socket, tap, change, 0);
}

int tap_open(const char *uuid, const char *mac, uint32_t port, const char *bridge, struct tap *ret,
	     char **ret_error)
{
	_cleanup_socket_ struct nl_sock *socket = NULL;
	_cleanup_link_ struct rtnl_link *to = NULL, *link = NULL;
	struct tap tap = { .port = port };
	_cleanup_close_ int fd = -1;
	char alias[ALIAS_SIZE];
	int r = route_open(&socket);

	if (r)
		return text_error(ret_error, r, "rtnetlink cannot be used: %s", strerror(-r));
	r = find_bridge(socket, bridge, &to, ret_error);
	if (r)
		return r;
	fd = make_tap(tap.ifname, ret_error);
	if (fd < 0)
		return fd;
	snprintf(tap.uuid, sizeof(tap.uuid), "%s", uuid);
	snprintf(tap.mac, sizeof(tap.mac), "%s", mac);
	snprintf(alias, sizeof(alias), ALIAS_FORMAT, uuid, mac, port);
	r = rtnl_link_get_kernel(socket, 0, tap.ifname, &link);
	if (r >= 0)
		r = without_ipv6(socket, link);
	if (r >= 0)
		r = connect_tap(socket, link, to, alias, mac);
	if (r >= 0)
		r = set_up(socket, link);
	if (r < 0)
		return text_error(ret_error, route_errno(r), "%s cannot be connected to %s: %s",
				  tap.ifname, bridge, nl_geterror(r));
	tap.ifindex = (uint32_t)rtnl_link_get_ifindex(link);
	*ret = tap;
	return TAKE_FD(fd);
}

int tap_list(struct tap **ret, size_t *ret_n)
{
	_cleanup_socket_ struct nl_sock *socket = NULL;
	_cleanup_cache_ struct nl_cache *cache = NULL;
	_cleanup_free_ struct tap *taps = NULL;
	size_t n = 0;
	int r = route_open(&socket);

	if (!r)
		r = route_errno(rtnl_link_alloc_cache(socket, AF_UNSPEC, &cache));
	if (r)
		return r;
	taps = calloc((size_t)nl_cache_nitems(cache) + 1, sizeof(*taps));
	if (!taps)
		return -ENOMEM;
	for (struct nl_object *at = nl_cache_get_first(cache); at; at = nl_cache_get_next(at)) {
		struct rtnl_link *link = (struct rtnl_link *)at;

		if (tap_parse_alias(rtnl_link_get_ifalias(link), &taps[n]))
			continue;
		taps[n].ifindex = (uint32_t)rtnl_link_get_ifindex(link);
		snprintf(taps[n].ifname, TAP_NAME_SIZE, "%s", rtnl_link_get_name(link));
		n++;
	}
	*ret = n ? TAKE_PTR(taps) : NULL;
	*ret_n = n;
	return 0;
}

static int remove_link(struct nl_sock *socket, const struct tap *tap)
{
	_cleanup_link_ struct rtnl_link *link = rtnl_link_alloc();
	int r;

	if (!link)
		return -ENOMEM;
	rtnl_link_set_ifindex(link, (int)tap->ifindex);
	r = route_errno(rtnl_link_delete(socket, link));
	return r == -ENODEV ? 0 : r;
}

int tap_remove_all(const char *uuid)
{
	_cleanup_socket_ struct nl_sock *socket = NULL;
	_cleanup_free_ struct tap *taps = NULL;
	size_t n = 0;
	int r = tap_list(&taps, &n);

	if (!r)
		r = route_open(&socket);
	for (size_t i = 0; !r && i < n; i++) {
		if (!strcmp(taps[i].uuid, uuid))
			r = remove_link(socket, &taps[i]);
	}
	return r;
}
