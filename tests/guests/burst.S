/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As waking.S, for the first 22 ms of every second. */
#define ASLEEP 978000000
#define LOOPS  20000
#include "tests/bench/waking.S"
