#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module is loaded and unloaded again and again while guests run; each time they are registered anew.
#   soak-cycles.sh [CYCLES]	(1000)
set -u
cd "$(dirname "$0")/../../build/tests/kselftest" || exit 1
! grep -q '^kvrm ' /proc/modules || rmmod kvrm || exit 1
./kvrm_cycles "${1:-1000}"
