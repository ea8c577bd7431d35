"""rustc's flags, read by what they mean: which are the same, which take each other's place, which add up. Pure.

Cargo takes a list of words or one string that it splits at blanks. rustc takes `-C key=value`, `-Ckey=value`,
`--codegen=key=value`; `-` and `_` in a key are the same to it, and of most keys the last one counts. (rustc book,
"Codegen Options"; rustc 1.95, `rustc_session::options`.)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Written = str | Sequence[str] | None
"""How a file has them: a string, a list of words, or not at all."""

_LONG = {"--codegen": "-C", "--allow": "-A", "--warn": "-W", "--deny": "-D", "--forbid": "-F"}
_TAKES_WORD = frozenset(
    {
        *("-C", "-Z", "-L", "-l", "-A", "-W", "-D", "-F"),
        *("--cfg", "--check-cfg", "--extern", "--cap-lints", "--remap-path-prefix", "--sysroot"),
        *("--edition", "--error-format", "--color", "--emit", "--print", "--out-dir"),
    }
)
_SHORT = {"-g": ("-C", "debuginfo", "2"), "-O": ("-C", "opt-level", "3")}
# Of these each one counts, in their order.
_ADD_UP = frozenset({"link-arg", "link-args", "llvm-args", "passes", "remark", "target-feature"})
_LINKER = re.compile(r"(?:-fuse-ld=|--ld-path=)(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag. `words` are its text; `option`, `key` and `value` what it means, whichever way it was written."""

    words: tuple[str, ...]
    option: str
    key: str = ""
    value: str = ""

    @property
    def subject(self) -> tuple[str, ...] | None:
        """What only one flag can decide; None for one that adds to others."""
        if self.linker:
            return ("linker",)
        if self.option in {"-C", "-Z"} and self.key not in _ADD_UP:
            return (self.option, self.key)
        return None

    @property
    def linker(self) -> str:
        """The linker that this flag has the C compiler call; empty where it is about something else."""
        if self.option != "-C" or self.key not in {"link-arg", "link-args"}:
            return ""
        found = [match[1] for word in self.value.split() if (match := _LINKER.fullmatch(word))]
        return found[-1] if found else ""

    @property
    def meaning(self) -> tuple[str, str, str]:
        """Equal for two flags that say the same."""
        key = "link-arg" if self.key == "link-args" and " " not in self.value else self.key
        return (self.option, key, self.value)


def parse(written: Written) -> tuple[Flag, ...]:
    """Read flags; words that belong to no option known here are flags of their own."""
    words = _words(written)
    flags: list[Flag] = []
    at = 0
    while at < len(words):
        taken = 2 if words[at] in _TAKES_WORD | _LONG.keys() and at + 1 < len(words) else 1
        flags.append(_flag(words[at : at + taken]))
        at += taken
    return tuple(flags)


def merge(written: Written, added: Sequence[str]) -> str | list[str]:
    """Return what a file is to have, in the form that it has: all that was there, and `added`.

    Nothing that was there goes or moves, but for a flag whose subject an added one decides. A flag that is in effect
    is not added again. Raises ValueError for an added flag with a blank: a string could not hold it.
    """
    blank = next((flag for flag in added if re.search(r"\s", flag)), None)
    if blank is not None:
        raise ValueError(f"`{blank}` has a blank: write it as one word")
    kept = list(parse(written))
    for flag in parse(list(added)):
        if _in_effect(flag, kept):
            continue
        kept = [one for one in kept if not _gives_way(one, flag)]
        kept.append(flag)
    words = [word for flag in kept for word in flag.words]
    if isinstance(written, str):
        # The user's own spacing stays where nothing was taken away.
        before = written.split()
        if words[: len(before)] == before:
            return " ".join([*([written.rstrip()] if before else []), *words[len(before) :]])
        return " ".join(words)
    return words


def missing(written: Written, added: Sequence[str]) -> tuple[str, ...]:
    """Return those of `added` that are not in effect."""
    there = parse(written)
    return tuple(
        word for flag in parse(list(added)) if not _in_effect(flag, there) for word in flag.words
    )


def rival(written: Written, added: Sequence[str]) -> Flag | None:
    """Return a flag that decides otherwise what an added one would decide; None where none does."""
    there = parse(written)
    for flag in parse(list(added)):
        if flag.subject is not None and not _in_effect(flag, there):
            others = [one for one in there if one.subject == flag.subject]
            if others:
                return others[-1]
    return None


def _words(written: Written) -> list[str]:
    if written is None:
        return []
    return written.split() if isinstance(written, str) else list(written)


def _flag(words: Sequence[str]) -> Flag:
    first, rest = words[0], words[1] if len(words) > 1 else ""
    if first in _SHORT:
        option, key, value = _SHORT[first]
        return Flag(words=tuple(words), option=option, key=key, value=value)
    if not rest:
        first, rest = _split(first)
    option = _LONG.get(first, first)
    key, equals, value = rest.partition("=")
    if option in {"-C", "-Z"}:
        return Flag(
            words=tuple(words),
            option=option,
            key=key.replace("_", "-"),
            value=value if equals else "",
        )
    return Flag(words=tuple(words), option=option, value=rest)


def _split(word: str) -> tuple[str, str]:
    """`-Ckey=value` and `--codegen=key=value` into the option and the rest."""
    if word.startswith("--"):
        option, equals, rest = word.partition("=")
        return (option, rest) if equals else (word, "")
    return (word[:2], word[2:]) if word[:2] in _TAKES_WORD and len(word) > 2 else (word, "")


def _in_effect(flag: Flag, among: Sequence[Flag]) -> bool:
    if flag.subject is None:
        return any(one.meaning == flag.meaning for one in among)
    deciding = [one for one in among if one.subject == flag.subject]
    if not deciding:
        return False
    last = deciding[-1]
    return last.linker == flag.linker if flag.linker else last.meaning == flag.meaning


def _gives_way(old: Flag, new: Flag) -> bool:
    if new.subject is None or old.subject != new.subject:
        return False
    # Several arguments of the linker in one flag: the others stay, and the last choice of a linker counts.
    return not (old.key == "link-args" and " " in old.value)
