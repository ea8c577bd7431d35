#!/bin/sh
# Written by cargo-hone (`cargo hone devcontainer init`; `cargo hone devcontainer remove` takes it away).
# devcontainer.json calls it with one of
#   create   once in a new container: keep the caches on the volume, install cargo-hone, lead builds to sccache
#   start    at each start: the cache's server, a sweep if the target directory is past its threshold, the watch
#   watch    (started by `start`) looks again whenever the disk has filled up by a quarter of a gigabyte
# It never fails: what goes wrong is said, and the container starts all the same.

package=@PACKAGE@
workspace=@WORKSPACE@
volume=@VOLUME@
interval_s=@INTERVAL@
grown_kib=250000

say() {
    printf 'cargo-hone: %s\n' "$*"
}

# A hook holds the container up, so nothing may hang.
limited() {
    limit_s=$1
    shift
    if command -v timeout >/dev/null 2>&1; then timeout "$limit_s" "$@"; else "$@"; fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        limited 300 "$@"
    elif command -v sudo >/dev/null 2>&1; then
        # The limit is inside: only root may end what root runs.
        if command -v timeout >/dev/null 2>&1; then set -- timeout 300 "$@"; fi
        sudo -n "$@"
    else
        return 1
    fi
}

# A new volume belongs to root where its directory is not in the image.
own_volume() {
    [ -d "$volume" ] || return 1
    [ -w "$volume" ] && return 0
    as_root chown -R "$(id -u):$(id -g)" "$volume" 2>/dev/null && [ -w "$volume" ]
}

# cargo may run beside this (a wrapped postCreateCommand): a directory that has just appeared gets the link inside it.
link() {
    ln -sn "$1" "$2" 2>/dev/null || return 1
    [ -L "$2" ] && return 0
    rm -f "$2/${1##*/}"
    return 1
}

# A link, not a mount on the place itself: where the volume cannot be written, cargo must not notice.
keep() {
    place=$1
    [ -L "$place" ] && [ -d "$place" ] && return 0
    if [ -e "$place" ]; then
        say "$place is there already: it stays in the container"
        return 0
    fi
    # A link that leads nowhere (the volume has gone) would stop cargo.
    [ ! -L "$place" ] || rm -f "$place"
    if ! mkdir -p "${place%/*}" "$volume/$2" 2>/dev/null || ! link "$volume/$2" "$place"; then
        say "$place cannot be kept on the volume"
    fi
}

keep_caches() {
    if ! own_volume; then
        say "no volume at $volume that $(id -un) can write: caches last as long as this container"
        return
    fi
    keep "$cargo_home/registry" registry
    keep "$cargo_home/git" git
    [ -n "${SCCACHE_DIR-}" ] || keep "${XDG_CACHE_HOME:-$HOME/.cache}/sccache" sccache
}

find_hone() {
    hone=$venv/bin/cargo-hone
    [ -x "$hone" ] && [ -e "$venv/complete" ] && return 0
    hone=$(command -v cargo-hone) && [ ! "$hone" -ef "$venv/bin/cargo-hone" ]
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
    done
    return 1
}

# Debian's images have no python3, or one without the venv module.
add_python() {
    command -v apt-get >/dev/null 2>&1 || return 1
    say "installing python3-venv"
    as_root sh -c 'export DEBIAN_FRONTEND=noninteractive
        apt-get -qq -o Acquire::http::Timeout=20 -o Acquire::Retries=1 update &&
            apt-get -qq install -y --no-install-recommends python3 python3-venv' >/dev/null 2>&1 </dev/null
}

make_venv() {
    # Its own environment: no clash with the system's packages (PEP 668), no need of root.
    rm -rf "$venv"
    mkdir -p "${venv%/*}" 2>/dev/null
    if command -v uv >/dev/null 2>&1; then
        limited 300 uv venv -q --python '>=3.11' "$venv" &&
            limited 300 uv pip install -q --python "$venv/bin/python" "$package" && return 0
        rm -rf "$venv"
    fi
    if ! find_python && ! { add_python && find_python; }; then
        say "no Python 3.11 or newer with venv here. Add it to the image, or add the feature"
        say "ghcr.io/devcontainers/features/python to devcontainer.json"
        return 1
    fi
    limited 120 "$python" -m venv "$venv" &&
        limited 300 "$venv/bin/python" -m pip install -q --disable-pip-version-check "$package"
}

