"""Real sessions: a real cargo builds a workspace of three crates, without a network."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cargo_hone.errors import BuildFailed, UsageProblem
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Measured, Order, Progress
from cargo_hone.measure.scratch import Scratch, scratch_copy
from cargo_hone.measure.session import measure
from cargo_hone.model import CacheCounts, Sample, Scenario, Variant

from .workspaces import write_files

Git = Callable[..., str]


@dataclass(kw_only=True)
class RecordingProbe:
    """A cache that only writes down what it was asked, and what was built at that time."""

    calls: list[str] = field(default_factory=list)

    def prepare_cold(self) -> None:
        self.calls.append("cold")

    def reset(self) -> None:
        self.calls.append("reset")

    def read(self) -> CacheCounts:
        self.calls.append("read")
        return CacheCounts(hits=self.calls.count("reset"), misses=0, not_cacheable=0, errors=0)

    def server_pids(self) -> tuple[int, ...]:
        return ()


BASE = Arm(variant=Variant(name="base"))
SLIM = Arm(variant=Variant(name="slim", config=("profile.dev.debug=0",)))


@dataclass(kw_only=True)
class Watched:
    """What a session told while it ran."""

    samples: list[Sample] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)


def _run(
    copy: Scratch, arms: list[Arm], repetitions: dict[Scenario, int], watched: Watched
) -> Measured:
    return measure(
        copy,
        arms,
        Order(repetitions=repetitions, seed=1),
        flags=("--offline",),
        on_progress=watched.progress.append,
        on_sample=watched.samples.append,
    )


def test_a_whole_session(repository: Path, git: Git, environ: dict[str, str]) -> None:
    probe = RecordingProbe()
    cached = Arm(variant=Variant(name="cached", cached=True), probe=probe)
    watched = Watched()
    wanted = {
        Scenario.CLEAN_COLD: 1,
        Scenario.CLEAN_WARM: 1,
        Scenario.EDIT_ROOT: 2,
        Scenario.EDIT_LEAF: 1,
        Scenario.SWITCH: 2,
        Scenario.NOOP: 1,
    }
    status = git(repository, "status", "--porcelain", "--ignored")
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        measured = _run(copy, [BASE, cached, SLIM], wanted, watched)
    assert git(repository, "status", "--porcelain", "--ignored") == status
    assert [*repository.parent.iterdir()] == [repository]

    assert list(measured.samples) == watched.samples
    assert measured.skipped == ()
    counts = Counter((s.scenario, s.variant) for s in measured.samples)
    for variant in ("base", "cached", "slim"):
        for scenario, count in wanted.items():
            expected = 0 if scenario is Scenario.CLEAN_WARM and variant != "cached" else count
            assert counts[scenario, variant] == expected, (scenario, variant)

    # What was compiled shows that each scenario did what its name says.
    compiled = {
        Scenario.CLEAN_COLD: 3,
        Scenario.CLEAN_WARM: 3,
        Scenario.EDIT_ROOT: 3,
        Scenario.EDIT_LEAF: 1,
        Scenario.SWITCH: 3,
        Scenario.NOOP: 0,
    }
    for sample in measured.samples:
        assert sample.units_compiled == compiled[sample.scenario], sample
        assert sample.units_compiled + sample.units_fresh == 3
        assert sample.wall_s > 0.0
        assert (sample.cache is None) == (sample.variant != "cached")
        assert (sample.target_bytes is not None) == (sample.scenario is Scenario.CLEAN_COLD)

    assert [(e.scenario, e.member, str(e.path), e.function) for e in measured.edited] == [
        (Scenario.EDIT_ROOT, "ground", "ground/src/sums.rs", "total"),
        (Scenario.EDIT_LEAF, "product", "product/src/main.rs", "main"),
    ]
    assert [t.scenario for t in measured.timed] == [Scenario.EDIT_ROOT, Scenario.EDIT_LEAF]
    assert [sum(unit.duration_s > 0.0 for unit in t.units) for t in measured.timed] == [3, 1]
    # One cold build, before it the cache was emptied; for the warm one it was not.
    assert probe.calls[:5] == ["cold", "reset", "read", "reset", "read"]
    assert probe.calls.count("cold") == 1

    remaining = [p.remaining_s for p in watched.progress]
    assert remaining[0] is None
    assert remaining[-1] is not None
    assert remaining[-1] < max(r for r in remaining if r is not None)
    assert max(p.units for p in watched.progress) == 3
    assert {p.doing for p in watched.progress} >= {"warm-up", "edit-root #2", "clean-warm #1"}


def test_an_interrupted_session_leaves_no_copy_and_keeps_its_samples(
    repository: Path, environ: dict[str, str]
) -> None:
    watched = Watched()

    def interrupt_in_the_middle(progress: Progress) -> None:
        if progress.doing == "clean-cold #2" and progress.units == 1:
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy,
    ):
        measure(
            copy,
            [BASE, SLIM],
            Order(repetitions={Scenario.CLEAN_COLD: 3}, seed=1),
            flags=("--offline",),
            on_progress=interrupt_in_the_middle,
            on_sample=watched.samples.append,
        )
    assert [*repository.parent.iterdir()] == [repository]
    assert sorted(s.variant for s in watched.samples) == ["base", "slim"]
    assert {s.repetition for s in watched.samples} == {1}


def test_what_is_not_compiled_is_not_edited(workspace: Path, environ: dict[str, str]) -> None:
    """The first binary needs a feature that is off: the probe finds out, and the next one is taken."""
    with (workspace / "product/Cargo.toml").open("a") as manifest:
        manifest.write(
            "[features]\nspecial = []\n"
            '[[bin]]\nname = "a-special"\npath = "src/special.rs"\nrequired-features = ["special"]\n'
            '[[bin]]\nname = "product"\npath = "src/main.rs"\n'
        )
    write_files(workspace, {"product/src/special.rs": "fn main() {\n    special();\n}\n"})
    watched = Watched()
    wanted = {Scenario.EDIT_LEAF: 1, Scenario.SWITCH: 1, Scenario.NOOP: 1}
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        measured = _run(copy, [BASE], wanted, watched)
    assert [(s.scenario, s.units_compiled) for s in measured.samples] == [
        (Scenario.EDIT_LEAF, 1),
        (Scenario.SWITCH, 3),
        (Scenario.NOOP, 0),
    ]
    leaf = measured.edited[-1]
    assert (leaf.scenario, leaf.path.name) == (Scenario.EDIT_LEAF, "main.rs")


def test_each_edit_is_another_one_and_only_it_is_in_the_time(
    workspace: Path, environ: dict[str, str]
) -> None:
    """Without clean builds before it, the second variant has built nothing yet: that is not the edit's time."""
    contents: dict[int, set[str]] = {1: set(), 2: set()}
    compiled: list[int] = []
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:

        def note(sample: Sample) -> None:
            compiled.append(sample.units_compiled)
            source = copy.workspace / "product/src/main.rs"
            contents[sample.repetition].add(source.read_text())

        measure(
            copy,
            [BASE, SLIM],
            Order(repetitions={Scenario.EDIT_LEAF: 2}, seed=1),
            on_progress=lambda _: None,
            on_sample=note,
        )
    assert compiled == [1, 1, 1, 1]
    # Both variants of a repetition build the same sources, the next repetition builds others.
    assert [len(found) for found in contents.values()] == [1, 1]
    assert contents[1] != contents[2]


