"""Every byte has one owner, and nothing is forgotten or counted twice."""

import os
from collections import defaultdict
from pathlib import Path

import pytest

from cargo_hone.target.attribution import Share, ShareKind, attribute
from cargo_hone.target.inventory import allocated_bytes
from tests.target.layouts import LAYOUTS, V1, V2
from tests.target.tiny import Tiny

every = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)


def by_kind(shares: tuple[Share, ...]) -> dict[ShareKind, int]:
    found: dict[ShareKind, int] = defaultdict(int)
    for share in shares:
        found[share.kind] += share.size_bytes
    return found


def strange(tiny: Tiny) -> None:
    """Put what a target directory may have besides: tools' things, a nested target, garbage, a second name of it."""
    for name in (
        "nextest/default/junit.xml",
        "tmp/a/b",
        "criterion/report/index.html",
        "llvm-cov-target/.rustc_info.json",
        "llvm-cov-target/debug/deps/libx-0123456789abcdef.rlib",
        "mine/notes",
        "debug/notes/deep",
        "debug/deps/stray/deep",
        "debug/deps/notes.txt",
        "debug/build/stray",
        "debug/build/strange/0123456789abcdef/notes",
        "debug/.fingerprint/stray",
        "debug/incremental/stray",
        "doc/book/index.html",
    ):
        path = tiny.built / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(5000))
    os.link(tiny.built / "mine/notes", tiny.built / "debug/notes/again")
    os.link(next(tiny.built.rglob("libnative*.rlib")), tiny.built / "mine/copy.rlib")


@every
def test_all_bytes_and_names_are_given_to_somebody(tiny: Tiny) -> None:
    strange(tiny)
    state = tiny.state()
    shares = attribute(state)
    assert sum(share.size_bytes for share in shares) == allocated_bytes(state.layout)
    names = {tiny.built, tiny.target}
    names |= {path for place in tuple(names) for path in place.rglob("*")}
    assert sum(share.entries for share in shares) == len(names)
    assert sum(share.size_bytes for share in shares) == state.inventory.total_bytes
    assert len({(share.name, share.kind) for share in shares}) == len(shares)


@pytest.mark.parametrize("layout", [V1, V2], ids=str)
def test_bytes_go_to_whom_they_belong(tiny: Tiny) -> None:
    strange(tiny)
    shares = {(share.name, share.kind): share for share in attribute(tiny.state())}
    big = shares["native", ShareKind.BUILD_SCRIPTS]
    assert big.size_bytes > 300_000
    assert shares["app", ShareKind.TESTS].size_bytes > 1_000_000
    assert shares["app", ShareKind.INCREMENTAL].entries > 10
    assert 0 < shares["going", ShareKind.CHECKED].size_bytes < 100_000
    for tool in ("nextest", "tmp", "criterion"):
        assert shares[tool, ShareKind.TOOLING].size_bytes >= 8192
    assert shares["llvm-cov-target", ShareKind.NESTED].entries == 5
    assert shares["mine", ShareKind.UNKNOWN].entries == 3
    assert shares["debug/notes", ShareKind.UNKNOWN].entries == 3
    kinds = by_kind(tuple(shares.values()))
    assert 60_000 < kinds[ShareKind.UNKNOWN] < 95_000
    assert kinds[ShareKind.FRAME] < 100_000


def test_a_second_name_adds_no_bytes(tiny: Tiny) -> None:
    before = by_kind(attribute(tiny.state()))
    program = tiny.debug / "app"
    assert program.stat().st_nlink == 2
    os.link(program, tiny.debug / "app-again")
    assert by_kind(attribute(tiny.state())) == before


def test_leftovers_have_a_name_of_their_own(tiny: Tiny) -> None:
    path: Path = tiny.debug / "deps/libgone-0123456789abcdef.rlib"
    path.write_bytes(os.urandom(9000))
    assert by_kind(attribute(tiny.state()))[ShareKind.LEFTOVERS] == path.stat().st_blocks * 512
