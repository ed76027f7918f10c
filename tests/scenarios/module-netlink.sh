#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The netlink family: what it accepts, refuses and tells (kselftest programs).
set -u
cd "$(dirname "$0")/../../build/tests/kselftest" || exit 1
modprobe -a tun bridge kvrm || exit 1
./kvrm_netlink || failed=1
./kvrm_pools || failed=1
./kvrm_batch || failed=1
./kvrm_memory || failed=1
./kvrm_memlimit || failed=1
./kvrm_adopted || failed=1
./kvrm_network || failed=1
./kvrm_uplink || failed=1
./kvrm_probes || failed=1
./kvrm_select || failed=1
rmmod kvrm || failed=1
exit "${failed:-0}"