install_hone() {
    if find_hone && "$hone" --version >/dev/null 2>&1; then
        # One that the image brought is taken as it is, ours only where it is the wanted one.
        [ "$hone" = "$venv/bin/cargo-hone" ] && [ "$(cat "$venv/complete")" != "$package" ] || return 0
    fi
    say "installing $package"
    if ! make_venv || ! "$venv/bin/cargo-hone" --version; then
        rm -rf "$venv"
        say "not installed; builds work without it. To try again: sh .devcontainer/hone.sh create"
        return 1
    fi
    printf '%s\n' "$package" >"$venv/complete"
    hone=$venv/bin/cargo-hone
    # cargo looks for `cargo hone` in its own home as well as on PATH.
    for bin in "$cargo_home/bin" "$HOME/.local/bin"; do
        mkdir -p "$bin" 2>/dev/null && ln -sf "$hone" "$bin/cargo-hone" 2>/dev/null && return 0
    done
    say "no place to link cargo-hone to: it is $hone"
}

# For this user alone: no file of the repository changes.
set_up_cache() {
    limited 60 "$hone" cache setup --scope user --yes || say "no compiler cache: builds work without it"
}

create() {
    if ! command -v cargo >/dev/null 2>&1; then
        say "no cargo in this container: nothing to do"
        return
    fi
    keep_caches
    install_hone || return
    set_up_cache
}

start() {
    if ! find_hone; then
        say "not installed here. To try again: sh .devcontainer/hone.sh create"
        return
    fi
    own_volume
    limited 60 "$hone" cache start
    limited 600 "$hone" sweep --auto --yes
    # Ignored before the fork: the hook's terminal is hung up as soon as the hook ends.
    trap '' HUP
    if command -v setsid >/dev/null 2>&1; then
        setsid sh "$script" watch </dev/null >/dev/null 2>&1 &
    else
        sh "$script" watch </dev/null >/dev/null 2>&1 &
    fi
}

used_kib() {
    df -Pk . 2>/dev/null | {
        read -r _ && read -r _ _ used _ && echo "$used"
    }
}

is_watching() {
    pid=$(cat "$mark" 2>/dev/null) && kill -0 "$pid" 2>/dev/null || return 1
    [ ! -r "/proc/$pid/cmdline" ] || tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'hone\.sh watch'
}

claim() {
    mkdir -p "$state" && (set -C && echo $$ >"$mark") 2>/dev/null
}

# Once for each checkout; it ends with the container, or when this script or its mark has gone.
watch() {
    mark=$state/watch-$(pwd | cksum | tr ' ' '-')
    if ! claim; then
        is_watching && return
        rm -f "$mark"
        claim || return
    fi
    rounds=0
    seen_kib=$(used_kib)
    while sleep "$interval_s" && [ -f "$script" ] && [ "$(cat "$mark" 2>/dev/null)" = $$ ] && find_hone; do
        rounds=$((rounds + 1))
        now_kib=$(used_kib)
        # Growth is seen for nothing; every sixth time it looks anyway, for a target directory on another disk.
        if [ "$((${now_kib:-0} - ${seen_kib:-0}))" -ge "$grown_kib" ] || [ $((rounds % 6)) = 0 ]; then
            limited 600 "$hone" sweep --auto --yes >"$state/watch.log" 2>&1
            seen_kib=$(used_kib)
        elif [ "${now_kib:-0}" -lt "${seen_kib:-0}" ]; then
            seen_kib=$now_kib
        fi
    done
    [ "$(cat "$mark" 2>/dev/null)" != $$ ] || rm -f "$mark"
}

if [ -z "${HOME-}" ]; then
    say "HOME is not set: nothing to do"
    exit 0
fi
cargo_home=${CARGO_HOME:-$HOME/.cargo}
venv=${XDG_DATA_HOME:-$HOME/.local/share}/cargo-hone/venv
state=${XDG_STATE_HOME:-$HOME/.local/state}/cargo-hone
PATH=$PATH:$cargo_home/bin:$HOME/.local/bin
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) && cd "$here/../$workspace" || exit 0
script=$here/hone.sh

case ${1-} in
    create) create ;;
    start) start ;;
    watch) watch ;;
    *) say "usage: sh .devcontainer/hone.sh create|start|watch" ;;
esac
exit 0
