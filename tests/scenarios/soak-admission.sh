#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random changes by eight clients at once, against a model of what must be admitted.
#   soak-admission.sh [OPERATIONS [SEED]]	(100000, 1)
set -u
cd "$(dirname "$0")/../../build/tests/kselftest" || exit 1
modprobe kvrm || exit 1
./kvrm_admission "${1:-100000}" "${2:-1}" || failed=1
rmmod kvrm || failed=1
exit "${failed:-0}"
