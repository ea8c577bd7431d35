"""The whole of it on the demonstration workspace: about a quarter of an hour, the network the first time."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.proc import clean_environment

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def environment(base: Path) -> dict[str, str]:
    env = {k: v for k, v in clean_environment(os.environ).items() if not k.startswith("SCCACHE_")}
    return {**env, "HONE_STATE_DIR": str(base / "state"), "XDG_STATE_HOME": str(base / "xdg")}


def hone(base: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cargo_hone", *words],
        env=environment(base),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(base: Path) -> Path:
    done = hone(base, "optimize", "--demo", "--quick", "--demo-dir", str(base / "workspace"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith(f"demo workspace: {base / 'workspace'}")
    return base / "workspace"


@pytest.fixture(scope="module")
def raw(demo: Path) -> dict:  # type: ignore[type-arg]
    return json.loads((demo / "docs/build-optimization.json").read_text())


def test_a_warm_clean_build_with_all_changes_takes_at_most_three_fifths(raw: dict) -> None:  # type: ignore[type-arg]
    row = next(row for row in raw["table"]["rows"] if row["scenario"] == "clean-warm")
    cell = next(cell for cell in row["cells"] if cell["variant"] == raw["table"]["columns"][-1])
    assert cell["verdict"] == "faster"
    assert cell["ratio"] <= 0.60


def test_every_crate_builds_no_test_is_lost_and_the_sweep_had_work(raw: dict) -> None:  # type: ignore[type-arg]
    goals = {goal["name"]: goal for goal in raw["goals"]}
    assert goals["all crates build"]["detail"] == "24/24"
    assert goals["no test lost"]["state"] == "ok"
    assert goals["sccache under its cap"]["state"] == "ok"
    (sweep,) = raw["sweeps"]
    assert sweep["after_bytes"] < 0.8 * sweep["before_bytes"]
    assert sweep["rebuilt_units"] == 0


def test_the_pages_figures_are_those_of_the_json(demo: Path, raw: dict) -> None:  # type: ignore[type-arg]
    page = (demo / "docs/BUILD-OPTIMIZATION.md").read_text()
    for row in raw["table"]["rows"]:
        line = next(line for line in page.splitlines() if line.startswith(f"| {row['label']} |"))
        for cell in row["cells"]:
            text = f"{cell['median_s']:.1f}" if cell["median_s"] >= 1 else f"{cell['median_s']:.2f}"
            assert f"{text} s" in line
            if cell["change_percent"] is not None:
                assert f"{cell['change_percent']:+.0f} %" in line


def test_a_clone_builds_without_any_sccache(base: Path, demo: Path) -> None:
    clone = base / "clone"
    shutil.copytree(demo, clone, ignore=shutil.ignore_patterns("target"))
    env = environment(base)
    env["PATH"] = ":".join(
        place for place in env["PATH"].split(":") if not (Path(place) / "sccache").exists()
    )
    env["XDG_STATE_HOME"] = str(base / "nothing-here")
    env["SCCACHE_SERVER_UDS"] = str(base / "no-server")
    built = subprocess.run(
        ["cargo", "build", "--locked", "--offline", "--package", "mdbook-core"],
        cwd=clone,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr


def test_undo_leaves_a_clean_work_tree(base: Path, demo: Path, raw: dict) -> None:  # type: ignore[type-arg]
    assert raw["plan"]["files"]
    done = hone(base, "undo", "--yes", "--manifest-path", str(demo / "Cargo.toml"))
    assert done.returncode == 0, done.stderr
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=demo, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
