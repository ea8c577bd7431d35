"""What a patch makes of the files of a tree, found out in a directory of its own; the tree is only read."""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.repository import git
from cargo_hone.proc import Finished

_FROM = re.compile(r"^(?:rename|copy) from (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """The contents of the files that a patch changes, before and after; None: there is no file."""

    before: Mapping[Path, bytes | None]
    after: Mapping[Path, bytes | None]


def read_patch(patch: Path, *, top: Path, environ: Mapping[str, str]) -> Patched:
    """Return what `patch`, whose names are relative to `top` (as `git diff` writes them), does there.

    Raises UsageProblem where it does not apply or cannot be read, ToolMissing without git.
    """
    try:
        text = patch.read_text(errors="surrogateescape")
    except OSError as error:
        raise UsageProblem(
            f"the patch {patch} cannot be read: {error.strerror}",
            next_step="correct `patch` in .config/hone.toml: a path relative to the workspace's root",
        ) from error
    with tempfile.TemporaryDirectory(prefix="hone-patch-") as made:
        place = Path(made).resolve()
        # A repository around the directory would make git pass over names outside of it.
        apart = {**environ, "GIT_CEILING_DIRECTORIES": str(place.parent)}
        names = _names(_required(git(place, apart, "apply", "--numstat", "-z", str(patch)), patch))
        paths = [Path(name) for name in dict.fromkeys([*names, *_FROM.findall(text)])]
        before = {path: _content(top / path) for path in paths}
        for path, content in before.items():
            if content is not None:
                (place / path).parent.mkdir(parents=True, exist_ok=True)
                (place / path).write_bytes(content)
        _required(git(place, apart, "apply", "--whitespace=nowarn", str(patch)), patch)
        after = {path: _content(place / path) for path in paths}
    changed = [path for path in paths if before[path] != after[path]]
    return Patched(
        before={top / path: before[path] for path in changed},
        after={top / path: after[path] for path in changed},
    )


def _names(numstat: bytes) -> list[str]:
    """The names in `git apply --numstat -z`: numbers of lines and the name, with tabs between and NUL behind."""
    entries = numstat.decode(errors="surrogateescape").split("\0")
    return [entry.split("\t", 2)[2] for entry in entries if entry]


def _required(finished: Finished, patch: Path) -> bytes:
    if not finished.ok:
        raise UsageProblem(
            f"the patch {patch} does not apply to this tree",
            next_step="make it anew (`git diff > FILE` in the repository's root), then run the command again",
            detail=finished.errors,
        )
    return finished.stdout


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
