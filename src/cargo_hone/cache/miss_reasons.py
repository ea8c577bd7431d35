"""Why a unit that one checkout compiled did not hit for another: what went into its key is compared, piece by piece.

The pieces are those of sccache 0.16. Rust (src/compiler/rust.rs, `generate_hash_key`): arguments but for `-L`,
`--out-dir` and the paths of `--extern`; the contents of sources, of `--extern` files and of static libraries; the
values of what dep-info lists as `# env-dep`. C (src/compiler/c.rs): arguments but for the preprocessor's, and what
the preprocessor makes of the source. Nothing here is guessed from a name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.cache.call_log import Call

_UNHASHED = ("-L", "--out-dir", "--extern", "--emit", "-o")
_PREPROCESSOR = (
    "-I",
    "-D",
    "-U",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-include",
    "-MF",
    "-MT",
    "-MQ",
)
_ENV_DEP = re.compile(r"^# env-dep:([^=\n]+)(?:=(.*))?$", re.MULTILINE)


class Cause(StrEnum):
    """What differed."""

    ENVIRONMENT = "it reads a variable whose value is another"
    DEPENDENCY = "a dependency was compiled to other bytes"
    STATIC_LIBRARY = "a static library that it takes in has other bytes"
    ARGUMENTS = "its arguments are other ones"
    PREPROCESSED = (
        "its source is another after the preprocessor, which writes the paths of headers into it"
    )
    NOT_COMPILED = "the first checkout did not compile it"
    NOT_KEPT = "the same key, but its entry was not in the cache"
    UNEXPLAINED = "nothing that was compared differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A cause, and what it was about: names of variables, units, libraries or arguments."""

    cause: Cause
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two target directories."""

    first: Path
    second: Path

    def twin(self, path: Path) -> Path | None:
        """The file of the first side that has the place of `path` on the second; None for one outside."""
        if not path.is_relative_to(self.second):
            return None
        return self.first / path.relative_to(self.second)

    def differ(self, path: Path) -> bool:
        """Whether a file of the second side has other bytes than its twin."""
        twin = self.twin(path)
        if twin is None or not path.is_file():
            return False
        return not twin.is_file() or twin.read_bytes() != path.read_bytes()


def reasons(
    call: Call, earlier: Call | None, *, sides: Sides, first_keys: frozenset[str]
) -> tuple[Reason, ...]:
    """Compare a missed call of the second checkout with the same unit's call in the first; never empty."""
    if call.key in first_keys:
        return (Reason(cause=Cause.NOT_KEPT),)
    if earlier is None:
        return (Reason(cause=Cause.NOT_COMPILED),)
    if call.is_rust:
        return tuple(_of_rust(call, earlier, sides)) or (Reason(cause=Cause.UNEXPLAINED),)
    # The arguments and the preprocessed source are all that there is.
    return tuple(_arguments(call, earlier)) or (Reason(cause=Cause.PREPROCESSED),)


def _of_rust(call: Call, earlier: Call, sides: Sides) -> Iterator[Reason]:
    variables = _changed(_env_deps(_dep_info(earlier)), _env_deps(_dep_info(call)))
    if variables:
        yield Reason(cause=Cause.ENVIRONMENT, what=variables)
    others = [Path(value.rpartition("=")[2]) for value in call.values("--extern")]
    dependencies = tuple(path.stem.removeprefix("lib") for path in others if sides.differ(path))
    if dependencies:
        yield Reason(cause=Cause.DEPENDENCY, what=dependencies)
    libraries = tuple(path.name for path in _static_libraries(call) if sides.differ(path))
    if libraries:
        yield Reason(cause=Cause.STATIC_LIBRARY, what=libraries)
    yield from _arguments(call, earlier)


def _arguments(call: Call, earlier: Call) -> Iterator[Reason]:
    known = set(_hashed(earlier))
    other = tuple(one for one in _hashed(call) if one not in known)
    if other:
        yield Reason(cause=Cause.ARGUMENTS, what=other)


def _hashed(call: Call) -> Iterator[str]:
    """The arguments that go into the key as they are written."""
    left_out = _UNHASHED if call.is_rust else (*_UNHASHED, *_PREPROCESSOR)
    skip = False
    for argument in call.arguments:
        if skip:
            skip = False
        elif argument in left_out:
            skip = True
        elif not argument.startswith(left_out):
            yield argument


def _dep_info(call: Call) -> Path:
    name = call.option("--crate-name") + call.option("-C extra-filename")
    return Path(call.option("--out-dir")) / f"{name}.d"


def _env_deps(path: Path) -> Mapping[str, str]:
    try:
        text = path.read_text("utf-8", errors="surrogateescape")
    except OSError:
        return {}
    return dict(_ENV_DEP.findall(text))


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    names = sorted(before.keys() | after.keys())
    return tuple(name for name in names if before.get(name) != after.get(name))


def _static_libraries(call: Call) -> Iterator[Path]:
    """What `-l static=NAME` means with the `-L` directories of the call."""
    named = [value.rpartition("=")[2] for value in call.values("-L")]
    directories = [Path(directory) for directory in dict.fromkeys(named)]
    for value in call.values("-l"):
        kind, _, name = value.rpartition("=")
        if kind.startswith("static"):
            yield from (directory / f"lib{name.partition(':')[0]}.a" for directory in directories)
