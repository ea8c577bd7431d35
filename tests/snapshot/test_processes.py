"""Real processes: killed at any moment, and several at once."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cargo_hone.snapshot.store import Store
from cargo_hone.snapshot.verify import verify
from tests.snapshot.conftest import Checkout

TRIES = 5


def command(checkout: Checkout, store: Store, *words: str) -> "subprocess.Popen[bytes]":
    env = checkout.env | {"HONE_SNAPSHOT_DIR": str(store.root)}
    return subprocess.Popen(
        [sys.executable, "-m", "cargo_hone", "hone", "snapshot", *words, "--format", "json"],
        cwd=checkout.root,
        env=env | {"HONE_STATE_DIR": str(store.root.parent / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(checkout: Checkout, store: Store, *words: str) -> dict[str, object]:
    process = command(checkout, store, *words)
    out, err = process.communicate()
    assert process.returncode == 0, err.decode()
    return dict(json.loads(out))


@pytest.fixture
def built(checkout: Checkout, store: Store) -> Checkout:
    checkout.cargo("build", "--workspace")
    checkout.save(store)
    return checkout


@pytest.mark.e2e
@pytest.mark.timeout(900)
@pytest.mark.parametrize("words", [("save",), ("restore",), ("prune", "--max-size", "0", "--yes")])
def test_a_killed_process_leaves_nothing_wrong(
    built: Checkout, store: Store, words: tuple[str, ...]
) -> None:
    started_s = time.monotonic()
    run(built, store, *words)
    takes_s = time.monotonic() - started_s
    chance = random.Random(words[0])  # noqa: S311
    killed = 0
    for number in range(TRIES * 4):
        built.write("root/src/lib.rs", f"pub fn number() -> u32 {{\n    {number}\n}}\n")
        built.cargo("build", "--workspace")
        built.save(store)
        if words == ("restore",):
            shutil.rmtree(built.root / "target")
        process = command(built, store, *words)
        # Most of the time goes into the start: what it does is the last part.
        time.sleep(takes_s * chance.uniform(0.5, 1.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:
            # It was quicker than the first one.
            takes_s *= 0.9
        assert verify(store).faults == ()
        built.cargo("build", "--workspace")
        assert built.output() == f"{number + 1} first"
        if killed == TRIES:
            break
    assert killed == TRIES
    run(built, store, *words)
    assert verify(store).faults == ()


def test_several_at_once(built: Checkout, store: Store, tmp_path: Path) -> None:
    """Two checkouts save and restore while a third process prunes; nothing is lost, nothing is wrong."""
    others = [built.clone(tmp_path / name) for name in ("one", "two")]
    limit = sum(p.lstat().st_size for p in store.root.rglob("*")) * 2
    processes: list[tuple[str, subprocess.Popen[bytes]]] = [
        *(("restore", command(other, store, "restore")) for other in others),
        ("save", command(built, store, "save")),
        ("prune", command(built, store, "prune", "--max-size", str(limit), "--yes")),
        ("verify", command(built, store, "verify")),
    ]
    for name, process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, (name, err.decode())
    assert verify(store).faults == ()
    assert list((store.root / "partial").iterdir()) == []
    for other in others:
        assert other.compiled("build", "--workspace") == set()
        assert other.output() == "42 first"


def test_a_prune_waits_for_who_reads(built: Checkout, store: Store, tmp_path: Path) -> None:
    with store.shared():
        process = command(built, store, "prune", "--max-size", "0", "--yes")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        assert len(store.manifests()) == 1
        shutil.rmtree(built.root / "target")
        # Others who read are let in.
        run(built, store, "restore")
    process.communicate()
    assert process.returncode == 0
    assert store.manifests() == ()
    assert os.listdir(store.root / "aside") == []  # noqa: PTH208
    assert built.compiled("build", "--workspace") == set()