def test_no_warm_up_is_built_where_a_clean_time_is_known(
    workspace: Path, environ: dict[str, str]
) -> None:
    watched = Watched()
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        measure(
            copy,
            [BASE],
            Order(repetitions={Scenario.CLEAN_COLD: 1}, seed=1, clean_s=100.0),
            on_progress=watched.progress.append,
            on_sample=watched.samples.append,
        )
    assert {p.doing for p in watched.progress} == {"clean-cold #1"}
    assert watched.progress[0].remaining_s == 100.0


def test_a_workspace_that_does_not_build_is_said_with_the_compilers_words(
    workspace: Path, environ: dict[str, str]
) -> None:
    (workspace / "middle/src/lib.rs").write_text('pub fn broken() -> u8 { "text" }\n')
    watched = Watched()
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        with pytest.raises(BuildFailed, match="variant base") as caught:
            _run(copy, [BASE], {Scenario.CLEAN_COLD: 1}, watched)
        assert "mismatched types" in caught.value.detail
    assert watched.samples == []


def test_a_variant_that_does_not_build_is_named(workspace: Path, environ: dict[str, str]) -> None:
    odd = Arm(
        variant=Variant(name="odd", config=('build.rustflags=["--cfg", "nonsense nonsense"]',))
    )
    with (
        scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy,
        pytest.raises(BuildFailed, match="variant odd"),
    ):
        _run(copy, [BASE, odd], {Scenario.CLEAN_COLD: 1}, Watched())


def test_a_scenario_without_a_crate_is_skipped_with_a_reason(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    alone = write_files(
        tmp_path / "alone",
        {
            "Cargo.toml": '[package]\nname = "alone"\nversion = "0.1.0"\nedition = "2021"\n',
            "src/lib.rs": "pub fn f(x: u8) -> u8 { x + 1 }\n",
        },
    )
    wanted = {Scenario.EDIT_ROOT: 2, Scenario.EDIT_LEAF: 1}
    with scratch_copy(alone, target_dir=alone / "target", environ=environ) as copy:
        measured = _run(copy, [BASE], wanted, Watched())
    assert [s.scenario for s in measured.samples] == [Scenario.EDIT_LEAF]
    assert [(s.scenario, s.why) for s in measured.skipped] == [
        (Scenario.EDIT_ROOT, "nothing in the workspace depends on another crate of it")
    ]


def test_a_workspace_that_leads_back_is_refused_before_anything_is_built(
    workspace: Path, environ: dict[str, str]
) -> None:
    manifest = workspace / "middle/Cargo.toml"
    manifest.write_text(manifest.read_text().replace("../ground", str(workspace / "ground")))
    write_files(workspace, {"Cargo.toml": '[workspace]\nmembers = ["middle"]\nresolver = "2"\n'})
    watched = Watched()
    with (
        scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy,
        pytest.raises(UsageProblem, match="original's sources"),
    ):
        _run(copy, [BASE], {Scenario.NOOP: 1}, watched)
    assert watched.progress == []


def test_a_configured_build_dir_is_not_shared(workspace: Path, environ: dict[str, str]) -> None:
    """`build.build-dir` (cargo 1.91) is not moved by --target-dir: the user's own one must stay untouched."""
    users = workspace.parent / "users-build-dir"
    write_files(workspace, {".cargo/config.toml": f'[build]\nbuild-dir = "{users}"\n'})
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        _run(copy, [BASE, SLIM], {Scenario.CLEAN_COLD: 1}, Watched())
    assert not users.exists()
