"""Which job gets what, and what is said of it."""

import dataclasses
from pathlib import Path

import pytest

from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow_jobs import Mode
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal
from cargo_hone.edit import yaml
from cargo_hone.errors import UsageProblem
from cargo_hone.settings.model import Ci, CiThresholds, Disk, Settings
from cargo_hone.workspace.facts import WorkspaceFacts
from tests.ci.repositories import CORPUS, Pipeline, make

T, S, N = Mode.TARGET, Mode.SCCACHE, Mode.NONE
THEIRS, THEIR_S = Mode.THEIR_TARGET, Mode.THEIR_SCCACHE
EXPECTED: dict[str, dict[str, Mode | None]] = {
    "anchors": {"stable": None, "beta": None, "own": T},
    "block-scalars": {"all": T},
    "branches-and-tags": {"build": T},
    "caller": {"shared": None, "elsewhere": None, "lint": T},
    "checkout-elsewhere": {"test": T},
    "container": {"debian": T, "alpine": T},
    "cross": {"arm": None},
    "events-list": {"test": T},
    "events-map": {"check": T},
    "flow-steps": {"build": None},
    "latest-dependencies": {"update": T},
    "levels-of-env": {"test": T},
    "local-actions": {"seen": T},
    "matrix-objects": {"build": T},
    "matrix-platforms": {"test": T},
    "no-cargo": {},
    "odd-layout": {"test": T, "after": T},
    "own-cache": {"one-step": THEIRS, "two-steps": THEIRS, "downloads": T},
    "plain": {"build": T},
    "pull-requests-only": {"test": N},
    "release": {"publish": None},
    "reusable": {"build": T},
    "rust-cache": {"test": THEIRS, "setup": THEIRS},
    "sccache": {"test": THEIR_S, "both": THEIRS},
    "self-hosted": {"bench": T, "group": T},
    "several-jobs": {"test": T, "docs": T},
    "trusted-events": {"comment": None},
    "windows-macos": {"windows": None, "macos": T, "chosen": T},
    "working-directory": {"inside": T, "own": T, "outside": T},
}


def corpus(name: str) -> bytes:
    return next(path for path in CORPUS if path.stem == name).read_bytes()


def job(proposal: CiProposal, name: str) -> str:
    return "; ".join(next(job.notes for job in proposal.jobs if job.job == name))


def steps(pipeline: Pipeline, name: str, job: str) -> list[dict[str, str]]:
    document = yaml.parse((pipeline.directory / f"{name}.yml").read_bytes())
    found: list[dict[str, str]] = document["jobs"][job]["steps"]  # type: ignore[index,call-overload,assignment]
    return found


def ids(pipeline: Pipeline, name: str, job: str) -> list[str]:
    """Our steps by id, theirs by what they run or use."""
    return [
        step.get("id") or step.get("uses", step.get("run", "")).strip().partition("@")[0]
        for step in steps(pipeline, name, job)
    ]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_job_of_the_corpus(path: Path, pipeline: Pipeline) -> None:
    pipeline.write(path.name, path.read_bytes())
    proposal = pipeline.plan()
    decided = {job.job: job.mode for job in proposal.jobs if job.workflow.name == path.name}
    assert decided == EXPECTED[path.stem]
    assert all(job.notes for job in proposal.jobs if job.mode is None), (
        "left alone without a reason"
    )


def test_the_order_of_the_steps(pipeline: Pipeline) -> None:
    pipeline.write("plain.yml", corpus("plain"))
    pipeline.init()
    assert ids(pipeline, "plain", "build") == [
        *("actions/checkout", "hone-install", "hone-key", "hone-restore", "hone-locked"),
        *("cargo build", "cargo test", "hone-sweep", "hone-save", "hone-summary"),
    ]


def test_with_sccache_nothing_is_restored_swept_or_saved(pipeline: Pipeline) -> None:
    pipeline.write("plain.yml", corpus("plain"))
    pipeline.init(CiOptions(cache="sccache"))
    assert ids(pipeline, "plain", "build") == [
        *("actions/checkout", "hone-install", "hone-sccache", "hone-connect", "hone-locked"),
        *("cargo build", "cargo test", "hone-summary"),
    ]


