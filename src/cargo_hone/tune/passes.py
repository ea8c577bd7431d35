"""How rustc's time is spent within one unit: front end, code generation, linking, from `-Ztime-passes`.

The flag is unstable, so a stable rustc takes it only under RUSTC_BOOTSTRAP=1. A wrapper sets that for rustc alone: in
cargo's environment it would reach build scripts, which ask for it and would run again (rust-lang/cargo#7088).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.files import atomic

_LINE = re.compile(r"^time:\s*(\d+\.\d+);.*\t(\w+)$", re.MULTILINE)
_CODEGEN = ("codegen_crate", "finish_ongoing_codegen")
_WRAPPER = """#!/bin/sh
# The compiler says how long its passes took; only where it compiles something.
case " $* " in
    *" --crate-name "*" --emit"*) ;;
    *) exec "$@" ;;
esac
said='{place}'/$$
printf '%s\\n' "$@" >"$said.args"
RUSTC_BOOTSTRAP=1 "$@" -Ztime-passes 2>"$said.err"
code=$?
[ "$code" -eq 0 ] || cat "$said.err" >&2
exit "$code"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """One call of rustc, in seconds. `kind` is `lib`, `bin`, `proc-macro`, … or `test`."""

    crate: str
    kind: str
    front_end_s: float
    code_generation_s: float
    linking_s: float

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.front_end_s + self.code_generation_s + self.linking_s


def wrapper(place: Path) -> Path:
    """Write the wrapper; what rustc says goes to the directory `place`, which is made. For `build.rustc-wrapper`."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / "time-passes"
    atomic.replace(path, _WRAPPER.format(place=place).encode(), mode=0o755)
    return path


def read(place: Path) -> tuple[Passes, ...]:
    """Read what the calls of rustc said, by crate and kind; calls that said nothing of their passes are left out."""
    found = []
    for said in sorted(place.glob("*.args")):
        errors = said.with_suffix(".err")
        if errors.exists():
            words = said.read_text("utf-8", "replace").splitlines()
            one = parse(words, errors.read_text("utf-8", "replace"))
            if one is not None:
                found.append(one)
    return tuple(sorted(found, key=lambda one: (one.crate, one.kind)))


def parse(words: list[str], said: str) -> Passes | None:
    """Read one call: its arguments and its stderr (rustc 1.95). None without a total.

    `codegen_crate` is the translation to LLVM, while whose threads begin; `finish_ongoing_codegen` is waiting for
    their end. What is neither that nor `link` is counted to the front end.
    """
    times: dict[str, float] = {}
    for seconds, name in _LINE.findall(said):
        times[name] = times.get(name, 0.0) + float(seconds)
    if "total" not in times:
        return None
    generated_s = _sum(times, _CODEGEN)
    linked_s = times.get("link", 0.0)
    return Passes(
        crate=_after("--crate-name", words),
        kind="test" if "--test" in words else _after("--crate-type", words) or "bin",
        front_end_s=max(0.0, times["total"] - generated_s - linked_s),
        code_generation_s=generated_s,
        linking_s=linked_s,
    )


def _sum(times: dict[str, float], names: Iterable[str]) -> float:
    return sum(times.get(name, 0.0) for name in names)


def _after(option: str, words: list[str]) -> str:
    return next((words[at + 1] for at, word in enumerate(words[:-1]) if word == option), "")
