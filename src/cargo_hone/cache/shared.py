"""Files of this machine that several workspaces need: who has written them, as their journals know."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cargo_hone.cache import configuration, shim
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.record import State
from cargo_hone.errors import Unavailable
from cargo_hone.workspace.configuration import cargo_home


def others(base: Path, path: Path, *, besides: Path) -> tuple[Path, ...]:
    """The workspaces, but for `besides`, whose setup has changed `path` and was not undone.

    `base` is the directory with one state directory for each workspace. A journal that cannot be read knows nothing.
    """
    final = path.resolve()
    found = (root for root, changed in _standing(base) if changed == final)
    return tuple(dict.fromkeys(root for root in found if root.resolve() != besides.resolve()))


def in_use(base: Path, env: Mapping[str, str], *, besides: Path) -> dict[Path, str]:
    """The machine-wide files of our cache setup, with the reason why `besides` must not take them away.

    Another workspace that still has our shim uses them, also where it found them written already. Empty where none is.
    """
    for root in _holders(base, env):
        if root.resolve() != besides.resolve():
            reason = f"{root} uses it as well (undo there first)"
            files = (configuration.path(env), configuration.pointer_path(env))
            return {file.resolve(): reason for file in files}
    return {}


def is_holder(base: Path, env: Mapping[str, str], root: Path) -> bool:
    """Whether `root` is such a workspace; one that found its shim committed is not, for no journal knows of it."""
    return any(one.resolve() == root.resolve() for one in _holders(base, env))


def _holders(base: Path, env: Mapping[str, str]) -> Iterator[Path]:
    for root, changed in _standing(base):
        if _is_shim(changed, env) and changed.is_file():
            yield root


def _is_shim(path: Path, env: Mapping[str, str]) -> bool:
    """A repository's, or this user's: whichever name the cargo home has."""
    own = (cargo_home(env) / "hone" / "sccache").resolve()
    return path == own or path.parts[-3:] == Path(shim.RELATIVE_PATH).parts


def _standing(base: Path) -> Iterator[tuple[Path, Path]]:
    """Yield workspace and file of each change that was not undone."""
    for state in sorted(base.glob("*/journal/records")):
        try:
            records = [
                r for r in Journal(state.parent.parent).records() if r.state is State.COMMITTED
            ]
        except Unavailable:
            continue
        undone = {pair for record in records for pair in record.undoes}
        for record in records:
            if record.undoes:
                continue
            for file in record.files:
                if (record.id, file.path) not in undone:
                    yield record.root, file.path
