"""The changes before the timed builds: edits, switches, touched files, patches, a new checkout."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.commits import CommitPair, commit_pair
from cargo_hone.measure.near import near_matches
from cargo_hone.measure.patch import Patched, read_patch
from cargo_hone.measure.place import Place
from cargo_hone.measure.scenarios import (
    Change,
    Edit,
    NewCheckout,
    Nothing,
    Patch,
    Pick,
    Recipe,
    Switch,
    Touch,
)
from cargo_hone.measure.scratch import Scratch
from cargo_hone.measure.source_edit import EditSite


class Sources:
    """The sources of one session. `version` counts the states they were in."""

    def __init__(self, place: Place) -> None:
        self.version = 0
        self.sites: Mapping[Pick | str, EditSite] = {}
        self._place = place
        self._patches: dict[Path, Patched] = {}
        self._pair: CommitPair | None = None
        # No two sessions make the same edit: a cache that outlives them would know it.
        self._next_edit = time.time_ns()

    def require(self, recipes: Sequence[Recipe]) -> None:
        """Raise UsageProblem for a file to touch that is not there, and for a patch that does not apply."""
        for recipe in recipes:
            match recipe.change:
                case Touch(paths=paths):
                    for path in paths:
                        self._require_file(path)
                case Patch(path=path):
                    place = self._place
                    self._patches[path] = read_patch(path, top=place.top, environ=place.environ)
                case _:
                    pass

    def prepare(self, change: Change) -> None:
        """Bring the sources into the state from which `change` starts, where it is not the present one."""
        if isinstance(change, Switch):
            if self._pair is None:
                self._pair = self._make_pair()
                self.version += 1
            elif self._pair.come_home():
                self.version += 1

    @contextlib.contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        """Make the change; a patch is taken back at the end, everything else stays."""
        match change:
            case Nothing():
                yield
            case Edit(crate=crate):
                self.edit(crate)
                yield
            case Switch():
                if self._pair is None:
                    raise RuntimeError("a switch needs its commits first")
                self._pair.switch_away_and_back()
                self.version += 1
                yield
            case NewCheckout():
                renew(self._place.top, apart=self._place.workspace / "target")
                self.version += 1
                yield
            case Touch(paths=paths):
                for path in paths:
                    os.utime(self._place.workspace / path)
                self.version += 1
                yield
            case Patch(path=path):
                yield from self._with_patch(self._patches[path])
            case _:
                assert_never(change)

    def edit(self, crate: Pick | str) -> None:
        """Change the function of `crate`, another way than ever before."""
        site = self.sites[crate]
        self._place.write({site.path: site.edited(self._edit_number())})
        self.version += 1

    def renew(self) -> None:
        """Give every source file the time of now: after a clock that went back."""
        renew(self._place.top, apart=self._place.workspace / "target")
        self.version += 1

    def put_back(self) -> bool:
        """Give the user's tree its own contents again; returns whether anything was changed."""
        changed = self._place.put_back()
        self.version += changed
        return changed

    def _with_patch(self, patched: Patched) -> Iterator[None]:
        self._place.write(patched.after)
        self.version += 1
        try:
            yield
        finally:
            self._place.write(patched.before)
            self.version += 1

    def _make_pair(self) -> CommitPair:
        if not isinstance(self._place, Scratch):
            raise TypeError(
                f"commits are made in a scratch copy only, not in {self._place.described}"
            )
        sites = [site for crate, site in self.sites.items() if isinstance(crate, Pick)]
        number = self._edit_number()
        self._edit_number()  # the second commit's
        return commit_pair(self._place, sites, number=number)

    def _edit_number(self) -> int:
        self._next_edit += 1
        return self._next_edit

    def _require_file(self, path: Path) -> None:
        place = (self._place.workspace / path).resolve()
        inside = place.is_relative_to(self._place.top.resolve())
        if inside and place.is_file():
            return
        beside = place.parent if inside and place.parent.is_dir() else None
        names = [str(path.with_name(child.name)) for child in beside.iterdir()] if beside else []
        raise UsageProblem(
            f"there is no file {path} in {self._place.described}{near_matches(str(path), names)}"
            if inside
            else f"{path} does not lie in the workspace",
            next_step="correct `touch` in .config/hone.toml: paths relative to the workspace's root",
        )


def renew(top: Path, *, apart: Path) -> None:
    """Give everything below `top` the time of now but what builds made (`apart`) and git's objects."""
    for directory, names, files in os.walk(top):
        here = Path(directory)
        names[:] = [
            name
            for name in names
            if here / name != apart and not (here.name == ".git" and name == "objects")
        ]
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                os.utime(here / name, follow_symlinks=False)
        os.utime(here)
