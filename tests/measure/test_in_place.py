"""The user's own tree: whatever happens to the program, its files are as they were."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.cargo.build import build
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Busy
from cargo_hone.files import operation
from cargo_hone.files.operation import Stopped
from cargo_hone.measure.in_place import InPlace, in_place
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Order
from cargo_hone.measure.scenarios import BUILT_IN, Patch, Recipe, Start
from cargo_hone.measure.session import measure
from cargo_hone.model import OwnScenario, Sample, Scenario, Variant

BASE = Arm(variant=Variant(name="baseline"))
SLIM = Arm(variant=Variant(name="slim", config=("profile.dev.debug=0",)))


def sources(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {"target", ".git"} & {*path.relative_to(root).parts}
    }


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state")


@pytest.fixture
def place(workspace: Path, journal: Journal, environ: dict[str, str]) -> Iterator[InPlace]:
    with in_place(
        workspace,
        target_dir=workspace / "target",
        base="baseline",
        environ=environ,
        journal=journal,
    ) as made:
        yield made


def test_a_session_leaves_the_tree_and_the_target_directory_as_they_are(
    tmp_path: Path, workspace: Path, journal: Journal, environ: dict[str, str]
) -> None:
    patch = workspace.parent / "change.patch"
    patch.write_text(
        "--- a/middle/src/lib.rs\n+++ b/middle/src/lib.rs\n@@ -1,1 +1,2 @@\n+// first\n"
        " pub fn twice(n: u64) -> u64 {\n--- /dev/null\n+++ b/middle/new/file\n@@ -0,0 +1 @@\n+x\n"
    )
    patched = OwnScenario("patched")
    recipes = {
        **BUILT_IN,
        patched: Recipe(
            scenario=patched,
            command=("build", "--workspace"),
            start=Start.BUILT,
            change=Patch(path=patch),
            about="patched",
        ),
    }
    before = sources(workspace)
    seen: set[bytes] = set()

    def look(sample: Sample) -> None:
        if sample.scenario is Scenario.EDIT_ROOT:
            seen.add((workspace / "ground/src/sums.rs").read_bytes())
        if sample.scenario == "patched":
            assert (workspace / "middle/new/file").read_text() == "x\n"
        if sample.scenario is Scenario.CLEAN_COLD:
            assert sample.units_compiled == 3
            assert (workspace / "target/debug/product").exists()  # the warm-up's is not deleted

    with in_place(
        workspace,
        target_dir=workspace / "target",
        base="baseline",
        environ=environ,
        journal=journal,
    ) as place:
        wanted = {Scenario.CLEAN_COLD: 1, Scenario.EDIT_ROOT: 2, patched: 1}
        order = Order(repetitions=wanted, seed=1, recipes=recipes, unit_times=False)
        measured = measure(
            place,
            [BASE, SLIM],
            order,
            flags=("--offline",),
            on_progress=lambda _: None,
            on_sample=look,
        )
    assert len(measured.samples) == 8
    assert len(seen) == 2
    after = sources(workspace)
    after.pop("Cargo.lock")  # cargo's own, as any first build makes it
    assert after == before
    assert not (workspace / "middle/new").exists()
    assert sorted(path.name for path in (workspace / "target").iterdir()) == [
        *(".rustc_info.json", "CACHEDIR.TAG", "debug")
    ]
    # What lies in the target directory was built from the sources as they are now.
    again = build(cwd=workspace, args=["build", "--workspace", "--offline"], env=environ)
    assert (again.units_fresh, again.units_compiled) == (3, 0)
    assert journal.records() == ()
    assert [*(tmp_path / "state/journal/blobs").iterdir()] == []


@pytest.mark.parametrize("first", [0, 1, 2])
def test_wherever_the_program_dies_the_next_start_puts_everything_back(
    workspace: Path, journal: Journal, environ: dict[str, str], first: int
) -> None:
    target = workspace / "target"
    target.mkdir()
    (target / "mine").write_text("x")
    before = sources(workspace)
    for after in itertools.count(first, 6):
        stopped = _dies(workspace, journal, environ, after)
        recover(journal)
        assert sources(workspace) == before, after
        assert not (workspace / "a").exists()
        assert (target / "mine").exists()
        assert journal.records() == ()
        if not stopped:
            break
    assert after > 40


def _dies(workspace: Path, journal: Journal, environ: dict[str, str], after: int) -> bool:
    """Edit, patch and put back; whether the program died before it had done its part number `after`."""
    lib, gone = workspace / "ground/src/lib.rs", workspace / "ground/src/never.rs"
    try:
        with (
            operation.interrupting(after=after),
            in_place(
                workspace,
                target_dir=workspace / "target",
                base="baseline",
                environ=environ,
                journal=journal,
            ) as place,
        ):
            for number in range(2):
                place.write({lib: b"// edit %d\n" % number})
            place.write({lib: b"// patched\n", workspace / "a/b/new.rs": b"new\n", gone: None})
    except Stopped:
        return True
    return False


def test_an_edit_of_somebody_else_is_kept_and_ends_the_measurement(
    workspace: Path, journal: Journal, environ: dict[str, str]
) -> None:
    source = workspace / "ground/src/sums.rs"
    original = source.read_text()
    edited = original.replace("let mut sum = 0;", "let mut sum = 0; // e").encode()
    with in_place(
        workspace,
        target_dir=workspace / "target",
        base="baseline",
        environ=environ,
        journal=journal,
    ) as place:
        place.write({source: edited})
        source.write_text(source.read_text() + "// by somebody else\n")
        with pytest.raises(Busy, match="changed by somebody else"):
            place.write({source: b"// another edit\n"})
    assert source.read_text() == original + "// by somebody else\n"


def test_two_at_once_are_refused(
    workspace: Path, place: InPlace, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    del place
    monkeypatch.setattr("cargo_hone.edit.journal._WAIT_S", 0.1)
    with (
        pytest.raises(Busy),
        in_place(
            workspace,
            target_dir=workspace / "target",
            base="baseline",
            environ={},
            journal=journal,
        ),
    ):
        pass


def test_only_the_base_builds_where_the_user_does(workspace: Path, place: InPlace) -> None:
    target = workspace / "target"
    assert place.target_dir("baseline") == target
    assert place.clean_target_dir("baseline") != target
    assert place.target_dir("slim") != target
    assert len({place.target_dir("slim"), place.clean_target_dir("slim")}) == 2
    mine = target / "debug" / "mine"
    mine.parent.mkdir()
    mine.write_text("x")
    built = place.clean_target_dir("baseline")
    built.mkdir()
    place.delete_target("baseline")
    assert mine.exists()
    assert not built.exists()


def test_a_link_that_is_edited_stays_a_link(workspace: Path, place: InPlace) -> None:
    link = workspace / "link.rs"
    link.symlink_to("ground/src/sums.rs")
    before = link.read_bytes()
    place.write({link: b"// edited\n"})
    assert link.is_symlink()
    assert (workspace / "ground/src/sums.rs").read_bytes() == b"// edited\n"
    assert place.put_back()
    assert link.is_symlink()
    assert link.read_bytes() == before
    assert not place.put_back()


def test_a_new_target_directory_bears_cargos_tag(workspace: Path, place: InPlace) -> None:
    del place
    assert (workspace / "target/CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d1")
    assert os.path.lexists(workspace / "target")
