"""What a path on the command line means."""

from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.sweep.subject import Subject, of_manifest, of_path
from tests.target.tiny import Tiny, environment


def of(path: Path) -> Subject:
    return of_path(path, env=environment(), flags=["--offline"])


def test_a_member_stands_for_its_workspace(tiny: Tiny) -> None:
    here = of_manifest(tiny.root / "Cargo.toml", env=environment(), flags=["--offline"])
    for path in (tiny.root, tiny.root / "app"):
        assert of(path) == here
    assert here.target_dir == tiny.target
    assert here.root == tiny.root


def test_a_target_directory_belongs_to_the_workspace_that_builds_there(tiny: Tiny) -> None:
    found = of(tiny.target)
    assert found.root == tiny.root
    assert found.premises(environment()) == tiny.premises()


def test_one_that_nobody_claims_has_no_premises(tiny: Tiny, tmp_path: Path) -> None:
    inside = tiny.root / "other-target"
    inside.mkdir()
    link = tiny.root / "link"
    link.symlink_to(tiny.target)
    for path in (inside, tmp_path / "nowhere", link):
        found = of(path)
        assert found.known is None
        assert found.target_dir == path
        assert "no workspace is known" in found.doubt
        assert found.root == path
        assert found.premises(environment()).members == frozenset()


def test_the_target_directory_of_an_excluded_package_is_its_own(tiny: Tiny) -> None:
    found = of(tiny.root / "beside/going/target")
    assert found.root == tiny.root / "beside/going"


def test_a_file_is_neither(tiny: Tiny) -> None:
    with pytest.raises(UsageProblem):
        of(tiny.root / "Cargo.toml")
