# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the test host's scripts share: where things are cached, progress, packages, locks.

# shellcheck disable=SC2034 # used by the scripts that source this file
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${KVRM_CACHE:-$HOME/.cache/kvrm}
releases='bookworm trixie sid'
mkdir -p "$cache"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
	say "$1"
	exit "${2:-125}"
}

# busy TEXT COMMAND...: run what takes long; on a terminal show for how long already.
busy() {
	local text=$1 ticker='' status=0
	shift
	if [ -t 2 ]; then
		(
			start=$SECONDS
			while kill -0 $$ 2>/dev/null; do
				printf '\r%s: %s, %d s\033[K' "${0##*/}" "$text" $((SECONDS - start)) >&2
				sleep 1
			done
		) &
		ticker=$!
	else
		say "$text"
	fi
	"$@" || status=$?
	[ -z "$ticker" ] || { kill "$ticker" 2>/dev/null; wait "$ticker" 2>/dev/null || true; printf '\n' >&2; }
	return "$status"
}

check_release() {
	[[ " $releases " == *" $1 "* ]] || die "unknown release '$1'; one of: $releases" 64
}

# need_packages PACKAGE...: install what is missing on this machine; one of them at a time, as apt wants it.
need_packages() {
	(
		flock 9
		install_missing "$@"
	) 9>"$cache/packages.lock" || exit
}
install_missing() {
	local package missing=()
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed' ||
			missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	export DEBIAN_FRONTEND=noninteractive
	[ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ] ||
		apt-get -qq update >&2 || die 'apt-get update failed'
	busy "installing ${missing[*]}" install_packages "${missing[@]}" ||
		{ tail -n 20 "$cache/apt.log" >&2; die "could not install ${missing[*]}"; }
}
install_packages() {
	apt-get -qq install -y --no-install-recommends "$@" >"$cache/apt.log" 2>&1 ||
		{ apt-get -qq update >&2 && apt-get -qq install -y --no-install-recommends "$@" >"$cache/apt.log" 2>&1; }
}

# checkout_files: files that git knows or would add, and that are there; the current directory is the checkout's.
checkout_files() { git ls-files -co --exclude-standard -z | xargs -0 -r ls -d 2>/dev/null | sort; }

# with_lock NAME: hold a lock until this process ends; others wait.
with_lock() {
	exec {lock_fd}>"$cache/$1.lock"
	flock "$lock_fd"
}

# drop_lock: let the next one in.
drop_lock() { exec {lock_fd}>&-; }

root_of() { echo "$cache/roots/$1"; }

# kernel_of ROOT: version of the newest stock kernel in a root tree.
kernel_of() {
	local name
	name=$(find "$1/boot" "$1/usr/lib/modules" -maxdepth 2 -name 'vmlinuz*' 2>/dev/null |
		sed 's|.*/usr/lib/modules/\([^/]*\)/vmlinuz|\1|; s|.*/vmlinuz-||' | sort -V | tail -n 1)
	[ -n "$name" ] || die "no kernel in $1"
	echo "$name"
}

# vmlinuz_of ROOT VERSION
vmlinuz_of() {
	local path
	for path in "$1/boot/vmlinuz-$2" "$1/usr/lib/modules/$2/vmlinuz"; do
		[ ! -f "$path" ] || { echo "$path"; return; }
	done
	die "no vmlinuz of $2 in $1"
}

# in_chroot ROOT COMMAND...: with proc, dev and sys mounted in a mount namespace of its own.
in_chroot() {
	local root=$1
	shift
	command -v mount >/dev/null || need_packages mount
	# shellcheck disable=SC2016 # expanded inside
	unshare -m --propagation unchanged -- bash -euc '
		root=$1; shift
		# In a plain chroot / is no mount; what is mounted below must stay here all the same.
		mount --make-rprivate / 2>/dev/null || { mount --bind "$root" "$root"; mount --make-rprivate "$root"; }
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/run"
		exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive "$@"
	' in_chroot "$root" "$@"
}
