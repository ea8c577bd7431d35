"""What rustc says of its passes, by a real one."""

import subprocess
from pathlib import Path

import pytest

from cargo_hone.cargo import build as cargo_build
from cargo_hone.tune import passes

from .conftest import Place


def test_the_parts_sum_up_to_the_total() -> None:
    said = (
        "time:   0.010; rss:   61MB ->   62MB (   +1MB)\tparse_crate\n"
        "time:   0.200; rss:   61MB ->   62MB (   +1MB)\tcodegen_crate\n"
        "time:   0.050; rss:   61MB ->   62MB (   +1MB)\tfinish_ongoing_codegen\n"
        "time:   0.300; rss:   61MB ->   62MB (   +1MB)\tlink_crate\n"
        "time:   0.310; rss:   61MB ->   62MB (   +1MB)\tlink\n"
        '{"$message_type":"artifact"}\n'
        "time:   1.000; rss:   61MB ->   62MB (   +1MB)\ttotal\n"
    )
    found = passes.parse(["rustc", "--crate-name", "a", "--crate-type", "bin"], said)
    assert found is not None
    assert (found.crate, found.kind) == ("a", "bin")
    assert found.front_end_s == pytest.approx(0.44)
    assert found.code_generation_s == pytest.approx(0.25)
    assert found.linking_s == pytest.approx(0.31)
    assert found.total_s == pytest.approx(1.0)


def test_a_call_without_a_total_says_nothing() -> None:
    assert passes.parse(["rustc", "--crate-name", "a"], "error: no such file\n") is None


def test_a_test_is_told_from_its_library() -> None:
    total = "time:   1.000; rss:   61MB ->   62MB (   +1MB)\ttotal\n"
    found = passes.parse(["rustc", "--crate-name", "a", "--test"], total)
    assert found is not None
    assert found.kind == "test"


def test_cargo_builds_through_the_wrapper_and_rustc_says_its_passes(
    place: Place, tmp_path: Path
) -> None:
    wrapper = passes.wrapper(tmp_path / "said")
    done = cargo_build.build(
        cwd=place.root,
        args=["build", "--workspace", "--offline"],
        env=place.env,
        config=[f'build.rustc-wrapper="{wrapper}"'],
        target_dir=tmp_path / "built",
    )
    assert done.ok, done.rendered
    found = {(one.crate, one.kind): one for one in passes.read(tmp_path / "said")}
    assert {*found} == {("lib0", "lib"), ("lib1", "lib"), ("bin0", "bin")}
    assert found["bin0", "bin"].linking_s > found["lib0", "lib"].linking_s
    assert all(one.front_end_s > 0 and one.code_generation_s > 0 for one in found.values())


def test_a_failing_compiler_fails_through_the_wrapper_too(place: Place, tmp_path: Path) -> None:
    broken = place.root / "crates" / "lib0" / "src" / "lib.rs"
    broken.write_text("fn value( {}\n")
    wrapper = passes.wrapper(tmp_path / "said")
    done = subprocess.run(
        ["cargo", "build", "--offline", "--config", f'build.rustc-wrapper="{wrapper}"'],
        cwd=place.root,
        env=place.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 101
    assert "crates/lib0/src/lib.rs" in done.stderr
