"""Measuring in the user's own tree: every file that is changed is in the journal first, and put back whatever happens.

The base builds into the workspace's own target directory, as its owner does; every other variant, and whatever starts
from nothing, builds into a directory apart that goes at the end.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cargo_hone.edit import transaction
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.record import FileRecord, Record, State
from cargo_hone.edit.recover import recover_locked
from cargo_hone.edit.transaction import RefusedFile
from cargo_hone.errors import Busy
from cargo_hone.files import atomic
from cargo_hone.files.trash import DIRECTORY_NAME, Trash
from cargo_hone.measure.abandoned import PLACE_VARIABLE
from cargo_hone.measure.repository import Repository, find_repository, without_git_location
from cargo_hone.measure.scratch import own_directory, remove_leftovers, target_name
from cargo_hone.measure.source_edit import EditSite
from cargo_hone.measure.tree_files import LeftOut

TITLE = "measuring in place"
_NEW_FILE_MODE = 0o644
_TAG_NAME = "CACHEDIR.TAG"
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag (bford.info/cachedir).\n"


class InPlace:
    """The user's tree as a place to build in. The journal's lock is held as long as this is in use."""

    left_out: tuple[LeftOut, ...] = ()
    described = "your own tree"

    def __init__(
        self,
        workspace: Path,
        *,
        top: Path,
        target_dir: Path,
        apart: Path,
        base: str,
        environ: Mapping[str, str],
        journal: Journal,
    ) -> None:
        self.workspace = workspace
        self.top = top
        self.environ = environ
        self.builds_dir = apart
        self.refused: tuple[RefusedFile, ...] = ()
        self._target_dir = target_dir
        self._base = base
        self._journal = journal
        self._files: dict[Path, FileRecord] = {}
        self._written: dict[Path, bytes | None] = {}
        self._record = self._new_record()

    def _new_record(self) -> Record:
        number = self._journal.next_id()
        return Record(
            id=number,
            group=number,
            title=TITLE,
            root=self.workspace,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            state=State.STARTED,
            files=(),
        )

    def target_dir(self, variant: str) -> Path:
        """Return where a variant builds: the base in the workspace's own target directory."""
        return self._target_dir if variant == self._base else self.builds_dir / target_name(variant)

    def clean_target_dir(self, variant: str) -> Path:
        """Return where a variant builds from nothing: never in the workspace's own target directory."""
        return self.builds_dir / f"clean-{target_name(variant)}"

    def delete_target(self, variant: str) -> None:
        """Delete what a variant has built from nothing. Raises Unavailable where the system refuses."""
        with Trash(self.builds_dir / DIRECTORY_NAME) as trash:
            trash.take(self.clean_target_dir(variant))

    def refuse_ways_back(self, manifests: Sequence[Path]) -> None:
        """Refuse nothing: here it is the original's sources that are built."""

    def write(self, contents: Mapping[Path, bytes | None]) -> None:
        """Give files these contents, with the time of now; None removes the file.

        Raises Busy where somebody else has changed one of them meanwhile, Unavailable.
        """
        final = {Path(os.path.realpath(path)): content for path, content in contents.items()}
        for path in final:
            self._require_ours(path)
        # The journal knows one content that is ours. Before it is told of another one, the file is the user's again:
        # wherever the program dies, what is found is what the record says.
        for path in final:
            if path in self._written and self._written[path] != self._before(path):
                self._put(path, self._before(path))
        for path, content in final.items():
            self._files[path] = self._with(path, content)
        self._record = replace(self._record, files=tuple(self._files.values()))
        self._journal.write(self._record)
        for path, content in final.items():
            self._put(path, content)

    def restore(self, site: EditSite) -> None:
        """Give the file of `site` its original content; its time becomes now, as what was built may be another's."""
        self.write({site.path: site.original.encode()})

    def put_back(self) -> bool:
        """Give every file its own content again; returns whether there was any that had been changed.

        What cannot be put back, because somebody else has changed the same lines, is kept in `refused`.
        """
        if not self._files:
            return False
        self.refused += transaction.roll_back(self._journal, self._record)
        self._journal.drop_contents()
        self._files.clear()
        self._written.clear()
        self._record = self._new_record()
        return True

    def _before(self, path: Path) -> bytes | None:
        return self._journal.content(self._files[path].before)

    def _with(self, path: Path, content: bytes | None) -> FileRecord:
        known = self._files.get(path)
        if known is None:
            mode = atomic.permissions(path)
            known = FileRecord(
                path=path,
                before=self._journal.keep(atomic.read(path)),
                after=None,
                before_mode=mode,
                after_mode=mode if mode is not None else _NEW_FILE_MODE,
                why="a build after a change is measured",
                step="measure",
                made=tuple(atomic.missing_parents(path)),
            )
        return replace(known, after=self._journal.keep(content))

    def _put(self, path: Path, content: bytes | None) -> None:
        if content is None:
            atomic.remove(path)
        else:
            atomic.create_parents(path)
            atomic.replace(path, content)
        self._written[path] = content

    def _require_ours(self, path: Path) -> None:
        if path in self._written and atomic.read(path) != self._written[path]:
            raise Busy(
                f"{path} was changed by somebody else while it was measured in place",
                next_step="leave the tree alone while it is measured, or measure a scratch copy (without --in-place)",
            )


def _make_target(target_dir: Path) -> None:
    """Make the target directory as cargo does where there is none: with the tag that keeps backups out of it."""
    if not target_dir.is_dir():
        atomic.create_parents(target_dir / _TAG_NAME)
        atomic.replace(target_dir / _TAG_NAME, _TAG)


@contextlib.contextmanager
def in_place(
    workspace: Path, *, target_dir: Path, base: str, environ: Mapping[str, str], journal: Journal
) -> Iterator[InPlace]:
    """Use the user's tree, and put it back at the end, whatever happens.

    What a killed session has left, in the tree and beside it, is put right first. Raises Busy where another process
    changes files of this workspace, Unavailable where something cannot be written.
    """
    workspace = workspace.resolve()
    found = find_repository(workspace, environ)
    top = found.top.resolve() if isinstance(found, Repository) else workspace
    _make_target(target_dir)
    with journal.locked():
        recover_locked(journal)
        remove_leftovers(target_dir)
        with own_directory(target_dir, "in-place") as apart:
            place = InPlace(
                workspace,
                top=top,
                target_dir=target_dir,
                apart=apart,
                base=base,
                environ={**without_git_location(environ), PLACE_VARIABLE: str(apart)},
                journal=journal,
            )
            try:
                yield place
            finally:
                place.put_back()
