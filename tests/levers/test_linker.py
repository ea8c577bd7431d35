"""Linkers: where each can be called, and whose flags hold."""

from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.levers import overridden, together
from cargo_hone.levers.interface import Already, Applicability, Applies, Lever, NotHere
from cargo_hone.levers.registry import lever_named

from .rich import path_without, pretend, rich
from .tree import Tree


def named(name: str) -> Lever:
    lever = lever_named(name)
    assert lever is not None
    return lever


def answer(tree: Tree, name: str) -> Applicability:
    return named(name).applicability(tree.context())


def test_a_linker_must_be_installed_and_callable(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    tree.env["PATH"] = f"{tmp_path / 'bin'}:{path_without('mold')}"
    missing = answer(tree, "linker-mold")
    assert isinstance(missing, NotHere)
    assert "not installed" in missing.reason
    pretend(tree, "mold")
    assert isinstance(answer(tree, "linker-mold"), Applies)
    (tmp_path / "bin" / "ld.mold").write_text("#!/bin/sh\nexit 1\n")
    broken = answer(tree, "linker-mold")
    assert isinstance(broken, NotHere)
    assert "cannot call mold" in broken.reason


def test_a_configured_driver_is_asked(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    pretend(tree, "wild")
    host = tree.context().facts.toolchain.host
    driver = tree.write(
        "driver", '#!/bin/sh\n[ "$1" = -fuse-ld=wild ] && [ "$2" = -Wl,--version ]\n'
    )
    driver.chmod(0o755)
    tree.write(".cargo/config.toml", f'[target.{host}]\nlinker = "{driver}"\n')
    assert isinstance(answer(tree, "linker-wild"), Applies)
    driver.write_text("#!/bin/sh\nexit 1\n")
    assert isinstance(answer(tree, "linker-wild"), NotHere)


def test_lld_is_there_already_on_linux_on_x86_64(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    if tree.context().facts.toolchain.host != "x86_64-unknown-linux-gnu":
        pytest.skip("another host")
    assert isinstance(answer(tree, "linker-lld"), Already)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('[target.HOST]\nrustflags = ["-C", "link-arg=-fuse-ld=lld"]\n', "chosen"),
        ('[build]\nrustflags = "-Clink_arg=--ld-path=/x/gold"\n', "chosen"),
        ('[build]\nrustflags = "-g"\n[target."cfg(unix)"]\nrustflags = "-g"\n', "which one holds"),
    ],
)
def test_a_linker_that_was_chosen_stays(tmp_path: Path, config: str, said: str) -> None:
    tree = rich(tmp_path)
    pretend(tree, "mold")
    host = tree.context().facts.toolchain.host
    tree.write(".cargo/config.toml", config.replace("HOST", host))
    found = answer(tree, "linker-mold")
    assert isinstance(found, NotHere)
    assert said in found.reason


@pytest.mark.parametrize("variable", ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"])
def test_rustflags_in_the_environment_cancel_what_a_file_says(
    tmp_path: Path, variable: str
) -> None:
    tree = rich(tmp_path)
    pretend(tree, "mold")
    tree.env[variable] = "-g"
    found = answer(tree, "linker-mold")
    assert isinstance(found, NotHere)
    assert variable in found.reason
    with pytest.raises(UsageProblem, match=variable):
        together.trial([named("linker-mold")], tree.context())


@pytest.mark.parametrize(
    ("workflow", "is_said"),
    [
        ("env:\n  RUSTFLAGS: -Dwarnings\n", True),
        ("jobs:\n  a:\n    steps:\n      - run: export RUSTFLAGS=-g\n", True),
        ("      - uses: actions-rust-lang/setup-rust-toolchain@v1\n", True),
        ("# RUSTFLAGS: no\njobs: {}\n", False),
        ("env:\n  RUSTDOCFLAGS: -D warnings\n", False),
    ],
)
def test_a_pipeline_that_cancels_them_is_named(
    tmp_path: Path, workflow: str, is_said: bool
) -> None:
    tree = rich(tmp_path)
    pretend(tree, "mold")
    tree.write(".github/workflows/ci.yml", workflow)
    found = answer(tree, "linker-mold")
    assert isinstance(found, Applies)
    assert ["ci.yml" in said for said in found.cautions] == [True] * is_said
    assert overridden.cautions([named("linker-mold")], tree.context()) == found.cautions


def test_a_string_in_the_cargo_home_cannot_be_added_to(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    pretend(tree, "mold")
    tree.write("../home/config.toml", '[build]\nrustflags = "-g"\n')
    found = answer(tree, "linker-mold")
    assert isinstance(found, NotHere)
    assert "make it a list" in found.reason


def test_a_linker_that_another_file_chooses_stays_too(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    pretend(tree, "mold")
    tree.write(".cargo/config.toml", '[build]\nrustflags = ["-g"]\n')
    tree.write("../home/config.toml", '[build]\nrustflags = ["-Clink-arg=-fuse-ld=lld"]\n')
    found = answer(tree, "linker-mold")
    assert isinstance(found, NotHere)
    assert "chosen" in found.reason
