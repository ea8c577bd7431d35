#!/bin/sh
# Written by cargo-hone (`cargo hone undo` removes it). cargo calls it as `sccache RUSTC ARGS…`, the cc crate as
# `sccache CC ARGS…`. It runs the compiler through sccache where that works, and by itself where it does not: no
# build depends on sccache being installed, running or healthy. Plain POSIX sh; the usual case forks nothing.

# The cache's size where neither sccache's configuration file nor the environment sets one.
hone_cap='@CAP@'

# sccache exits 1 on every call where this is set (0.16: "incremental compilation is prohibited").
if [ "${CARGO_INCREMENTAL-}" = 1 ] || [ -n "${HONE_IN_SHIM-}" ] || [ -n "${HONE_NO_CACHE-}" ]; then
    exec "$@"
fi

# Find the real one: named, on PATH (but not this file), in the cargo home, or where `cargo hone` left a pointer.
find_sccache() {
    real=${SCCACHE_PATH-}
    [ -n "$real" ] && [ -x "$real" ] && [ ! "$real" -ef "$0" ] && return 0
    old_ifs=$IFS
    IFS=:
    set -f
    for dir in ${PATH-} "${CARGO_HOME:-${HOME-}/.cargo}/bin"; do
        real=${dir:-.}/sccache
        if [ -f "$real" ] && [ -x "$real" ] && [ ! "$real" -ef "$0" ]; then
            IFS=$old_ifs
            set +f
            return 0
        fi
    done
    IFS=$old_ifs
    set +f
    pointer=${XDG_STATE_HOME:-${HOME-}/.local/state}/cargo-hone/sccache-path
    real=
    [ -r "$pointer" ] && IFS= read -r real <"$pointer"
    [ -n "$real" ] && [ -f "$real" ] && [ -x "$real" ]
}

# One name for the process that called us (cargo, for the length of a build): its pid and its start time.
name_caller() {
    caller=$PPID
    if [ -r "/proc/$PPID/stat" ] && IFS= read -r stat <"/proc/$PPID/stat"; then
        set -f
        # shellcheck disable=SC2086 # split into fields on purpose
        set -- ${stat##*) }
        set +f
        [ $# -gt 19 ] && shift 19 && caller=$PPID-$1
    fi
}

# A server that hangs or a foreign program on its port would hold each call for ever: ask once, with a limit.
answers() {
    if command -v timeout >/dev/null 2>&1; then
        timeout -k 1 10 "$real" "$1" --version >/dev/null 2>&1
        return
    fi
    "$real" "$1" --version >/dev/null 2>&1 &
    asked=$!
    (
        sleep 10
        kill -9 "$asked"
    ) >/dev/null 2>&1 &
    watch=$!
    wait "$asked"
    answered=$?
    kill "$watch" 2>/dev/null
    return "$answered"
}

find_sccache || exec "$@"

# Where SCCACHE_DIR is set, sccache (0.16) takes nothing about the disk from its file, the size neither.
configured=${SCCACHE_CONF:-${XDG_CONFIG_HOME:-${HOME-}/.config}/sccache/config}
[ -e "$configured" ] || configured="${HOME-}/Library/Application Support/Mozilla.sccache/config"
if [ -z "${SCCACHE_CACHE_SIZE-}" ] && { [ -n "${SCCACHE_DIR-}" ] || [ ! -e "$configured" ]; }; then
    export SCCACHE_CACHE_SIZE="$hone_cap"
fi
# A server that dies in the middle of a build: compile without it.
export SCCACHE_IGNORE_SERVER_IO_ERROR="${SCCACHE_IGNORE_SERVER_IO_ERROR-1}"
export HONE_IN_SHIM=1

name_caller
probes=${XDG_CACHE_HOME:-${HOME-}/.cache}/cargo-hone/probes
[ -e "$probes/$caller.ok" ] || [ -e "$probes/$caller.no" ] || [ -w "$probes" ] || mkdir -p "$probes" 2>/dev/null
# A home that cannot be written: the answer is kept elsewhere, where only our own files count.
[ -w "$probes" ] || probes=${TMPDIR:-/tmp}/cargo-hone-probes-${USER:-user}
if [ ! -e "$probes/$caller.ok" ]; then
    if [ -e "$probes/$caller.no" ]; then
        unset HONE_IN_SHIM
        exec "$@"
    fi
    answers "$1" && verdict=ok || verdict=no
    if [ -d "$probes" ] || mkdir -m 700 "$probes" 2>/dev/null; then
        find "$probes" -type f -mmin +600 -exec rm -f {} + 2>/dev/null
        # In a shell of its own: a redirection that fails ends the shell it fails in.
        (: >"$probes/$caller.$verdict") 2>/dev/null || true
    fi
    if [ "$verdict" = no ]; then
        echo "cargo-hone: sccache ($real) does not answer; compiling without it" >&2
        unset HONE_IN_SHIM
        exec "$@"
    fi
fi
exec "$real" "$@"
