// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KVM Resource Manager's module: bring-up, and its mirror image.
 */
#include <linux/module.h>

#include "kmod/cgfile.h"
#include "kmod/control.h"
#include "kmod/guest.h"
#include "kmod/host.h"
#include "kmod/netlink.h"
#include "kmod/nic.h"
#include "kmod/pool.h"
#include "kmod/probe.h"
#include "kmod/protect.h"
#include "kmod/samples.h"
#include "kmod/schedext.h"
#include "kmod/squeeze.h"
#include "kmod/uplink.h"
#include "kvrm/version.h"

static int __init kvrm_init(void)
{
	int err;

	err = kvrm_cgfile_init();
	if (err)
		return err;
	err = kvrm_schedext_init();
	if (err)
		goto exit_cgfile;
	err = kvrm_probe_init();
	if (err)
		goto exit_schedext;
	err = kvrm_guest_init();
	if (err)
		goto exit_probe;
	err = kvrm_pool_init();
	if (err)
		goto exit_guest;
	err = kvrm_host_init();
	if (err)
		goto exit_pool;
	err = kvrm_protect_init();
	if (err)
		goto exit_host;
	err = kvrm_squeeze_init();
	if (err)
		goto exit_protect;
	err = kvrm_control_init();
	if (err)
		goto exit_squeeze;
	err = kvrm_uplink_init();
	if (err)
		goto exit_control;
	err = kvrm_nic_init();
	if (err)
		goto exit_uplink;
	err = kvrm_samples_init();
	if (err)
		goto exit_nic;
	err = kvrm_netlink_init();
	if (err)
		goto exit_samples;
	return 0;

exit_samples:
	kvrm_samples_exit();
exit_nic:
	kvrm_nic_exit();
exit_uplink:
	kvrm_uplink_exit();
exit_control:
	kvrm_control_exit();
exit_squeeze:
	kvrm_squeeze_exit();
exit_protect:
	kvrm_protect_exit();
exit_host:
	kvrm_host_exit();
exit_pool:
	kvrm_pool_exit();
exit_guest:
	kvrm_guest_exit();
exit_probe:
	kvrm_probe_exit();
exit_schedext:
	kvrm_schedext_exit();
exit_cgfile:
	kvrm_cgfile_exit();
	return err;
}

/*
 * The control thread leaves its last weights, and memory stays protected, while guests are still
 * there. The guests' worker goes before what it removes a guest that ended from, its NICs and their
 * uplinks; the registry outlives it: work that is still queued looks its guest up.
 */
static void __exit kvrm_exit(void)
{
	kvrm_netlink_exit();
	kvrm_samples_exit();
	kvrm_control_exit();
	kvrm_squeeze_exit();
	kvrm_protect_exit();
	kvrm_host_remove_all();
	kvrm_guest_exit();
	kvrm_nic_exit();
	kvrm_uplink_exit();
	kvrm_host_exit();
	kvrm_pool_exit();
	kvrm_probe_exit();
	kvrm_schedext_exit();
	kvrm_cgfile_exit();
}

module_init(kvrm_init);
module_exit(kvrm_exit);

MODULE_DESCRIPTION("KVM Resource Manager");
MODULE_AUTHOR("The kvrm developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(KVRM_VERSION);
MODULE_ALIAS_GENL_FAMILY(KVRM_FAMILY_NAME);
