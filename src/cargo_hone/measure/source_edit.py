"""A real change to a function's body, another one each time, and back.

The change is one statement at the start of the body. It must compile everywhere a function body does: in
`no_std` crates, in every edition, under `#![deny(warnings)]` and `#![forbid(unsafe_code)]`, where `core` is
the name of a member, in futures that must be `Send`. So it names no path and leaves no variable behind. And
its MIR must differ from edit to edit in optimised builds too: nothing in rustc can fold an address away.
"""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Protocol

from cargo_hone.measure.rust_items import Function
from cargo_hone.measure.rust_modules import SourceFile, walk_modules

PROBE_TEXT = "cargo-hone probe"
"""What rustc repeats when a probed body is really compiled."""
_PROBE = f'compile_error!("{PROBE_TEXT}");'
_MOST_CANDIDATES = 6
"""Each probe costs a failing build; a crate of which six files are not compiled is left alone."""
_TOO_SHORT = 8
"""Bodies of fewer tokens are often getters that the compiler inlines away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSite:
    """A place to edit: the statement goes to character `offset` of `original`.

    `mtime_ns` is the file's time before the first edit, for putting it back unseen by cargo.
    """

    path: Path
    function: str
    offset: int
    original: str
    mtime_ns: int

    def edit(self, number: int) -> None:
        """Write the change number `number` (each number is another change); the file's time becomes now."""
        self.path.write_bytes(self.edited(number))

    def edited(self, number: int) -> bytes:
        """Return the file's content with the change number `number`."""
        address = "let _hone_edit: *const u8 = &0_u8; _hone_edit as usize as u64"
        return self._with(f" while {{ {address} == {number}_u64 }} {{}}")

    def probed(self) -> bytes:
        """Return the file's content with a statement that no compiler lets pass."""
        return self._with(f" {_PROBE}")

    def restore(self) -> None:
        """Write the original text, and give the file its original time."""
        self.path.write_bytes(self.original.encode())
        os.utime(self.path, ns=(self.mtime_ns, self.mtime_ns))

    def _with(self, statement: str) -> bytes:
        # On the brace's own line: the lines below keep their numbers, so the edit is in one function only.
        return (self.original[: self.offset] + statement + self.original[self.offset :]).encode()


class Editor(Protocol):
    """Writes source files: in a scratch copy at once, in the user's tree with a journal."""

    def write(self, contents: Mapping[Path, bytes | None]) -> None:
        """Give files these contents, with the time of now; None removes the file."""

    def restore(self, site: EditSite) -> None:
        """Give the file of `site` its original content."""


class PlainEditor:
    """Writes at once; `restore` also gives the file its original time, so that cargo sees no change."""

    def write(self, contents: Mapping[Path, bytes | None]) -> None:
        """Write, or remove."""
        for path, content in contents.items():
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def restore(self, site: EditSite) -> None:
        """Put the content and the time back."""
        site.restore()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSite:
    """The crate has no function that can be edited, and why."""

    why: str


class Reaction(StrEnum):
    """What a build said to a probe."""

    COMPILED = "the probed body is compiled: the build failed with the probe's text"
    IGNORED = "the build went through: the body is not compiled"
    BROKEN = "the build failed for another reason"


def candidates(
    crate_roots: Sequence[Path], *, within: Path, avoid: Collection[Path] = ()
) -> tuple[EditSite, ...]:
    """Return places to edit in the crates that start at `crate_roots`, the best of each crate first.

    At most one place a file. Nothing outside of `within`, not even by a symbolic link, and no file in `avoid`.
    A file of middle size is preferred to a huge or a tiny one, a plain function to a generic or an inlined one:
    those are compiled where they are used.
    """
    roots = crate_roots[:_MOST_CANDIDATES]
    found: dict[Path, EditSite] = {}
    for root in roots:
        for source in _ranked(root, within.resolve(), avoid)[: _MOST_CANDIDATES // len(roots)]:
            found.setdefault(source.path, _site(source, _best(source)))
    return tuple(found.values())


def _ranked(crate_root: Path, boundary: Path, avoid: Collection[Path]) -> list[SourceFile]:
    files = [source for source in walk_modules(crate_root) if source.items.functions]
    middle = median(len(source.text) for source in files) if files else 0.0
    allowed = [
        source
        for source in files
        if source.path.resolve().is_relative_to(boundary) and source.path not in avoid
    ]
    return sorted(
        allowed,
        key=lambda s: (_drawbacks(_best(s)), abs(len(s.text) - middle), s.path),
    )


def choose(
    sites: tuple[EditSite, ...],
    react: Callable[[EditSite], Reaction],
    *,
    editor: Editor | None = None,
) -> EditSite | NoSite:
    """Return the first site whose body is really compiled.

    `react` builds while the probe is in the file, and says what came of it. The file is put back in any case.
    """
    writing = editor or PlainEditor()
    reactions = []
    for site in sites:
        try:
            writing.write({site.path: site.probed()})
            reaction = react(site)
        finally:
            writing.restore(site)
        if reaction is Reaction.COMPILED:
            return site
        reactions.append(f"{site.path.name}, fn {site.function}: {reaction}")
    if not reactions:
        return NoSite(why="no function with a plain body was found in its sources")
    return NoSite(why="; ".join(reactions))


def _best(source: SourceFile) -> Function:
    return min(source.items.functions, key=lambda f: (_drawbacks(f), -f.tokens, f.offset))


def _drawbacks(function: Function) -> int:
    """Heavier drawbacks outweigh all lighter ones together."""
    return (
        8 * function.rewritten
        + 4 * function.generic
        + 2 * function.inline
        + (function.tokens < _TOO_SHORT)
    )


def _site(source: SourceFile, function: Function) -> EditSite:
    return EditSite(
        path=source.path,
        function=function.name,
        offset=function.offset,
        original=source.text,
        mtime_ns=source.path.stat().st_mtime_ns,
    )
