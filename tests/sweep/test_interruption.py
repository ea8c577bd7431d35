"""A sweep that dies before any of its file operations leaves a target directory that cargo builds on."""

import subprocess
from pathlib import Path

import pytest

from cargo_hone.files import operation
from cargo_hone.sweep.sweep import sweep
from tests.target.layouts import V1, V2, V2_SPLIT
from tests.target.tiny import BUILD, Tiny


@pytest.fixture
def aged(built: Tiny, tmp_path: Path) -> Tiny:
    """Two generations of `build`; the older is dead."""
    tiny = built.copy(tmp_path / "aged").without_target()
    tiny.cargo(*BUILD)
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    tiny.cargo(*BUILD)
    return tiny


class Dying:
    """Lets one rename pass and dies at the second, wherever a test says `with operation.observed(...)`."""

    def __init__(self) -> None:
        self.renames = 0

    def __call__(self, kind: str, path: Path) -> None:
        if self.renames > 1 or (kind == "rename" and self.renames == 1):
            self.renames = 2
            raise operation.Stopped(f"{kind} {path}")
        self.renames += kind == "rename"


@pytest.mark.parametrize("layout", [V1, V2_SPLIT], ids=str)
def test_it_may_die_after_every_single_rename(aged: Tiny, tmp_path: Path) -> None:
    premises = aged.premises()
    whole = aged.copy(tmp_path / "whole")
    whole.sweep()
    deaths = 0
    while True:
        try:
            with operation.observed(Dying()):
                sweep(aged.target, premises=premises)
        except operation.Stopped:
            deaths += 1
            assert aged.cargo("build").compiled == []
        else:
            break
    assert deaths > 15
    # Nothing is forgotten on the way: not a file is left that a sweep in one go would have deleted.
    assert aged.files() == whole.files()


def test_only_renames_touch_what_cargo_sees(aged: Tiny) -> None:
    done: list[tuple[str, Path]] = []
    with operation.observed(lambda kind, path: done.append((kind, path))):
        aged.sweep()
    trash = aged.target / ".hone-trash"
    assert done[0] == ("mkdir", trash)
    assert done[-1] == ("rmdir", trash)
    for kind, path in done[1:-1]:
        assert kind in {"rename", "unlink", "rmdir"}
        assert path.is_relative_to(trash)


@pytest.mark.parametrize(
    ("layout", "share"),
    [
        *((V1, share) for share in (0.0, 0.03, 0.07, 0.12, 0.5, 0.99)),
        *((V2, share) for share in (0.05, 0.5)),
        *((V2_SPLIT, share) for share in (0.02, 0.1)),
    ],
    ids=str,
)
def test_what_was_half_deleted_can_be_built_again(aged: Tiny, tmp_path: Path, share: float) -> None:
    premises = aged.premises()
    whole = aged.copy(tmp_path / "whole")
    with operation.interrupting(after=10**6) as count:
        whole.sweep()
    with (
        operation.interrupting(after=int(share * count.started)),
        pytest.raises(operation.Stopped),
    ):
        sweep(aged.target, premises=premises)
    aged.edit("Cargo.toml", "debug = 1", "debug = 0")
    aged.cargo("build")
    said = subprocess.run([aged.debug / "app"], capture_output=True, check=True).stdout
    assert said == b"2\n"
    aged.edit("Cargo.toml", "debug = 0", "debug = 1")
    assert aged.cargo("build").compiled == []
