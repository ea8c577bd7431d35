"""Saved and restored: cargo compiles what changed, and nothing else."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from cargo_hone.snapshot.manifest import ABSENT, encode
from cargo_hone.snapshot.store import Store
from tests.snapshot.conftest import Checkout

BUILD = ("test", "--workspace", "--no-run")


@pytest.fixture
def built(checkout: Checkout) -> Checkout:
    checkout.cargo("build", "--workspace")
    checkout.cargo(*BUILD)
    return checkout


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_the_same_path_compiles_nothing(
    built: Checkout, store: Store, touched: Callable[[Checkout], None], links: bool
) -> None:
    built.save(store)
    shutil.rmtree(built.root / "target")
    touched(built)
    done = built.restore(store, links=links)
    assert done.to_compile == ()
    assert bool(done.placed.linked) == links
    assert built.compiled("build", "--workspace") == set()
    assert built.compiled(*BUILD) == set()
    assert built.output() == "42 first"


def test_another_path_compiles_nothing_that_is_not_tied_to_the_first(
    built: Checkout, store: Store, tmp_path: Path
) -> None:
    built.save(store)
    other = built.clone(tmp_path / "elsewhere" / "checkout")
    done = other.restore(store)
    assert done.to_compile == ()
    shutil.rmtree(built.root)
    assert other.compiled("build", "--workspace") == set()
    assert other.compiled(*BUILD) == set()
    assert other.output() == "42 first"


def test_a_hook_of_git_restores_as_well(built: Checkout, store: Store) -> None:
    """git tells its hooks which repository they are of."""
    built.save(store)
    shutil.rmtree(built.root / "target")
    git = {"GIT_DIR": str(built.root / "leaf"), "GIT_INDEX_FILE": "/nonexistent"}
    done = Checkout(built.root, built.env | git).restore(store)
    assert done.to_compile == ()
    assert built.compiled(*BUILD) == set()


def test_the_nearest_snapshot_that_can_be_read_is_taken(built: Checkout, store: Store) -> None:
    first = built.save(store).saved
    built.write("leaf/data.txt", "second\n")
    built.git("commit", "-qam", "second")
    second = built.save(store).saved
    assert built.restore(store).manifest.commit == store.load(second).commit
    whole = second.path.read_bytes()
    head = store.load_head(second)
    assert (head.commit, head.key, head.files) == (store.load(second).commit, head.key, ())
    # Its head can still be read, its files lead elsewhere.
    made = store.load(second)
    second.path.write_bytes(encode(replace(made, locks=(b"../.cargo-lock",))))
    assert built.restore(store).manifest.commit == store.load(first).commit
    second.path.write_bytes(whole)


def test_a_watched_file_that_is_not_there(checkout: Checkout, store: Store) -> None:
    """A build script may name a file that somebody makes later: no input is behind it, and yet it is one."""
    script = checkout.root / "leaf/build.rs"
    watch = 'println!("cargo:rerun-if-changed=later.txt");'
    script.write_text(script.read_text().replace("fn main() {", f"fn main() {{ {watch}", 1))
    checkout.cargo("build", "--workspace")
    made = checkout.save(store).manifest
    (absent,) = [n for n, one in enumerate(made.inputs) if one.digest == ABSENT]
    assert made.inputs[absent].path == b"leaf/later.txt"
    assert [unit.package for unit in made.units if absent in unit.inputs] == ["leaf"]
    shutil.rmtree(checkout.root / "target")
    assert checkout.restore(store).to_compile == ()
    checkout.write("leaf/later.txt", "now it is\n")
    assert {(one.package, one.reason) for one in checkout.restore(store).to_compile} >= {
        ("leaf", "leaf/later.txt has changed")
    }
    checkout.cargo("build", "--workspace")
    assert checkout.output() == "42 first"


def test_what_changed_and_what_stands_on_it_is_compiled(built: Checkout, store: Store) -> None:
    built.save(store)
    shutil.rmtree(built.root / "target")
    path = built.root / "leaf" / "src" / "main.rs"
    path.write_text(path.read_text().replace("+ 1", "+ 2"))
    # As git, tar or an editor with its own mind may leave it.
    os.utime(path, (1, 1))
    done = built.restore(store)
    assert {one.package for one in done.to_compile} == {"leaf"}
    assert built.compiled("build", "--workspace") == {"leaf"}
    assert built.output() == "43 first"


def test_a_changed_input_of_a_build_script_is_seen(built: Checkout, store: Store) -> None:
    built.save(store)
    shutil.rmtree(built.root / "target")
    path = built.root / "leaf" / "data.txt"
    path.write_text("second\n")
    os.utime(path, (1, 1))
    built.restore(store)
    assert built.compiled("build", "--workspace") == {"leaf"}
    assert built.output() == "42 second"


def test_switching_to_another_branch_and_back(built: Checkout, store: Store) -> None:
    built.save(store)
    built.git("switch", "-qc", "other")
    built.write("root/src/lib.rs", "pub fn number() -> u32 {\n    51\n}\n")
    built.git("commit", "-qam", "second")
    built.cargo("build", "--workspace")
    assert built.output() == "52 first"
    built.git("switch", "-q", "main")
    done = built.restore(store)
    assert done.to_compile == ()
    assert done.placed.there > done.placed.written
    assert built.compiled("build", "--workspace") == set()
    assert built.output() == "42 first"


def test_units_that_the_snapshot_does_not_know_are_not_believed(
    built: Checkout, store: Store
) -> None:
    """Compiled from another branch's contents, and younger than the times that sources get back."""
    built.save(store)
    built.write("root/src/lib.rs", 'pub fn number() -> u32 {\n    "no number"\n}\n')
    built.write("root/src/lib.rs", "pub fn number() -> u32 {\n    51\n}\n")
    built.cargo("build", "--workspace", "--release")
    built.git("checkout", "-q", "--", ".")
    built.restore(store)
    assert built.compiled("build", "--workspace", "--release") == {"root", "leaf"}


def test_an_edit_after_a_restore_is_compiled_from_the_incremental_state(
    built: Checkout, store: Store
) -> None:
    built.save(store)
    shutil.rmtree(built.root / "target")
    built.restore(store)
    sessions = list((built.root / "target" / "debug" / "incremental").glob("root-*/s-*-working"))
    assert sessions == []
    built.write("root/src/lib.rs", "pub fn number() -> u32 {\n    61\n}\n")
    assert built.compiled("build", "--workspace") == {"root", "leaf"}
    assert built.output() == "62 first"
