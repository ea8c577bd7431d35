"""`--live`: the units that named commands use, by what cargo itself says while it runs them."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cargo_hone.errors import UsageProblem
from cargo_hone.target.documents import docs_of
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import Mode, UnitId

if TYPE_CHECKING:
    from cargo_hone.cargo.build import BuildOutcome
    from cargo_hone.cargo.messages import BuildMessages

_SHORT = {"b": "build", "c": "check", "d": "doc", "r": "run", "t": "test"}
_COMPILE = frozenset(
    {"bench", "build", "check", "clippy", "doc", "run", "rustc", "rustdoc", "test"}
)
_RUNS = frozenset({"bench", "test"})
_OURS = frozenset({"--message-format", "--target-dir", "--manifest-path"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCommand:
    """A command of cargo's that compiles. `words` is what was written, `args` what is run: it starts no program."""

    words: tuple[str, ...]
    args: tuple[str, ...]

    @property
    def text(self) -> str:
        """As a shell reads it, `cargo` left out."""
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A command that did not build, with the compiler's words."""

    command: LiveCommand
    rendered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What commands use: hashes of units, and names of crates some of whose outputs carry none.

    `files` are all that cargo named: of the final artifacts those that these commands make. `failed` are the commands
    that did not build: of what they use only a part is known.
    """

    hashes: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()
    files: frozenset[Path] = frozenset()
    failed: tuple[Failed, ...] = ()

    @property
    def documented(self) -> frozenset[tuple[str, str]]:
        """The documentation that they write: the real path of each `doc/`, and the crate."""
        return frozenset(
            (os.path.realpath(place), file.relative_to(place).parts[0].partition(".")[0])
            for file in self.files
            for place in file.parents[:2]
            if place.name == "doc"
        )

    def among(self, state: TargetState) -> frozenset[UnitId]:
        """Return the units that are meant, with those that only their crate's name can be told by: all of that name.

        Documentation has one hash for all triples. It is known by the place that its pages go to; where that is none
        that its profiles have, by the name alone.
        """
        places = {one.profile.path: docs_of(one.profile) for one in state.inventory.profiles}
        documented = self.documented
        elsewhere = {crate for place, crate in documented if place not in places.values()}
        return frozenset(
            unit.id
            for unit in state.units.units
            if unit.id.hash in self.hashes
            or (unit.mode is Mode.NO_HASH and unit.crate_name in self.nameless)
            or any(
                crate in elsewhere or (places[unit.id.profile], crate) in documented
                for crate in unit.documented
            )
        )


NOTHING = Live()


def parse(text: str) -> LiveCommand:
    """Read `build --workspace` or `cargo test -p app`; tests and programs are built, and not run.

    Raises UsageProblem for what is no command of cargo's that compiles, and for options that are set for it.
    """
    args = _words(text)
    place, subcommand = _subcommand(args)
    if subcommand not in _COMPILE:
        raise UsageProblem(
            f"--live {text!r}: `cargo {subcommand}` does not say what it compiles",
            next_step=f"name a command that begins with one of {', '.join(sorted(_COMPILE))}",
        )
    own = args[: args.index("--")] if "--" in args else args
    if taken := next((word for word in own if word.partition("=")[0] in _OURS), None):
        raise UsageProblem(
            f"--live {text!r}: {taken.partition('=')[0]} cannot be given there",
            next_step="leave it out; for another workspace or target directory run `cargo hone sweep` for that one",
        )
    rest = args[place + 1 :]
    if subcommand == "run":
        # The same units, and nothing is started.
        subcommand, rest = "build", own[place + 1 :]
    elif subcommand in _RUNS and "--no-run" not in rest:
        rest = ["--no-run", *rest]
    return LiveCommand(words=tuple(args), args=(*args[:place], subcommand, *rest))


def compiles(args: Sequence[str]) -> bool:
    """Whether cargo compiles something for these words (`cargo` left out)."""
    return bool(args) and _subcommand(args)[1] in _COMPILE


def listen(
    commands: Sequence[LiveCommand],
    *,
    cwd: Path,
    env: Mapping[str, str],
    flags: Sequence[str] = (),
    build_dir: Path | None = None,
    on_start: Callable[[LiveCommand], None] = lambda _: None,
) -> Live:
    """Run the commands in `cwd`, one after the other, and keep what cargo names; a build that fails is a value.

    `build_dir` is where cargo compiles, if not in the target directory. `flags` are `--locked` and `--offline`. Raises
    ToolMissing without cargo.
    """
    found = Live()
    for command in commands:
        on_start(command)
        outcome = run(command, cwd=cwd, env=env, flags=flags)
        # Programs are known by what they are linked to now; the next command links them anew.
        found = joined(found, named_by(outcome.messages, build_dir=build_dir))
        if not outcome.ok:
            failed = Failed(command=command, rendered=outcome.rendered)
            found = joined(found, Live(failed=(failed,)))
    return found


def run(
    command: LiveCommand, *, cwd: Path, env: Mapping[str, str], flags: Sequence[str] = ()
) -> "BuildOutcome":
    """Run one of them; our flags stand before what goes to the program that cargo runs."""
    from cargo_hone.cargo.build import build  # noqa: PLC0415 - only where a build is wanted

    words = list(command.args)
    cut = words.index("--") if "--" in words else len(words)
    new = [flag for flag in flags if flag not in words[:cut]]
    return build(cwd=cwd, args=[*words[:cut], *new, *words[cut:]], env=env)


def named_by(messages: "BuildMessages", *, build_dir: Path | None = None) -> Live:
    """Return what one command's messages name; ask right after it, before the next one links programs anew."""
    from cargo_hone.target.named import named_units  # noqa: PLC0415 - as above

    named = named_units(messages, build_dir=build_dir)
    unknown = set(named.unknown)
    return Live(
        hashes=named.hashes,
        nameless=frozenset(
            artifact.target_name.replace("-", "_")
            for artifact in messages.artifacts
            if unknown.intersection(artifact.filenames)
        ),
        files=frozenset(
            path
            for artifact in messages.artifacts
            for path in (*artifact.filenames, artifact.executable)
            if path is not None
        ),
    )


def joined(*parts: Live) -> Live:
    """Return what any of these commands use."""
    return Live(
        hashes=frozenset().union(*(part.hashes for part in parts)),
        nameless=frozenset().union(*(part.nameless for part in parts)),
        files=frozenset().union(*(part.files for part in parts)),
        failed=tuple(failed for part in parts for failed in part.failed),
    )


def _subcommand(args: Sequence[str]) -> tuple[int, str]:
    place = 1 if args[0].startswith("+") and len(args) > 1 else 0
    return place, _SHORT.get(args[place], args[place])


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageProblem(
            f"--live {text!r}: {error}", next_step='quote it as the shell does: --live "build"'
        ) from error
    words = words[1:] if words[:1] == ["cargo"] else words
    if not words:
        raise UsageProblem(
            "--live names no command", next_step='name one: --live "build --workspace"'
        )
    return words
