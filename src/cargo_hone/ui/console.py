"""Where text goes and whether it may be coloured.

Data goes to stdout, progress and logs to stderr. Colour follows `--color`, then NO_COLOR, CLICOLOR_FORCE and TERM=dumb
(no-color.org, bixense.com/clicolors).
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:  # Laid-out lines are what some commands print; all have a console.
    from cargo_hone.report.line import Line


class ColorChoice(StrEnum):
    """`--color`, as in cargo."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Two streams, and for each whether it takes colour. `quiet` drops what is not data or an error."""

    out: TextIO
    err: TextIO
    color_out: bool
    color_err: bool
    quiet: bool

    def print(self, text: str = "") -> None:
        """Write one line of data."""
        self.out.write(text + "\n")

    def lines(self, lines: Iterable["Line"]) -> None:
        """Write laid-out lines of data."""
        for line in lines:
            self.print(self.painted(line) if self.color_out else line.text)

    def note(self, text: str) -> None:
        """Write one line for the person who watches."""
        if not self.quiet:
            self.err.write(text + "\n")
            self.err.flush()

    def error(self, text: str, *, label: str = "error") -> None:
        """Write an error or a warning, as cargo does."""
        code = "1;31" if label == "error" else "1;33"
        head = f"\x1b[{code}m{label}\x1b[0m" if self.color_err else label
        self.err.write(f"{head}: {text}\n")
        self.err.flush()

    def diff(self, text: str, *, to_err: bool = False, long: bool = True) -> None:
        """Write a unified diff, coloured where that is welcome; not `long` shortens files that are all new."""
        if not long:
            text = _shortened(text)
        stream, color = (self.err, self.color_err) if to_err else (self.out, self.color_out)
        codes = {"+": "32", "-": "31", "@": "36"}
        for row in text.splitlines():
            code = codes.get(row[:1], "") if not row.startswith(("+++", "---")) else "1"
            stream.write(f"\x1b[{code}m{row}\x1b[0m\n" if color and code else row + "\n")

    @staticmethod
    def painted(line: "Line") -> str:
        """A line with its tones as colours."""
        from cargo_hone.report.line import Tone  # noqa: PLC0415

        codes = {
            Tone.PLAIN: "",
            Tone.HEADING: "1",
            Tone.GOOD: "32",
            Tone.BAD: "31",
            Tone.QUIET: "2",
            Tone.COMMAND: "36",
        }
        parts = []
        for piece in line.pieces:
            code = codes[piece.tone]
            parts.append(f"\x1b[{code}m{piece.text}\x1b[0m" if code else piece.text)
        return "".join(parts).rstrip()


_NEW_LINES_SHOWN = 12


def _shortened(diff: str) -> str:
    """The diff with only the first lines of long runs of added ones, and the number of the others."""
    rows: list[str] = []
    run = 0
    for row in diff.splitlines():
        added = row.startswith("+") and not row.startswith("+++")
        if not added and run > _NEW_LINES_SHOWN:
            rows.append(f"  … and {run - _NEW_LINES_SHOWN} more new lines (-v shows them)")
        run = run + 1 if added else 0
        if run <= _NEW_LINES_SHOWN:
            rows.append(row)
    if run > _NEW_LINES_SHOWN:
        rows.append(f"  … and {run - _NEW_LINES_SHOWN} more new lines (-v shows them)")
    return "\n".join(rows)


def make_console(choice: ColorChoice, env: Mapping[str, str], *, quiet: bool = False) -> Console:
    """The console of this process."""
    return Console(
        out=sys.stdout,
        err=sys.stderr,
        color_out=_colored(choice, env, sys.stdout),
        color_err=_colored(choice, env, sys.stderr),
        quiet=quiet,
    )


def _colored(choice: ColorChoice, env: Mapping[str, str], stream: TextIO) -> bool:
    match choice:
        case ColorChoice.ALWAYS:
            return True
        case ColorChoice.NEVER:
            return False
        case ColorChoice.AUTO:
            if env.get("NO_COLOR"):
                return False
            if env.get("CLICOLOR_FORCE", "0") != "0":
                return True
            return stream.isatty() and env.get("TERM") != "dumb"