def test_cargo_sweep_needs_no_cargo_hone(pipeline: Pipeline) -> None:
    file = pipeline.write("plain.yml", corpus("plain"))
    pipeline.init(CiOptions(cache="target", sweeper="cargo-sweep"))
    assert ids(pipeline, "plain", "build") == [
        *("actions/checkout", "hone-key", "hone-restore", "hone-locked"),
        *("cargo build", "cargo test", "hone-sweep", "hone-save", "hone-summary"),
    ]
    assert b"cargo hone sweep" not in file.read_bytes()
    assert b"cargo hone ci summary" not in file.read_bytes()


def test_nothing_that_a_later_step_needs_is_swept_before_it(pipeline: Pipeline) -> None:
    pipeline.write("several-jobs.yml", corpus("several-jobs"))
    pipeline.init()
    order = ids(pipeline, "several-jobs", "docs")
    assert order.index("hone-sweep") > order.index("actions/upload-pages-artifact")


def test_a_cache_of_theirs_is_swept_before_it_is_saved_and_stays_the_only_one(
    pipeline: Pipeline,
) -> None:
    pipeline.write("own-cache.yml", corpus("own-cache"))
    proposal = pipeline.init()
    order = ids(pipeline, "own-cache", "two-steps")
    assert "hone-restore" not in order
    assert order.index("cargo test") < order.index("hone-sweep") < order.index("actions/cache/save")
    assert order.index("hone-before") < order.index("cargo test")
    assert "stays, and is swept before it saves" in job(proposal, "two-steps")
    # Somebody else keeps the downloads: ours does not keep them a second time.
    restore = next(
        s for s in steps(pipeline, "own-cache", "downloads") if s.get("id") == "hone-restore"
    )
    assert restore["with"]["path"] == "target\n"  # type: ignore[index]


def test_two_caches_that_evict_each_other_are_named(pipeline: Pipeline) -> None:
    pipeline.write("sccache.yml", corpus("sccache"))
    assert "evict each other" in job(pipeline.plan(), "both")
    assert "evict" not in job(pipeline.plan(), "test")


def test_windows_legs_are_skipped(pipeline: Pipeline) -> None:
    pipeline.write("matrix-platforms.yml", corpus("matrix-platforms"))
    assert "Windows" in job(pipeline.init(), "test")
    ours = [s for s in steps(pipeline, "matrix-platforms", "test") if "id" in s]
    assert ours
    assert all("runner.os != 'Windows'" in step["if"] for step in ours)
    key = next(step for step in ours if step["id"] == "hone-key")
    assert key["env"] == {"HONE_MATRIX": "${{ toJSON(matrix) }}"}  # type: ignore[comparison-overlap]


def test_a_directory_of_the_workflow_is_not_ours(pipeline: Pipeline) -> None:
    pipeline.write("working-directory.yml", corpus("working-directory"))
    pipeline.init()
    ours = [s for s in steps(pipeline, "working-directory", "inside") if "run" in s and "id" in s]
    assert {step["working-directory"] for step in ours} == {"."}


def test_a_checkout_elsewhere_moves_everything(pipeline: Pipeline) -> None:
    pipeline.write("checkout-elsewhere.yml", corpus("checkout-elsewhere"))
    pipeline.init()
    found = {s["id"]: s for s in steps(pipeline, "checkout-elsewhere", "test") if "id" in s}
    assert found["hone-sweep"]["working-directory"] == "source"
    assert found["hone-restore"]["with"]["path"].startswith("source/target\n")  # type: ignore[index]
    assert (
        "hashFiles('source/Cargo.lock', 'source/**/Cargo.toml', "
        in found["hone-restore"]["with"]["key"]
    )  # type: ignore[index]


