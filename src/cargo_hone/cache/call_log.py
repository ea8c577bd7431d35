"""What sccache's server says at `SCCACHE_LOG=debug` about each call: its arguments, its key, hit or miss (pure).

The lines are those of sccache 0.16 (src/server.rs, src/compiler/compiler.rs); they are for people, so whoever reads
them checks that all calls were found.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from cargo_hone.errors import Unavailable

_LINE = re.compile(r"\[\S+ +(?:DEBUG|INFO|WARN|ERROR) +(?P<module>\S+)\] (?P<text>.*)")
_REFUSED = re.compile(r"parse_arguments: CannotCache\((?P<why>.*?)\): (?P<arguments>\[.*\])")
_STEP = re.compile(r"\[(?P<name>[^\]]*)\]: (?P<what>.*)")
_ARGUMENTS = "get_cached_or_compile: "
_KEY = "Hash key: "
_RESULT = "compile result: "


class Result(Enum):
    """What became of a call."""

    HIT = "hit"
    MISS = "miss"
    NOT_CACHEABLE = "not cacheable"


_RESULTS = {"cache hit": Result.HIT, "cache miss": Result.MISS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One compilation that sccache was asked for. `why` is sccache's word for what it does not cache."""

    arguments: tuple[str, ...]
    result: Result
    key: str = ""
    why: str = ""

    @property
    def is_rust(self) -> bool:
        """Whether the compiler is rustc (cargo gives each call a crate's name)."""
        return bool(self.option("--crate-name"))

    def option(self, name: str) -> str:
        """The value after the last `name`, or `name=`; "" where there is none. For `-C` give `-C extra-filename`."""
        flag, _, inner = name.partition(" ")
        found = ""
        for position, argument in enumerate(self.arguments):
            following = self.arguments[position + 1 : position + 2]
            if argument == flag and following and following[0].startswith(inner):
                found = (
                    following[0].removeprefix(inner).removeprefix("=") if inner else following[0]
                )
            elif not inner and argument.startswith(f"{flag}="):
                found = argument.removeprefix(f"{flag}=")
        return found

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of an option that may be given more than once."""
        pairs = zip(self.arguments, self.arguments[1:], strict=False)
        return tuple(value for flag, value in pairs if flag == name)


def read(log: str) -> tuple[Call, ...]:
    """The compilations in the order in which they ended; raises Unavailable for a log that is not understood.

    sccache names a call only by its crate or its object file: of two calls of one name at a time, the results may
    be taken for each other's. A build with one job has none.
    """
    return tuple(_calls(log))


def keys(log: str) -> frozenset[str]:
    """Every key that was asked for; of them it does not matter which is whose."""
    return frozenset(re.findall(r"\]: Hash key: (\S+)", log))


def _calls(log: str) -> Iterator[Call]:
    waiting: dict[str, list[Call]] = {}
    for line in log.splitlines():
        match = _LINE.match(line)
        if match is None or not match["module"].startswith("sccache::"):
            continue
        refused = _REFUSED.match(match["text"])
        if refused is not None:
            arguments = _strings(refused["arguments"])
            if _is_compilation(arguments):
                yield Call(arguments=arguments, result=Result.NOT_CACHEABLE, why=refused["why"])
            continue
        step = _STEP.match(match["text"])
        if step is None:
            continue
        name, what = step["name"], step["what"]
        if what.startswith(_ARGUMENTS):
            arguments = _strings(what.removeprefix(_ARGUMENTS))
            waiting.setdefault(name, []).append(Call(arguments=arguments, result=Result.MISS))
        elif what.startswith(_KEY) and waiting.get(name):
            waiting[name][-1] = replace(waiting[name][-1], key=what.removeprefix(_KEY))
        elif what.startswith(_RESULT) and waiting.get(name):
            # The newest: one that sccache gave up on (a build script that tries what the compiler takes) has no result.
            call = waiting[name].pop()
            result = _RESULTS.get(what.removeprefix(_RESULT))
            if result is not None:
                yield replace(call, result=result)


def _is_compilation(arguments: tuple[str, ...]) -> bool:
    """Whether there is something to compile: not one of cargo's questions (`-vV`, `-` with `--print`)."""
    return "--print" not in " ".join(arguments) and any(
        not argument.startswith("-") for argument in arguments
    )


def _strings(listed: str) -> tuple[str, ...]:
    """Read a list of strings as Rust's `{:?}` writes it: JSON, but for its escapes of control characters."""
    text = re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: f"\\u{int(found[1], 16):04x}", listed)
    try:
        return tuple(json.loads(text.replace(r"\0", r"\u0000")))
    except ValueError as error:
        raise Unavailable(
            f"a line of sccache's log cannot be read: {listed[:200]}",
            next_step="this sccache writes its log in another way than 0.16 did; report it with its version",
        ) from error
