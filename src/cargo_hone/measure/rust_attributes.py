"""What the attributes above a Rust item mean for editing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cargo_hone.measure.rust_lexer import Token, TokenKind

_HARMLESS = frozenset(
    {
        *("allow", "deny", "expect", "forbid", "warn", "clippy", "rustfmt", "doc", "deprecated"),
        *("cold", "export_name", "inline", "link_section", "must_use", "no_mangle", "track_caller"),
        *("automatically_derived", "macro_use", "path", "unsafe"),
    }
)
"""Attributes that neither remove an item nor rewrite it, by the first word of their path."""
_CONDITIONAL = frozenset(
    {"cfg", "cfg_attr", "cfg_eval", "test", "bench", "naked", "global_allocator"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """`conditional`: the item may not be compiled (`#[cfg]`, `#[test]`) or cannot be edited (`#[naked]`).

    `rewritten`: an attribute macro may do anything with it. `path` is what `#[path = ".."]` says.
    """

    conditional: bool = False
    inline: bool = False
    rewritten: bool = False
    path: str | None = None


def read_attributes(
    tokens: Sequence[Token], matching: Mapping[int, int], at: int
) -> tuple[Attributes, int]:
    """Read the outer attributes that begin at token `at`; returns them and the index after them."""
    found = Attributes()
    while [token.text for token in tokens[at : at + 2]] == ["#", "["]:
        close = matching[at + 1]
        found = _with(found, tokens[at + 2 : close])
        at = close + 1
    return found, at


def _with(found: Attributes, inner: Sequence[Token]) -> Attributes:
    path = _path(inner)
    first, last = (path[0], path[-1]) if path else ("", "")
    if first in _CONDITIONAL or last == "test" or any(token.text == "naked" for token in inner):
        return replace(found, conditional=True)
    match [token.text for token in inner]:
        case ["path", "=", literal]:
            return replace(found, path=literal.strip('"'))
        case ["inline", *_]:
            return replace(found, inline=True)
        case _:
            return found if first in _HARMLESS else replace(found, rewritten=True)


def _path(inner: Sequence[Token]) -> list[str]:
    path: list[str] = []
    for index, token in enumerate(inner):
        if index % 2 == 0 and token.kind is TokenKind.WORD:
            path.append(token.text)
        elif index % 2 == 0 or token.text != "::":
            break
    return path
