"""What the commands say when a snapshot, a project or a content is not the one that was meant."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.snapshot.store import Store
from tests.snapshot.conftest import Checkout
from tests.snapshot.shipments import noise, shipped

FIRST, SECOND = "20260101T000000-00000000", "20260101T000000-11111111"


def run(
    root: Path, store: Store, *words: str, env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "cargo_hone", "--offline", "snapshot", *words]
    return subprocess.run(
        [*argv, "--store", str(store.root)],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def two(store: Store, tmp_path: Path) -> Store:
    for number, id_ in enumerate((FIRST, SECOND)):
        name = f"debug/{number}.o"
        shipped(store, tmp_path / "files", {name: noise(9000, number)}, id_=id_)
    return store


def test_from_takes_only_a_checkout_of_this_project(
    checkout: Checkout, store: Store, tmp_path: Path
) -> None:
    other = Checkout(tmp_path / "other", checkout.env)
    other.write("Cargo.toml", '[package]\nname = "other"\nversion = "0.1.0"\nedition = "2021"\n')
    other.write("src/lib.rs", "")
    other.cargo("build")
    done = run(checkout.root, store, "restore", "--from", str(other.root), env=checkout.env)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is another project" in done.stderr
    assert not (checkout.root / "target").exists()
    assert store.manifests() == ()


@pytest.mark.parametrize("start", ["2026", "20260101T000000-", "19"])
def test_prune_drops_one_snapshot_or_says_which_there_are(
    two: Store, checkout: Checkout, start: str
) -> None:
    done = run(checkout.root, two, "prune", "--yes", "--drop", start, env=checkout.env)
    assert done.returncode == 2
    assert f"with '{start}'" in done.stderr
    assert {one.id for one in two.manifests()} == {FIRST, SECOND}
    whole = run(checkout.root, two, "prune", "--yes", "--drop", FIRST[:18], env=checkout.env)
    assert whole.returncode == 0
    assert [one.id for one in two.manifests()] == [SECOND]


def test_prune_does_not_speak_of_what_would_be_where_nothing_is(
    two: Store, checkout: Checkout
) -> None:
    done = run(checkout.root, two, "prune", env=checkout.env)
    assert done.returncode == 0
    assert done.stdout.startswith("0 B freed; 2 snapshots stay")


def test_verify_says_what_helps(two: Store, checkout: Checkout) -> None:
    pack = next((two.root / "packs").glob("*/*"))
    pack.write_bytes(pack.read_bytes()[:-1])
    said = [
        run(checkout.root, two, "verify", *words, env=checkout.env).stdout
        for words in ((), ("--repair",), ())
    ]
    assert "1 fault\nset aside what is damaged" in said[0]
    assert "was set aside; save again" in said[1]
    assert "are not in the store" in said[2]
    assert "prune --drop ID" in said[2]
    assert not os.path.lexists(pack)
