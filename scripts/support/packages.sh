# Sourced by the scripts beside it: installs Debian packages that are missing, without a question.

# packages_install NAME…
packages_install() {
    missing=""
    for package in "$@"; do
        if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
            missing="$missing $package"
        fi
    done
    if [ -z "$missing" ]; then
        echo "== All packages are there: $*"
        return 0
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "== This is not Debian. If the build fails, install what these packages hold:$missing" >&2
        return 0
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=""
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        echo "Packages are missing, and this is neither root nor may it use sudo without a password." >&2
        echo "Run this first:  sudo apt-get install -y$missing" >&2
        return 77
    fi
    echo "== Installing:$missing"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
    # What is needed of a server is its program: none is to be started on this machine (see invoke-rc.d(8)).
    policy=/usr/sbin/policy-rc.d
    own_policy=""
    if [ ! -e "$policy" ]; then
        own_policy=yes
        printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
        $as_root chmod 755 "$policy"
    fi
    installed=0
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing </dev/null ||
        installed=$?
    [ -z "$own_policy" ] || $as_root rm -f "$policy"
    return "$installed"
}

# swift_needed: one line where the toolchain is missing.
swift_needed() {
    if ! command -v swift >/dev/null 2>&1; then
        echo "Swift is not installed or not in PATH: https://www.swift.org/install/linux/" >&2
        return 66
    fi
}
