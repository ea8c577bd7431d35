#!/bin/sh
# Written by cargo-hone (`cargo hone undo` removes it). cargo calls it as `sccache RUSTC ARGS...`, the cc crate as
# `sccache CC ARGS...`. It runs the compiler through sccache where that works, and by itself where it does not: no
# build depends on sccache being installed, running or healthy. Plain POSIX sh; the usual call starts nothing but
# sccache itself.

# The cache's size where neither sccache's configuration file nor the environment sets one.
hone_cap='@CAP@'
# How long sccache may take to answer, and how often a build in progress looks after its server: seconds.
hone_limit=10
hone_look=3

# sccache (0.16) exits 1 on every call where one of these is 1. HONE_IN_SHIM: something on PATH called us back.
if [ "${CARGO_INCREMENTAL-}" = 1 ] || [ "${CARGO_BUILD_INCREMENTAL-}" = 1 ] ||
    [ -n "${HONE_IN_SHIM-}" ] || [ -n "${HONE_NO_CACHE-}" ]; then
    exec "$@"
fi
# A RUSTC_WORKSPACE_WRAPPER stands before rustc; of those sccache knows only clippy's.
case ${1##*/}/${2##*/} in
clippy-driver/*) ;;
*/rustc) exec "$@" ;;
esac

# Whether $real can be run, and is not this file, a link to it or a copy of it.
is_usable() {
    [ -f "$real" ] && [ -x "$real" ] || return 1
    line=
    { IFS= read -r line && IFS= read -r line; } 2>/dev/null <"$real"
    case $line in '# Written by cargo-hone'*) return 1 ;; esac
}

# Find the real one: named, on PATH, in the cargo home, or where `cargo hone` left a pointer.
find_sccache() {
    real=${SCCACHE_PATH-}
    is_usable && return 0
    old_ifs=$IFS
    IFS=:
    set -f
    for dir in ${PATH-} "${CARGO_HOME:-${HOME-}/.cargo}/bin"; do
        real=${dir:-.}/sccache
        is_usable && break
        real=
    done
    IFS=$old_ifs
    set +f
    [ -n "$real" ] && return 0
    pointer=${XDG_STATE_HOME:-${HOME-}/.local/state}/cargo-hone/sccache-path
    [ -f "$pointer" ] && IFS= read -r real <"$pointer"
    is_usable
}

# One name for the build: the pid and start time of the nearest cargo above us (a build script's C compiler is its
# grandchild), else of whoever called.
name_build() {
    cargo=
    build=$PPID
    pid=$PPID
    for _ in 1 2 3 4 5 6 7 8; do
        [ -r "/proc/$pid/stat" ] && IFS= read -r stat <"/proc/$pid/stat" || return 0
        name=${stat#*"("}
        set -f
        # shellcheck disable=SC2086 # split into fields on purpose
        set -- ${stat##*") "}
        set +f
        [ $# -gt 19 ] || return 0
        [ "$pid" = "$PPID" ] && build=$pid-${20}
        case ${name%")"*} in
        *cargo*)
            cargo=$pid
            build=cargo-$pid-${20}
            return 0
            ;;
        esac
        pid=$2
    done
}

# Where answers are kept: below the home, or where that cannot be written, in a directory that is our own.
find_probes() {
    probes=${XDG_CACHE_HOME:-${HOME-}/.cache}/cargo-hone/probes
    [ -d "$probes" ] && [ -w "$probes" ] && return 0
    elsewhere=${TMPDIR:-/tmp}/cargo-hone-probes-${USER:-user}
    if [ ! -d "$elsewhere" ]; then
        mkdir -p "$probes" 2>/dev/null && [ -w "$probes" ] && return 0
        mkdir -m 700 "$elsewhere" 2>/dev/null
    fi
    probes=$elsewhere
    # shellcheck disable=SC3067 # -O is not in POSIX, but in every shell that is some system's sh
    [ -d "$probes" ] && [ -O "$probes" ] && [ -w "$probes" ]
}

# Run a command within the limit, and say nothing.
limited() {
    if command -v timeout >/dev/null 2>&1; then
        timeout -k 1 "$hone_limit" "$@" >/dev/null 2>&1
        return
    fi
    "$@" >/dev/null 2>&1 &
    asked=$!
    (
        sleep "$hone_limit"
        kill -9 "$asked"
    ) >/dev/null 2>&1 &
    watch=$!
    wait "$asked" 2>/dev/null
    answered=$?
    kill "$watch" 2>/dev/null
    return "$answered"
}

# In a shell of its own: a redirection that fails ends the shell it fails in.
note() {
    (printf '%s\n' "$real" >"$probes/$build.$1") 2>/dev/null
}

# A remote storage that is gone when the server starts means no server (0.16). Then one with the local disk alone, for as
# long as it lives.
without_remote() {
    grep -q multilevel "$configured" 2>/dev/null || return 1
    (export SCCACHE_MULTILEVEL_CHAIN=disk && limited "$real" "$1" --version)
}

# A server that hangs, or a foreign program on its port, would hold each call for ever. So one call of a build asks,
# with a limit, and the others wait for what it finds out.
ask() {
    if (set -C && : >"$probes/$build.asked") 2>/dev/null; then
        find "$probes" -type f -mmin +600 -exec rm -f {} + 2>/dev/null
        if limited "$real" "$1" --version || without_remote "$1"; then
            note ok
            if [ -n "$cargo" ]; then
                (cd / && guard) </dev/null >/dev/null 2>&1 &
            fi
            return 0
        fi
        note no
        return 1
    fi
    [ -e "$probes/$build.asked" ] || return 1 # Nothing can be kept here: each call would have to ask.
    tries=0
    while [ ! -e "$probes/$build.ok" ] && [ ! -e "$probes/$build.no" ]; do
        [ "$tries" -lt $((hone_limit * 10 + 50)) ] || note no || return 1 # The one who asked is no more.
        sleep 0.1 2>/dev/null || { sleep 1 && tries=$((tries + 9)); }
        tries=$((tries + 1))
    done
    [ ! -e "$probes/$build.no" ]
}

# Whether the remote storage answers, where there is one: sccache (0.16) waits a minute and more for each entry where it
# does not. A second server, which serves nobody, reads and writes there when it comes up, and ends after a second.
remote_answers() {
    case $("$real" --show-stats 2>/dev/null) in
    *'Multi-level ('*) ;;
    *'Cache location '*'Local disk: '*) return 0 ;;
    esac
    hone_limit=4
    SCCACHE_START_SERVER=1 SCCACHE_NO_DAEMON=1 SCCACHE_IDLE_TIMEOUT=1 SCCACHE_DIR=$probes/$build.disk \
        SCCACHE_SERVER_UDS='\x00cargo-hone-'$build limited "$real"
    answered=$?
    hone_limit=10
    rm -rf "$probes/$build.disk"
    return "$answered"
}

