"""The fault table, third part: what is cached is damaged, locked or shared; the environment is strange.

Every build succeeds.
"""

import random
import subprocess

import pytest

from tests.cache.faults.room import FaultRoom, needs, toolchain, with_permissions

CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <sys/time.h>
#define BACK 86400
int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(id, at);
    if (code == 0 && id == CLOCK_REALTIME) at->tv_sec -= BACK;
    return code;
}
time_t time(time_t *out) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (out) *out = at.tv_sec;
    return at.tv_sec;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


@pytest.mark.parametrize(
    ("damage", "restarted"),
    [("empty", False), ("half", True), ("noise", False), ("noise at the end", True)],
)
def test_entries_are_damaged(room: FaultRoom, damage: str, restarted: bool) -> None:
    room.build()
    chance = random.Random(7)  # noqa: S311 - damage, not secrets
    for entry in room.entries():
        content = entry.read_bytes()
        half = len(content) // 2
        entry.write_bytes(
            {
                "empty": b"",
                "half": content[:half],
                "noise": chance.randbytes(len(content)),
                "noise at the end": content[:half] + chance.randbytes(len(content) - half),
            }[damage]
        )
    if restarted:
        room.stop_server()
    before = 0 if restarted else room.hits()
    room.build()
    assert room.hits() == before


def test_entries_have_wrong_permissions(room: FaultRoom) -> None:
    prefix = with_permissions(room.env)
    room.build(prefix=prefix)
    for entry in room.entries():
        entry.chmod(0)
    room.build(prefix=prefix)
    assert room.hits() == 0


def test_directories_of_entries_have_wrong_permissions(room: FaultRoom) -> None:
    prefix = with_permissions(room.env)
    room.build(prefix=prefix)
    room.stop_server()
    inner = [path for path in room.store.iterdir() if path.is_dir()]
    for directory in inner:
        directory.chmod(0)
    try:
        room.build(prefix=prefix)
    finally:
        for directory in inner:
            directory.chmod(0o755)


def test_two_servers_share_a_directory(room: FaultRoom) -> None:
    second = str(room.base / "s2")
    try:
        room.build()
        room.build(SCCACHE_SERVER_UDS=second)
        for entry in room.entries()[::2]:
            entry.unlink()  # as a server does that makes room
        room.build()
        room.build(SCCACHE_SERVER_UDS=second)
        assert room.stats(SCCACHE_SERVER_UDS=second)["Compile requests"] != "0"
    finally:
        room.stop_server(SCCACHE_SERVER_UDS=second)


@pytest.mark.parametrize("later", ["the same server", "another server"])
def test_the_clock_is_set_back_a_day(room: FaultRoom, later: str) -> None:
    needs("cc")
    library = room.base / "clock.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-", "-ldl"],
        input=CLOCK.encode(),
        check=True,
    )
    room.build()
    if later == "another server":
        room.stop_server()
    yesterday = {"LD_PRELOAD": str(library)}
    told = subprocess.check_output(["date", "+%s"], env={**room.env, **yesterday})
    assert int(told) < int(subprocess.check_output(["date", "+%s"])) - 80000
    room.build(**yesterday)
    assert room.hits() >= 4


def test_cargo_incremental_is_set(room: FaultRoom) -> None:
    room.count_calls()
    assert "cargo-hone" not in room.build(CARGO_INCREMENTAL="1")
    assert room.asked() == (0, 0)


@pytest.mark.parametrize(
    ("size", "cap"), [("500M", "500 MiB"), ("nonsense", "10 GiB"), ("0", "0 bytes")]
)
def test_another_cache_size_is_set(room: FaultRoom, size: str, cap: str) -> None:
    room.build(SCCACHE_CACHE_SIZE=size)
    assert room.stats()["Max cache size"].strip() == cap


def test_a_server_runs_already_with_another_cap(room: FaultRoom) -> None:
    pid = room.start_server(SCCACHE_CACHE_SIZE="77M")
    room.build()
    assert room.server_pid() == pid
    assert room.stats()["Max cache size"].strip() == "77 MiB"
    room.build()
    assert room.hits() >= 4


def test_another_wrapper_stands_before_rustc_for_members(room: FaultRoom) -> None:
    wrapper = room.base / "mine"
    wrapper.write_text(f'#!/bin/sh\necho "$*" >>"{room.base}/wrapped"\nexec "$@"\n')
    wrapper.chmod(0o755)
    assert "cargo-hone" not in room.build(RUSTC_WORKSPACE_WRAPPER=str(wrapper))
    assert "--crate-name app" in (room.base / "wrapped").read_text()


def test_clippy_goes_through_the_cache(room: FaultRoom) -> None:
    (room.tree / "crates/one/src/lib.rs").write_text(
        "pub fn one() -> u32 { let x = 1; return x; }\n"
    )
    said = [clippy(room) for _ in range(2)]
    assert all("needless_return" in text for text in said)
    assert room.hits() >= 4
    room.build()


def clippy(room: FaultRoom) -> str:
    if not (toolchain() / "cargo-clippy").exists():
        pytest.skip("clippy is not installed")
    subprocess.run(["rm", "-rf", room.tree / "target"], check=True)
    done = room.cargo("clippy")
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr.decode()
