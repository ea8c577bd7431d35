"""The cargo commands that stand in a shell script, as far as they can be read without running it.

What a Makefile, a task runner or a script in the repository calls is not found.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

# Subcommands that compile nothing that a target directory keeps. Whatever else follows `cargo` counts as a build:
# aliases (`xtask`) and other people's subcommands (`nextest`, `hack`, `llvm-cov`) mostly are.
_BUILDS_NOTHING = frozenset(
    {
        *("add", "audit", "binstall", "clean", "config", "deny", "fetch", "fmt", "generate-lockfile", "help"),
        *("hone", "info", "init", "install", "install-update", "locate-project", "login", "logout", "machete"),
        *("metadata", "msrv", "new", "outdated", "owner", "pkgid", "quickinstall", "read-manifest", "remove"),
        *("report", "search", "sort", "sweep", "tree", "uninstall", "update", "vendor", "verify-project"),
        *("version", "vet", "yank"),
    }
)  # fmt: skip
_CHANGES_LOCK = frozenset({"update", "generate-lockfile", "upgrade"})
# Programs whose arguments are names, not commands.
_TALKS_ABOUT = frozenset(
    {
        *("apk", "apt", "apt-get", "brew", "cat", "cd", "chmod", "chown", "command", "cp", "curl", "dnf", "docker"),
        *("du", "echo", "export", "find", "grep", "hash", "ls", "mkdir", "mv", "pacman", "printf", "rm", "sed"),
        *("tar", "test", "type", "which", "yum"),
    }
)  # fmt: skip
_TAKES_VALUE = frozenset({"--color", "--config", "-C", "-Z"})
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_RUNNERS = frozenset({"cargo", "cross"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One call of cargo, or of cross, that a script makes.

    `locked`: `--locked` or `--frozen` is there. `manifest_dir` is the directory of `--manifest-path`, `target_dir`
    what follows `--target-dir`, both as written. `toolchain` is the word behind a plus; "" without. `line` is the
    number (from 0) of the script's line that the call starts in, `arguments` what follows the program's name.
    """

    program: str
    subcommand: str
    locked: bool
    manifest_dir: str | None
    target_dir: str | None = None
    toolchain: str = ""
    line: int = 0
    arguments: tuple[str, ...] = ()

    @property
    def builds(self) -> bool:
        """Whether it is taken to compile something."""
        return self.subcommand not in _BUILDS_NOTHING

    @property
    def changes_lock(self) -> bool:
        """Whether it is there to write another lock file."""
        return self.subcommand in _CHANGES_LOCK


def commands(script: str) -> tuple[Command, ...]:
    """Return the cargo and cross calls of a script, in their order."""
    # An expression is replaced by the runner before the shell sees it: to us it is one unknown word.
    text = _EXPRESSION.sub(_unknown_word, script).replace("\r\n", "\n")
    return tuple(
        found
        for number, line in _logical_lines(text)
        for words in _simple_commands(line)
        if (found := _command(words, number)) is not None
    )


def _unknown_word(expression: re.Match[str]) -> str:
    # With the line ends that it had, so that the lines keep their numbers.
    return "GITHUB_EXPRESSION" + "\\\n" * expression[0].count("\n")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with those that a backslash joins to them, and the number of the first."""
    first, joined = 0, ""
    for number, line in enumerate(text.split("\n")):
        if not joined:
            first = number
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        yield first, joined + line
        joined = ""
    if joined:
        yield first, joined


def _simple_commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        for word in lexer:
            if set(word) <= set("();<>|&"):
                yield words
                words = []
            else:
                words.append(word)
    except ValueError:
        # A quotation that goes over several lines: what came before the quotation mark still counts.
        pass
    yield words


def _command(words: list[str], line: int) -> Command | None:
    place = next((i for i, word in enumerate(words) if _program(word) in _RUNNERS), None)
    if place is None or any(_program(word) in _TALKS_ABOUT for word in words[:place]):
        return None
    program, rest = _program(words[place]), words[place + 1 :]
    if any(word in {"add", "install"} for word in words[:place]):
        return None
    subcommand = _subcommand(rest)
    if subcommand is None:
        return None
    manifest = _value_of("--manifest-path", rest)
    return Command(
        program=program,
        subcommand=subcommand,
        locked="--locked" in rest or "--frozen" in rest,
        manifest_dir=None if manifest is None else PurePosixPath(manifest).parent.as_posix(),
        target_dir=_value_of("--target-dir", rest) or _variable("CARGO_TARGET_DIR", words[:place]),
        toolchain=rest[0][1:] if rest[0].startswith("+") else "",
        line=line,
        arguments=tuple(rest),
    )


def _program(word: str) -> str:
    return word.rsplit("/", 1)[-1].removesuffix(".exe")


def _subcommand(words: list[str]) -> str | None:
    """The first word that is no option; None where cargo is only asked for its version or for help."""
    waiting = False
    for word in words:
        if waiting:
            waiting = False
        elif word in _TAKES_VALUE:
            waiting = True
        elif not word.startswith(("-", "+")):
            return word
    return None


def _variable(name: str, words: list[str]) -> str | None:
    """What is assigned to a variable in front of a command."""
    return next((w.partition("=")[2] for w in words if w.startswith(name + "=")), None)


def _value_of(option: str, words: list[str]) -> str | None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == option and following:
            return following
        if word.startswith(option + "="):
            return word.partition("=")[2]
    return None
