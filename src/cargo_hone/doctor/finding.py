"""What a rule finds: where, how bad, how sure, and what mends it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cargo_hone.doctor.facts import Facts


class Severity(StrEnum):
    """How bad it is. Errors and warnings are exit code 1, notes are not."""

    ERROR = "error"
    """Builds fail, or are wrong."""
    WARNING = "warning"
    """Builds are slower than they need be, or the disk fills."""
    NOTE = "note"
    """Worth knowing; many people decide otherwise, with reason."""


class Confidence(StrEnum):
    """How sure the rule is that it is a mistake, from the files alone."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file, the line and the column in it, both from 1; columns count characters."""

    path: Path
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What is in no file: an environment variable, a disk. `name` says it in a phrase."""

    name: str


class Syntax(StrEnum):
    """How a file that is edited by its keys is written."""

    TOML = "TOML"
    YAML = "YAML"
    JSONC = "JSON with comments"


Way = tuple[str | int, ...]
"""The keys, and the numbers of items, that lead to a place in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Give a key a scalar; one that is not there is added at the end of what it belongs into."""

    way: Way
    value: str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take a key or an item out, and in TOML the header of a table that is empty then."""

    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Add a key to a YAML mapping, at its end or `before` another key; `text` is the value as YAML."""

    way: Way
    text: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Edits of a file by its keys, in their order; a TOML file is made where it is missing.

    `repair` knows how each syntax is edited: while rules only look, none of that is needed.
    """

    path: Path
    syntax: Syntax
    edits: tuple[Set | Remove | Add, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """Replace `old`, which stands at `place`, by `new`; nothing else on the line changes."""

    place: Place
    old: str
    new: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.place.path


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """A file that belongs to cargo-hone as a whole."""

    path: Path
    content: bytes
    executable: bool = False


Edit = Rewrite | Splice | WholeFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What mends a finding. `title` is an imperative sentence without a full stop.

    Safe: no build, test or pipeline does anything else afterwards than before, but for the mended thing.
    """

    title: str
    is_safe: bool
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `message` says what, `why` what comes of it, `cost` what it costs, `help` what to do.

    `fix` is None where nothing in a file would mend it.
    """

    rule: "Rule"
    severity: Severity
    confidence: Confidence
    place: Place | Elsewhere
    message: str
    why: str
    cost: str
    help: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `name` is its short name, `title` one line for lists; `check` is pure: facts in, findings out.

    `by_hand` says why no edit of a file can mend what it finds; "" where one can.
    """

    id: str
    name: str
    title: str
    check: "Callable[[Facts], Iterable[Finding]]"
    by_hand: str = ""
