#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random netlink messages: no message may upset the kernel, which the test host watches.
#   module-fuzz.sh [MESSAGES [SEED]]	(1000, 1)
set -u
cd "$(dirname "$0")/../../build/tests/kselftest" || exit 1
modprobe -a tun bridge kvrm || exit 1
./kvrm_fuzz "${1:-1000}" "${2:-1}" || failed=1
rmmod kvrm || failed=1
exit "${failed:-0}"