def test_a_target_directory_of_the_job_is_the_one_that_is_cached(pipeline: Pipeline) -> None:
    pipeline.write("levels-of-env.yml", corpus("levels-of-env"))
    pipeline.init()
    found = {s["id"]: s for s in steps(pipeline, "levels-of-env", "test") if "id" in s}
    assert found["hone-save"]["with"]["path"].startswith("build/target\n")  # type: ignore[index]


def test_a_workspace_below_the_root(tmp_path: Path) -> None:
    below = Pipeline.of(make(tmp_path / "repository", workspace="rust/app"), tmp_path / "workflows")
    below.write("working-directory.yml", corpus("working-directory"))
    text = corpus("plain").replace(
        b"run: cargo", b"working-directory: rust/app\n        run: cargo"
    )
    below.write("plain.yml", text)
    proposal = below.init()
    # `rust` is above the workspace, `rust/crates` and `other` beside it.
    assert {job.job for job in proposal.jobs} == {"build"}
    found = {s["id"]: s for s in steps(below, "plain", "build") if "id" in s}
    assert found["hone-restore"]["with"]["path"].startswith("rust/app/target\n")  # type: ignore[index]
    assert found["hone-locked"]["working-directory"] == "rust/app"


def test_a_build_before_the_checkout_is_left_alone(pipeline: Pipeline) -> None:
    lines = corpus("plain").splitlines(keepends=True)
    checkout = next(i for i, line in enumerate(lines) if b"checkout" in line)
    pipeline.write(
        "late.yml", b"".join([*lines[:checkout], *lines[checkout + 1 :], lines[checkout]])
    )
    proposal = pipeline.plan()
    assert proposal.plan.changes == ()
    assert "no actions/checkout" in job(proposal, "build")


def test_packages_outside_of_the_workspace_have_another_target_directory(
    pipeline: Pipeline, place: Repository
) -> None:
    pipeline.place = dataclasses.replace(place, excluded=("fuzz",))
    for where in ("working-directory: fuzz\n        run: cargo", "run: cargo"):
        text = corpus("plain").replace(b"run: cargo", where.encode())
        if "fuzz" not in where:
            text = text.replace(b"cargo build", b"cargo build --manifest-path fuzz/Cargo.toml")
            text = text.replace(b"      - run: cargo test\n", b"")
        pipeline.write("plain.yml", text)
        assert pipeline.plan().jobs == ()


def test_a_lock_file_that_is_not_committed_holds_nothing(tmp_path: Path) -> None:
    loose = Pipeline.of(make(tmp_path / "repository", committed=False), tmp_path / "workflows")
    loose.write("plain.yml", corpus("plain"))
    assert "Cargo.lock is not committed" in job(loose.init(), "build")
    found = {s["id"]: s for s in steps(loose, "plain", "build") if "id" in s}
    assert "hone-locked" not in found
    assert "hashFiles('**/Cargo.toml', " in found["hone-restore"]["with"]["key"]  # type: ignore[index]


def test_what_is_locked_already_is_not_locked_again(pipeline: Pipeline) -> None:
    pipeline.write("events-list.yml", corpus("events-list"))
    pipeline.init()
    assert "hone-locked" not in ids(pipeline, "events-list", "test")


def test_a_job_that_updates_its_dependencies_is_not_held_to_the_lock_file(
    pipeline: Pipeline,
) -> None:
    pipeline.write("latest-dependencies.yml", corpus("latest-dependencies"))
    assert "changes Cargo.lock" in job(pipeline.init(), "update")
    assert "hone-locked" not in ids(pipeline, "latest-dependencies", "update")


def test_tags_do_not_come_out_of_a_cache(pipeline: Pipeline) -> None:
    pipeline.write("branches-and-tags.yml", corpus("branches-and-tags"))
    pipeline.init()
    restore = next(
        s for s in steps(pipeline, "branches-and-tags", "build") if s.get("id") == "hone-restore"
    )
    assert restore["if"].startswith("github.ref_type != 'tag' && ")
    proposal = pipeline.plan(CiOptions(cache="sccache"))
    assert "releases should not come out of a cache" in job(proposal, "build")


