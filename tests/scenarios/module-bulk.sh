#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bulk reads: a dump of thousands of virtual CPUs, and how often the kernel's counters are flushed for many guests (a
# kselftest program).
set -u
cd "$(dirname "$0")/../../build/tests/kselftest" || exit 1
modprobe kvrm || exit 1
./kvrm_bulk || failed=1
rmmod kvrm || failed=1
exit "${failed:-0}"
