"""Whose a directory is: inside the workspace it is ours, outside only where cargo made the path for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.cargo import metadata
from cargo_hone.target.ownership import premises_for
from cargo_hone.target.premises import read_premises
from tests.target.tiny import Tiny, environment


@pytest.mark.parametrize(
    ("template", "is_own"),
    [
        ("{workspace-root}/built", True),
        ("{cargo-cache-home}/build/{workspace-path-hash}", True),
        ("{cargo-cache-home}/build/{workspace-path-hash}/more", True),
        ("{cargo-cache-home}/build", False),
    ],
)
def test_by_cargos_own_templates(built: Tiny, tmp_path: Path, template: str, is_own: bool) -> None:
    # Nothing is built: where cargo would is enough.
    env = environment() | {
        "CARGO_BUILD_BUILD_DIR": template.replace("{cargo-cache-home}", str(tmp_path))
    }
    known = metadata.read(built.root / "Cargo.toml", env=env, flags=["--offline"])
    premises = read_premises(known)
    assert premises.build_dir == known.build_directory
    assert premises.target_dir == built.root / "target"
    found, why = premises_for(known.build_directory, premises)
    assert (found == premises) == is_own
    assert ("outside" in why) == (not is_own)
    assert (found.members != frozenset()) == is_own
    other, _ = premises_for(tmp_path / "build/12/34567890abcdef", premises)
    assert other.members == frozenset()


def test_a_link_into_the_workspace_is_not_inside(built: Tiny, tmp_path: Path) -> None:
    premises = built.premises()
    assert premises.build_dir is None
    assert premises_for(built.target, premises) == (premises, "")
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tmp_path / "link"
    link.symlink_to(outside)
    found, why = premises_for(link, replace(premises, root=built.root))
    assert found.locked == frozenset()
    assert str(link) in why