def test_only_the_jobs_that_were_named(pipeline: Pipeline) -> None:
    pipeline.write("several-jobs.yml", corpus("several-jobs"))
    proposal = pipeline.init(CiOptions(cache="target", jobs=("docs",)))
    assert {job.job for job in proposal.jobs if job.mode is not None} == {"docs"}
    with pytest.raises(UsageProblem, match="no job `nope`"):
        pipeline.plan(CiOptions(jobs=("nope",)))


def test_settings_reach_the_workflow(pipeline: Pipeline) -> None:
    pipeline.write("plain.yml", corpus("plain"))
    settings = Settings(
        ci=Ci(package="cargo-hone @ https://example.org/{version}.whl"),
        disk=Disk(ci=CiThresholds(sweep="7G")),
    )
    pipeline.init(settings=settings)
    found = {s["id"]: s for s in steps(pipeline, "plain", "build") if "id" in s}
    assert found["hone-sweep"]["env"] == {"HONE_MAX_SIZE": "7G"}  # type: ignore[comparison-overlap]
    package = found["hone-install"]["env"]["HONE_PACKAGE"]  # type: ignore[index]
    assert package.startswith("cargo-hone @ https://example.org/")
    assert "{version}" not in package
    with pytest.raises(UsageProblem):
        pipeline.plan(settings=Settings(ci=Ci(package="${{ secrets.X }}")))


def test_an_earlier_choice_stays_and_another_one_replaces_it(pipeline: Pipeline) -> None:
    file = pipeline.write("plain.yml", corpus("plain"))
    pipeline.init(CiOptions(cache="sccache"))
    once = file.read_bytes()
    again = pipeline.init(CiOptions(cache="auto", live_bytes=1))
    assert file.read_bytes() == once
    assert again.choice is not None
    assert "earlier" in again.choice.reason
    pipeline.init(CiOptions(cache="target"))
    assert b"hone-sccache" not in file.read_bytes()
    pipeline.remove()
    assert file.read_bytes() == corpus("plain")


def test_a_file_that_is_not_yaml_is_left_alone_and_named(pipeline: Pipeline) -> None:
    pipeline.write("plain.yml", corpus("plain"))
    pipeline.write("broken.yml", b"jobs: [\n")
    proposal = pipeline.plan()
    assert [change.path.name for change in proposal.plan.changes] == ["plain.yml"]
    assert any("broken.yml is left alone" in note for note in proposal.notes)


def test_it_is_said_that_nothing_has_run_yet(pipeline: Pipeline) -> None:
    pipeline.write("plain.yml", corpus("plain"))
    assert any("has not run on GitHub yet" in note for note in pipeline.init().notes)
    assert pipeline.plan().notes == ()


def test_the_workflow_of_the_team_keeps_what_it_lacks(pipeline: Pipeline) -> None:
    pipeline.write("plain.yml", corpus("plain"))
    [note] = [note for note in pipeline.plan().notes if "left as it is" in note]
    assert "`permissions`" in note
    assert "`concurrency`" in note
    pipeline.write("events-map.yml", corpus("events-map"))
    assert not [note for note in pipeline.plan().notes if "events-map" in note]


def test_a_target_directory_of_this_machine_alone_is_not_the_runners(
    facts: WorkspaceFacts, tmp_path: Path
) -> None:
    elsewhere = dataclasses.replace(
        facts,
        configuration=dataclasses.replace(
            facts.configuration, env={"CARGO_TARGET_DIR": "/fast/disk"}
        ),
        metadata=dataclasses.replace(facts.metadata, target_directory=Path("/fast/disk")),
    )
    pipeline = Pipeline.of(elsewhere, tmp_path)
    pipeline.write("plain.yml", corpus("plain"))
    proposal = pipeline.init()
    assert any("CARGO_TARGET_DIR" in note for note in proposal.notes)
    restore = next(s for s in steps(pipeline, "plain", "build") if s.get("id") == "hone-restore")
    assert restore["with"]["path"].startswith("target\n")  # type: ignore[index]
