"""Rust source text into tokens: just enough to know what is code and what is a comment or a string.

Not a parser. It follows the lexical structure in the Rust Reference ("Tokens", "Comments") and answers one
question reliably: where do the brackets of the code itself open and close.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    """An identifier or a keyword; raw identifiers keep their `r#`."""
    LIFETIME = "lifetime"
    LITERAL = "literal"
    """A string, character or number of any form."""
    MARK = "mark"
    """Punctuation: `->`, `=>` and `::` as one token, all else one character each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of code: `start` and `end` are character offsets into the text."""

    kind: TokenKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLexed:
    """The text is not Rust as this lexer knows it, and why."""

    why: str


_BLANK = re.compile(r"(?:\s|\ufeff|//[^\n]*)+")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_RAW_STRING = re.compile(r"(?:b|c)?r(#*)\"")
_TOKEN = re.compile(
    r"""
      (?P<literal> (?:b|c)?"[^"\\]*(?:\\.[^"\\]*)*"     # strings; an escape may be a line's end
                 | b?'(?:[^'\\\n]|\\(?:u\{[^}]*\}|x..|.))'   # characters
                 | \d\w*(?:\.\d\w*)? )                       # numbers; `1..2` and `1.max(2)` keep the dot
    | (?P<lifetime> '(?:r\#)?[^\W\d]\w* )
    | (?P<word> (?:r\#)?[^\W\d]\w* )
    | (?P<mark> -> | => | :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_STRAY = frozenset("\"'")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def tokenize(text: str) -> tuple[Token, ...] | NotLexed:
    """Return the tokens of `text` without comments and blanks, or why it could not be read to its end."""
    tokens: list[Token] = []
    at = _after_shebang(text)
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
        elif text.startswith("/*", at):
            end = _end_of_comment(text, at)
            if end is None:
                return NotLexed(why="a block comment does not end")
            at = end
        else:
            token = _token(text, at)
            if isinstance(token, NotLexed):
                return token
            tokens.append(token)
            at = token.end
    return tuple(tokens)


def match_brackets(tokens: tuple[Token, ...]) -> dict[int, int] | NotLexed:
    """Return for the index of each opening bracket that of its closing one."""
    matching: dict[int, int] = {}
    open_ones: list[int] = []
    for index, text in _brackets(tokens):
        if text in _PAIRS.values():
            open_ones.append(index)
            continue
        if not open_ones or tokens[open_ones[-1]].text != _PAIRS[text]:
            return NotLexed(why=f"a `{text}` closes what was not opened")
        matching[open_ones.pop()] = index
    if open_ones:
        return NotLexed(why=f"a `{tokens[open_ones[-1]].text}` is not closed")
    return matching


def _brackets(tokens: tuple[Token, ...]) -> Iterator[tuple[int, str]]:
    for index, token in enumerate(tokens):
        if token.kind is TokenKind.MARK and token.text in "()[]{}":
            yield index, token.text


def _after_shebang(text: str) -> int:
    """A first line `#!...` is a shebang unless a `[` follows: then it is an inner attribute."""
    start = 1 if text.startswith("\ufeff") else 0
    if re.match(r"#!\s*(?!\s|\[)", text[start : start + 200]):
        end = text.find("\n", start)
        return len(text) if end < 0 else end
    return start


def _end_of_comment(text: str, start: int) -> int | None:
    """Block comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return None


def _token(text: str, at: int) -> Token | NotLexed:
    if raw := _RAW_STRING.match(text, at):
        close = text.find('"' + raw.group(1), raw.end())
        if close < 0:
            return NotLexed(why="a raw string does not end")
        end = close + 1 + len(raw.group(1))
        return Token(kind=TokenKind.LITERAL, text=text[at:end], start=at, end=end)
    match = _TOKEN.match(text, at)
    if match is None or match.lastgroup is None or match.group() in _STRAY:
        return NotLexed(why="a string or a character does not end")
    kind = TokenKind(match.lastgroup)
    return Token(kind=kind, text=match.group(), start=at, end=match.end())
