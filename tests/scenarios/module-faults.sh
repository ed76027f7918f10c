#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lack of memory, in every allocation of the module once; on a kernel that can inject it.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

if [ ! -e /sys/kernel/debug/failslab ]; then
	skip 'lack of memory' 'this kernel cannot inject faults'
	done_testing
fi
modprobe kvrm
# Not through a pipe, which guests that outlive it would hold open.
"$(dirname "$nlctl")/kvrm_faults" >/tmp/faults.out 2>&1
is 'every allocation that fails is harmless' "$?" 0
diag "$(cat /tmp/faults.out)"
ok 'unloads' rmmod kvrm
done_testing
