# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The Linux guest of tests/guests/linux, whoever runs it.

# The newest kernel of this machine.
# shellcheck disable=SC2034 # used by the scripts that source this file
guest_kernel=$(find /boot /usr/lib/modules -maxdepth 2 -name 'vmlinuz*' 2>/dev/null | sort -V | tail -n 1)

# linux_ask ADDRESS WORDS...: an order through its channel, an address as socat has them, and its answer
linux_ask() {
	local address=$1 answer=''
	shift
	coproc line { exec socat -lf /dev/null - "$address,shut-none"; }
	{ echo "$*" >&"${line[1]}" && read -r -t 60 answer <&"${line[0]}"; } 2>/dev/null
	# shellcheck disable=SC2154 # coproc sets it
	{ kill "$line_PID" && wait "$line_PID"; } 2>/dev/null
	echo "$answer"
}
