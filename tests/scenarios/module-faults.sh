#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lack of memory: every allocation of the module's bring-up and of its commands fails once, on a kernel that can
# make them fail.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/flat.sh
. "$(dirname "$0")/../lib/flat.sh"

if [ ! -e /sys/kernel/debug/failslab ]; then
	skip 'lack of memory' 'this kernel cannot inject faults'
	done_testing
fi
programs=$(dirname "$nlctl")
! grep -q '^kvrm ' /proc/modules || rmmod kvrm
# Not through a pipe, which guests that outlive it would hold open.
"$programs/kvrm_loadfaults" >/tmp/faults.out 2>&1
is 'the module is loaded or refused, whatever its bring-up lacks' "$?" 0
diag "$(cat /tmp/faults.out)"
modprobe -a tun kvrm
"$programs/kvrm_faults" >/tmp/faults.out 2>&1
is 'a command is done or changes nothing, whatever it lacks' "$?" 0
diag "$(cat /tmp/faults.out)"
ok 'the module unloads' rmmod kvrm
# What it lacks itself stops kmemleak, and nobody would notice what leaks.
[ ! -e /sys/kernel/debug/kmemleak ] || ok 'kmemleak still looks for leaks' sh -c 'echo scan >/sys/kernel/debug/kmemleak'
done_testing
