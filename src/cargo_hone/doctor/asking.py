"""Asking cargo about the workspace: where it lies and builds, its members, and the packages that it excludes.

Apart from `look`, because it needs little: while cargo answers, the rest of the doctor can be imported.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.workspace import excluded
from cargo_hone.workspace.excluded import ExcludedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What cargo says. `workspace` may lack the graph; `outside` are packages in the tree that are no members.

    Without the graph, path dependencies that are no members are among those outside.
    """

    workspace: Metadata
    outside: tuple[ExcludedPackage, ...]


def asked(manifest: Path, *, env: Mapping[str, str], flags: Sequence[str] = ()) -> Answer:
    """Ask cargo about the workspace of a manifest. Raises as `cargo.metadata.read` does.

    Without the graph (`--no-deps`): so cargo needs no network, writes no lock file, and answers although a compiler
    wrapper is missing. (Seen with 1.95.)
    """
    workspace = metadata.read(manifest, env=env, flags=("--no-deps", *flags))
    return Answer(workspace=workspace, outside=excluded.find(workspace, env=env))


class Question:
    """The same in a thread of its own, for whoever has something else to do meanwhile."""

    def __init__(self, manifest: Path, *, env: Mapping[str, str], flags: Sequence[str]) -> None:
        self._outcome: Answer | BaseException = RuntimeError("nobody has asked")

        def ask() -> None:
            try:
                self._outcome = asked(manifest, env=env, flags=flags)
            except BaseException as error:  # noqa: BLE001 - it is raised again where the answer is wanted
                self._outcome = error

        # Not a pool: importing one takes longer than all that it would do here.
        self._thread = threading.Thread(target=ask)
        self._thread.start()

    def answer(self) -> Answer:
        """Wait for it. Raises as `asked` does."""
        self._thread.join()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome
