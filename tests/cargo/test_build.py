import os
from pathlib import Path

import pytest

from cargo_hone.cargo.build import build, command
from cargo_hone.errors import BuildFailed
from cargo_hone.proc import clean_environment

ENV = clean_environment(os.environ)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "small"\nedition = "2021"\n')
    (tmp_path / "src/lib.rs").write_text("pub fn one() -> u32 { 1 }\n")
    return tmp_path


def test_units_are_counted_as_compiled_then_as_fresh(package: Path) -> None:
    seen: list[int] = []
    first = build(cwd=package, args=["build"], env=ENV, on_unit=seen.append)
    second = build(cwd=package, args=["build"], env=ENV)
    assert (first.units_compiled, first.units_fresh) == (1, 0)
    assert (second.units_compiled, second.units_fresh) == (0, 1)
    assert seen == [1]
    assert first.wall_s > 0
    assert first.cpu_s > 0


def test_a_failed_build_carries_the_compilers_words(package: Path) -> None:
    (package / "src/lib.rs").write_text("pub fn one() -> u32 { nonsense }\n")
    outcome = build(cwd=package, args=["build"], env=ENV)
    assert not outcome.ok
    assert "cannot find value `nonsense`" in outcome.rendered
    with pytest.raises(BuildFailed) as failed:
        outcome.require_ok("the build", next_step="mend it")
    assert "nonsense" in failed.value.detail


def test_our_options_stand_before_the_programs_own() -> None:
    words = command(
        ["test", "--workspace", "--", "--nocapture"], config=["a=1"], target_dir=Path("/t")
    )
    assert words == [
        "cargo", "test", "--workspace", "--message-format=json", "--config", "a=1", "--target-dir", "/t",
        "--", "--nocapture",
    ]  # fmt: skip