# As long as the build lasts: where the server stops answering, take back the calls that wait for it. Only calls of
# this build are ended; their shims then run the compiler. Never the server, which is the user's.
guard() {
    while sleep "$hone_look" && [ -d "/proc/$cargo" ] && [ ! -e "$probes/$build.no" ]; do
        limited "$real" --show-stats && remote_answers && continue
        note no
        for place in /proc/[0-9]*; do
            [ "$place/exe" -ef "$real" ] || continue
            case " $(tr '\0\n' '  ' <"$place/environ") " in
            *' SCCACHE_START_SERVER=1 '*) ;;
            *" HONE_IN_SHIM=$build "*) kill "${place#/proc/}" ;;
            esac
        done
    done
}

# Compile without sccache. Where it did not answer, one call of a build says so: one whose messages cargo shows.
alone() {
    if [ -e "$probes/$build.no" ] && [ ! -e "$probes/$build.told" ]; then
        case " $* " in
        *' -vV '* | *' --print'*) ;;
        *)
            note told
            echo "cargo-hone: sccache does not answer; compiling without it" >&2
            ;;
        esac
    fi
    unset HONE_IN_SHIM
    exec "$@"
}

name_build
find_probes || alone "$@"
if [ -e "$probes/$build.no" ]; then
    # A cargo lasts as long as its build. Of others that is not known: they are asked again after a minute.
    [ -z "$cargo" ] && [ -z "$(find "$probes/$build.no" -mmin -1 2>/dev/null)" ] || alone "$@"
    rm -f "$probes/$build.no" "$probes/$build.ok" "$probes/$build.asked" "$probes/$build.told"
fi
real=
[ -e "$probes/$build.ok" ] && IFS= read -r real <"$probes/$build.ok"
[ -n "$real" ] && [ -f "$real" ] && [ -x "$real" ] || find_sccache || alone "$@"

# Where SCCACHE_DIR is set, sccache (0.16) takes nothing about the disk from its file, the size neither.
configured=${SCCACHE_CONF:-${XDG_CONFIG_HOME:-${HOME-}/.config}/sccache/config}
[ -e "$configured" ] || configured="${HOME-}/Library/Application Support/Mozilla.sccache/config"
if [ -z "${SCCACHE_CACHE_SIZE-}" ] && { [ -n "${SCCACHE_DIR-}" ] || [ ! -e "$configured" ]; }; then
    export SCCACHE_CACHE_SIZE="$hone_cap"
fi
# A server that dies in the middle of a compilation: sccache compiles by itself.
export SCCACHE_IGNORE_SERVER_IO_ERROR="${SCCACHE_IGNORE_SERVER_IO_ERROR-1}"
export HONE_IN_SHIM="$build"

[ -e "$probes/$build.ok" ] || ask "$1" || alone "$@"
"$real" "$@"
code=$?
[ "$code" -gt 1 ] || exit "$code"
# Neither done (0) nor refused by the compiler (1). What sccache (0.16) says of itself is 2 (its server is gone and
# does not come back), 254 (it could not read or write what it needed) or a signal: so the compiler has the last word.
if [ ! -e "$probes/$build.no" ]; then
    echo "cargo-hone: sccache ended with $code; compiling without it" >&2
    limited "$real" "$1" --version || note no
fi
alone "$@"
