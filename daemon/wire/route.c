// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink; see route.h.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>

#include "daemon/wire/route.h"

int route_errno(int r)
{
	switch (r < 0 ? -r : 0) {
	case 0:
		return 0;
	case NLE_OBJ_NOTFOUND:
	case NLE_NODEV:
		return -ENODEV;
	case NLE_INVAL:
		return -EINVAL;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

int route_open(struct nl_sock **ret)
{
	struct nl_sock *socket = nl_socket_alloc();
	int r = socket ? nl_connect(socket, NETLINK_ROUTE) : -NLE_NOMEM;

	if (r < 0) {
		nl_socket_free(socket);
		return route_errno(r);
	}
	*ret = socket;
	return 0;
}
